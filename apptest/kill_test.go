package apptest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
)

// TestKilledUnderLoad kills the server again and again, at moments that nobody chose, while clients submit, shut down and
// ask; what is on disk must agree with what the clients were told each time, and in the end everything is there once.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	const perFolder = 14 // what is checked after each kill grows with what is there
	seed := number(t, "OVATE_SEED", 1)
	for kills := number(t, "OVATE_KILLS", 10); kills > 0; kills -= perFolder {
		killUnderLoad(t, uint64(seed), min(kills, perFolder))
		if t.Failed() {
			t.Fatalf("OVATE_SEED=%d", seed)
		}
		seed++
	}
}

func killUnderLoad(t *testing.T, seed uint64, kills int) {
	random := rand.New(rand.NewPCG(seed, 99))
	dir := filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := newLoad(t, ctx)
	l.run(seed)
	begun := time.Now()
	for range kills {
		p := launch(t, dir, "druid.worker.capacity=4", "ovate.tasks.maxLostRuns=0")
		if random.IntN(4) == 0 { // while it starts
			<-time.After(time.Duration(random.IntN(100)) * time.Millisecond)
		} else {
			l.server.Store(p.ready(t, dir))
			l.turn(p, 1+random.IntN(200))
			<-time.After(time.Duration(random.IntN(3000)) * time.Microsecond)
		}
		p.kill(t)
		stored := inspect(t, dir)
		l.ledger.check(t, stored)
		l.ledger.report(t)
		if t.Failed() {
			return
		}
		if random.IntN(3) == 0 && len(stored.segments) > 0 {
			hideSome(t, dir)
		}
	}
	s := start(t, dir, "druid.worker.capacity=4", "ovate.tasks.maxLostRuns=0")
	l.server.Store(s)
	l.turn(s.process, 100)
	cancel()
	l.clients.Wait()
	drain(t, l, s)
	left := finish(t, l, s)
	t.Logf("seed %d: %d kills and %d tasks in %v; left behind: %s", seed, kills, len(l.ledger.order), time.Since(begun).Round(time.Millisecond), left)
}

// turn lets n things be done. The last of them are still under way when it returns.
func (l *load) turn(p *process, n int) {
	l.t.Helper()
	for range n {
		select {
		case <-l.turns:
		case <-p.ended:
			l.t.Fatalf("the server ended by itself:\n%s", p.output)
		case <-time.After(patience):
			l.t.Fatalf("no request is answered any more:\n%s", p.output)
		}
	}
}

// hideSome marks segments as unused, as a Coordinator does, for kill tasks to remove.
func hideSome(t testing.TB, dir string) {
	t.Helper()
	db := openDatabase(t, dir)
	defer db.close()
	db.change(`UPDATE druid_segments SET used = 0 WHERE dataSource = ? AND rowid % 2 = 0`, vanished)
}

// drain waits until every task has ended.
func drain(t testing.TB, l *load, s *server) {
	t.Helper()
	l.ctx = t.Context()
	l.shutDownAll(s)
	eventually(t, "all tasks have ended", func() bool {
		for _, state := range []string{"waiting", "pending", "running"} {
			tasks, err := s.Tasks(t.Context(), client.Filter{State: state})
			if err != nil {
				t.Fatal(err)
			}
			if len(tasks) > 0 {
				return false
			}
		}
		return true
	})
	eventually(t, "no task has a slot", func() bool { // which one that was shut down by a client that is gone gives back a moment after its end
		capacity, err := s.Capacity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return capacity.Used == 0
	})
}

