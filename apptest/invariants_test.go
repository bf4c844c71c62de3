package apptest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/segment"
)

// check holds what is on disk against what clients were told, at any moment at which no server runs.
func (l *ledger) check(t testing.TB, s *store) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range l.order {
		e := l.tasks[id]
		stored, found := s.tasks[id]
		audits := 0
		if found && e.typ != "noop" {
			audits = 1
		}
		switch {
		case e.accepted && !found:
			t.Errorf("task %s was accepted, and is gone", id)
		case e.end != nil && (stored.active || stored.status.State != e.end.State || stored.status.ErrorMsg != e.end.ErrorMsg):
			t.Errorf("task %s was told to be %+v, and is stored as %+v (active: %v)", id, *e.end, stored.status, stored.active)
		case !e.stopped.IsZero() && stored.active:
			t.Errorf("task %s was shut down, and is active again", id)
		case found && stored.active != (stored.status.State == druid.Running):
			t.Errorf("task %s is active: %v, and is %s", id, stored.active, stored.status.State)
		case s.audits[id] != audits:
			t.Errorf("task %s of type %s has %d audit entries", id, e.typ, s.audits[id])
		}
	}
	s.checkLocks(t)
	s.checkSegments(t)
}

// checkLocks: each lock has an active task, and no two stand in each other's way.
func (s *store) checkLocks(t testing.TB) {
	t.Helper()
	for i, lock := range s.locks {
		if !s.tasks[lock.task].active {
			t.Errorf("task %s is not active, and has a lock over %s", lock.task, lock.Interval)
		}
		for _, other := range s.locks[:i] {
			if lock.DataSource == other.DataSource && lock.Interval.Overlaps(other.Interval) && lock.GroupID != other.GroupID && !lock.Revoked && !other.Revoked {
				t.Errorf("two locks at once: %+v and %+v", lock, other)
			}
		}
	}
}

// checkSegments: ids are unique and those of the payloads, equal versions do not overlap but in whole chunks, and
// the files of those in use are there.
func (s *store) checkSegments(t testing.TB) {
	t.Helper()
	paths := map[string]string{}
	for i, a := range s.segments {
		if id := a.ID().String(); id != a.row {
			t.Errorf("the segment of row %s is %s", a.row, id)
		}
		path := a.path(t)
		if before, taken := paths[path]; taken {
			t.Errorf("segments %s and %s are both in %s", before, a.row, path)
		}
		paths[path] = a.row
		if a.used && !a.hasFiles(t) {
			t.Errorf("segment %s is published, but has no files in %s", a.row, path)
		}
		for _, b := range s.segments[:i] {
			if a.DataSource == b.DataSource && a.Version == b.Version && a.Interval != b.Interval && a.Interval.Overlaps(b.Interval) {
				t.Errorf("segments %s and %s overlap", a.row, b.row)
			}
		}
	}
}

// path is the folder of the segment's files.
func (s storedSegment) path(t testing.TB) string {
	t.Helper()
	var load struct{ Path string }
	(&database{t: t}).decode(string(s.LoadSpec), &load)
	return load.Path
}

func (s storedSegment) hasFiles(t testing.TB) bool {
	t.Helper()
	_, err := os.Stat(filepath.Join(s.path(t), "version.bin"))
	return err == nil
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
	for _, stored := range s.segments {
		if strings.Contains("|"+strings.Join(dataSources, "|")+"|", "|"+stored.DataSource+"|") {
			p.add(t, stored)
		}
	}
	return p
}

func (p *published) add(t testing.TB, stored storedSegment) {
	t.Helper()
	writers := map[string]bool{}
	for _, row := range readRows(t, stored.path(t)) {
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
		t.Errorf("segment %s holds rows of %d tasks", stored.row, len(writers))
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
	s, err := segment.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	reader, err := s.RowReader()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]string, s.Rows())
	for i := range rows {
		row, err := reader.AppendJSON(nil, i)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		rows[i] = string(row)
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
