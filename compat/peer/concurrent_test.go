//go:build peer

package peer

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// slowly serves one row, and the next one when it is told to: a task that reads from there has begun and has not ended.
type slowly struct {
	*httptest.Server
	more chan struct{}
}

func newSlowly(t *testing.T) *slowly {
	s := &slowly{more: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"t":"2024-01-01T01:00:00Z","page":"first"}`+"\n")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-s.more:
			_, _ = io.WriteString(w, `{"t":"2024-01-01T02:00:00Z","page":"second"}`+"\n")
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// concurrently is a task with concurrent locks over a day.
func concurrently(id, dataSource string, appends bool, source string) string {
	text := fmt.Sprintf(parallel, `,"intervals":["2024-01-01/2024-01-02"]`, "", appends)
	text = strings.Replace(text, `{"type":"inline","data":""}`, source, 1)
	text = strings.Replace(text, `"wiki"`, `"`+dataSource+`"`, 1)
	return strings.Replace(text, `{"type":"index_parallel",`, `{"type":"index_parallel","id":"`+id+`","context":{"useConcurrentLocks":true},`, 1)
}

const oneRow = `{"type":"inline","data":"{\"t\":\"2024-01-01T03:00:00Z\",\"page\":\"third\"}"}`

// TestConcurrentLocks: processes of a real MiddleManager append to a time chunk while another one replaces it, and whichever publishes
// first, the rows of both are there afterwards.
func TestConcurrentLocks(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	s := newSite(ctx, t, 2)
	s.start(MiddleManager)
	h := s.ovate()
	h.awaitWorker()
	db := s.database.Open(t)

	for dataSource, appendsFirst := range map[string]bool{"appendedfirst": true, "replacedfirst": false} {
		input := newSlowly(t)
		source := `{"type":"http","uris":["` + input.URL + `"]}`
		slow, quick := "slow_"+dataSource, "quick_"+dataSource
		h.submit(concurrently(slow, dataSource, !appendsFirst, source))
		h.until("the slow task has locked the day", func() bool {
			return count(t, db, `SELECT count(*) FROM druid_tasklocks WHERE task_id = $1`, slow) == 1
		})
		if !appendsFirst {
			h.until("the slow task has the id of a segment", func() bool {
				return count(t, db, `SELECT count(*) FROM druid_pendingsegments WHERE task_allocator_id = $1`, slow) == 1
			})
		}
		h.succeeds(concurrently(quick, dataSource, appendsFirst, oneRow))
		if appendsFirst && count(t, db, `SELECT count(*) FROM druid_upgradesegments WHERE task_id = $1`, slow) != 1 {
			t.Error("it is not noted that a segment was appended beside the task that replaces")
		}
		close(input.more)
		if status, err := h.overlord.Wait(ctx, slow); err != nil || status.State != "SUCCESS" {
			t.Errorf("%s ends %+v, %v; its log: %s", slow, status, err, h.get("/druid/indexer/v1/task/"+slow+"/log?offset=-6000"))
		}
		// The last version has two segments, of which one is a copy.
		rows, err := db.QueryContext(ctx, `SELECT id, coalesce(upgraded_from_segment_id, '') FROM druid_segments WHERE datasource = $1
			AND version = (SELECT max(version) FROM druid_segments WHERE datasource = $1) ORDER BY id`, dataSource)
		if err != nil {
			t.Fatal(err)
		}
		var there []string
		for rows.Next() {
			var id, from string
			if err := rows.Scan(&id, &from); err != nil {
				t.Fatal(err)
			}
			there = append(there, fmt.Sprint(id, " from ", from))
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		appended := " from " + dataSource + "_2024-01-01T00:00:00.000Z_2024-01-02T00:00:00.000Z_1970-01-01T00:00:00.000Z"
		if len(there) != 2 || !strings.HasSuffix(there[0], " from ") || !strings.HasSuffix(there[1], appended) {
			t.Errorf("%s: the last version has %q", dataSource, there)
		}
		for _, table := range []string{"pendingsegments", "upgradesegments", "tasklocks"} {
			h.until("nothing of the tasks is left in "+table, func() bool { return count(t, db, `SELECT count(*) FROM druid_`+table) == 0 })
		}
	}
}

func count(t *testing.T, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
