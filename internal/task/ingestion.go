package task

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/checksum"
	"ovate/internal/disk"
	"ovate/internal/ingest"
	"ovate/internal/ingest/source"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// ingestion is one run of an Index task.
type ingestion struct {
	*Index
	tools    *Toolbox
	progress ingest.Progress
	rates    rates
	chunks   *appendChunks  // nil if the task does not append
	done     int            // segments published, -1 before
	expected []checksum.Sum // of the files it reads, see KeyInputChecksums
}

// Run ingests: it builds segments in staging, takes locks and ids, pushes the segments to deep storage, stores the
// report, and publishes. Only the last step changes what queries see, and it ends the task in the same transaction.
func (t *Index) Run(ctx context.Context, tools *Toolbox) error {
	run := &ingestion{Index: t, tools: tools, done: -1}
	stop := run.rates.watch(&run.progress)
	defer stop()
	tools.Report.Live(run.liveReport)
	err := run.run(ctx)
	if err == nil || errors.Is(context.Cause(ctx), ErrStopped) || errors.Is(err, metadata.ErrOutcomeUnknown) {
		return err
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause // what failed because of the end is of no interest
	}
	return errors.Join(err, tools.Report.Failed(run.report(err)))
}

func (r *ingestion) run(ctx context.Context) (err error) {
	if r.expected, err = r.inputChecksums(); err != nil {
		return err
	}
	built, err := r.build(ctx)
	if err != nil {
		return err
	}
	chunks := built.Intervals()
	for i := range chunks {
		chunks[i] = r.chunks.of(chunks[i])
	}
	locks, err := r.lock(ctx, chunks)
	if err != nil {
		return err
	}
	if err := r.replacesWhatItMay(ctx, built); err != nil {
		return err
	}
	segments, err := r.identify(ctx, built.Segments, locks)
	if err != nil {
		return err
	}
	err = r.push(ctx, built.Segments, segments)
	if err == nil {
		err = r.publish(ctx, segments)
	}
	if errors.Is(err, metadata.ErrOutcomeUnknown) {
		return err // the files may be those of published segments
	}
	if err != nil {
		return errors.Join(err, r.withdraw(segments))
	}
	return nil
}

func (r *ingestion) build(ctx context.Context) (*ingest.Result, error) {
	folder, err := r.tools.Folder()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	job := ingest.Job{
		Spec: r.spec, Staging: folder, Policy: r.policy(), Workers: r.tools.Workers, MemoryBudget: r.tools.Memory,
		Log: r.tools.Log, Progress: &r.progress,
		OmitEmpty: !contextBool(&r.header.Context, "storeEmptyColumns", !r.tools.OmitEmptyColumns),
	}
	defer r.tools.Heap.Hold(job.Memory())()
	if r.spec.IO.Append {
		r.chunks = r.appendChunks(ctx, cancel)
		job.Chunks = r.chunks
	}
	built, err := r.tools.Ingest(ctx, job)
	if tooMany := new(ingest.TooManyFaults); len(r.expected) > 0 && errors.As(err, &tooMany) { // in rows that were checked
		err = cmp.Or(source.Changed(ctx, r.spec.IO.Source, job.Policy), err)
	}
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	return built, err
}

// policy is what the task may read.
func (r *ingestion) policy() source.Policy {
	p := r.tools.policy(r.proxied)
	p.Expected = r.expected
	return p
}

func (r *ingestion) appendChunks(ctx context.Context, fail context.CancelCauseFunc) *appendChunks {
	return &appendChunks{
		ctx: ctx, fail: fail, client: r.tools.Actions, dataSource: r.header.DataSource,
		preferred: action.Finer(r.spec.Schema.Granularity.Segment), within: r.Locks().Intervals,
		cut: map[druid.Interval]druid.Interval{},
	}
}

// lock makes sure that the task holds locks over all segments: those it has since it was ready, or else new ones.
func (r *ingestion) lock(ctx context.Context, chunks []druid.Interval) ([]druid.TaskLock, error) {
	if !r.hasIntervals() && len(chunks) > 0 {
		wanted := r.request(chunks)
		if err := r.notTooMany(wanted); err != nil {
			return nil, err
		}
		if err := r.acquire(ctx, wanted); err != nil {
			return nil, fmt.Errorf("Failed to get locks for intervals%v: %w", wanted.Intervals, err)
		}
	}
	locks, err := action.Do(ctx, r.tools.Actions, action.LockList{})
	if err != nil {
		return nil, err
	}
	if err := notRevoked(r.header.ID, locks); err != nil {
		return nil, err
	}
	if err := r.isSeen(ctx, chunks, locks); err != nil {
		return nil, err
	}
	return locks, r.hidesNothingAppended(ctx, chunks)
}

