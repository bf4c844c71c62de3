// Package orphans finds what lies in deep storage and belongs to no segment: files that were pushed before the process ended and never
// published, and what processes that are gone left in staging. It removes them, when it is asked to.
//
// Whatever could still be published is no orphan. Only tasks that this server knows publish to its metadata, so that it is enough to look at
// three things in this order: since when tasks are active, what is there, and what the rows name. A task that is active then has made
// nothing that is older than itself, one that comes later nothing that is older than the look, and what one has published that was over
// by then is named by a row. A task of this process runs from its beginning after each start, so that only a clock that was set back since
// then can make its files look older; by how much is known. Clocks that were set on, and file systems and workers with a clock of their own,
// are why what is young stays, too.
package orphans

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"strconv"
	"time"

	"ovate/druid"
	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
	"ovate/internal/quantity"
)

// Ages of what is left alone.
const (
	UsualAge = time.Hour
	LeastAge = time.Minute
)

// maxFound bounds the orphans that are told and removed at once.
const maxFound = 100_000

// Tasks is the queue.
type Tasks interface {
	// OldestIn is, for each data source, when the oldest of its tasks was submitted that is active or may still be at work.
	OldestIn() map[string]druid.Instant
}

// Finder finds orphans. It may be used by many goroutines.
type Finder struct {
	store  metadata.Reader
	places deepstorage.Places
	tasks  Tasks
	now    func() druid.Instant
	behind func() time.Duration
	seed   maphash.Seed
}

// New makes a finder. Now tells the time by which files are written, and behind how much earlier that was, at the most, than the time by
// which tasks were submitted: the machine's clock may have been set back since.
func New(store metadata.Reader, places deepstorage.Places, tasks Tasks, now func() druid.Instant, behind func() time.Duration) *Finder {
	return &Finder{store, places, tasks, now, behind, maphash.MakeSeed()}
}

// Query says what is looked for.
type Query struct {
	// Before is when an orphan was changed at the latest; at least LeastAge ago. nil stands for UsualAge ago.
	Before *druid.Instant
	// Others takes what other servers and programs may have written, and need, for orphans, too.
	Others bool
}

// Orphan is a place that nothing names.
type Orphan struct {
	deepstorage.Place
	Size    int64
	Changed druid.Instant
}

// AppendJSON appends the orphan as an object.
func (o *Orphan) AppendJSON(dst []byte) []byte {
	for _, field := range []struct{ name, value string }{
		{`{"dataSource":`, o.DataSource}, {`,"interval":`, o.Interval}, {`,"version":`, o.Version}, {`,"partition":`, o.Partition}, {`,"path":`, o.Path},
	} {
		dst = druid.AppendString(append(dst, field.name...), field.value)
	}
	dst = strconv.AppendInt(append(dst, `,"size":`...), o.Size, 10)
	dst = o.Changed.AppendTo(append(dst, `,"changed":"`...))
	return append(strconv.AppendBool(append(dst, `","own":`...), o.Own), '}')
}

// Findings are what was found.
type Findings struct {
	Before     druid.Instant // as in the query
	Orphans    []Orphan
	Others     int      // places that no row names, and that this server has not written; 0 if they are among the orphans
	Spared     int      // places that no row names, and that are too young, or that a task which is active may be about to publish
	More       int      // orphans that were left out, as there are too many
	Unreadable []string // data sources with segments that cannot be read: nobody knows which files these need, and nothing of them is told
	Unread     []Unread // folders that could not be read, in and below which there may be more; at most maxUnread
	MoreUnread int      // those that were left out
}

// Unread is a folder of deep storage that could not be read.
type Unread struct{ Path, Reason string }

// maxUnread bounds the folders that are told.
const maxUnread = 1000

// unread notes a folder that could not be read.
func (found *Findings) unread(path string, err error) {
	if len(found.Unread) == maxUnread {
		found.MoreUnread++
		return
	}
	if inner, is := errors.AsType[*fs.PathError](err); is {
		err = inner.Err
	}
	found.Unread = append(found.Unread, Unread{path, err.Error()})
}

