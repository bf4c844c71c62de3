package apptest

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/client"
)

// TestOrphans: files that were pushed when the process was killed and never published are found, and removed only on command; neither
// what is published goes, nor what is young, nor what others may have written, nor anything of a task that is at work.
func TestOrphans(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	s.succeed(t, s.submit(t, ingestion{id: "published", dataSource: "d", source: inline(rows("published", 10, 2))}.task()))
	s.succeed(t, s.submit(t, ingestion{id: "cut-off", dataSource: "d", append: true, source: inline(rows("cut-off", 10, 2))}.task()))
	gate := newGate(t, rows("at-work", 1000, 1))
	s.submit(t, ingestion{id: "at-work", dataSource: "e", source: gate.source()}.task())
	<-gate.reached
	s.kill(t)
	db := openDatabase(t, dir) // as if the kill had come before the publication
	db.change(`DELETE FROM druid_segments WHERE id LIKE '%_1'`)
	db.close()
	for i, unknown := range []string{"d/2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z/v/0/index", "d/2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z/v/0/0f8fad5b-d9cb-469f-a165-70867728950e/index"} {
		path := filepath.Join(dir, "segments", unknown)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		overwrite(t, filepath.Join(path, "version.bin"), []byte{0, 0, 0, byte(i)})
	}
	s = start(t, dir)
	eventually(t, "one staging folder is left", func() bool {
		folders, _ := staged(t, dir)
		return folders == 1
	})

	if found := s.orphans(t, client.OrphanQuery{}); len(found.Orphans) != 0 || found.Spared != 2 || found.Others != 2 {
		t.Errorf("while they are young: %+v", found)
	}
	s.makeOld(t)
	found := s.orphans(t, client.OrphanQuery{})
	if len(found.Orphans) != 2 || found.Spared != 0 || found.Others != 2 {
		t.Fatalf("found %+v", found)
	}
	for _, o := range found.Orphans {
		if o.DataSource != "d" || o.Partition != "1" || !o.Own || o.Size < 500 || !strings.HasPrefix(o.Path, "d/"+o.Interval+"/") {
			t.Errorf("found %+v", o)
		}
	}
	before := segmentFolders(t, dir)
	if out, code := s.command(t, "orphans", "--delete"); code != 2 || segmentFolders(t, dir) != before || !strings.Contains(out, "--yes") {
		t.Errorf("without --yes: exit code %d\n%s", code, out)
	}
	if out, code := s.command(t, "orphans", "--delete", "--yes"); code != 0 || !strings.Contains(out, "removed 2 orphans") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if found := s.orphans(t, client.OrphanQuery{Others: true}); len(found.Orphans) != 2 || found.Orphans[0].Own || found.Orphans[1].Own {
		t.Errorf("left: %+v", found)
	}
	if out, code := s.command(t, "orphans", "--others", "--delete", "--yes"); code != 0 || !strings.Contains(out, "removed 2 orphans") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	gate.open()
	s.succeed(t, "at-work")
	s.terminate(t)
	stored := inspect(t, dir)
	read := stored.read(t, "d", "e")
	for writer, n := range map[string]int{"published": 10, "cut-off": 0, "at-work": 1000} {
		if err := read.check(writer, n); err != nil {
			t.Error(err)
		}
	}
	if n := segmentFolders(t, dir); n != len(stored.segments) {
		t.Errorf("%d segments are stored, and files of %d", len(stored.segments), n)
	}
}

// removeOrphans removes what was never published, of a server at which no task is active: no more and no less. It tells how many there were.
func (s *server) removeOrphans(t testing.TB) int {
	t.Helper()
	s.makeOld(t)
	before := segmentFolders(t, s.dir)
	removed, err := s.RemoveOrphans(t.Context(), client.OrphanQuery{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, o := range removed.Orphans {
		if strings.HasSuffix(o.Path, "/index") {
			n++
		}
	}
	if removed.Others+removed.Spared+removed.More > 0 || before-segmentFolders(t, s.dir) != n {
		t.Errorf("of files of %d segments %d are left after the removal of %+v", before, segmentFolders(t, s.dir), removed)
	}
	known := map[string]bool{}
	for _, segment := range inspect(t, s.dir).segments {
		known[pathOf(t, segment)] = true
	}
	if paths, err := filepath.Glob(filepath.Join(s.dir, "segments", "*", "*", "*", "*", "*", "index")); err != nil {
		t.Error(err)
	} else {
		for _, path := range paths {
			if !known[path] && !known[path+"/"] {
				t.Errorf("%s is left, and no row names it", path)
			}
		}
	}
	return n
}

func (s *server) orphans(t testing.TB, q client.OrphanQuery) *client.Orphans {
	t.Helper()
	found, err := s.Orphans(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// makeOld makes all that was pushed two hours older than it is.
func (s *server) makeOld(t testing.TB) {
	t.Helper()
	then := time.Now().Add(-2 * time.Hour)
	root := filepath.Join(s.dir, "segments")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "intermediate_pushes" {
			return fs.SkipDir
		}
		if err == nil {
			err = os.Chtimes(path, then, then)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// command runs a command against the server.
func (s *server) command(t testing.TB, args ...string) (output string, code int) {
	t.Helper()
	cmd := exec.Command(binary, append(args, "--url", s.URL())...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