// isSeen fails a task that replaces if segments are there whose versions sort behind those of its locks, which are times: they would go on
// to be seen, and what it writes would be hidden from the beginning. Versions that are no times were written by other programs.
func (r *ingestion) isSeen(ctx context.Context, chunks []druid.Interval, locks []druid.TaskLock) error {
	if r.spec.IO.Append || len(chunks) == 0 || len(locks) == 0 {
		return nil
	}
	version := locks[0].Version
	for _, l := range locks[1:] {
		version = min(version, l.Version)
	}
	newer, err := action.Do(ctx, r.tools.Actions, action.ChunkListNewer{Intervals: druid.CondenseIntervals(chunks), Version: version})
	if err != nil || len(newer) == 0 {
		return err
	}
	there := newer[0]
	return fmt.Errorf("interval[%s] of data source[%s] holds used segments of version[%s], which sorts behind version[%s], under which this task would "+
		"publish: queries would not see what it writes, but the segments that are there. Mark these as unused first "+
		`(POST /druid/indexer/v1/datasources/%s/markUnused with {"interval":"%s","versions":[%s]})`, there.Interval, r.header.DataSource,
		there.Version, version, url.PathEscape(r.header.DataSource), there.Interval, druid.AppendString(nil, there.Version))
}

// hidesNothingAppended fails a task that asks for a REPLACE lock if rows were appended to its chunks while it waited for its locks: its
// segments would hide them. What is appended under its locks is carried over to its version when it publishes.
func (r *ingestion) hidesNothingAppended(ctx context.Context, chunks []druid.Interval) error {
	if len(chunks) == 0 || !r.keepsAppended() {
		return nil
	}
	appended, err := action.Do(ctx, r.tools.Actions, action.SegmentListAppended{Intervals: chunks})
	if err != nil || len(appended) == 0 {
		return err
	}
	return fmt.Errorf("%d segments were appended, the first of them to interval[%s], after this task was submitted with useConcurrentLocks or a REPLACE lock; "+
		"these rows would be hidden, as the task had not got its locks yet. Submit the task again to replace them, too", len(appended), appended[0].Interval)
}

// acquire takes locks, and waits for them if it must. It does not hold worker slots meanwhile: whoever has the locks may
// be waiting for a slot. What is left to do after that needs little.
func (r *ingestion) acquire(ctx context.Context, wanted lockbox.Request) error {
	locks, err := action.Do(ctx, r.tools.Actions, action.LockTryAcquireAll{LockType: wanted.Type, Intervals: wanted.Intervals})
	if err != nil || locks != nil {
		return err
	}
	timeout, err := r.lockTimeout()
	if err != nil {
		return err
	}
	r.tools.Log.Info("waiting for locks", "type", wanted.Type, "intervals", wanted.Intervals, "timeout", timeout)
	r.tools.Yield()
	_, err = action.Do(ctx, r.tools.Actions, action.LockAcquireAll{
		LockType: wanted.Type, Intervals: wanted.Intervals, TimeoutMS: timeout.Milliseconds(),
	})
	return err
}

// identify gives every segment its id. The load specs are still missing.
func (r *ingestion) identify(ctx context.Context, built []ingest.Built, locks []druid.TaskLock) ([]druid.DataSegment, error) {
	segments := make([]druid.DataSegment, len(built))
	var state json.RawMessage
	if contextBool(&r.header.Context, "storeCompactionState", false) {
		state = r.spec.AppendCompactionState(nil)
	}
	for i, b := range built {
		segments[i] = druid.DataSegment{
			DataSource: r.header.DataSource, Interval: b.Interval,
			Dimensions: b.Dimensions, Metrics: b.Metrics, LastCompactionState: state, BinaryVersion: 9, Size: b.Size,
		}
	}
	if r.spec.IO.Append {
		return segments, r.allocate(ctx, segments)
	}
	return segments, number(segments, locks)
}

