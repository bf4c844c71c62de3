package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/ingest/format"
	"ovate/internal/ingest/row"
	"ovate/internal/ingest/source"
	"ovate/internal/spec"
	"ovate/segment"
)

// TestSmallBatchesChangeNothing ingests rows each of which has names of its own: a chunk makes many batches, and its rows come out
// as they went in.
func TestSmallBatchesChangeNothing(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	const rows = 1500
	for i := range rows {
		fmt.Fprintf(&text, `{"t":%d,"a%d":"x","b%d":"y","all":%d}`+"\n", 1700000000000+i, i, i, i)
	}
	s := inlineSpec(t, `{}`, `{"type": "json"}`, text.String())
	s.Schema.Timestamp.Format = "millis"
	result, progress := runJob(t, s, 2)
	if len(result.Segments) != 1 || result.Segments[0].Rows != rows || progress.Snapshot().Build.Processed != rows {
		t.Fatalf("built %v, counted %+v", result.Segments, progress.Snapshot().Build)
	}
	if n := len(result.Segments[0].Dimensions); n != 2*rows+1 {
		t.Errorf("%d dimensions, want %d", n, 2*rows+1)
	}
	if got := progress.Snapshot().Build.ProcessedBytes; got != int64(text.Len()) {
		t.Errorf("%d bytes counted of %d", got, text.Len())
	}
}

// TestTooManyColumns shows that names without end are refused with a sentence, where they are found.
func TestTooManyColumns(t *testing.T) {
	t.Parallel()
	var header, object strings.Builder
	header.WriteString("t")
	object.WriteString(`{"t":"2024-01-01"`)
	for i := range 20_000 {
		fmt.Fprintf(&header, ",c%d", i)
		fmt.Fprintf(&object, `,"c%d":1`, i)
	}
	header.WriteString("\n2024-01-01,1\n")
	object.WriteString("}\n")
	for name, s := range map[string]*spec.Ingestion{
		"the header names 20001 columns":        inlineSpec(t, `{}`, `{"type": "csv", "findColumnsFromHeader": true}`, header.String()),
		"the data have more than 20000 columns": inlineSpec(t, `{}`, `{"type": "json"}`, object.String()),
	} {
		s.Tuning.MaxBytesInMemory = least
		err := runToError(t, s, slog.DiscardHandler)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "maxBytesInMemory") {
			t.Errorf("it ends with %v, want %q", err, name)
		}
		s.Tuning.MaxBytesInMemory = 64 << 20
		if err := runToError(t, s, slog.DiscardHandler); err != nil {
			t.Errorf("with more memory it ends with %v", err)
		}
	}
}

// TestLongLists shows that a row whose list has values without end is refused with a sentence.
func TestLongLists(t *testing.T) {
	t.Parallel()
	most := least / 4 / listBytes
	for name, c := range map[string]struct{ format, row string }{
		"json": {`{"type": "json"}`, `{"t":"2024-01-01","a":[0` + strings.Repeat(",1", most) + `]}`},
		"csv":  {`{"type": "csv", "columns": ["t","a"], "listDelimiter": "|"}`, "2024-01-01,0" + strings.Repeat("|1", most)},
	} {
		s := inlineSpec(t, `{"dimensions": ["a"]}`, c.format, c.row+"\n")
		s.Tuning.MaxBytesInMemory = least
		if err := runToError(t, s, slog.DiscardHandler); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("line 1 has a list of more than %d values", most)) || !strings.Contains(err.Error(), "maxBytesInMemory") {
			t.Errorf("%s: it ends with %v", name, err)
		}
		s.Tuning.MaxBytesInMemory = 2 * least
		if err := runToError(t, s, slog.DiscardHandler); err != nil {
			t.Errorf("%s: with more memory it ends with %v", name, err)
		}
	}
}

// TestListsOfASegment shows that a segment ends where its lists have as many values as whoever writes it can hold.
func TestListsOfASegment(t *testing.T) {
	t.Parallel()
	const length, rows = 60_000, 100
	var text strings.Builder
	for i := range rows {
		fmt.Fprintf(&text, `{"t":"2024-01-01","a":[%d%s]}`+"\n", i, strings.Repeat(",1", length-1))
	}
	s := inlineSpec(t, `{"dimensions": ["a"]}`, `{"type": "json"}`, text.String())
	s.Tuning.MaxBytesInMemory = least
	result, _ := runJob(t, s, 2)
	perSegment := int64(least/8/length + 1)
	var of []int64
	for _, one := range result.Segments {
		of = append(of, one.Rows)
	}
	if want := []int64{perSegment, perSegment, rows - 2*perSegment}; !slices.Equal(of, want) {
		t.Errorf("segments have %d rows, want %d", of, want)
	}
}

