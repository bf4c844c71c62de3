package compat

import (
	"errors"
	"path/filepath"
	"testing"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// These demonstrate differences that no recording shows.

func showCreatedInterval(t *testing.T, s *server) {
	s.submit(t, `{"type":"noop","id":"created_done","dataSource":"created","runTime":1}`)
	s.wait(t, "created_done", `"status":"SUCCESS"`)
	s.submit(t, `{"type":"noop","id":"created_active","dataSource":"created","runTime":60000}`)
	expect(t, s.get(t, api+"/tasks?datasource=created&createdTimeInterval=2000-01-01_3000-01-01"), 200, `\[\{"id":"created_done",.*\{"id":"created_active",.*\]`)
	// A thousand years long, but over: the length alone would let both pass.
	expect(t, s.get(t, api+"/tasks?datasource=created&createdTimeInterval=1000-01-01_2000-01-01"), 200, `\[\]`)
	expect(t, s.post(t, api+"/task/created_active/shutdown", ""), 200, `.*`)
}

func showMax(t *testing.T, s *server) {
	s.submit(t, `{"type":"kill","id":"max_kill","dataSource":"max","interval":"2000/2001"}`)
	s.wait(t, "max_kill", `"status":"SUCCESS"`)
	s.submit(t, `{"type":"noop","id":"max_noop","dataSource":"max","runTime":1}`)
	s.wait(t, "max_noop", `"status":"SUCCESS"`)
	expect(t, s.get(t, api+"/tasks?datasource=max&state=complete&type=kill&max=1"), 200, `\[\{"id":"max_kill",.*\]`)
}

func showShutdownAll(t *testing.T, s *server) {
	for _, id := range []string{"all_1", "all_2", "all_3"} {
		s.submit(t, `{"type":"noop","id":"`+id+`","dataSource":"all","runTime":60000}`)
	}
	expect(t, s.post(t, api+"/datasources/all/shutdownAllTasks", ""), 200, `\{"dataSource":"all"\}`)
	expect(t, s.get(t, api+"/tasks?datasource=all&state=running"), 200, `\[\]`)
	expect(t, s.get(t, api+"/completeTasks?datasource=all"), 200, `\[(\{[^{]*"statusCode":"FAILED"[^{]*\{[^{]*\}[^{]*"errorMsg":"Shutdown request from user"\},?){3}\]`)
	expect(t, s.post(t, api+"/datasources/all/shutdownAllTasks", ""), 404, ``)
}

func showPendingSegments(t *testing.T, s *server) {
	s.submit(t, `{"type":"noop","id":"pending_1","dataSource":"pending","runTime":60000}`)
	expect(t, s.send(t, "DELETE", api+"/pendingSegments/pending", "", ""), 200, `\{"numDeleted":0\}`)
	expect(t, s.send(t, "DELETE", api+"/pendingSegments/pending?interval=2000_3000", "", ""), 400,
		`\{"error":"Cannot delete pendingSegments for datasource\[pending\] as there is at least one active task\[pending_1\] .*"\}`)
	expect(t, s.post(t, api+"/task/pending_1/shutdown", ""), 200, `.*`)
}

// showMarkSegments sends no header Accept.
func showMarkSegments(t *testing.T, s *server) {
	const (
		marked = api + "/datasources/marked"
		id     = marked + "/segments/marked_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_v"
		none   = `\{"numChangedSegments":0,"segmentStateChanged":false\}`
	)
	expect(t, s.send(t, "POST", marked, "", ""), 200, none)
	expect(t, s.post(t, marked+"/markUsed", `{"interval":"2026-01-01/2026-01-02"}`), 200, none)
	expect(t, s.send(t, "POST", id, "", ""), 200, none)
	expect(t, s.send(t, "DELETE", id, "", ""), 200, none)
}

func showSupervisors(t *testing.T, _ *server) {
	data := t.TempDir()
	store, err := sqlite.Open(sqlite.Options{Path: filepath.Join(data, "metadata.db")})
	if err != nil {
		t.Fatal(err)
	}
	err = store.Update(t.Context(), func(tx metadata.Tx) error {
		return errors.Join(tx.InsertSupervisor("wiki", []byte(`{"type":"kafka","suspended":false}`), 0),
			tx.InsertSupervisor("rests", []byte(`{"type":"kafka","suspended":true}`), 0), tx.InsertSupervisor("odd", []byte(`{`), 0))
	})
	if err = errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	s := startIn(t, data)
	const (
		state = `"state":"UNHEALTHY_SUPERVISOR","detailedState":`
		why   = `The tasks of a supervisor of type \[kafka\] run on Druid's workers, and this server has none .*`
	)
	expect(t, s.get(t, api+"/supervisor"), 200, `\["odd","rests","wiki"\]`)
	expect(t, s.get(t, api+"/supervisor?full"), 200, `\[\{"id":"odd",`+state+`"UNREADABLE_SPEC",.*"id":"rests","state":"SUSPENDED",.*"id":"wiki",`+state+`"NOT_RUN_BY_OVATE",.*`+
		`"spec":\{"type":"kafka","suspended":false\},.*\]`)
	expect(t, s.get(t, api+"/supervisor/wiki/status"), 200, `.*`+why)
	expect(t, s.get(t, api+"/supervisor/wiki/history"), 200, `\[\{"spec":\{"type":"kafka","suspended":false\},"version":"1970-01-01T00:00:00.000Z"\}\]`)
	expect(t, s.post(t, api+"/supervisor/wiki/suspend", ""), 200, `\{"type":"kafka","suspended":true\}`)
	expect(t, s.post(t, api+"/supervisor/wiki/resume", ""), 200, `\{"type":"kafka","suspended":false\}`)
	for _, what := range []string{"reset", "resetOffsets", "taskGroups/handoff"} {
		expect(t, s.post(t, api+"/supervisor/wiki/"+what, `{"taskGroupIds":[0]}`), 501, `.*does not run here, as its status tells.*`)
	}
	expect(t, s.post(t, api+"/supervisor", `{"type":"kafka","dataSchema":{"dataSource":"wiki","timestampSpec":{"column":"t"},"dimensionsSpec":{}},"ioConfig":{"topic":"t","consumerProperties":{"bootstrap.servers":"localhost:9092"},"inputFormat":{"type":"json"}}}`), 200, `\{"id":"wiki","warning":"`+why+`"\}`)
	expect(t, s.post(t, api+"/supervisor/terminateAll", ""), 200, `\{"status":"success"\}`)
	expect(t, s.get(t, api+"/supervisor"), 200, `\[\]`)
	expect(t, s.get(t, api+"/supervisor/wiki/history?count=1"), 200, `\[\{"spec":\{"type":"NoopSupervisorSpec","id":null,"dataSources":\["wiki"\],"suspended":false,"type":"noop","source":"noop"\},"version":".*"\}\]`)
}