// number numbers the segments of each chunk from 0 and gives them the version of the lock over it: together they
// hide everything that was there.
func number(segments []druid.DataSegment, locks []druid.TaskLock) error {
	count := map[druid.Interval]int{}
	for _, s := range segments {
		count[s.Interval]++
	}
	next := map[druid.Interval]int{}
	for i := range segments {
		s := &segments[i]
		for _, l := range locks {
			if l.Interval.Encloses(s.Interval) {
				s.Version = max(s.Version, l.Version)
			}
		}
		if s.Version == "" {
			return fmt.Errorf("no lock covers the segments of interval[%s]", s.Interval)
		}
		s.ShardSpec = druid.Numbered(next[s.Interval], count[s.Interval])
		next[s.Interval]++
	}
	return nil
}

// allocate asks for ids after those that are there. Each segment has a sequence of its own, named by its place in the
// chunk, so that a run after a crash gets the same ids again whatever the other chunks hold.
func (r *ingestion) allocate(ctx context.Context, segments []druid.DataSegment) error {
	place := map[druid.Interval]int{}
	requests := make([]action.SegmentAllocate, len(segments))
	for i := range segments {
		built := segments[i].Interval // already: queries must see all of it in the chunk
		requests[i] = action.SegmentAllocate{
			DataSource: r.header.DataSource, Timestamp: built.Start, LockType: r.lockType(),
			Chunk: r.chunks.of(built), Rows: built,
			SequenceName: r.header.ID + "_" + built.Start.String() + "_" + strconv.Itoa(place[built]),
		}
		place[built]++
	}
	got, err := action.Do(ctx, r.tools.Actions, action.SegmentAllocateAll{Requests: requests})
	if err != nil {
		return err
	}
	for i := range segments {
		s := &segments[i]
		if got[i] == nil {
			return fmt.Errorf("no segment can be appended to interval[%s]: another task has locked it or changed its segments, or they are of a kind that cannot be extended", s.Interval)
		}
		s.Interval, s.Version, s.ShardSpec = got[i].ID.Interval, got[i].ID.Version, got[i].ShardSpec
	}
	return nil
}

// pushers are how many segments are pushed at a time: they wait for the disk, and what waits together is synced together. Where the
// process may not open many files they are fewer.
const pushers = 256

// push stores the segments, several at a time, and fills in their load specs. A segment without a load spec
// was not stored.
func (r *ingestion) push(ctx context.Context, built []ingest.Built, segments []druid.DataSegment) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(pushers, max(1, disk.FileLimit()/16), len(segments)) {
		wg.Go(func() {
			for i := range next {
				err := Protect(func() (err error) {
					segments[i].LoadSpec, err = r.pushOne(ctx, built[i].Dir, segments[i])
					return err
				})
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range segments {
		next <- i
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

func (r *ingestion) pushOne(ctx context.Context, dir string, s druid.DataSegment) (json.RawMessage, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	path := s.Interval.Start.String() + "_" + s.Interval.End.String()
	if !r.spec.IO.Append {
		path = r.spec.Schema.Granularity.Segment.Path(s.Interval)
	}
	spec, err := r.tools.Storage.Push(ctx, dir, s, path)
	if err != nil {
		return nil, fmt.Errorf("push segment[%s]: %w", s.ID(), err)
	}
	r.tools.Log.Info("pushed", "segment", s.ID(), "bytes", s.Size)
	return spec, nil
}

// publish makes the segments visible and ends the task.
func (r *ingestion) publish(ctx context.Context, segments []druid.DataSegment) error {
	r.done = len(segments)
	if err := r.tools.Publish(ctx, segments, r.report(nil)); err != nil {
		r.done = -1
		return err
	}
	r.tools.Log.Info("published", "segments", len(segments))
	return nil
}

// withdrawPatience is how long a task that has failed waits for a store that does not answer. The files stay then.
const withdrawPatience = 5 * time.Second

// withdraw removes the files of pushed segments that were not published. If that cannot be known they stay.
func (r *ingestion) withdraw(segments []druid.DataSegment) error {
	ctx, cancel := context.WithTimeout(context.Background(), withdrawPatience) // the run's own has ended, perhaps
	defer cancel()
	ids := make([]string, len(segments))
	for i := range segments {
		ids[i] = segments[i].ID().String()
	}
	there, err := action.Do(ctx, r.tools.Actions, action.RetrieveSegmentsByID{DataSource: r.header.DataSource, IDs: ids})
	if err != nil {
		return err
	}
	published := map[string]bool{}
	for _, s := range there {
		published[s.ID().String()] = true
	}
	var errs []error
	for i, s := range segments {
		if s.LoadSpec != nil && !published[ids[i]] {
			errs = append(errs, r.tools.Storage.Delete(ctx, s.LoadSpec))
		}
	}
	return errors.Join(errs...)
}
