package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
	"ovate/internal/task"
)

// Supervisors are those that are stored. None is run in this version: they can be looked at, and for what would change one there is none.
type Supervisors interface {
	All(ctx context.Context) ([]supervisor.Supervisor, error)
	Get(ctx context.Context, id string) (*supervisor.Supervisor, error)
	History(ctx context.Context, id string) ([]supervisor.Version, error)
	EachHistory(ctx context.Context, fn func(id string, versions []supervisor.Version) error) error
}

// supervisorPaths are of supervisors.
func supervisorPaths() []path {
	const at = base + "/supervisor"
	return []path{
		{"GET", at, route{handle: supervisors}},
		{"POST", at, route{consumes: jsonOnly, handle: submitSupervisor}},
		{"GET", at + "/history", route{handle: supervisorHistories}},
		{"POST", at + "/suspendAll", route{handle: allSupervisors}},
		{"POST", at + "/resumeAll", route{handle: allSupervisors}},
		{"POST", at + "/terminateAll", route{handle: allSupervisors}},
		{"GET", at + "/{id}", route{handle: supervisorSpec}},
		{"GET", at + "/{id}/status", route{handle: supervisorStatus}},
		{"GET", at + "/{id}/health", route{handle: supervisorHealth}},
		{"GET", at + "/{id}/stats", route{handle: supervisorStats}},
		{"GET", at + "/{id}/parseErrors", route{handle: supervisorParseErrors}},
		{"GET", at + "/{id}/history", route{handle: supervisorHistory}},
		{"POST", at + "/{id}/suspend", route{handle: noSuchSupervisor}},
		{"POST", at + "/{id}/resume", route{handle: noSuchSupervisor}},
		{"POST", at + "/{id}/terminate", route{handle: noSuchSupervisor}},
		{"POST", at + "/{id}/shutdown", route{handle: noSuchSupervisor}},
		{"POST", at + "/{id}/reset", route{handle: noSuchSupervisor}},
		{"POST", at + "/{id}/resetOffsets", route{consumes: jsonOnly, handle: noSuchSupervisor}},
		{"POST", at + "/{id}/taskGroups/handoff", route{consumes: jsonOnly, handle: noSuchSupervisor}},
	}
}

// allSupervisors suspends, resumes or terminates all of none.
func allSupervisors(c *call) error { return c.pair("status", "success") }

func noSuchSupervisor(c *call) error {
	return bare(http.StatusNotFound, contentText, "Cannot find any supervisor with id: [%s]", c.params[0])
}

// submitSupervisor is POST supervisor.
func submitSupervisor(c *call) error {
	document, err := c.body()
	if err != nil {
		return err
	}
	if document == nil {
		return badRequest(`Request body is empty. It must be a supervisor spec: a JSON object with a "type".`)
	}
	var spec struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(document, &spec); err != nil || spec.Type == "" {
		return badRequest(`Request body must be a supervisor spec: a JSON object whose "type" is a text.`)
	}
	return noSupervisors(spec.Type)
}

func noSupervisors(kind string) error {
	return badRequest("A supervisor spec of type [%s] cannot be run in this version, which has no supervisors. "+
		"Submit a batch task: its type is one of %s.", kind, list(task.Types()))
}

// supervisors is GET supervisor: the ids alone, or what is asked for of each.
func supervisors(c *call) error {
	asked, err := c.query()
	if err != nil {
		return err
	}
	if err := c.share.list(c.r.Context(), wholeList); err != nil {
		return err
	}
	all, err := c.Supervisors.All(c.r.Context())
	if err != nil {
		return err
	}
	_, full := asked["full"]
	_, system := asked["system"]
	state := strings.EqualFold(asked["state"], "true") // in Druid, too, everything else is false
	return c.stream("[", "]", func(s *stream) error {
		for i := range all {
			if state || full || system {
				s.put(appendSupervisor(s.next(), &all[i], full, system))
			} else {
				s.put(druid.AppendString(s.next(), all[i].ID))
			}
		}
		return nil
	})
}

// appendSupervisor appends how a supervisor is. As in Druid it is only for a system that it tells truly whether it is suspended.
func appendSupervisor(dst []byte, of *supervisor.Supervisor, full, system bool) []byte {
	dst = druid.AppendString(append(dst, `{"id":`...), of.ID)
	dst = druid.AppendString(append(dst, `,"state":`...), of.State.Basic)
	dst = druid.AppendString(append(dst, `,"detailedState":`...), of.State.Detailed)
	dst = strconv.AppendBool(append(dst, `,"healthy":`...), of.State.Healthy)
	if full && of.Spec != nil {
		dst = append(append(dst, `,"spec":`...), of.Spec...)
	}
	if system && of.Spec != nil {
		dst = druid.AppendString(append(dst, `,"specString":`...), string(of.Spec))
		dst = druid.AppendString(append(dst, `,"type":`...), of.Type)
		dst = druid.AppendString(append(dst, `,"source":`...), of.Source)
	}
	return append(strconv.AppendBool(append(dst, `,"suspended":`...), system && of.Suspended), '}')
}

