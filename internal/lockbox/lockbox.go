// Package lockbox hands out locks over time chunks of data sources and over single segments, so that two tasks never write the same at
// once. It follows Druid's TaskLockbox: four types, two granularities, sharing within a task group, coexistence of appends with a
// replace, and revocation by priority.
//
// Decisions are made in memory, one data source at a time, and written to the store before the caller hears of them.
// No mutex is held while the store works. A lock is dropped from memory only once it is known that its row is gone, or was never written,
// so whatever a crash leaves in the store is a set of locks that could be held together.
package lockbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"ovate/druid"
	"ovate/internal/gathering"
	"ovate/internal/metadata"
)

// AppendVersion is the version of every APPEND lock.
const AppendVersion = "1970-01-01T00:00:00.000Z"

// ErrInactive means that the task is not, or no longer, among the active tasks.
var ErrInactive = errors.New("task is not active")

// ErrEnding is an ErrInactive that may not last: the end of the task is being written. Settled waits until that has succeeded or failed.
var ErrEnding = fmt.Errorf("its end is being written: %w", ErrInactive)

// errEndedInStore: the lockbox has not been told yet of the end of a task.
var errEndedInStore = fmt.Errorf("it has ended in the metadata store: %w", ErrInactive)

// Refused means that a lock cannot be had now, because of another task's lock.
type Refused struct {
	Interval druid.Interval
	By       druid.TaskLock
}

// Error names the interval, and the lock that is in the way.
func (e *Refused) Error() string {
	return fmt.Sprintf("interval[%s] is locked: group[%s] holds a %s lock of priority %d over %s",
		e.Interval, e.By.GroupID, e.By.Type, e.By.Priority, placeOf(&e.By))
}

// Holder is what the lockbox knows of a task.
type Holder struct {
	TaskID, GroupID, DataSource string
	Priority                    int
	// Alone tells that the task shares its locks with no other one, even of its group: a task that replaces a chunk numbers
	// its segments from 0, under the version of its lock. It is part of the task, so that it holds after a restart, too.
	Alone bool
}

// Lockbox holds the locks of all active tasks.
type Lockbox struct {
	store        metadata.Store
	now          func() druid.Instant
	freed        func(dataSource string)
	settler      Settler
	log          *slog.Logger
	acquisitions *gathering.Gathering[acquisition]

	count atomic.Int64 // locks, however many tasks of a group hold each

	mu      sync.Mutex // guards what follows
	sources map[string]*source
	floor   druid.Instant // the latest version of the data sources that were forgotten
}

// Settler finds out what became of a write, also for callers who do not wait for that; *metadata.Settler does.
type Settler interface {
	Settle(ctx context.Context, err error, stored func(context.Context) (bool, error), later func(context.Context, error)) error
}

// source is the part of the lockbox that belongs to one data source.
type source struct {
	name  string
	count *atomic.Int64 // the lockbox's

	mu      sync.Mutex // guards everything below; never held over I/O
	locks   tree
	members map[string]*member
	age     uint64        // counts posses, to order equal intervals
	newest  druid.Instant // the latest version handed out, as an instant
	changed chan struct{} // closed when a lock is freed

	appending map[*appending]bool // what is being appended at the moment
}

// member is an active task.
type member struct {
	Holder
	posses []*posse
	// replaces tells that the task holds a REPLACE lock, or has held one.
	replaces bool
	ending   int // how many callers of End are at work; above zero, no further lock is granted

	settled chan struct{} // closed when ending is zero again; nil as long as it has never been above
}

// posse is a lock with the tasks of one group that hold it.
type posse struct {
	lock  druid.TaskLock
	age   uint64
	pins  int      // how many publications rely on the lock; above zero, it cannot be revoked
	alone int      // how many of the holders share it with nobody: at most one, unless another program stored more
	lost  bool     // who has taken its place is stored: it is never valid again
	gone  bool     // it is stored as revoked, in all rows that are known
	loss  *writing // that has revoked it; nil if that was before the start
	holds map[string]*hold
}

// newPosse makes one that nobody holds yet, and that is in no tree.
func newPosse(lock druid.TaskLock) *posse { return &posse{lock: lock, holds: map[string]*hold{}} }

func (p *posse) place() place { return placeOf(&p.lock) }

// hold is one task's part in a posse.
type hold struct {
	age   uint64   // tells who came first
	alone bool     // as the holder is
	row   int64    // the lock's row in the store; 0 until it is written
	write *writing // of the row, or its removal; the last there was, nil for a restored hold
}

// New makes an empty lockbox. Now tells the time, from which versions are made. Freed is called, from any goroutine
// and without locks, whenever a request that was refused may succeed: a lock of the data source was freed, or a task
// could not be ended. It must return quickly. It may be nil.
func New(store metadata.Store, now func() druid.Instant, freed func(dataSource string)) *Lockbox {
	if freed == nil {
		freed = func(string) {}
	}
	nobody := (*metadata.Settler)(nil)
	b := &Lockbox{store: store, now: now, freed: freed, settler: nobody, sources: map[string]*source{}, floor: druid.MinInstant}
	b.acquisitions = gathering.New(b.acquireTogether)
	return b
}

// SettleBy sets who finds out what became of a write whose caller cannot wait for that any longer, and the log. It is called before the
// first lock is asked for. Until it is known, or if nobody finds out, the lock is given to nobody.
func (b *Lockbox) SettleBy(settler Settler, log *slog.Logger) { b.settler, b.log = settler, log }

// source is the part of a data source. One without tasks is not kept: then the source returned is empty, and nobody else's.
func (b *Lockbox) source(name string) *source {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.sources[name]; s != nil {
		return s
	}
	return b.newSource(name)
}

func (b *Lockbox) newSource(name string) *source {
	return &source{name: name, count: &b.count, members: map[string]*member{}, changed: make(chan struct{}), newest: b.floor, appending: map[*appending]bool{}}
}
