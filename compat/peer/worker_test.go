//go:build peer

package peer

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/cluster"
	"ovate/internal/cluster/zookeeper"
)

const parallel = `{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"wiki","timestampSpec":{"column":"t","format":"auto"},
"dimensionsSpec":{"dimensions":["page"]},"metricsSpec":[{"type":"count","name":"n"}],
"granularitySpec":{"segmentGranularity":"DAY","queryGranularity":"NONE","rollup":false%s}},
"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"%s"},"inputFormat":{"type":"json"},"appendToExisting":%t},
"tuningConfig":{"type":"index_parallel"}}}`

func ingestion(intervals string, appends bool, times ...string) string {
	var rows strings.Builder
	for i, t := range times {
		fmt.Fprintf(&rows, `{\"t\":\"%s\",\"page\":\"p%d\"}\n`, t, i)
	}
	return fmt.Sprintf(parallel, intervals, rows.String(), appends)
}

// TestWorkers: in the Java Overlord's place ovate has a real MiddleManager run tasks. Their processes lock, allocate and publish
// through ovate, which shows their logs and reports.
func TestWorkers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	s := newSite(ctx, t, 2)
	s.start(MiddleManager)
	h := s.ovate()
	h.awaitWorker()

	h.succeeds(`{"type":"noop","id":"first","runTime":100}`)
	// Kinds and members that ovate does not know reach the worker as they came: it knows them, or says that it does not.
	if s := h.ends(`{"type":"nobody_knows","id":"strange","dataSource":"wiki","more":{"b":1.50,"a":[ ]}}`); s.State != druid.Failed || !strings.Contains(s.ErrorMsg, "nobody_knows") {
		t.Errorf("a task of a kind that nobody knows ends %+v", s)
	}
	if shown := h.get("/druid/indexer/v1/task/strange"); !strings.Contains(shown, `"more":{"b":1.50,"a":[ ]}`) {
		t.Errorf("it is shown as %s", shown)
	}

	one := h.succeeds(ingestion(`,"intervals":["2024-01-01/2024-01-02"]`, false, "2024-01-01T01:00:00Z", "2024-01-01T02:00:00Z"))
	h.succeeds(ingestion("", true, "2024-01-01T03:00:00Z"))
	h.succeeds(ingestion("", false, "2024-02-01T03:00:00Z"))
	var segments []string
	if err := h.overlord.Segments(ctx, "wiki", nil, func(s *client.Segment) error {
		segments = append(segments, s.ID().String())
		return nil
	}); err != nil || len(segments) != 3 {
		t.Errorf("the segments are %q, %v", segments, err)
	}
	log, err := h.overlord.Log(ctx, one, 0)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(log)
	if err != nil || !strings.Contains(string(text), "SUCCESS") {
		t.Errorf("the log of %s has %d bytes, %v", one, len(text), err)
	}
	if report := h.get("/druid/indexer/v1/task/" + one + "/reports"); !strings.Contains(report, `"ingestionState":"COMPLETED"`) {
		t.Errorf("the report of %s: %s", one, report)
	}

	// Workers are told to take no tasks, and chosen as the stored config says.
	worker := strings.Split(strings.SplitAfter(h.get("/druid/indexer/v1/workers"), `"host":"`)[1], `"`)[0]
	if got := h.post("/druid/indexer/v1/worker/"+worker+"/disable", ""); got != `{"`+worker+`":"disabled"}` {
		t.Errorf("disabled: %s", got)
	}
	h.until("the worker takes no tasks", func() bool { return strings.Contains(h.get("/druid/indexer/v1/workers"), `"version":""`) })
	if got := h.post("/druid/indexer/v1/worker/"+worker+"/enable", ""); got != `{"`+worker+`":"enabled"}` {
		t.Errorf("enabled: %s", got)
	}
	if got := h.post("/druid/indexer/v1/worker", `{"selectStrategy":{"type":"fillCapacity"}}`); got != "" {
		t.Errorf("the worker config: %s", got)
	}

	// What runs is seen while it does, and is ended where it runs.
	h.submit(`{"type":"noop","id":"long","runTime":3600000}`)
	h.until("the long task runs", func() bool { return strings.Contains(h.get("/druid/indexer/v1/runningTasks"), `"long"`) })
	h.until("its log is there", func() bool {
		return strings.Contains(h.get("/druid/indexer/v1/task/long/log?offset=0"), "org.apache.druid")
	})
	if err := h.overlord.Shutdown(ctx, "long"); err != nil {
		t.Error(err)
	}
	h.until("its slot is free", func() bool {
		return strings.Contains(h.get("/druid/indexer/v1/totalWorkerCapacity"), `"usedClusterCapacity":0`)
	})

	// The leader dies, and the next one finds what runs, of which its worker tells it how it ends.
	h.submit(`{"type":"noop","id":"survives","runTime":15000}`)
	h.until("the task that is to survive runs", func() bool { return strings.Contains(h.get("/druid/indexer/v1/runningTasks"), `"survives"`) })
	next := s.ovate()
	h.kill()
	h = next
	h.until("the next one leads", h.leads)
	if status, err := h.overlord.Wait(ctx, "survives"); err != nil || status.State != druid.Success || status.Duration < 15000 {
		t.Errorf("the task that was to survive ends %+v, %v", status, err)
	}
	if got := h.get("/druid/indexer/v1/worker"); got != `{"selectStrategy":{"type":"fillCapacity"}}` {
		t.Errorf("the next leader chooses workers by %s", got)
	}
}

