package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/compaction"
	"ovate/internal/jsontext"
)

// Compaction is what is to be compacted by itself, and how far it is.
type Compaction interface {
	// Supervised tells whether supervisors compact, and not the Coordinator.
	Supervised(ctx context.Context) (bool, error)
	Cluster(ctx context.Context) ([]byte, error)
	SetCluster(ctx context.Context, config []byte) error
	DataSources(ctx context.Context) ([]json.RawMessage, error)
	DataSource(ctx context.Context, name string) ([]byte, error)
	// SetDataSource is of a request to the path uri.
	SetDataSource(ctx context.Context, name string, config []byte, uri string) error
	DeleteDataSource(ctx context.Context, name string) error
	History(ctx context.Context, dataSource string, within *druid.Interval, last int) ([][]byte, error)
	// Statuses and Status are how far supervisors have come.
	Statuses() []json.RawMessage
	Status(dataSource string) []byte
	Simulate(ctx context.Context, config []byte) ([]byte, error)
}

// Coordinator answers GET of a path.
type Coordinator interface {
	Get(ctx context.Context, path string) (status int, body []byte, err error)
}

// compactionPaths are of compaction, which supervisors do, or the Coordinator.
func compactionPaths() []path {
	const at = base + "/compaction"
	return []path{
		{"GET", at + "/isSupervisorEnabled", route{needs: configRead(), handle: compactionSupervisors}},
		{"GET", at + "/config/cluster", route{needs: configRead(), handle: clusterCompaction}},
		{"POST", at + "/config/cluster", route{needs: configWrite(), consumes: jsonOnly, handle: setClusterCompaction}},
		{"GET", at + "/config/datasources", route{needs: filtered, handle: compactionConfigs}},
		{"GET", at + "/config/datasources/{dataSource}", route{needs: ofDataSource, handle: compactionConfig}},
		{"POST", at + "/config/datasources/{dataSource}", route{needs: ofDataSource, consumes: jsonOnly, handle: setCompactionConfig}},
		{"DELETE", at + "/config/datasources/{dataSource}", route{needs: ofDataSource, handle: deleteCompactionConfig}},
		{"GET", at + "/config/datasources/{dataSource}/history", route{needs: ofDataSource, handle: compactionHistory}},
		{"GET", at + "/status/datasources", route{needs: filtered, handle: compactionStatuses}},
		{"GET", at + "/status/datasources/{dataSource}", route{needs: ofDataSource, handle: compactionStatus}},
		{"POST", at + "/simulate", route{needs: configWrite(), consumes: jsonOnly, handle: simulateCompaction}},
	}
}

// compactionSupervisors is GET compaction/isSupervisorEnabled. Coordinators ask it before they compact.
func compactionSupervisors(c *call) error {
	supervised, err := c.Compaction.Supervised(c.r.Context())
	return c.jsonOf(strconv.AppendBool(nil, supervised), err)
}

// clusterCompaction is GET compaction/config/cluster.
func clusterCompaction(c *call) error { return c.jsonOf(c.Compaction.Cluster(c.r.Context())) }

// setClusterCompaction is POST compaction/config/cluster: what is not given is by default, whatever it was.
func setClusterCompaction(c *call) error {
	if c.Coordinator == nil && !c.Places.Workers {
		return nobodyCompacts(noWorkers)
	}
	document, err := c.compactionBody(`{"compactionTaskSlotRatio":0.2}`)
	if err != nil {
		return err
	}
	return c.compactionSet(c.Compaction.SetCluster(c.audited(), document))
}

// compactionConfigs is GET compaction/config/datasources.
func compactionConfigs(c *call) error {
	all, err := c.Compaction.DataSources(c.r.Context())
	if err != nil {
		return err
	}
	return c.ofReadable(`{"compactionConfigs":[`, "]}", all)
}

// compactionConfig is GET compaction/config/datasources/{dataSource}.
func compactionConfig(c *call) error {
	return c.jsonOf(c.Compaction.DataSource(c.r.Context(), c.params[0]))
}

// setCompactionConfig is POST compaction/config/datasources/{dataSource}.
func setCompactionConfig(c *call) error {
	if err := c.somebodyCompacts(); err != nil {
		return err
	}
	document, err := c.compactionBody(`{"dataSource":"wiki","skipOffsetFromLatest":"P1D"}`)
	if err != nil {
		return err
	}
	return c.compactionSet(c.Compaction.SetDataSource(c.audited(), c.params[0], document, c.r.URL.Path))
}

// deleteCompactionConfig is DELETE compaction/config/datasources/{dataSource}.
func deleteCompactionConfig(c *call) error {
	return c.compactionSet(c.Compaction.DeleteDataSource(c.audited(), c.params[0]))
}

// somebodyCompacts fails where a config would be of no use, as there is no Coordinator and supervisors are not used.
func (c *call) somebodyCompacts() error {
	if c.Coordinator != nil {
		return nil
	}
	supervised, err := c.Compaction.Supervised(c.r.Context())
	if err != nil || supervised {
		return err
	}
	if !c.Places.Workers {
		return nobodyCompacts(noWorkers)
	}
	return nobodyCompacts(`Nothing is compacted by itself here, as there is no Coordinator: POST {"useSupervisors":true} to compaction/config/cluster to have this server compact.`)
}

const noWorkers = "Nothing is compacted by itself here: a Coordinator does that, which finds this server through ZooKeeper (druid.zk.service.host), or this server " +
	"where Druid's own workers run its tasks (druid.indexer.runner.type=httpRemote)."