// supervisor is the one that the path names.
func (c *call) supervisor() (*supervisor.Supervisor, error) {
	one, err := c.Supervisors.Get(c.r.Context(), c.params[0])
	if errors.Is(err, metadata.ErrNotFound) {
		err = noSuchSupervisor(c)
	}
	return one, err
}

// supervisorSpec is GET supervisor/{id}.
func supervisorSpec(c *call) error {
	one, err := c.supervisor()
	if err == nil && one.Spec == nil {
		err = druid.RuntimeFailure("%s", one.State.Why)
	}
	if err != nil {
		return err
	}
	return c.json(one.Spec)
}

// supervisorStatus is GET supervisor/{id}/status: without what only one that runs knows.
func supervisorStatus(c *call) error {
	one, err := c.supervisor()
	if err != nil {
		return err
	}
	now := druid.Now()
	dst := druid.AppendString([]byte(`{"id":`), one.ID)
	dst = now.AppendTo(append(dst, `,"generationTime":"`...))
	dst = append(dst, `","payload":{`...)
	for _, known := range []struct{ name, text string }{{"dataSource", one.DataSource}, {"stream", one.Source}} {
		if known.text != "" {
			dst = append(druid.AppendString(dst, known.name), ':')
			dst = append(druid.AppendString(dst, known.text), ',')
		}
	}
	dst = strconv.AppendBool(append(dst, `"suspended":`...), one.Suspended)
	dst = strconv.AppendBool(append(dst, `,"healthy":`...), one.State.Healthy)
	dst = druid.AppendString(append(dst, `,"state":`...), one.State.Basic)
	dst = druid.AppendString(append(dst, `,"detailedState":`...), one.State.Detailed)
	dst = append(dst, `,"recentErrors":[`...)
	if one.State.Why != "" {
		dst = now.AppendTo(append(dst, `{"timestamp":"`...))
		dst = druid.AppendString(append(dst, `","exceptionClass":null,"message":`...), one.State.Why)
		dst = append(dst, `,"streamException":false}`...)
	}
	return c.json(append(dst, `]}}`...))
}

// supervisorHealth is GET supervisor/{id}/health.
func supervisorHealth(c *call) error {
	one, err := c.supervisor()
	if err != nil {
		return err
	}
	if !one.State.Healthy {
		return &refusal{status: http.StatusServiceUnavailable, contentType: contentJSON, body: `{"healthy":false}`}
	}
	return c.json([]byte(`{"healthy":true}`))
}

// supervisorStats is GET supervisor/{id}/stats: of its tasks, of which there are none.
func supervisorStats(c *call) error {
	if _, err := c.supervisor(); err != nil {
		return err
	}
	return c.json([]byte(`{}`))
}

// supervisorParseErrors is GET supervisor/{id}/parseErrors: of its tasks, too.
func supervisorParseErrors(c *call) error {
	if _, err := c.supervisor(); err != nil {
		return err
	}
	return c.json([]byte(`[]`))
}

// supervisorHistories is GET supervisor/history.
func supervisorHistories(c *call) error {
	if err := c.share.list(c.r.Context(), wholeList); err != nil {
		return err
	}
	return c.stream("{", "}", func(s *stream) error {
		return c.Supervisors.EachHistory(c.r.Context(), func(id string, versions []supervisor.Version) error {
			s.put(appendVersions(append(druid.AppendString(s.next(), id), ':'), versions))
			return nil
		})
	})
}

// supervisorHistory is GET supervisor/{id}/history. Ids that are gone have one, too.
func supervisorHistory(c *call) error {
	if err := c.share.list(c.r.Context(), wholeList); err != nil {
		return err
	}
	id := c.params[0]
	versions, err := c.Supervisors.History(c.r.Context(), id)
	if err != nil {
		return err
	}
	if len(versions) == 0 {
		return simple(http.StatusNotFound, "No history for [%s].", id)
	}
	return c.json(appendVersions(nil, versions))
}

func appendVersions(dst []byte, versions []supervisor.Version) []byte {
	dst = append(dst, '[')
	for i, v := range versions {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, `{"spec":`...), v.Spec...)
		dst = append(druid.AppendString(append(dst, `,"version":`...), v.Time), '}')
	}
	return append(dst, ']')
}
