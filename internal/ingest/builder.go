package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"ovate/druid"
	"ovate/internal/disk"
	"ovate/internal/ingest/format"
	"ovate/internal/ingest/row"
	"ovate/internal/ingest/sink"
	"ovate/segment"
)

// builder takes batches in order and makes segments of them. It is used by one goroutine.
type builder struct {
	ctx  context.Context
	job  *Job
	set  *sink.Set
	open map[druid.Instant]*chunk // time chunks with rows that are in no segment yet
	done []Built

	partitions map[druid.Instant]int // segments built, by time chunk

	parsed      int64 // rows of the input at hand so far
	read        int   // rows so far, and those that did not parse
	bytes       int64 // so far
	faults      int   // so far, of both kinds
	unparseable int
	logged      int   // bytes of faults in the log
	unlogged    int64 // faults that the log has no room for
	twice       bool  // Druid would read the input twice
	files       int   // names given out in staging
	buffers     segment.Buffers
	syncer      *disk.Syncer // of the staging folder
	ids         sync.Pool    // see memoryTable
}

// chunk is the segment that a time chunk is filling.
type chunk struct {
	interval druid.Interval
	runs     []*run
}

func newBuilder(ctx context.Context, job *Job) (*builder, error) {
	syncer, err := disk.NewSyncer(job.Staging)
	if err != nil {
		return nil, err
	}
	t := job.Spec.Tuning
	limits := sink.Limits{BytesInMemory: job.Memory(), RowsPerSegment: t.MaxRowsPerSegment, RowsInTotal: t.MaxTotalRows, ListsPerSegment: job.listsPerSegment()}
	if t.RowsInMemoryGiven {
		limits.RowsInMemory = t.MaxRowsInMemory
	}
	chunks := job.Chunks
	if chunks == nil {
		chunks = chunksOf(&job.Spec.Schema.Granularity)
	}
	b := &builder{
		ctx:  ctx,
		job:  job,
		set:  sink.NewSet(&job.Spec.Schema, chunks, limits, job.Workers),
		open: make(map[druid.Instant]*chunk),

		partitions: make(map[druid.Instant]int),

		twice:  len(job.Spec.Schema.Granularity.Intervals) == 0,
		syncer: syncer,
	}
	job.Progress.start(b.twice, t.MaxSavedParseExceptions)
	return b, nil
}

// add takes the rows of one batch, which it changes but does not keep.
func (b *builder) add(batch *row.Batch) error {
	if batch.Begins {
		b.parsed = 0
	}
	b.parsed = batch.Locate(b.parsed)
	rows, thrownAway, faults, tooMany := b.allowed(batch)
	if b.job.Most.Rows > 0 {
		rows, faults = b.wanted(rows, faults)
	}
	b.read += rows + len(faults)
	b.bytes += batch.Bytes
	if batch.Bytes > format.DefaultChunkBytes && !b.set.Fits(batch.Bytes) {
		if err := b.spill(b.set.Take(false)); err != nil {
			return err
		}
	}
	b.set.Begin(batch)
	for next := 0; next < rows; {
		var full sink.Full
		var err error
		next, full = b.set.Add(next, rows)
		switch full {
		case sink.MemoryFull:
			err = b.spill(b.set.Take(false))
		case sink.SegmentFull:
			err = b.finish(b.set.Take(true))
		}
		if err != nil {
			return err
		}
	}
	b.logFaults(faults)
	b.job.Progress.took(rows, batch.Bytes, thrownAway, faults)
	if tooMany {
		if b.twice && b.unparseable > b.job.Spec.Tuning.MaxParseExceptions {
			b.job.Progress.failedEarly()
		}
		return &TooManyFaults{b.job.Spec.Tuning.MaxParseExceptions}
	}
	return nil
}

// allowed cuts the batch off after the fault that is one too many.
func (b *builder) allowed(batch *row.Batch) (rows int, thrownAway int64, faults []row.Fault, tooMany bool) {
	for i, f := range batch.Faults {
		b.faults++
		if f.Kind == row.Unparseable {
			b.unparseable++
		}
		if b.faults > b.job.Spec.Tuning.MaxParseExceptions {
			rows := f.Row
			if f.Kind == row.ProcessedWithError {
				rows++
			}
			return rows, f.Parsed - int64(f.Row), batch.Faults[:i+1], true
		}
	}
	return batch.N, batch.ThrownAway, batch.Faults, false
}

