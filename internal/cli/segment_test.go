package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/segment"
)

// TestSegmentCutOff: a file that is cut off while its rows are printed is an error that names it.
func TestSegmentCutOff(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "s")
	w, err := segment.Create(dir, segment.Options{Spec: segment.IndexSpec{MetricCompression: "none"}})
	if err != nil {
		t.Fatal(err)
	}
	times := w.Long(segment.TimeColumn)
	err = errors.Join(times.Append(make([]int64, 50_000), nil), times.Close())
	if _, finish := w.Finish(segment.Index{}); err != nil || finish != nil {
		t.Fatal(err, finish)
	}
	path := filepath.Join(dir, "00000.smoosh")
	out := writerFunc(func(p []byte) (int, error) { return len(p), os.Truncate(path, 4096) })
	err = (&segmentDump{Path: dir}).Run(t.Context(), &Streams{Out: out, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "cut off while it was read: it had 4") {
		t.Error(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
