package ovate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"ovate/internal/metadata/sqlite/sqlite3"
)

// statement executes SQL on the database of a server that does not run, and returns what it selects as text.
func statement(t *testing.T, dir, text string) string {
	t.Helper()
	db, err := sqlite3.Open(filepath.Join(dir, "metadata.db"), sqlite3.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows []string
	err = db.Query(text, func(stmt *sqlite3.Stmt) error {
		var columns []string
		for i := range stmt.ColumnCount() {
			columns = append(columns, stmt.ColumnText(i))
		}
		rows = append(rows, strings.Join(columns, "|"))
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return strings.Join(rows, "\n")
}

// journal is a log that several goroutines write, that can be read, and for what will be in which one can wait.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written chan struct{} // closed by the next Write
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.written != nil {
		close(j.written)
		j.written = nil
	}
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// next is closed once there is more to read.
func (j *journal) next() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.written == nil {
		j.written = make(chan struct{})
	}
	return j.written
}

// await waits until the log says something.
func (j *journal) await(t *testing.T, text string) {
	t.Helper()
	late := time.After(5 * time.Minute)
	for {
		more := j.next()
		if strings.Contains(j.String(), text) {
			return
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("the log does not say %q:\n%s", text, j)
		}
	}
}

// TestUnreadableRows: a row of any table that cannot be decoded stops neither the start nor any answer, is shown as what it is, is in
// the log with its id, and stays as it is. What does not depend on it works.
func TestUnreadableRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, log := startWithLog(t, dir)
	run(t, first, log, inline("whole", "wiki", "2026-01-01", false))
	run(t, first, log, inline("spoilt", "wiki", "2026-01-02", false))
	run(t, first, log, inline("old", "wiki", "2026-01-03", false))
	if code, body := ask(first, http.MethodPost, "/druid/indexer/v1/task", `{"type":"noop","id":"good","runTime":3600000}`); code != http.StatusOK {
		t.Fatal(body)
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	const running = `{"id":"%s","status":"RUNNING","duration":-1,"errorMsg":null,"location":{"host":null,"port":-1,"tlsPort":-1}}`
	insert := func(id, created string, active any, status, payload string) {
		statement(t, dir, fmt.Sprintf(`INSERT INTO druid_tasks(id, created_date, datasource, active, type, group_id, status_payload, payload)
			VALUES('%[1]s', %[2]s, 'wiki', %[3]v, 'noop', '%[1]s', CAST('%[4]s' AS BLOB), CAST('%[5]s' AS BLOB))`, id, created, active, status, payload))
	}
	const now = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`
	noop := func(id string) string {
		return fmt.Sprintf(`{"type":"noop","id":"%s","dataSource":"wiki","runTime":1}`, id)
	}
	insert("active-status", now, 1, `{"id":"active-status"}`, noop("active-status"))
	insert("active-payload", now, 1, fmt.Sprintf(running, "active-payload"), `{"type":"no`)
	insert("active-created", "'yesterday'", 1, fmt.Sprintf(running, "active-created"), noop("active-created"))
	insert("complete-status", now, 0, `{"status":`, noop("complete-status"))
	odd := map[string]string{} // tasks by the state that is told
	for i, active := range []string{"2", "-1", "0.5", "'x'", "''", "x'00'"} {
		id := fmt.Sprintf("active-odd-%d", i)
		insert(id, now, active, fmt.Sprintf(running, id), noop(id))
		odd[id] = "RUNNING"
	}
	for i, created := range []string{"x'00'", "x'ff'", "''", "'~'", "'17h'", "'yesterday'"} {
		id := fmt.Sprintf("complete-created-%d", i)
		insert(id, created, 0, strings.Replace(fmt.Sprintf(running, id), "RUNNING", "SUCCESS", 1), noop(id))
		odd[id] = ""
		id = fmt.Sprintf("active-created-%d", i)
		insert(id, created, 1, fmt.Sprintf(running, id), noop(id))
		odd[id] = "RUNNING"
	}
	statement(t, dir, `INSERT INTO druid_tasklocks(task_id, lock_payload) VALUES('good', CAST('{"type":"NEWKIND"}' AS BLOB))`)
	statement(t, dir, `INSERT INTO druid_tasklocks(task_id, lock_payload) VALUES('gone', CAST('rubbish' AS BLOB))`)
	statement(t, dir, `UPDATE druid_segments SET payload = CAST('{"dataSource":' AS BLOB) WHERE start >= '2026-01-02'`)
	statement(t, dir, `UPDATE druid_segments SET used = 0 WHERE start >= '2026-01-03'`)
	statement(t, dir, `INSERT INTO druid_pendingSegments(id, dataSource, created_date, start, "end", sequence_name, sequence_prev_id,
		sequence_name_prev_id_sha1, payload) VALUES('wiki_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_v', 'wiki', '2026-01-01T00:00:00.000Z',
		'2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', 's', '', 'x', CAST('[]' AS BLOB))`)
	statement(t, dir, `UPDATE druid_audit SET created_date = 'once' WHERE id = 1`)
	dump := func() string {
		return statement(t, dir, `SELECT id, created_date, active, status_payload, payload FROM druid_tasks WHERE id LIKE 'active-%' OR id LIKE 'complete-%' ORDER BY id`) +
			statement(t, dir, `SELECT * FROM druid_tasklocks ORDER BY id`) + statement(t, dir, `SELECT id, used, payload FROM druid_segments WHERE start >= '2026-01-02' ORDER BY id`) +
			statement(t, dir, `SELECT id, payload FROM druid_pendingSegments`) + statement(t, dir, `SELECT * FROM druid_audit WHERE id = 1`)
	}
	before := dump()

	s, log := startWithLog(t, dir)
	code, body := ask(s, http.MethodGet, "/druid/indexer/v1/tasks", "")
	var tasks []struct{ ID, StatusCode, ErrorMsg string }
	if err := json.Unmarshal([]byte(body), &tasks); code != http.StatusOK || err != nil {
		t.Fatalf("%d %v %s", code, err, body)
	}
	got := map[string]string{}
	for _, task := range tasks {
		got[task.ID] = task.StatusCode
		if unreadable := strings.HasPrefix(task.ID, "active-") || strings.HasPrefix(task.ID, "complete-"); unreadable != strings.Contains(task.ErrorMsg, "cannot be read") {
			t.Errorf("task %s: %q", task.ID, task.ErrorMsg)
		}
	}
	maps.Copy(odd, map[string]string{
		"good": "RUNNING", "whole": "SUCCESS", "active-status": "RUNNING", "active-payload": "RUNNING", "active-created": "RUNNING", "complete-status": "",
	})
	for id, want := range odd {
		if state, there := got[id]; !there || state != want {
			t.Errorf("task %s is %q, want %q", id, state, want)
		}
		for _, path := range []string{"/status", "/reports", "/log", ""} {
			if code, body := ask(s, http.MethodGet, "/druid/indexer/v1/task/"+id+path, ""); code >= 500 && (path != "" || id != "active-payload") {
				t.Errorf("task/%s%s: %d %s", id, path, code, body)
			}
		}
	}
	for list, n := range map[string]int{"completeTasks": 7, "completeTasks?datasource=wiki": 7, "completeTasks?type=noop": 7, "completeTasks?datasource=other": 0, "waitingTasks": 15} {
		code, body := ask(s, http.MethodGet, "/druid/indexer/v1/"+list, "")
		if found := strings.Count(body, "cannot be read"); code != http.StatusOK || found != n {
			t.Errorf("%s: %d, %d tasks that cannot be read, want %d", list, code, found, n)
		}
	}
	for _, list := range []string{"waitingTasks", "pendingTasks", "runningTasks", "completeTasks", "tasks?datasource=wiki"} {
		if code, body := ask(s, http.MethodGet, "/druid/indexer/v1/"+list, ""); code != http.StatusOK {
			t.Errorf("%s: %d %s", list, code, body)
		}
	}
	if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/taskStatus", `["good","active-status","complete-status","whole"]`); code != http.StatusOK || strings.Contains(body, "complete-status") {
		t.Errorf("taskStatus: %d %s", code, body)
	}

	run(t, s, log, inline("more", "wiki", "2026-01-01", true)) // beside the pending row that cannot be read
	run(t, s, log, `{"type":"kill","id":"kill","dataSource":"wiki","interval":"2026-01-03/2026-01-04"}`)
	failed := inline("after-spoilt", "wiki", "2026-01-02", true)
	if status := submitAndWait(t, s, log, failed); !strings.Contains(status, "FAILED") || !strings.Contains(status, "cannot be read") {
		t.Errorf("an append to a segment that cannot be read: %s", status)
	}
	for _, id := range []string{"active-status", "active-payload", "active-created", "complete-status", "wiki_2026-01-02", "of task gone", "of task good", "wiki_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_v"} {
		if !strings.Contains(log.String(), id) {
			t.Errorf("the log does not tell of %s", id)
		}
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := dump(); after != before {
		t.Errorf("rows were changed:\n%s\nbefore:\n%s", after, before)
	}

	s, log = startWithLog(t, dir)
	for id := range odd {
		if !strings.HasPrefix(id, "active-") {
			continue
		}
		if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/task/"+id+"/shutdown", ""); code != http.StatusOK {
			t.Errorf("shutdown of %s: %d %s", id, code, body)
		}
	}
	run(t, s, log, inline("replaces", "wiki", "2026-01-02", false))
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// inline is a task that ingests a row of a day.
func inline(id, dataSource, day string, appends bool) string {
	return fmt.Sprintf(`{"type":"index_parallel","id":%q,"spec":{"dataSchema":{"dataSource":%q,"timestampSpec":{"column":"ts","format":"iso"},
		"dimensionsSpec":{"dimensions":["page"]},"granularitySpec":{"segmentGranularity":"DAY","queryGranularity":"NONE","rollup":false,"intervals":["%s/P1D"]}},
		"ioConfig":{"type":"index_parallel","appendToExisting":%v,"inputSource":{"type":"inline","data":"{\"ts\":\"%[3]sT01:00:00Z\",\"page\":\"x\"}"},"inputFormat":{"type":"json"}},
		"tuningConfig":{"type":"index_parallel"}}}`, id, dataSource, day, appends)
}

// run submits a task that has to succeed.
func run(t *testing.T, s *Server, log *journal, task string) {
	t.Helper()
	if status := submitAndWait(t, s, log, task); !strings.Contains(status, `"SUCCESS"`) {
		t.Fatalf("%s\n%s", task, status)
	}
}

func submitAndWait(t *testing.T, s *Server, log *journal, task string) string {
	t.Helper()
	code, body := ask(s, http.MethodPost, "/druid/indexer/v1/task", task)
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	var id struct{ Task string }
	if err := json.Unmarshal([]byte(body), &id); err != nil {
		t.Fatal(err)
	}
	log.await(t, `msg="task ended" task=`+id.Task+"\n")
	_, body = ask(s, http.MethodGet, "/druid/indexer/v1/task/"+id.Task+"/status", "")
	return body
}

// startWithLog starts a server on a folder, whose log can be read.
func startWithLog(t *testing.T, dir string) (*Server, *journal) {
	t.Helper()
	log := &journal{}
	s := newServerWithLog(t, dir, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, log
}

// TestVersionOfBytes: a segment and a pending one with bytes where a text belongs hold up nothing. What does not depend on the segment
// works, what would have to be numbered after it fails and says why, and replacing it works; the log names it.
func TestVersionOfBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, log := startWithLog(t, dir)
	run(t, first, log, inline("spoilt", "wiki", "2026-01-01", false))
	run(t, first, log, inline("more", "wiki", "2026-01-01", true))
	run(t, first, log, inline("whole", "wiki", "2026-01-02", false))
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	statement(t, dir, `UPDATE druid_segments SET version = x'ff' WHERE rowid = (SELECT min(rowid) FROM druid_segments)`)
	id := statement(t, dir, `SELECT id FROM druid_segments WHERE version = x'ff'`)
	statement(t, dir, `INSERT INTO druid_pendingSegments(id, dataSource, created_date, start, "end", sequence_name, sequence_prev_id,
		sequence_name_prev_id_sha1, payload) VALUES('p', x'ff', '2026-01-01T00:00:00.000Z',
		'2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', 's', '', 'x', CAST('[]' AS BLOB))`)

	s, log := startWithLog(t, dir)
	if status := submitAndWait(t, s, log, inline("after-spoilt", "wiki", "2026-01-01", true)); !strings.Contains(status, "FAILED") ||
		!strings.Contains(status, "column version") || !strings.Contains(status, id) {
		t.Errorf("an append to the chunk: %s", status)
	}
	run(t, s, log, inline("other-append", "wiki", "2026-01-02", true))
	run(t, s, log, inline("other-replace", "wiki", "2026-01-02", false))
	run(t, s, log, `{"type":"kill","id":"kill","dataSource":"wiki","interval":"2026-01-02/2026-01-03"}`)
	run(t, s, log, inline("replaces", "wiki", "2026-01-01", false))
	run(t, s, log, inline("after-replaces", "wiki", "2026-01-01", true))
	if !strings.Contains(log.String(), "table=druid_segments id="+id) {
		t.Errorf("the log does not name segment %s", id)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A segment whose number cannot be is unreadable, shown as that, and in nobody's way.
func TestNegativePartition(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, log := startWithLog(t, dir)
	run(t, first, log, inline("spoilt", "wiki", "2026-01-01", false))
	run(t, first, log, inline("whole", "wiki", "2026-01-02", false))
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	statement(t, dir, `UPDATE druid_segments SET payload = CAST(replace(CAST(payload AS TEXT), '"partitionNum":0', '"partitionNum":-1') AS BLOB), id = id || '_-1'
		WHERE start < '2026-01-02'`)
	s, _ := startWithLog(t, dir)
	if code, body := ask(s, http.MethodGet, "/api/v1/datasources/wiki/segments?rows=true", ""); code != http.StatusOK || strings.Count(body, `"unreadable"`) != 1 ||
		!strings.Contains(body, "partitionNum") || !strings.Contains(body, "2026-01-02T00:00:00.000Z_2026-01-03") {
		t.Errorf("segments: %d %s", code, body)
	}
	if code, body := ask(s, http.MethodGet, "/api/v1/datasources?rows=true", ""); code != http.StatusOK || !strings.Contains(body, `"wiki"`) {
		t.Errorf("data sources: %d %s", code, body)
	}
	if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/datasources/wiki/markUsed", `{"interval":"2026-01-01/2026-01-02"}`); code != http.StatusOK {
		t.Errorf("markUsed: %d %s", code, body)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedHistory: an answer made of what is stored is JSON, whatever is stored: entries of the audit history, and how workers are chosen.
func TestDamagedHistory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, _ := startWithLog(t, dir)
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"worker.config", "coordinator.compaction.config"} {
		for _, payload := range []string{`CAST('{"key":' AS BLOB)`, `x'7b2261223a22ff227d'`, `x''`, `CAST('[]' AS BLOB)`} { // the second is {"a":"\xff"}
			statement(t, dir, fmt.Sprintf(`INSERT INTO druid_audit(audit_key, type, author, comment, created_date, payload)
				VALUES('%[1]s', '%[1]s', 'me', '', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now'), %[2]s)`, key, payload))
		}
	}
	statement(t, dir, `INSERT INTO druid_config(name, payload) VALUES('worker.config', x'7b2261223a22ff227d')`)
	config, err := Configure(map[string]string{"ovate.data": dir, "ovate.listen": "127.0.0.1:0", "ovate.workers": "127.0.0.1:1"}) // where nobody listens
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: config, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct{ code, unreadable int }{
		"worker/history": {200, 4}, "worker/history?count=2": {200, 2}, "compaction/config/datasources/wiki/history": {200, 0}, "worker": {500, 0},
	} {
		code, body := ask(s, http.MethodGet, "/druid/indexer/v1/"+path, "")
		if !utf8.ValidString(body) || !json.Valid([]byte(body)) {
			t.Errorf("%s is answered with %q", path, body)
		}
		if n := strings.Count(body, `"author":"me"`); code != want.code || n != want.unreadable || strings.Count(body, `"unreadable":"`) != n {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
