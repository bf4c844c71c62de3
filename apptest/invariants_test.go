package apptest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/apptest/stored"
	"ovate/druid"
)

// check holds what is on disk against what clients were told, at any moment at which no server runs.
func (l *ledger) check(t testing.TB, s *store) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range l.order {
		e := l.tasks[id]
		task, found := s.tasks[id]
		audits := 0
		if found && e.typ != "noop" {
			audits = 1
		}
		switch {
		case e.accepted && !found:
			t.Errorf("task %s was accepted, and is gone", id)
		case e.end != nil && (task.active || task.status.State != e.end.State || task.status.ErrorMsg != e.end.ErrorMsg):
			t.Errorf("task %s was told to be %+v, and is stored as %+v (active: %v)", id, *e.end, task.status, task.active)
		case !e.stopped.IsZero() && task.active:
			t.Errorf("task %s was shut down, and is active again", id)
		case found && task.active != (task.status.State == druid.Running):
			t.Errorf("task %s is active: %v, and is %s", id, task.active, task.status.State)
		case s.audits[id] != audits:
			t.Errorf("task %s of type %s has %d audit entries", id, e.typ, s.audits[id])
		}
	}
	s.checkLocks(t)
	s.checkSegments(t)
}

// expectPublished: tasks that have succeeded have one segment each, in a data source of their own, and one entry in the audit history, and have left
// nothing behind.
func (s *store) expectPublished(t testing.TB, ids ...string) {
	t.Helper()
	used := map[string]int{}
	for _, segment := range s.segments {
		if segment.Used {
			used[segment.DataSource]++
		}
	}
	for _, id := range ids {
		task := s.tasks[id]
		if task.active || task.status.State != druid.Success || s.audits[id] != 1 || used[task.dataSource] != 1 {
			t.Errorf("task %s is %+v (active: %v) with %d audit entries and %d segments", id, task.status, task.active, s.audits[id], used[task.dataSource])
		}
	}
	if len(s.locks) > 0 || s.pending > 0 {
		t.Errorf("left are the locks %+v and %d pending segments", s.locks, s.pending)
	}
	s.checkLocks(t)
	s.checkSegments(t)
}

// checkLocks: each lock has an active task, and no two stand in each other's way.
func (s *store) checkLocks(t testing.TB) {
	t.Helper()
	if err := stored.CheckLocks(s.locks, func(task string) bool { return s.tasks[task].active }); err != nil {
		t.Error(err)
	}
}

// checkSegments: ids are unique and those of the payloads, equal versions do not overlap but in whole chunks, and
// the files of those in use are there.
func (s *store) checkSegments(t testing.TB) {
	t.Helper()
	if err := stored.CheckSegments(s.segments); err != nil {
		t.Error(err)
	}
}

// pathOf is the folder of the segment's files.
func pathOf(t testing.TB, s stored.Segment) string {
	t.Helper()
	path, err := s.Path()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// published is what the segments of a store hold.
type published struct {
	rows     map[string]map[int]int // by writer and number: how often
	segments map[string]int         // by writer
}

// read opens the segments of the data sources.
func (s *store) read(t testing.TB, dataSources ...string) *published {
	t.Helper()
	p := &published{rows: map[string]map[int]int{}, segments: map[string]int{}}
	for _, segment := range s.segments {
		if strings.Contains("|"+strings.Join(dataSources, "|")+"|", "|"+segment.DataSource+"|") {
			p.add(t, segment)
		}
	}
	return p
}

func (p *published) add(t testing.TB, segment stored.Segment) {
	t.Helper()
	writers := map[string]bool{}
	for _, row := range readRows(t, pathOf(t, segment)) {
		var r struct {
			Writer string
			N      int
		}
		(&database{t: t}).decode(row, &r)
		if p.rows[r.Writer] == nil {
			p.rows[r.Writer] = map[int]int{}
		}
		p.rows[r.Writer][r.N]++
		writers[r.Writer] = true
	}
	for writer := range writers {
		p.segments[writer]++
	}
	if len(writers) != 1 {
		t.Errorf("segment %s holds rows of %d tasks", segment.Row, len(writers))
	}
}

// check: a writer wrote each of its n rows once.
func (p *published) check(writer string, n int) error {
	if len(p.rows[writer]) != n {
		return fmt.Errorf("%d of %d rows of %s are published", len(p.rows[writer]), n, writer)
	}
	for i := range n {
		if times := p.rows[writer][i]; times != 1 {
			return fmt.Errorf("row %d of %s is published %d times", i, writer, times)
		}
	}
	return nil
}

// readRows reads a segment as JSON, row by row.
func readRows(t testing.TB, path string) []string {
	t.Helper()
	rows, err := stored.Rows(path)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// staged are the files and folders in the staging folders of deep storage, without the folders themselves and their lock files.
func staged(t testing.TB, dir string) (folders int, rest []string) {
	t.Helper()
	root := filepath.Join(dir, "segments", "intermediate_pushes")
	processes, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		entries, err := os.ReadDir(filepath.Join(root, p.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != "ovate.lock" {
				rest = append(rest, filepath.Join(p.Name(), e.Name()))
			}
		}
	}
	return len(processes), rest
}

// expectNothingStaged waits until the server's staging folder is empty. A task tidies up after its end can be seen.
func (s *server) expectNothingStaged(t testing.TB) {
	t.Helper()
	eventually(t, "nothing is staged", func() bool {
		folders, rest := staged(t, s.dir)
		return folders == 1 && len(rest) == 0
	})
}
