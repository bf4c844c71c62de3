//go:build peer

package peer

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ovate/druid"
)

// TestServices: the other services of a real Druid in front of ovate. A Router hands on what people and the web console ask, a Broker lists
// the tasks in SQL, and the Coordinator compacts what was configured through ovate, tells of it, and has removed what is not used.
func TestServices(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	s := newSite(ctx, t, 2)
	s.conf.more = map[Role]properties{Coordinator: {
		"druid.coordinator.kill.on": "true", "druid.coordinator.kill.period": "PT1S", "druid.coordinator.kill.durationToRetain": "P0D",
		"druid.coordinator.kill.ignoreDurationToRetain": "true", "druid.coordinator.kill.bufferPeriod": "PT0S",
	}}
	began := time.Now()
	said := func(what string) { fmt.Fprintf(os.Stderr, "%s after %.1f s\n", what, time.Since(began).Seconds()) }
	h := s.ovate()
	for _, role := range []Role{MiddleManager, Coordinator, Historical, Broker, Router} {
		s.start(role)
	}
	h.awaitWorker()
	first := h.succeeds(ingestionOf("wiki", `,"intervals":["2024-01-01/2024-01-02"]`, false, "2024-01-01T01:00:00Z"))
	h.succeeds(ingestionOf("wiki", "", true, "2024-01-01T02:00:00Z"))
	if status := h.ends(`{"type":"nobody_knows","id":"strange","dataSource":"wiki"}`); status.State != druid.Failed {
		t.Errorf("a task of a kind that nobody knows ends %+v", status)
	}
	h.submit(`{"type":"noop","id":"long","runTime":3600000}`)
	h.until("it runs", func() bool { return strings.Contains(h.get("/druid/indexer/v1/runningTasks"), `"long"`) })
	said("tasks have run")

	s.throughRouter(h, first)
	said("the Router has handed on")
	s.tasksInSQL(h)
	said("the Broker has listed")
	s.compactsAsConfigured(h)
	said("the Coordinator has compacted")
	s.killsUnused(h)
	said("the Coordinator has had segments removed")
}

// throughRouter asks ovate through the Router what the web console asks, and has it do what people do there.
func (s *site) throughRouter(h *overlord, task string) {
	s.t.Helper()
	router := s.url(Router)
	until(s.ctx, s.t, "the Router finds ovate", func() bool { return textOf(http.Get(router+"/druid/indexer/v1/leader")) == h.overlord.URL() })
	for _, path := range []string{
		"/druid/indexer/v1/tasks", "/druid/indexer/v1/workers", "/druid/indexer/v1/totalWorkerCapacity", "/druid/indexer/v1/scaling",
		"/druid/indexer/v1/supervisor?full", "/druid/indexer/v1/supervisor?system", "/druid/indexer/v1/worker", "/druid/indexer/v1/worker/history?count=20",
		"/druid/indexer/v1/compaction/config/datasources", "/druid/indexer/v1/compaction/config/cluster", "/druid/indexer/v1/compaction/isSupervisorEnabled",
		"/druid/indexer/v1/task/" + task, "/druid/indexer/v1/task/" + task + "/status", "/druid/indexer/v1/task/" + task + "/reports",
		"/druid/indexer/v1/task/" + task + "/log?offset=-2000", "/druid/indexer/v1/task/nobody/status",
	} {
		direct, through := textOf(http.Get(h.overlord.URL()+path)), textOf(http.Get(router+path))
		if direct != through {
			s.t.Errorf("GET %s through the Router:\n%s\ndirectly:\n%s", path, through, direct)
		}
	}
	// The console's status dialog of the Overlord, and what it does to tasks.
	if got := textOf(http.Get(router + "/proxy/overlord/status")); !strings.HasPrefix(got, `{"version":"33.0.0"`) {
		s.t.Errorf("the status of the Overlord: %.300s", got)
	}
	post := func(path, body string) string {
		return textOf(http.Post(router+path, "application/json", strings.NewReader(body)))
	}
	if got := post("/druid/indexer/v1/task", `{"type":"noop","id":"routed","runTime":3600000}`); got != `{"task":"routed"}` {
		s.t.Errorf("submitted: %s", got)
	}
	if got := post("/druid/indexer/v1/task/routed/shutdown", ""); got != `{"task":"routed"}` {
		s.t.Errorf("shut down: %s", got)
	}
	if got := post("/druid/indexer/v1/worker", `{"type":"default","selectStrategy":{"type":"fillCapacity"},"autoScaler":null}`); got != "" {
		s.t.Errorf("the worker config: %s", got)
	}
}

