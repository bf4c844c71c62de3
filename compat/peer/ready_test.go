//go:build peer

package peer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/compat/replay"
	"ovate/druid"
)

// TestReady submits tasks that may lock segments to a Java Overlord, each with other segments there, and compares the locks that it takes for them
// before they run with those which were recorded, by which ovate is tested (internal/task.TestReadyToOverwrite).
func TestReady(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	file := filepath.Join("..", "testdata", "ready.jsonl")
	all, err := replay.LoadReady(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(ctx, t, 1)
	overlord := s.java()
	s.awaitLead(overlord)
	db := s.database.Open(t)
	for i := range all {
		name := fmt.Sprintf("ready_%d", i)
		r := all[i].Named(name)
		segments, err := r.Used(name)
		if err != nil {
			t.Fatal(err)
		}
		insertSegments(ctx, t, db, segments)
		overlord.submit(string(r.Task))
		state := ""
		overlord.until(r.Name+" is ready, or not", func() bool {
			state = readiness(t, overlord.get("/druid/indexer/v1/task/"+name+"/status"))
			return state != ""
		})
		got := state
		if state == "ready" {
			got = replay.TellReady(state, storedLocks(ctx, t, db, name))
		}
		if got != r.Druid && !*recordActions {
			t.Errorf("%s: %s, but recorded is %s", r.Name, got, r.Druid)
		}
		all[i].Druid = got
	}
	if *recordActions {
		if err := replay.SaveReady(file, all); err != nil {
			t.Error(err)
		}
	}
}

// readiness is ready, or fails, once a status tells; no worker is there that would run the task.
func readiness(t *testing.T, answer string) string {
	t.Helper()
	var a struct {
		Status struct{ Status, RunnerStatusCode, ErrorMsg string }
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	switch {
	case a.Status.Status == "FAILED":
		t.Log(a.Status.ErrorMsg)
		return "fails"
	case a.Status.RunnerStatusCode == "PENDING":
		return "ready"
	}
	return ""
}

func insertSegments(ctx context.Context, t *testing.T, db *sql.DB, segments []druid.DataSegment) {
	t.Helper()
	for i := range segments {
		s := &segments[i]
		_, err := db.ExecContext(ctx, `INSERT INTO druid_segments (id, datasource, created_date, start, "end", partitioned, version, used, payload, used_status_last_updated)
			VALUES ($1, $2, '2020-01-01T00:00:00.000Z', $3, $4, true, $5, true, $6, '2020-01-01T00:00:00.000Z')`,
			s.ID().String(), s.DataSource, s.Interval.Start.String(), s.Interval.End.String(), s.Version, s.AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// storedLocks are those of a task.
func storedLocks(ctx context.Context, t *testing.T, db *sql.DB, id string) (locks []druid.TaskLock) {
	t.Helper()
	rows, err := db.QueryContext(ctx, `SELECT convert_from(lock_payload, 'UTF8') FROM druid_tasklocks WHERE task_id = $1`, id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		var l druid.TaskLock
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		if err := json.NewDecoder(strings.NewReader(text)).Decode(&l); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		locks = append(locks, l)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return locks
}
