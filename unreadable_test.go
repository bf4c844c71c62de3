package ovate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// statement executes SQL on the database of a server that does not run, and returns what it selects as text.
func statement(t *testing.T, dir, text string) string {
	t.Helper()
	db, err := sqlite.OpenConn(filepath.Join(dir, "metadata.db"), sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows []string
	err = sqlitex.ExecuteTransient(db, text, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
		var columns []string
		for i := range stmt.ColumnCount() {
			columns = append(columns, stmt.ColumnText(i))
		}
		rows = append(rows, strings.Join(columns, "|"))
		return nil
	}})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return strings.Join(rows, "\n")
}

// journal is a log that several goroutines write and that can be read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// TestUnreadableRows: a row of any table that cannot be decoded stops neither the start nor any answer, is shown as what it is, is in
// the log with its id, and stays as it is. What does not depend on it works.
func TestUnreadableRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := newServer(t, dir)
	if err := first.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, first, inline("whole", "wiki", "2026-01-01", false))
	run(t, first, inline("spoilt", "wiki", "2026-01-02", false))
	run(t, first, inline("old", "wiki", "2026-01-03", false))
	if code, body := ask(first, http.MethodPost, "/druid/indexer/v1/task", `{"type":"noop","id":"good","runTime":3600000}`); code != http.StatusOK {
		t.Fatal(body)
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	const running = `{"id":"%s","status":"RUNNING","duration":-1,"errorMsg":null,"location":{"host":null,"port":-1,"tlsPort":-1}}`
	insert := func(id, created string, active int, status, payload string) {
		statement(t, dir, fmt.Sprintf(`INSERT INTO druid_tasks(id, created_date, datasource, active, type, group_id, status_payload, payload)
			VALUES('%[1]s', %[2]s, 'wiki', %[3]d, 'noop', '%[1]s', CAST('%[4]s' AS BLOB), CAST('%[5]s' AS BLOB))`, id, created, active, status, payload))
	}
	const now = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`
	noop := func(id string) string {
		return fmt.Sprintf(`{"type":"noop","id":"%s","dataSource":"wiki","runTime":1}`, id)
	}
	insert("active-status", now, 1, `{"id":"active-status"}`, noop("active-status"))
	insert("active-payload", now, 1, fmt.Sprintf(running, "active-payload"), `{"type":"no`)
	insert("active-created", "'yesterday'", 1, fmt.Sprintf(running, "active-created"), noop("active-created"))
	insert("complete-status", now, 0, `{"status":`, noop("complete-status"))
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
	for id, want := range map[string]string{
		"good": "RUNNING", "whole": "SUCCESS", "active-status": "RUNNING", "active-payload": "RUNNING", "active-created": "RUNNING", "complete-status": "",
	} {
		if state, there := got[id]; !there || state != want {
			t.Errorf("task %s is %q, want %q", id, state, want)
		}
		for _, path := range []string{"/status", "/reports", "/log", ""} {
			if code, body := ask(s, http.MethodGet, "/druid/indexer/v1/task/"+id+path, ""); code >= 500 && (path != "" || id != "active-payload") {
				t.Errorf("task/%s%s: %d %s", id, path, code, body)
			}
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

	run(t, s, inline("more", "wiki", "2026-01-01", true)) // beside the pending row that cannot be read
	run(t, s, `{"type":"kill","id":"kill","dataSource":"wiki","interval":"2026-01-03/2026-01-04"}`)
	failed := inline("after-spoilt", "wiki", "2026-01-02", true)
	if status := submitAndWait(t, s, failed); !strings.Contains(status, "FAILED") || !strings.Contains(status, "cannot be read") {
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

	s = newServer(t, dir)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"active-status", "active-payload", "active-created"} {
		if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/task/"+id+"/shutdown", ""); code != http.StatusOK {
			t.Errorf("shutdown of %s: %d %s", id, code, body)
		}
	}
	run(t, s, inline("replaces", "wiki", "2026-01-02", false))
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
func run(t *testing.T, s *Server, task string) {
	t.Helper()
	if status := submitAndWait(t, s, task); !strings.Contains(status, `"SUCCESS"`) {
		t.Fatalf("%s\n%s", task, status)
	}
}

func submitAndWait(t *testing.T, s *Server, task string) string {
	t.Helper()
	code, body := ask(s, http.MethodPost, "/druid/indexer/v1/task", task)
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	var id struct{ Task string }
	if err := json.Unmarshal([]byte(body), &id); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		_, body := ask(s, http.MethodGet, "/druid/indexer/v1/task/"+id.Task+"/status", "")
		if !strings.Contains(body, `"RUNNING"`) || time.Now().After(deadline) {
			return body
		}
		time.Sleep(time.Millisecond)
	}
}

// startWithLog starts a server on a folder, whose log can be read.
func startWithLog(t *testing.T, dir string) (*Server, *journal) {
	t.Helper()
	log := &journal{}
	s := newServerWithLog(t, dir, slog.New(slog.NewTextHandler(log, nil)))
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
	first := newServer(t, dir)
	if err := first.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, first, inline("spoilt", "wiki", "2026-01-01", false))
	run(t, first, inline("more", "wiki", "2026-01-01", true))
	run(t, first, inline("whole", "wiki", "2026-01-02", false))
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	statement(t, dir, `UPDATE druid_segments SET version = x'ff' WHERE rowid = (SELECT min(rowid) FROM druid_segments)`)
	id := statement(t, dir, `SELECT id FROM druid_segments WHERE version = x'ff'`)
	statement(t, dir, `INSERT INTO druid_pendingSegments(id, dataSource, created_date, start, "end", sequence_name, sequence_prev_id,
		sequence_name_prev_id_sha1, payload) VALUES('p', x'ff', '2026-01-01T00:00:00.000Z',
		'2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', 's', '', 'x', CAST('[]' AS BLOB))`)

	s, log := startWithLog(t, dir)
	if status := submitAndWait(t, s, inline("after-spoilt", "wiki", "2026-01-01", true)); !strings.Contains(status, "FAILED") ||
		!strings.Contains(status, "column version") || !strings.Contains(status, id) {
		t.Errorf("an append to the chunk: %s", status)
	}
	run(t, s, inline("other-append", "wiki", "2026-01-02", true))
	run(t, s, inline("other-replace", "wiki", "2026-01-02", false))
	run(t, s, `{"type":"kill","id":"kill","dataSource":"wiki","interval":"2026-01-02/2026-01-03"}`)
	run(t, s, inline("replaces", "wiki", "2026-01-01", false))
	run(t, s, inline("after-replaces", "wiki", "2026-01-01", true))
	if !strings.Contains(log.String(), "table=druid_segments id="+id) {
		t.Errorf("the log does not name segment %s", id)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