// tasksInSQL compares what the Broker lists with what ovate does.
func (s *site) tasksInSQL(h *overlord) {
	s.t.Helper()
	// Whatever runs for longer than the comparison.
	columns := "task_id, group_id, \"type\", datasource, created_time, status, runner_status, error_msg"
	var want, got string
	ctx, cancel := context.WithTimeout(s.ctx, 2*time.Minute)
	defer cancel()
	err := Poll(ctx, func() (bool, error) {
		want = ""
		var listed []druid.TaskStatusPlus
		if err := json.Unmarshal([]byte(h.get("/druid/indexer/v1/tasks")), &listed); err != nil {
			return false, err
		}
		for _, task := range listed {
			want += strings.Join([]string{task.ID, task.GroupID, task.Type, task.DataSource, task.Created.String(), string(task.State), string(task.Runner), task.ErrorMsg}, "|") + "\n"
		}
		got = s.lines("SELECT " + columns + " FROM sys.tasks")
		return got == want && strings.Contains(got, "|RUNNING|RUNNING|"), nil
	})
	if err != nil {
		s.t.Errorf("the Broker lists\n%s\novate\n%s\n(%v)", got, want, err)
	}
}

// lines are the rows of an answer, in their order, with bars between the values.
func (s *site) lines(query string) string {
	rows, err := csv.NewReader(strings.NewReader(s.sql(query))).ReadAll()
	if err != nil {
		return err.Error()
	}
	var all strings.Builder
	for _, row := range rows {
		all.WriteString(strings.Join(row, "|") + "\n")
	}
	return all.String()
}

