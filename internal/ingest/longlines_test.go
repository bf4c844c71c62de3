package ingest

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"ovate/internal/ingest/source"
	"ovate/internal/spec"
)

// TestLongLines shows that lines as long as they may be, a quarter of a job's memory, take a few times that memory at most though each stage holds one: nothing
// is read ahead of one. It is not parallel, as it looks at the heap of the process.
func TestLongLines(t *testing.T) {
	const budget, length, rows = 48 << 20, 12 << 20, 24
	dir := t.TempDir()
	writeLongLines(t, filepath.Join(dir, "x.json"), length-100, rows)
	s, err := spec.Parse("index", fmt.Appendf(nil, `{
		"dataSchema": {"dataSource": "x", "timestampSpec": {"column": "t"}, "dimensionsSpec": {"dimensions": ["a"]}, "granularitySpec": {"rollup": false}},
		"ioConfig": {"type": "index", "inputSource": {"type": "local", "baseDir": %q, "filter": "*"}, "inputFormat": {"type": "json"}}}`, dir))
	if err != nil {
		t.Fatal(err)
	}
	most := watchHeap(t)
	result, err := Run(t.Context(), Job{
		Spec: s, Staging: t.TempDir(), Policy: source.Policy{AnyLocalFile: true}, Workers: 2, MemoryBudget: budget, Log: slog.New(slog.DiscardHandler), Progress: &Progress{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := result.Segments[0].Rows; n != rows {
		t.Errorf("%d rows", n)
	}
	if got := most(); got > 4*budget {
		t.Errorf("%d MiB are in use at a time, of a budget of %d", got>>20, budget>>20)
	}
}

func writeLongLines(t *testing.T, path string, length, rows int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, filler := bufio.NewWriter(f), strings.Repeat("y", length)
	for i := range rows {
		fmt.Fprintf(w, "{\"t\":\"2020-01-01\",\"a\":\"%08d%s\"}\n", i, filler)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// watchHeap collects what is not in use all the time, until most, which is how much was in use at a time beyond what there was before.
func watchHeap(t *testing.T) (most func() int64) {
	t.Helper()
	inUse := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var over atomic.Bool
	ended := make(chan int64)
	before := inUse()
	go func() {
		highest := int64(0)
		for !over.Load() {
			highest = max(highest, inUse()-before)
		}
		ended <- highest
	}()
	return func() int64 {
		over.Store(true)
		return <-ended
	}
}
