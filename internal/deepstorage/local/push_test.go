package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ovate/druid"
)

// A push ends with its task: while it waits for its turn, and while it zips or copies.
func TestPushEndsWithItsContext(t *testing.T) {
	t.Parallel()
	why := errors.New("shut down")
	for name, c := range map[string]struct{ zip, busy bool }{"zipping": {true, false}, "copying": {false, false}, "waiting": {true, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(Options{Directory: t.TempDir(), Zip: c.zip})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, markFile), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			for c.busy && len(s.copies) < cap(s.copies) {
				s.copies <- struct{}{}
			}
			ctx, end := context.WithCancelCause(t.Context())
			end(why)
			segment := druid.DataSegment{DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 1}, Version: "v", ShardSpec: druid.Numbered(0, 1)}
			if _, err := s.Push(ctx, dir, segment, "i"); !errors.Is(err, why) {
				t.Errorf("it ends with %v", err)
			}
			if left, err := filepath.Glob(filepath.Join(s.Staging(), "*-*")); err != nil || len(left) > 0 {
				t.Errorf("it leaves %v, %v", left, err)
			}
			if _, err := os.Stat(filepath.Join(dir, markFile)); err != nil {
				t.Errorf("the segment is gone: %v", err)
			}
		})
	}
}

// A push syncs each folder in which it has made something, or another push has that is not done: else a power cut could take the
// name of a published segment's folder.
func TestMoveTellsWhatIsToBeSynced(t *testing.T) {
	t.Parallel()
	s, err := Open(Options{Directory: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	move := func(target string) string {
		t.Helper()
		n++
		staged := filepath.Join(s.Staging(), strconv.Itoa(n))
		if err := os.Mkdir(staged, 0o700); err != nil {
			t.Fatal(err)
		}
		changed, err := s.move(t.Context(), staged, filepath.Join(s.root, target))
		if err != nil {
			t.Fatal(err)
		}
		for i := range changed {
			changed[i] = strings.TrimPrefix(changed[i], s.root)
		}
		slices.Sort(changed)
		return strings.Join(changed, " ")
	}
	all := " /d /d/i /d/i/v /d/i/v/0"
	if got := move("d/i/v/0/a"); got != all {
		t.Errorf("the first makes %q, want %q", got, all)
	}
	if got := move("d/i/v/0/b"); got != all {
		t.Errorf("the next, before the first is durable, needs %q, want %q", got, all)
	}
	clear(s.unsynced)
	if got, want := move("d/i/v/1/a"), "/d/i/v /d/i/v/1"; got != want {
		t.Errorf("another partition needs %q, want %q", got, want)
	}
	clear(s.unsynced)
	if err := os.RemoveAll(filepath.Join(s.root, "d/i")); err != nil { // as another process may
		t.Fatal(err)
	}
	if got, want := move("d/i/v/1/b"), "/d /d/i /d/i/v /d/i/v/1"; got != want {
		t.Errorf("what was taken away needs %q, want %q", got, want)
	}
}