// compactsAsConfigured configures a compaction through ovate. The Coordinator reads it, changes it beside, compacts, and tells how that goes.
func (s *site) compactsAsConfigured(h *overlord) {
	s.t.Helper()
	const compaction = "/druid/indexer/v1/compaction"
	java := s.url(Coordinator) + "/druid/coordinator/v1/config/compaction"
	config := `{"dataSource":"wiki","taskPriority":30,"skipOffsetFromLatest":"PT0S","tuningConfig":{"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":1000}},` +
		`"granularitySpec":{"segmentGranularity":"DAY"},"taskContext":{"a":"b"}}`
	if got := h.post(compaction+"/config/datasources/wiki", config); got != `{"success":true}` {
		s.t.Errorf("what is to be compacted: %s", got)
	}
	if got := h.post(compaction+"/config/cluster", `{"compactionTaskSlotRatio":0.5,"maxCompactionTaskSlots":3}`); got != `{"success":true}` {
		s.t.Errorf("by how much: %s", got)
	}
	var read struct {
		Configs []struct {
			DataSource string `json:"dataSource"`
			Priority   int    `json:"taskPriority"`
			Skip       string `json:"skipOffsetFromLatest"`
		} `json:"compactionConfigs"`
		Ratio float64 `json:"compactionTaskSlotRatio"`
		Max   int     `json:"maxCompactionTaskSlots"`
	}
	text := ""
	until(s.ctx, s.t, "the Coordinator has read it", func() bool {
		text = textOf(http.Get(java))
		return json.Unmarshal([]byte(text), &read) == nil && len(read.Configs) == 1
	})
	if c := read.Configs[0]; c.DataSource != "wiki" || c.Priority != 30 || c.Skip != "PT0S" || read.Ratio != 0.5 || read.Max != 3 {
		s.t.Errorf("the Coordinator reads %s", text)
	}
	h.until("the Coordinator has compacted", func() bool {
		return strings.Contains(h.get(compaction+"/status/datasources/wiki"), `"segmentCountCompacted":1,`)
	})
	if got := h.get(compaction + "/status/datasources"); !strings.HasPrefix(got, `{"latestStatus":[{"dataSource":"wiki",`) {
		s.t.Errorf("how compaction goes: %s", got)
	}
	if got := h.get(compaction + "/status/datasources/nobody"); !strings.Contains(got, "Unknown DataSource") {
		s.t.Errorf("how compaction goes of what is not compacted: %s", got)
	}
	// Another data source by the Coordinator: both change one row, and both see what the other has changed.
	if got := textOf(http.Post(java, "application/json", strings.NewReader(`{"dataSource":"other","metricsSpec":[{"type":"count","name":"n"}]}`))); got != `{"success":true}` {
		s.t.Errorf("the Coordinator's change: %s", got)
	}
	if got := h.get(compaction + "/config/datasources"); !strings.Contains(got, `"dataSource":"wiki"`) || !strings.Contains(got, `"dataSource":"other"`) {
		s.t.Errorf("after the Coordinator's change there is %s", got)
	}
	ours, theirs := h.get(compaction+"/config/datasources/other"), textOf(http.Get(java+"/other"))
	if ours != theirs {
		s.t.Errorf("of what the Coordinator has stored ovate shows\n%s\nthe Coordinator\n%s", ours, theirs)
	}
	// Of the same input both store the same.
	same := `{"dataSource":"same","skipOffsetFromLatest":"P2D","inputSegmentSizeBytes":7,"maxRowsPerSegment":100,"engine":"NATIVE","ioConfig":{"dropExisting":true},"taskContext":{"a":1}}`
	if got := h.post(compaction+"/config/datasources/same", same); got != `{"success":true}` {
		s.t.Errorf("a config: %s", got)
	}
	ours = h.get(compaction + "/config/datasources/same")
	if got := textOf(http.Post(java, "application/json", strings.NewReader(same))); got != `{"success":true}` {
		s.t.Errorf("the same by the Coordinator: %s", got)
	}
	if theirs = h.get(compaction + "/config/datasources/same"); ours != theirs {
		s.t.Errorf("ovate stores\n%s\nthe Coordinator\n%s", ours, theirs)
	}
	ours, theirs = h.get(compaction+"/config/datasources/wiki/history?count=100"), textOf(http.Get(java+"/wiki/history?count=100"))
	if strings.Count(ours, `"auditTime"`) < 2 || !strings.Contains(theirs, `"taskPriority":30`) {
		s.t.Errorf("the history is\n%s\nthe Coordinator's\n%s", ours, theirs)
	}
	for _, name := range []string{"wiki", "other", "same"} {
		request, err := http.NewRequestWithContext(s.ctx, http.MethodDelete, h.overlord.URL()+compaction+"/config/datasources/"+name, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		if got := textOf(http.DefaultClient.Do(request)); got != `{"success":true}` {
			s.t.Errorf("%s is not to be compacted any more: %s", name, got)
		}
	}
	s.expectRows(`SELECT COUNT(*) FROM "wiki"`, "2")
}

// expectRows returns once the Broker answers so.
func (s *site) expectRows(query, want string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 4*time.Minute)
	defer cancel()
	got := ""
	if err := Poll(ctx, func() (bool, error) { got = s.sql(query); return got == want, nil }); err != nil {
		s.t.Errorf("%s is answered with %s, want %s", query, got, want)
	}
}

// killsUnused marks everything as unused through ovate; the Coordinator submits kill tasks for it.
func (s *site) killsUnused(h *overlord) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.ctx, http.MethodDelete, h.overlord.URL()+"/druid/indexer/v1/datasources/wiki", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if got := textOf(http.DefaultClient.Do(request)); !strings.Contains(got, `"segmentStateChanged":true`) {
		s.t.Errorf("marked as unused: %s", got)
	}
	// A tenth of two slots is none.
	if got := textOf(http.Post(s.url(Coordinator)+"/druid/coordinator/v1/config", "application/json", strings.NewReader(`{"killTaskSlotRatio":1}`))); got != "" {
		s.t.Errorf("the Coordinator's config: %s", got)
	}
	db := s.database.Open(s.t)
	until(s.ctx, s.t, "the segments are gone", func() bool {
		var rows int
		if err := db.QueryRowContext(s.ctx, "SELECT COUNT(*) FROM druid_segments WHERE datasource = 'wiki'").Scan(&rows); err != nil {
			s.t.Fatal(err)
		}
		return rows == 0
	})
	// A task ends after the rows are gone, and the files with them.
	h.until("the kill task has succeeded", func() bool {
		got := h.get("/druid/indexer/v1/completeTasks?type=kill")
		return strings.Contains(got, `"id":"coordinator-issued_kill_wiki`) && strings.Contains(got, `"statusCode":"SUCCESS"`)
	})
}