// TestListedWorkers: a real MiddleManager and a real Indexer that ovate finds by a list. They do not start without ZooKeeper, and look there for their
// Overlord. First ovate has none, and somebody else announces it; then it has the same one, and announces itself.
func TestListedWorkers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	s := newSite(ctx, t, 1)
	var list []string
	for _, role := range []Role{MiddleManager, Indexer} {
		s.start(role)
		list = append(list, strings.TrimPrefix(s.url(role), "http://"))
	}
	shared := []string{"druid.host=127.0.0.1", "ovate.workers=" + strings.Join(list, ","),
		"druid.storage.storageDirectory=" + s.conf.path("segments"), "druid.indexer.logs.directory=" + s.conf.path("logs")}
	ovate := func(data, keeper string) *overlord {
		c, p := launchBuilt(ctx, t, s.binary, data, append(shared, keeper)...)
		return &overlord{&remoteHands{t, ctx, c}, p}
	}
	data := t.TempDir()
	h := ovate(data, "druid.zk.service.enabled=false")
	withdraw := s.announce(h)
	h.until("both workers are there", func() bool {
		all := h.get("/druid/indexer/v1/workers")
		return strings.Count(all, `"version":"0"`) == 2 && strings.Count(all, `"capacity":1,`) == 2 && strings.Contains(all, list[0]) && strings.Contains(all, list[1])
	})
	one, two := h.submit(ingestion("", true, "2024-01-01T01:00:00Z")), h.submit(ingestion("", true, "2024-01-01T02:00:00Z"))
	for _, id := range []string{one, two} {
		if status, err := h.overlord.Wait(ctx, id); err != nil || status.State != druid.Success {
			t.Errorf("%s ends %+v, %v", id, status, err)
		}
	}
	h.until("its slots are free", func() bool {
		return strings.Contains(h.get("/druid/indexer/v1/totalWorkerCapacity"), `"currentClusterCapacity":2,"maximumCapacityWithAutoScale":-1,"usedClusterCapacity":0`)
	})
	h.kill()
	withdraw()
	h = ovate(data, "druid.zk.service.host="+s.keeper.Address())
	s.awaitLead(h)
	h.succeeds(`{"type":"noop","runTime":100}`)
}

// announce tells those that look into ZooKeeper of an Overlord that does not.
func (s *site) announce(o *overlord) (withdraw func()) {
	s.t.Helper()
	config, err := zookeeper.ParseConfig(func(name string) (string, bool) {
		value, set := map[string]string{"druid.zk.service.host": s.keeper.Address()}[name]
		return value, set
	})
	if err != nil {
		s.t.Fatal(err)
	}
	keeper, err := zookeeper.Open(config, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(keeper.Close)
	at, err := url.Parse(o.overlord.URL())
	if err != nil {
		s.t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		s.t.Fatal(err)
	}
	withdraw, err = keeper.Announce(cluster.Node{
		Role: cluster.Overlord, Service: "druid/overlord", Host: at.Hostname(), PlaintextPort: port, TLSPort: -1, StartTime: druid.Now(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return withdraw
}
