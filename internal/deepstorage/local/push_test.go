package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
			if left, err := filepath.Glob(filepath.Join(s.staging, "*-*")); err != nil || len(left) > 0 {
				t.Errorf("it leaves %v, %v", left, err)
			}
			if _, err := os.Stat(filepath.Join(dir, markFile)); err != nil {
				t.Errorf("the segment is gone: %v", err)
			}
		})
	}
}