// Find looks for orphans. It goes on after a folder that cannot be read, and tells of it.
func (f *Finder) Find(ctx context.Context, q Query) (*Findings, error) {
	found := &Findings{Before: f.before(q)}
	oldest := f.oldest()
	known, err := f.names(ctx)
	if err != nil {
		return nil, err
	}
	var others []uint64
	err = f.places.Walk(ctx, func(p *deepstorage.Place) error {
		switch {
		case known.have(p):
		case !p.Own && !q.Others:
			others = append(others, known.hash(p.Key))
		case len(found.Orphans) == maxFound:
			found.More++
		default:
			found.consider(ctx, f.places, p, oldest)
		}
		return nil
	}, found.unread)
	if err != nil {
		return nil, err
	}
	if len(found.Orphans)+len(others) > 0 { // what was published since the rows were read is named now
		if known, err = f.names(ctx); err != nil {
			return nil, err
		}
	}
	found.confirm(known, others)
	return found, nil
}

// oldest is, for each data source with active tasks, the earliest time that a file of theirs may have. Nobody can tell where one was
// submitted at a time to come.
func (f *Finder) oldest() map[string]druid.Instant {
	oldest := map[string]druid.Instant{}
	now, behind := f.now(), druid.Instant(f.behind().Milliseconds())
	for dataSource, submitted := range f.tasks.OldestIn() {
		if since := submitted - behind; since <= now {
			oldest[dataSource] = since
		} else {
			oldest[dataSource] = druid.MinInstant
		}
	}
	return oldest
}

// before is the latest change of what is looked for.
func (f *Finder) before(q Query) druid.Instant {
	if q.Before == nil {
		return f.now() - druid.Instant(UsualAge.Milliseconds())
	}
	return min(*q.Before, f.now()-druid.Instant(LeastAge.Milliseconds()))
}

// consider adds a place that no row names, unless it is too young for anybody to know what becomes of it.
func (found *Findings) consider(ctx context.Context, places deepstorage.Places, p *deepstorage.Place, oldest map[string]druid.Instant) {
	extent, err := places.Measure(ctx, p)
	if errors.Is(err, fs.ErrNotExist) {
		return // removed meanwhile
	}
	if err != nil {
		found.unread(p.Path, err)
		return
	}
	before := found.Before
	if since, active := oldest[p.DataSource]; active {
		before = min(before, since-druid.Instant(LeastAge.Milliseconds()))
	}
	if changed := druid.InstantOf(extent.Changed); changed < before-druid.Instant(extent.Behind.Milliseconds()) {
		found.Orphans = append(found.Orphans, Orphan{*p, extent.Size, changed})
	} else {
		found.Spared++
	}
}

// confirm leaves out what the rows name.
func (found *Findings) confirm(known *names, others []uint64) {
	kept := found.Orphans[:0]
	for i := range found.Orphans {
		if !known.have(&found.Orphans[i].Place) {
			kept = append(kept, found.Orphans[i])
		}
	}
	found.Orphans = kept
	for _, key := range others {
		if !known.keys[key] {
			found.Others++
		}
	}
	found.Unreadable = known.unreadable()
}

// Size is that of all orphans together.
func (found *Findings) Size() (size int64) {
	for _, o := range found.Orphans {
		size = quantity.Sum(size, o.Size)
	}
	return size
}

// Remove looks for orphans and removes them, and tells which. It goes on after one that cannot be removed.
func (f *Finder) Remove(ctx context.Context, q Query) (*Findings, error) {
	found, err := f.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	var errs []error
	removed := found.Orphans[:0]
	for i := range found.Orphans {
		if ctx.Err() != nil {
			errs = append(errs, context.Cause(ctx))
			break
		}
		if err := f.places.Remove(ctx, &found.Orphans[i].Place); err != nil {
			errs = append(errs, err)
			continue
		}
		removed = append(removed, found.Orphans[i])
	}
	found.Orphans = removed
	if len(errs) > 0 {
		return found, fmt.Errorf("%d orphans were removed, %d were not: %w", len(removed), len(errs), errs[0])
	}
	return found, nil
}
