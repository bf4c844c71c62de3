package copies

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFoldersAtTheSameTime: many ovate ingest begin and end at the same time.
func TestFoldersAtTheSameTime(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "copies")
	var all sync.WaitGroup
	var mu sync.Mutex
	faults := map[string]int{}
	for range 6 {
		all.Go(func() {
			for range 100 {
				c, err := Claim(parent, true, func(Reader) (bool, error) { return false, nil })
				if err == nil {
					err = c.Remove()
				}
				if err != nil {
					mu.Lock()
					faults[strings.ReplaceAll(err.Error(), parent, "")]++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if len(faults) > 0 {
		t.Errorf("%v", faults)
	}
}

// A folder whose process is gone is removed by the next; one that is in use, or that a task may be reading, is not.
func TestStaleCopiesAreRemoved(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	ended := func(r Reader) (bool, error) {
		if r.Server != "server" {
			return false, errors.New("no answer")
		}
		return r.Task == "done", nil
	}
	claim := func(to *Reader, leave bool) *Folder {
		dir, err := Claim(parent, false, ended)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if to != nil {
			if err := dir.Lend(*to); err != nil {
				t.Fatal(err)
			}
		}
		if leave {
			if err := dir.Leave(); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	used := claim(&Reader{"server", "done"}, false) // its process sees to it
	gone := claim(nil, true)
	done := claim(&Reader{"server", "done"}, true)
	active := claim(&Reader{"server", "active"}, true)
	silent := claim(&Reader{"silent", "x"}, true)
	forgotten := claim(&Reader{"silent", "y"}, true)
	past := time.Now().Add(-unheard - time.Hour)
	if err := os.Chtimes(forgotten.Dir+noteSuffix, past, past); err != nil {
		t.Fatal(err)
	}
	next := claim(nil, false)
	for dir, want := range map[*Folder]bool{used: true, gone: false, done: false, active: true, silent: true, forgotten: false, next: true} {
		if _, err := os.Stat(dir.Dir); (err == nil) != want {
			t.Errorf("%s: there is %v, want %v", dir.Dir, err, want)
		}
	}
	for _, dir := range []*Folder{used, next} {
		if err := dir.Remove(); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(parent, "*")); err != nil || len(left) != 6 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestRightsOfParents: the folder above all copies is its owner's alone, whoever makes it and however often, and in a public place it is no trap.
func TestRightsOfParents(t *testing.T) {
	t.Parallel()
	ended := func(Reader) (bool, error) { return false, nil }
	for _, public := range []bool{false, true} {
		parent := filepath.Join(t.TempDir(), "copies")
		for range 2 { // the first Remove takes it away
			folder, err := Claim(parent, public, ended)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(parent); err != nil || info.Mode().Perm() != 0o700 {
				t.Error(public, info.Mode(), err)
			}
			if err := folder.Remove(); err != nil {
				t.Error(err)
			}
		}
		if err := os.Mkdir(parent, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(parent, 0o777); err != nil {
			t.Fatal(err)
		}
		folder, err := Claim(parent, public, ended)
		if public != (err != nil && strings.Contains(err.Error(), "may be written to by others")) {
			t.Error(public, err)
		}
		if folder != nil {
			if err := folder.Remove(); err != nil {
				t.Error(err)
			}
		}
	}
}