// TestTooManyListedColumns shows that a spec that lists columns without end is refused with a sentence, before any of them takes memory.
func TestTooManyListedColumns(t *testing.T) {
	t.Parallel()
	names := make([]string, 6000)
	for i := range names {
		names[i] = fmt.Sprintf("%q", fmt.Sprint("c", i))
	}
	s := inlineSpec(t, `{"dimensions": [`+strings.Join(names, ",")+`]}`, `{"type": "json"}`, `{"t":"2024-01-01","c5":"x"}`)
	s.Tuning.MaxBytesInMemory = least
	if err := runToError(t, s, slog.DiscardHandler); err == nil || !strings.Contains(err.Error(), "the spec lists 6000 dimensions and metrics") || !strings.Contains(err.Error(), "maxBytesInMemory") {
		t.Errorf("it ends with %v", err)
	}
	s.Tuning.MaxBytesInMemory = 2 * least
	if err := runToError(t, s, slog.DiscardHandler); err != nil {
		t.Errorf("with more memory it ends with %v", err)
	}
}

func runToError(t *testing.T, s *spec.Ingestion, log slog.Handler) error {
	t.Helper()
	_, err := Run(t.Context(), Job{
		Spec: s, Staging: t.TempDir(), Policy: source.Policy{AnyLocalFile: true}, Workers: 2, MemoryBudget: 1 << 30,
		Log: slog.New(log), Progress: &Progress{},
	})
	return err
}

// TestManyFaults shows that what is kept of rows that do not parse is bounded, whatever the spec asks for, and that the
// report can tell how many are missing.
func TestManyFaults(t *testing.T) {
	t.Parallel()
	const rows, length = 3000, 10_000
	line := strings.Repeat("broken", length/6) + "\n"
	s := inlineSpec(t, `{}`, `{"type": "json"}`, strings.Repeat(line, rows)+`{"t":"2024-01-01"}`)
	s.Tuning.MaxSavedParseExceptions, s.Tuning.MaxParseExceptions = 1<<31-1, 1<<31-1
	_, progress := runJob(t, s, 2)
	snapshot := progress.Snapshot()
	if snapshot.Build.Unparseable != rows {
		t.Errorf("%d unparseable, want %d", snapshot.Build.Unparseable, rows)
	}
	for phase, saved := range map[string]struct {
		faults  []row.Fault
		leftOut int64
	}{"determine": {snapshot.DetermineFaults, snapshot.DetermineLeftOut}, "build": {snapshot.BuildFaults, snapshot.BuildLeftOut}} {
		n := 0
		for _, f := range saved.faults {
			n += f.Size()
		}
		if n > maxSavedFaultBytes || n < maxSavedFaultBytes/2 || saved.leftOut != int64(rows-len(saved.faults)) {
			t.Errorf("%s: %d faults of %d bytes are saved, %d left out", phase, len(saved.faults), n, saved.leftOut)
		}
		if len(saved.faults) > 0 && saved.faults[0].Line != rows {
			t.Errorf("%s: the newest fault is of line %d", phase, saved.faults[0].Line)
		}
	}
}

// TestLoggedFaults shows that a log ends its list of faults, and says so.
func TestLoggedFaults(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := inlineSpec(t, `{}`, `{"type": "json"}`, "{}")
	s.Tuning.LogParseExceptions = true
	b := &builder{job: &Job{Spec: s, Log: slog.New(slog.NewTextHandler(&log, nil))}, logged: maxLoggedBytes - 10}
	b.logFaults([]row.Fault{{Input: "one", Details: []string{"x"}}, {Input: "two", Details: []string{"x"}}, {Input: "three"}})
	if text := log.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "no longer logged") || b.unlogged != 2 {
		t.Errorf("the log says\n%s and misses %d", text, b.unlogged)
	}
}