// finish checks everything that must hold when no task is active, and stops the server. It tells what the crashes left behind.
func finish(t testing.TB, l *load, s *server) string {
	t.Helper()
	ids := l.ledger.known(func(e *entry) bool { return e.accepted })
	asked := time.Now()
	statuses, err := s.Statuses(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		l.ledger.saw("the last look", asked, statuses[id])
	}
	reports := map[string]client.Ingestion{}
	for _, id := range ids {
		l.ledger.checkAnswers(t, s, id, reports)
	}
	s.expectNothingStaged(t) // as long as a task that was shut down is at work, what it has reserved stays
	pending := 0
	for _, dataSource := range append(kept[:], vanished) {
		n, err := s.DeletePendingSegments(t.Context(), dataSource)
		if err != nil {
			t.Error(err)
		}
		pending += n
	}
	unpublished := s.removeOrphans(t)
	eventually(t, "what killed processes left is removed", func() bool {
		folders, _ := staged(t, s.dir)
		return folders == 1
	})
	s.terminate(t)

	stored := inspect(t, s.dir)
	l.ledger.check(t, stored)
	if len(stored.locks) > 0 || stored.pending > 0 {
		t.Errorf("no task is active, and there are %d locks and %d pending segments", len(stored.locks), stored.pending)
	}
	if folders, rest := staged(t, s.dir); folders+len(rest) > 0 {
		t.Errorf("%d staging folders are left, with %v", folders, rest)
	}
	l.ledger.checkRows(t, stored.read(t, kept[:]...), reports)
	l.ledger.report(t)
	unfinished, err := filepath.Glob(filepath.Join(s.dir, "indexing-logs", ".unfinished-*"))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d pending segment ids, %d unfinished reports, files of %d segments that are not published", pending, len(unfinished), unpublished)
}

// checkAnswers: payload, log and report of a task are there and agree with its status.
func (l *ledger) checkAnswers(t testing.TB, s *server, id string, reports map[string]client.Ingestion) {
	t.Helper()
	var e entry
	l.note(id, func(of *entry) { e = *of })
	payload, err := s.Task(t.Context(), id)
	if err != nil || !bytes.Contains(payload, []byte(`"id":"`+id+`"`)) {
		t.Errorf("the payload of task %s is %s (%v)", id, payload, err)
	}
	checkLog(t, s, id)
	if e.typ != "index_parallel" {
		return
	}
	report, err := s.Ingestion(t.Context(), id)
	switch {
	case e.end.State == druid.Success && (err != nil || report.State != "COMPLETED" || report.Error != ""):
		t.Errorf("task %s succeeded, and its report is %+v (%v)", id, report, err)
	case e.end.State == druid.Failed && err == nil && (report.State == "COMPLETED" || report.Error == ""):
		t.Errorf("task %s failed (%s), and its report is %+v", id, e.end.ErrorMsg, report)
	case err != nil && !client.IsNotFound(err):
		t.Errorf("the report of task %s: %v", id, err)
	}
	reports[id] = report
}

// checkLog: the log that is served is the file, from any offset.
func checkLog(t testing.TB, s *server, id string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join(s.dir, "indexing-logs", id+".log"))
	if err != nil {
		if served, err := s.Log(t.Context(), id, 0); !client.IsNotFound(err) {
			t.Errorf("task %s has no log on disk, and is served %v (%v)", id, served, err)
		}
		return
	}
	for offset, want := range map[int64][]byte{0: want, int64(len(want) / 2): want[len(want)/2:], -7: want[max(0, len(want)-7):]} {
		served, err := s.Log(t.Context(), id, offset)
		if err != nil {
			t.Errorf("log of task %s: %v", id, err)
			return
		}
		got, err := io.ReadAll(served)
		served.Close()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("log of task %s from %d: %q (%v), want %q", id, offset, got, err, want)
		}
	}
}

// checkRows: a success has published each of its rows once, in as many segments as its report says; a failure none.
// Only those failed that were asked to end, and kill tasks that had to give way.
func (l *ledger) checkRows(t testing.TB, p *published, reports map[string]client.Ingestion) {
	t.Helper()
	for _, id := range l.order {
		e := l.tasks[id]
		if e.end == nil {
			continue // never accepted
		}
		outranked := e.typ == "kill" && strings.Contains(e.end.ErrorMsg, "revoked for a task of higher priority")
		if e.end.State == druid.Failed && !e.stopping && !outranked {
			t.Errorf("task %s failed, and nobody shut it down: %s", id, e.end.ErrorMsg)
		}
		if e.rows == 0 || bytes.Contains(e.body, []byte(vanished)) {
			continue
		}
		want, segments := 0, 0
		if e.end.State == druid.Success {
			want, segments = e.rows, reports[id].SegmentsPublished
			if got := reports[id].Rows.Processed; got != int64(want) {
				t.Errorf("the report of task %s tells of %d rows, not of %d", id, got, want)
			}
		}
		if err := p.check(id, want); err != nil {
			t.Errorf("%s: %v", e.end.State, err)
		}
		if p.segments[id] != segments {
			t.Errorf("task %s (%s) has %d segments, its report says %d", id, e.end.State, p.segments[id], segments)
		}
	}
}
