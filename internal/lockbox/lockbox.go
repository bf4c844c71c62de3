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
	"iter"
	"log/slog"
	"sync"

	"ovate/druid"
	"ovate/internal/metadata"
)

// AppendVersion is the version of every APPEND lock.
const AppendVersion = "1970-01-01T00:00:00.000Z"

// ErrInactive means that the task is not, or no longer, among the active tasks.
var ErrInactive = errors.New("task is not active")

// ErrEnding is an ErrInactive that may not last: the end of the task is being written. Settled waits until that has succeeded or failed.
var ErrEnding = fmt.Errorf("its end is being written: %w", ErrInactive)

// Refused means that a lock cannot be had now, because of another task's lock.
type Refused struct {
	Interval druid.Interval
	By       druid.TaskLock
}

// Error names the interval, and the lock that is in the way.
func (e *Refused) Error() string {
	over := fmt.Sprintf("[%s]", e.By.Interval)
	if at := placeOf(&e.By); at.isSegment() {
		over = fmt.Sprintf("partition %d of [%s]", at.partition, e.By.Interval)
	}
	return fmt.Sprintf("interval[%s] is locked: group[%s] holds a %s lock of priority %d over %s",
		e.Interval, e.By.GroupID, e.By.Type, e.By.Priority, over)
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
	store   metadata.Store
	now     func() druid.Instant
	freed   func(dataSource string)
	settler Settler
	log     *slog.Logger

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
	name string

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
	pins  int  // how many publications rely on the lock; above zero, it cannot be revoked
	alone int  // how many of the holders share it with nobody: at most one, unless another program stored more
	gone  bool // it is stored as revoked, in all rows that are known
	holds map[string]*hold
}

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
	return &Lockbox{store: store, now: now, freed: freed, settler: nobody, sources: map[string]*source{}, floor: druid.MinInstant}
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
	return newSource(name, b.floor)
}

func newSource(name string, newest druid.Instant) *source {
	return &source{name: name, members: map[string]*member{}, changed: make(chan struct{}), newest: newest, appending: map[*appending]bool{}}
}

// Add makes a task known, which may from now on take locks.
func (b *Lockbox) Add(h Holder) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sources[h.DataSource]
	if s == nil {
		s = newSource(h.DataSource, b.floor)
		b.sources[h.DataSource] = s
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members[h.TaskID] == nil {
		s.members[h.TaskID] = &member{Holder: h}
	}
}

// membersTogether is how many members AddAll makes at once. Their memory is free again when the last of them has ended.
const membersTogether = 32

// AddAll is Add for many tasks, which are gone through twice: what is to hold them has its size from the beginning.
func (b *Lockbox) AddAll(holders iter.Seq[Holder]) {
	counts := map[string]int{}
	for h := range holders {
		counts[h.DataSource]++
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, n := range counts {
		if b.sources[name] == nil {
			s := newSource(name, b.floor)
			s.members = make(map[string]*member, n)
			b.sources[name] = s
		}
	}
	var made []member
	for h := range holders {
		s := b.sources[h.DataSource]
		s.mu.Lock()
		if s.members[h.TaskID] == nil {
			if len(made) == cap(made) {
				made = make([]member, 0, membersTogether)
			}
			made = append(made, member{Holder: h})
			s.members[h.TaskID] = &made[len(made)-1]
		}
		s.mu.Unlock()
	}
}

// forget drops what is kept of a data source without tasks, unless its latest version is still to come: that would become the
// floor of all others.
func (b *Lockbox) forget(s *source) {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.members) == 0 && s.newest <= now && b.sources[s.name] == s {
		delete(b.sources, s.name)
		b.floor = max(b.floor, s.newest)
	}
}

// End takes a task out of the lockbox. The commit function makes the end durable: in one transaction it must end
// the task and delete its lock rows. While it runs the task is granted nothing more; when it has succeeded, or finds that the
// task has ended already (metadata.ErrNotActive), the task's locks are freed; when it fails the task keeps them.
func (b *Lockbox) End(dataSource, taskID string, commit func() error) (err error) {
	s := b.source(dataSource)
	s.mu.Lock()
	m := s.members[taskID]
	if m != nil {
		if m.ending++; m.ending == 1 {
			m.settled = make(chan struct{})
		}
	}
	s.mu.Unlock()
	if m == nil {
		return commit()
	}
	over := false // a panic is a failure
	defer func() {
		s.mu.Lock()
		if over {
			delete(s.members, taskID)
		}
		if m.ending--; m.ending == 0 {
			close(m.settled)
		}
		free := !over || s.drop(m) // whoever was refused a lock because of this end may try again
		s.mu.Unlock()
		if over {
			b.forget(s)
		}
		if free {
			b.freed(s.name)
		}
	}()
	err = commit()
	over = err == nil || errors.Is(err, metadata.ErrNotActive)
	return err
}

// Settled returns once no end of the task is being written. It returns the cause if ctx ends before.
func (b *Lockbox) Settled(ctx context.Context, h Holder) error {
	s := b.source(h.DataSource)
	s.mu.Lock()
	m := s.members[h.TaskID]
	var settled chan struct{}
	if m != nil {
		settled = m.settled
	}
	s.mu.Unlock()
	if settled == nil {
		return nil
	}
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// active is nil if the task of m may be granted locks. The caller holds the source's mu.
func (m *member) active() error {
	switch {
	case m == nil:
		return ErrInactive
	case m.ending > 0:
		return ErrEnding
	default:
		return nil
	}
}

// drop takes every lock from m, which has ended, and tells whether there was one. Who waits for a lock for m itself learns of it in any case.
func (s *source) drop(m *member) bool {
	posses := m.posses
	m.posses = nil
	for _, p := range posses {
		s.leave(p, m.TaskID)
	}
	s.signal()
	return len(posses) > 0
}

// leave takes a task out of a posse, which vanishes with its last task.
func (s *source) leave(p *posse, taskID string) {
	if h := p.holds[taskID]; h != nil && h.alone {
		p.alone--
	}
	delete(p.holds, taskID)
	if len(p.holds) == 0 {
		s.locks.remove(p)
	}
}

// signal wakes everyone who waits for a lock of this data source.
func (s *source) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (m *member) forget(p *posse) {
	for i, q := range m.posses {
		if p == q {
			m.posses = append(m.posses[:i], m.posses[i+1:]...)
			return
		}
	}
}
