package apptest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ovate/druid"
)

// What docs/promises.md says of memory.
const (
	memoryFactor = 1.5
	memoryExtra  = 128 << 20
)

// TestMemoryBound ingests inputs that are hard on memory, each in a way of its own: counted naively, some take a hundred times the size of
// their file.
func TestMemoryBound(t *testing.T) {
	t.Parallel()
	const bound = 24 << 20
	for _, l := range burdens() {
		t.Run(l.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "input")
			l.save(t, path)
			s := start(t, t.TempDir())
			task := ingestion{id: "load", dataSource: "load", source: local(path), tuning: object{"maxBytesInMemory": bound}, dimensions: l.dimensions}
			if !l.json {
				task.format = object{"type": "csv", "findColumnsFromHeader": true}
			}
			if l.rowsInMemory > 0 {
				task.tuning["maxRowsInMemory"] = l.rowsInMemory
			}
			program := s.proc(t, "RssFile") + s.proc(t, "RssShmem") // where it was built in memory
			s.succeed(t, s.submit(t, task.task()))
			peak := s.proc(t, "VmHWM")
			t.Logf("at most %d MB resident", peak>>20)
			// The program's own file is mapped, and files of runs are while they are merged: the system takes their pages back when it needs them.
			if limit := int64(memoryExtra+memoryFactor*bound) + program + int64(l.mapped); peak > limit {
				t.Errorf("%d MB resident, want at most %d", peak>>20, limit>>20)
			}
		})
	}
}

// burden is an input that is hard on memory.
type burden struct {
	name         string
	json         bool
	dimensions   []any // empty: discovered
	rowsInMemory int
	mapped       int // bytes of files that are mapped at the end
	write        func(w io.Writer, random *rand.Rand)
}

func (l burden) save(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	l.write(w, rand.New(rand.NewPCG(1, 2)))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func burdens() []burden {
	const when = "2026-01-01T00:00:00Z"
	discovered := []any{}
	return []burden{
		{name: "long rows", dimensions: []any{"a"}, mapped: 60 << 20, write: func(w io.Writer, _ *rand.Rand) {
			long := bytes.Repeat([]byte("x"), 6<<20-100) // about as long as they may be
			fmt.Fprintln(w, "ts,a")
			for i := range 10 {
				fmt.Fprintf(w, "%s,%d%s\n", when, i, long)
			}
		}},
		{name: "short rows", dimensions: []any{"a", "b", "c", "d"}, write: func(w io.Writer, random *rand.Rand) {
			fmt.Fprintln(w, "ts,a,b,c,d")
			for i := range 150_000 {
				fmt.Fprintf(w, "%s,%d,%d,%d,%d\n", when, i, random.IntN(100), random.IntN(1000), random.IntN(100_000))
			}
		}},
		{name: "many columns", dimensions: discovered, write: func(w io.Writer, random *rand.Rand) {
			fmt.Fprint(w, "ts")
			for i := range 2000 {
				fmt.Fprint(w, ",c", i)
			}
			for range 300 {
				fmt.Fprint(w, "\n"+when)
				for range 2000 {
					fmt.Fprint(w, ",", random.IntN(1000))
				}
			}
			fmt.Fprintln(w)
		}},
		{name: "new names in each row", json: true, dimensions: discovered, write: func(w io.Writer, _ *rand.Rand) {
			for i := range 1500 {
				fmt.Fprintf(w, `{"ts":%q`, when)
				for k := range 5 {
					fmt.Fprintf(w, `,"n%d":%d`, i*5+k, i)
				}
				fmt.Fprintln(w, "}")
			}
		}},
		{name: "distinct strings", dimensions: []any{"a", "b"}, mapped: 32 << 20, write: func(w io.Writer, random *rand.Rand) {
			fmt.Fprintln(w, "ts,a,b")
			for range 150_000 {
				fmt.Fprintf(w, "%s,u%016x,%016x\n", when, random.Uint64(), random.Uint64())
			}
		}},
		{name: "long lists", json: true, dimensions: []any{"tags"}, mapped: 16 << 20, write: func(w io.Writer, random *rand.Rand) {
			for range 500 {
				fmt.Fprintf(w, `{"ts":%q,"tags":["0"`, when)
				for range 1000 {
					fmt.Fprintf(w, `,"v%d"`, random.IntN(100_000))
				}
				fmt.Fprintln(w, "]}")
			}
		}},
		{name: "wide and sparse", json: true, dimensions: discovered, write: func(w io.Writer, random *rand.Rand) {
			for range 8_000 {
				fmt.Fprintf(w, `{"ts":%q`, when)
				for range 5 {
					fmt.Fprintf(w, `,"s%d":"%x"`, random.IntN(700), random.IntN(1000))
				}
				fmt.Fprintln(w, "}")
			}
		}},
		{name: "many time chunks", dimensions: []any{"a", "b", "c"}, write: func(w io.Writer, random *rand.Rand) {
			fmt.Fprintln(w, "ts,a,b,c")
			for i := range 50_000 {
				fmt.Fprintf(w, "2026-%02d-%02dT00:00:00Z,%d,%d,%d\n", 1+random.IntN(12), 1+random.IntN(28), i, random.IntN(10), random.IntN(10))
			}
		}},
		{name: "many runs", dimensions: []any{"a", "b"}, rowsInMemory: 500, write: func(w io.Writer, random *rand.Rand) {
			fmt.Fprintln(w, "ts,a,b")
			for i := range 50_000 {
				fmt.Fprintf(w, "%s,%d,%d\n", when, i, random.IntN(1000))
			}
		}},
		{name: "rows that do not parse", json: true, write: func(w io.Writer, _ *rand.Rand) {
			for range 1_000_000 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, `{"ts":%q}`, when)
		}},
	}
}