func nobodyCompacts(why string) error {
	return &druid.Error{ErrorCode: "general", Persona: druid.User, Category: druid.CategoryUnsupported, Message: why}
}

// compactionBody is the body of a change.
func (c *call) compactionBody(example string) ([]byte, error) {
	document, err := c.body()
	if err == nil && (document == nil || jsonKind(document) != "an object") {
		err = badRequest("Request body must be a compaction config: an object such as %s.", example)
	}
	return document, err
}

func (c *call) compactionSet(err error) error {
	if errors.Is(err, compaction.ErrInvalid) {
		return badRequest("%v", err)
	}
	if err != nil {
		return err
	}
	return c.json([]byte(`{"success":true}`))
}

func (c *call) jsonOf(body []byte, err error) error {
	if err != nil {
		return err
	}
	return c.json(body)
}

// compactionHistory is GET compaction/config/datasources/{dataSource}/history.
func compactionHistory(c *call) error {
	supervised, err := c.Compaction.Supervised(c.r.Context())
	if err != nil {
		return err
	}
	within, count, err := c.auditSpan()
	if err != nil {
		return err
	}
	if supervised && !c.r.URL.Query().Has("interval") {
		within = nil // all of it, as in Druid
	}
	entries, err := c.Compaction.History(c.r.Context(), c.params[0], within, count)
	if err != nil {
		return err
	}
	return streamElements(c, `{"entries":[`, "]}", entries)
}

const coordinatorStatus = "/druid/coordinator/v1/compaction/status"

// compactionStatuses is GET compaction/status/datasources: how far supervisors are, or what the Coordinator answers.
func compactionStatuses(c *call) error {
	supervised, err := c.Compaction.Supervised(c.r.Context())
	switch {
	case err != nil:
		return err
	case supervised:
		return c.ofReadable(`{"latestStatus":[`, "]}", c.Compaction.Statuses())
	case c.Coordinator == nil:
		return c.json([]byte(`{"latestStatus":[]}`))
	}
	body, err := c.askCoordinator(coordinatorStatus)
	if err != nil || c.identity().MayAll() {
		return c.jsonOf(body, err)
	}
	latest, err := latestStatuses(body)
	if err != nil {
		return err
	}
	return c.ofReadable(`{"latestStatus":[`, "]}", latest)
}

// latestStatuses reads the Coordinator's answer.
func latestStatuses(body []byte) ([]json.RawMessage, error) {
	var answer struct {
		Latest []json.RawMessage `json:"latestStatus"`
	}
	if err := jsontext.Unmarshal(body, &answer); err != nil {
		return nil, simple(http.StatusBadGateway, "The Coordinator's answer is not what is known of it: %v.", jsontext.Misfit(err))
	}
	return answer.Latest, nil
}

// ofReadable answers with a list of what has a data source each, and of that what who has sent the request may read.
func (c *call) ofReadable(opening, closing string, all []json.RawMessage) error {
	if c.identity().MayAll() {
		return streamElements(c, opening, closing, all)
	}
	return c.stream(opening, closing, func(s *stream) error {
		for _, element := range all {
			var of struct {
				DataSource string `json:"dataSource"`
			}
			if jsontext.Unmarshal(element, &of) == nil && c.may(auth.Read, of.DataSource) {
				s.Put(append(s.Next(), element...))
			}
		}
		return nil
	})
}

// compactionStatus is GET compaction/status/datasources/{dataSource}.
func compactionStatus(c *call) error {
	supervised, err := c.Compaction.Supervised(c.r.Context())
	switch {
	case err != nil:
		return err
	case supervised:
		return c.json(c.Compaction.Status(c.params[0]))
	case c.Coordinator == nil:
		return druid.NotFound("Unknown DataSource")
	}
	body, err := c.askCoordinator(coordinatorStatus + "?dataSource=" + url.QueryEscape(c.params[0]))
	if err != nil {
		return err
	}
	latest, err := latestStatuses(body)
	if err != nil {
		return err
	}
	if len(latest) == 0 {
		return druid.NotFound("Unknown DataSource")
	}
	return c.json(latest[0])
}

// askCoordinator is what it answers; an error of its own is handed on as it is.
func (c *call) askCoordinator(path string) ([]byte, error) {
	status, body, err := c.Coordinator.Get(c.r.Context(), path)
	switch {
	case err != nil && c.r.Context().Err() != nil:
		return nil, err
	case err != nil:
		c.Log.Warn("the Coordinator cannot be asked", "path", path, "error", err)
		return nil, &druid.Error{ErrorCode: "general", Persona: druid.Operator, Category: druid.CategoryServiceUnavailable,
			Message: "The Coordinator, which compacts, cannot be asked: " + err.Error()}
	case status != http.StatusOK:
		return nil, &refusal{status: status, contentType: contentJSON, body: string(body)}
	}
	return body, nil
}

// simulateCompaction is POST compaction/simulate: what supervisors would do by another config of the cluster; nothing is shown where they are not used.
func simulateCompaction(c *call) error {
	document, err := c.compactionBody(`{"compactionPolicy":{"type":"newestSegmentFirst"}}`)
	if err != nil {
		return err
	}
	states, err := c.Compaction.Simulate(c.r.Context(), document)
	if errors.Is(err, compaction.ErrInvalid) {
		return badRequest("%v", err)
	}
	return c.jsonOf(states, err)
}