// wanted cuts the batch off after the last row that the job wants.
func (b *builder) wanted(rows int, faults []row.Fault) (int, []row.Fault) {
	left := b.job.Most.Rows - b.read
	for i, f := range faults {
		if f.Row+i >= left {
			return left - i, faults[:i]
		}
	}
	return min(rows, left-len(faults)), faults
}

// hasEnough tells whether the job has read as much as it wants.
func (b *builder) hasEnough() bool {
	most := b.job.Most
	return most.Rows > 0 && b.read >= most.Rows || most.Bytes > 0 && b.bytes >= most.Bytes
}

func (b *builder) logFaults(faults []row.Fault) {
	if !b.job.Spec.Tuning.LogParseExceptions {
		return
	}
	for _, f := range faults {
		if b.logged > maxLoggedBytes {
			b.unlogged++
			continue
		}
		b.logged += f.Size()
		b.job.Log.Error("row did not parse", "details", f.Details, "input", f.Input)
		if b.logged > maxLoggedBytes {
			b.job.Log.Warn("further rows that do not parse are counted and no longer logged", "logged", b.logged)
		}
	}
}

// maxLoggedBytes bounds what the log of a task says of rows that do not parse.
const maxLoggedBytes = 64 << 20

// spill writes indexes that left the set to disk, sorted, to be merged when their segment is finished.
func (b *builder) spill(indexes []*sink.Index) error {
	if err := b.rank(indexes); err != nil {
		return err
	}
	if len(indexes) > 0 {
		b.job.Log.Info("spilling", "intervals", len(indexes))
	}
	group := limited(b.job.Workers)
	for _, x := range indexes {
		c := b.chunk(x.Interval)
		r := &run{dir: b.file("run")}
		c.runs = append(c.runs, r)
		group.Go(func() error {
			sorted, err := x.Sort(b.ctx)
			if err != nil {
				return err
			}
			return r.write(b.ctx, memoryTable{sorted, &b.ids}, b.job.Spec, &b.buffers)
		})
	}
	return group.Wait()
}

// finish makes segments of everything that is open, with the indexes that are in memory.
func (b *builder) finish(indexes []*sink.Index) error {
	var merged []*sink.Index
	indexes = slices.DeleteFunc(indexes, func(x *sink.Index) bool {
		spilled := len(b.chunk(x.Interval).runs) > 0
		if spilled {
			merged = append(merged, x)
		}
		return spilled
	})
	if err := b.spill(merged); err != nil {
		return err
	}
	clear(merged) // what has been written may go
	if err := b.rank(indexes); err != nil {
		return err
	}
	inMemory := make(map[druid.Instant]*sink.Index, len(indexes))
	for _, x := range indexes {
		inMemory[b.chunk(x.Interval).interval.Start] = x
	}
	return b.build(inMemory)
}

// build writes one segment for each open chunk: of its index in memory, or of its runs.
func (b *builder) build(inMemory map[druid.Instant]*sink.Index) error {
	step := Writing
	if len(inMemory) < len(b.open) {
		step = Merging
	}
	b.job.Progress.building(step, len(b.open))
	workers := max(1, b.job.Workers/max(1, len(b.open))) // within a segment
	together := len(b.open) > syncedAlone
	group := limited(b.job.Workers)
	built := make([]Built, 0, len(b.open))
	for _, c := range b.sortedChunks() {
		built = append(built, Built{Interval: c.interval, Partition: b.partitions[c.interval.Start], Dir: b.file("segment")})
		b.partitions[c.interval.Start]++
		out, x := &built[len(built)-1], inMemory[c.interval.Start]
		delete(inMemory, c.interval.Start) // what has been written may go
		group.Go(func() error {
			if x != nil {
				sorted, err := x.Sort(b.ctx)
				if err != nil {
					return err
				}
				return b.write(out, memoryTable{sorted, &b.ids}, workers, together)
			}
			return b.merge(c.interval, c.runs, func(t table) error { return b.write(out, t, workers, together) })
		})
	}
	clear(b.open)
	if err := group.Wait(); err != nil {
		return err
	}
	if together {
		dirs := make([]string, len(built))
		for i := range built {
			dirs[i] = built[i].Dir
		}
		if err := b.syncer.SyncTrees(dirs); err != nil {
			return err
		}
	}
	b.done = append(b.done, built...)
	return nil
}

