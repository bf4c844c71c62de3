package apptest

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"
	"time"
)

// TestSpill ingests a file more than ten times as large as its rows may be in memory, and the same without that bound: the rows
// are the same, and memory stays within a limit that has nothing to do with the input.
func TestSpill(t *testing.T) {
	t.Parallel()
	const n, bound = 600_000, 4 << 20
	data := spillRows(rand.New(rand.NewPCG(5, 5)), n)
	if len(data) < 10*bound {
		t.Fatalf("%d bytes of input", len(data))
	}
	path := file(t, "rows.json", data)
	dimensions := []any{"text"}
	for _, name := range []string{"n", "a", "b", "c"} {
		dimensions = append(dimensions, object{"type": "long", "name": name})
	}
	var peaks [2]int64
	var sums [2]rowSum
	for i, tuning := range []object{{"maxBytesInMemory": bound}, {"maxBytesInMemory": -1, "maxRowsInMemory": 2 * n}} {
		s := start(t, t.TempDir())
		idle := s.proc(t, "VmHWM")
		begun := time.Now()
		s.succeed(t, s.submit(t, ingestion{id: "spills", dataSource: "spills", source: local(path), tuning: tuning, dimensions: dimensions}.task()))
		peaks[i] = s.proc(t, "VmHWM") - idle
		t.Logf("%d MB with %v: %v, at most %d MB resident beyond the %d of an idle server", len(data)>>20, tuning,
			time.Since(begun).Round(time.Millisecond), peaks[i]>>20, idle>>20)
		s.terminate(t)
		for _, segment := range inspect(t, s.dir).segments {
			sums[i].add(t, pathOf(t, segment))
		}
	}
	if sums[0].rows != n || sums[0] != sums[1] {
		t.Errorf("with the bound %+v, without %+v, of %d rows", sums[0], sums[1], n)
	}
	// What chunks, batches and the garbage collector take does not grow with the input; how much it is depends on the
	// machine's mood, so that the limit is wide.
	if limit := int64(192 << 20); peaks[0] > limit {
		t.Errorf("%d MB with the bound, want at most %d (%d without it)", peaks[0]>>20, limit>>20, peaks[1]>>20)
	}
}

// spillRows are n rows of one day, most of whose bytes are numbers that do not compress.
func spillRows(random *rand.Rand, n int) []byte {
	var text bytes.Buffer
	for i := range n {
		fmt.Fprintf(&text, `{"ts":"2026-01-01T%02d:%02d:%02dZ","text":"text-%d","n":%d,"a":%d,"b":%d,"c":%d}`+"\n",
			i/3600%24, i/60%60, i%60, random.IntN(20_000), i, random.Int64(), random.Int64(), random.Int64())
	}
	return text.Bytes()
}

// rowSum is the same for the same rows in any order.
type rowSum struct {
	rows int
	sum  uint64
}

func (s *rowSum) add(t testing.TB, path string) {
	t.Helper()
	for _, row := range readRows(t, path) {
		h := fnv.New64a()
		h.Write([]byte(row))
		s.rows++
		s.sum += h.Sum64()
	}
}