// TestMaxMemory: a task takes no more than the operator has for it, whatever its spec asks for, and its rows are the same.
func TestMaxMemory(t *testing.T) {
	t.Parallel()
	const bound = 24 << 20
	s := start(t, t.TempDir(), "ovate.ingest.memory=16MiB", "ovate.ingest.maxMemory=48MiB", "druid.worker.capacity=2")
	path := filepath.Join(t.TempDir(), "input")
	burden{write: func(w io.Writer, _ *rand.Rand) {
		for i := range 1500 {
			fmt.Fprintf(w, `{"ts":"2026-01-01"`)
			for c := range 100 {
				fmt.Fprintf(w, `,"c%d_%d":"%d"`, i, c, i)
			}
			fmt.Fprintln(w, "}")
		}
	}}.save(t, path)
	program := s.proc(t, "RssFile") + s.proc(t, "RssShmem")
	for i, asked := range []int64{-1, 1 << 50} {
		id := s.submit(t, ingestion{id: fmt.Sprint("load", i), dataSource: "load", source: local(path), dimensions: []any{}, tuning: object{"maxBytesInMemory": asked}}.task())
		if status := s.finish(t, id); status.State != druid.Failed || !strings.Contains(status.ErrorMsg, "maxBytesInMemory") {
			t.Errorf("%s: %s", status.State, status.ErrorMsg)
		}
	}
	if peak, limit := s.proc(t, "VmHWM"), int64(memoryExtra+memoryFactor*bound)+program; peak > limit {
		t.Errorf("%d MB resident, want at most %d", peak>>20, limit>>20)
	}
}

// TestHostileTasksLeaveNoMemory runs tasks one after the other whose inputs are small on disk and unpack to much: each ends in time, with a
// sentence where it fails, and the tenth leaves no more behind than the first ones did.
func TestHostileTasksLeaveNoMemory(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), "ovate.ingest.memory=48MiB", "druid.worker.capacity=1")
	const unpacked = 40 << 20
	row := []byte(`{"ts":"2026-01-01","a":"x"},`)
	inputs := []struct {
		name    string
		text    []byte
		failure string // empty: none
	}{
		{"zeros", make([]byte, unpacked), "line 1 is longer"},
		{"line", bytes.Repeat([]byte("x"), unpacked), "line 1 is longer"},
		{"array", append([]byte("["), bytes.Repeat(row, unpacked/len(row))...), "line 1 is longer"},
		{"blank", bytes.Repeat([]byte("\n"), 1<<20), ""},
		{"keys", append([]byte(`{"ts":"2026-01-01"`), bytes.Repeat([]byte(`,"a":{"b":[`), unpacked/11)...), "line 1 is longer"},
	}
	var resident []int64
	for round := range 4 {
		for i, input := range inputs {
			path := filepath.Join(s.dir, input.name+".json.gz")
			if round == 0 {
				if err := os.WriteFile(path, compress(t, input.text), 0o600); err != nil {
					t.Fatal(err)
				}
				inputs[i].text = nil
			}
			id := s.submit(t, ingestion{id: fmt.Sprint(input.name, round), dataSource: "load", source: local(path)}.task())
			status := s.finish(t, id)
			if failed := status.State == druid.Failed; failed != (input.failure != "") || !strings.Contains(status.ErrorMsg, input.failure) {
				t.Errorf("%s: %s %q, want %q", input.name, status.State, status.ErrorMsg, input.failure)
			}
		}
		resident = append(resident, s.proc(t, "RssAnon")>>20)
	}
	peak := s.proc(t, "VmHWM") >> 20
	t.Logf("%d MB after each round of %d tasks, at most %d MB", resident, len(inputs), peak)
	if first, last := resident[0], resident[len(resident)-1]; last > first+32 {
		t.Errorf("memory grows: %d MB after each round", resident)
	}
	if limit := int64(memoryExtra+memoryFactor*(48<<20)) >> 20; peak > limit {
		t.Errorf("%d MB resident, want at most %d", peak, limit)
	}
}

// TestPayloadsTakeBoundedMemory: however many clients ask for a large task at the same time, all get it, and memory holds a few of the
// answers only.
func TestPayloadsTakeBoundedMemory(t *testing.T) {
	t.Parallel()
	const clients, length, most = 40, 8 << 20, 160 // MB
	s := start(t, t.TempDir(), "ovate.http.maxBodySize=10MiB", "druid.worker.capacity=1")
	s.submit(t, noop("first", quiet, 3_600_000)) // the large one waits behind it
	id := s.submit(t, ingestion{id: "large", dataSource: "load", source: inline(bytes.Repeat([]byte("x"), length))}.task())
	before := s.proc(t, "VmHWM") >> 20
	var asking sync.WaitGroup
	for range clients {
		asking.Go(func() {
			answer, err := s.http.Get(s.URL() + "/druid/indexer/v1/task/" + id)
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			if n, err := io.Copy(io.Discard, answer.Body); answer.StatusCode != 200 || n < length || err != nil {
				t.Errorf("%d, %d bytes, %v", answer.StatusCode, n, err)
			}
		})
	}
	asking.Wait()
	peak := s.proc(t, "VmHWM") >> 20
	t.Logf("at most %d MB, %d MB before", peak, before)
	if peak > before+most {
		t.Errorf("%d MB for answers, want at most %d", peak-before, most)
	}
	s.kill(t)
}