// syncedAlone is how many segments are made durable one by one, each as soon as it is written. More are synced together once all
// are: for thousands of small ones syncing would take most of the time.
const syncedAlone = 32

// merge hands runs over as one table, and removes them. Too many are merged to fewer first.
func (b *builder) merge(interval druid.Interval, runs []*run, use func(table) error) error {
	for limit := fanIn(runs); len(runs) > limit; limit = fanIn(runs) {
		b.job.Log.Info("merging", "interval", interval, "runs", len(runs), "atATime", limit)
		var fewer []*run
		for group := range slices.Chunk(runs, limit) {
			r := &run{dir: group[0].dir + "-merged"}
			fewer = append(fewer, r)
			err := b.mergeAtOnce(interval, group, func(t table) error { return r.write(b.ctx, t, b.job.Spec, &b.buffers) })
			if err != nil {
				return err
			}
		}
		runs = fewer
	}
	return b.mergeAtOnce(interval, runs, use)
}

func (b *builder) mergeAtOnce(interval druid.Interval, runs []*run, use func(table) error) error {
	m, err := merge(b.ctx, interval, runs, &b.job.Spec.Schema, &b.ids)
	if err != nil {
		return fmt.Errorf("merging %d runs of %v: %w", len(runs), interval, err)
	}
	return errors.Join(m.blame(segment.Guard(func() error { return use(m) })), m.close())
}

func (b *builder) write(out *Built, t table, workers int, unsynced bool) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	w, err := writeSegment(b.ctx, out.Dir, t, b.job.Spec, layout{spec: indexSpec(b.job.Spec.Tuning.IndexSpec), indexed: true, omitEmpty: b.job.OmitEmpty, workers: workers, buffers: &b.buffers, unsynced: unsynced})
	if err != nil {
		return err
	}
	out.Dimensions, out.Size, out.Rows = w.dimensions, w.size, int64(t.Rows())
	for _, m := range b.job.Spec.Schema.Metrics {
		out.Metrics = append(out.Metrics, m.Name)
	}
	b.job.Progress.built()
	b.job.Log.Info("built", "interval", out.Interval, "partition", out.Partition, "rows", out.Rows, "bytes", out.Size)
	return nil
}

// rank numbers the strings that the indexes hold, several columns at a time.
func (b *builder) rank(indexes []*sink.Index) error {
	group := limited(b.job.Workers)
	sink.Rank(indexes, func(rank func()) {
		if b.ctx.Err() != nil {
			return
		}
		group.Go(func() error { rank(); return nil })
	})
	return cmp.Or(group.Wait(), b.ctx.Err())
}

func (b *builder) chunk(interval druid.Interval) *chunk {
	c := b.open[interval.Start]
	if c == nil {
		c = &chunk{interval: interval}
		b.open[interval.Start] = c
	}
	return c
}

func (b *builder) sortedChunks() []*chunk {
	chunks := make([]*chunk, 0, len(b.open))
	for _, c := range b.open {
		chunks = append(chunks, c)
	}
	slices.SortFunc(chunks, func(x, y *chunk) int { return cmp.Compare(x.interval.Start, y.interval.Start) })
	return chunks
}

func (b *builder) file(kind string) string {
	b.files++
	return filepath.Join(b.job.Staging, fmt.Sprintf("%s-%d", kind, b.files))
}

// result is everything built, ordered by interval and partition.
func (b *builder) result() *Result {
	slices.SortFunc(b.done, func(x, y Built) int {
		return cmp.Or(cmp.Compare(x.Interval.Start, y.Interval.Start), cmp.Compare(x.Partition, y.Partition))
	})
	return &Result{Segments: b.done}
}