// TestFlight shows that chunks wait for room, that the input being parsed always has one, and that no end is waited for in vain.
func TestFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		f := newFlight(10)
		chunks := func(input, n int) (got *[]*format.Chunk) {
			got = new([]*format.Chunk)
			go func() {
				for range n {
					c := format.Sized(6)
					if f.add(ctx, input, &c) != nil {
						return
					}
					*got = append(*got, &c)
				}
			}()
			return got
		}
		next := chunks(1, 2)
		synctest.Wait()
		if len(*next) != 0 {
			t.Errorf("an input read ahead has %d chunks beyond half", len(*next))
		}
		head := chunks(0, 2)
		synctest.Wait()
		if len(*head) != 1 {
			t.Errorf("the first input has %d chunks, room is for one", len(*head))
		}
		(*head)[0].Release()
		synctest.Wait()
		if len(*head) != 2 {
			t.Errorf("the first input has had %d chunks after a release", len(*head))
		}
		f.first(1)
		synctest.Wait()
		if len(*next) != 1 {
			t.Errorf("the input that is first now has %d chunks", len(*next))
		}
		cancel(context.Canceled)
		synctest.Wait()
	})
}

// TestWorkersFollowWhatIsOpen shows that a chunk counts while it has rows that are in no segment yet, and its partitions for good.
func TestWorkersFollowWhatIsOpen(t *testing.T) {
	t.Parallel()
	s := inlineSpec(t, `{}`, `{"type": "json"}`, `{"t":"2024-01-01"}`+"\n"+`{"t":"2024-01-02"}`+"\n"+`{"t":"2024-01-01"}`)
	s.Tuning.MaxTotalRows = 1
	job := Job{Spec: s, Staging: t.TempDir(), Policy: source.Policy{AnyLocalFile: true}, Workers: 1, MemoryBudget: 1 << 30, Log: slog.New(slog.DiscardHandler), Progress: &Progress{}}
	group, ctx := groupOf(t.Context())
	inputs, err := source.Open(ctx, s.IO.Source, job.Policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, b := &pipeline{ctx: ctx, job: &job, inputs: inputs}, builderOf(t, ctx, &job)
	if err := p.start(group); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.drain(b), group.Wait()); err != nil {
		t.Fatal(err)
	}
	if len(b.open) != 0 {
		t.Errorf("%d chunks are open after their segments were built", len(b.open))
	}
	var got []string
	for _, s := range b.result().Segments {
		got = append(got, fmt.Sprint(s.Interval.Start, s.Partition))
	}
	if want := "2024-01-01T00:00:00.000Z 0,2024-01-01T00:00:00.000Z 1,2024-01-02T00:00:00.000Z 0"; strings.Join(got, ",") != want {
		t.Errorf("built %v, want %s", got, want)
	}
}

// TestRunCutOff shows that a run that is cut off while it is merged fails the job with its name, and not the process.
func TestRunCutOff(t *testing.T) {
	t.Parallel()
	s := everyColumn(t, 20_000, false)
	s.Schema.Granularity.Segment = druid.All
	s.Tuning.RowsInMemoryGiven, s.Tuning.MaxRowsInMemory = true, 7000
	job := Job{
		Spec: s, Staging: t.TempDir(), Policy: source.Policy{}, Workers: 2, MemoryBudget: 1 << 30, Log: slog.New(slog.DiscardHandler), Progress: &Progress{},
	}
	inputs, err := source.Open(t.Context(), s.IO.Source, job.Policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, b := &pipeline{ctx: t.Context(), job: &job, inputs: inputs}, builderOf(t, t.Context(), &job)
	group, _ := groupOf(t.Context())
	if err := errors.Join(p.start(group), p.drain(b), b.spill(b.set.Take(false))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(job.Staging, "run-1", "00000.smoosh")
	c := b.sortedChunks()[0]
	err = b.merge(c.interval, c.runs, func(m table) error {
		if err := os.Truncate(path, 4096); err != nil {
			t.Error(err)
		}
		return b.write(&Built{Dir: b.file("segment")}, m, 2, false)
	})
	var fault *segment.FaultError
	if !errors.As(err, &fault) || fault.Path != path || fault.Size != 4096 {
		t.Errorf("the job ends with %v", err)
	}
	if left, err := os.ReadDir(job.Staging); err != nil || len(left) > 0 {
		t.Errorf("left in staging: %v, %v", left, err)
	}
}

func builderOf(t *testing.T, ctx context.Context, job *Job) *builder {
	t.Helper()
	b, err := newBuilder(ctx, job)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.syncer.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}
