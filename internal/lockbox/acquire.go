package lockbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ovate/druid"
)

// Request is what a task asks for.
type Request struct {
	Type druid.LockType
	// Intervals are locked all or not at all. They must not overlap.
	Intervals []druid.Interval
}

// grant is one lock about to be given, with what must be written for it.
type grant struct {
	posse      *posse
	hold       *hold
	write      *writing // that it waits for
	fresh      bool     // the hold is new and needs a row
	revoke     []*posse // lost their lock to this one
	superseded []*posse // narrower APPEND locks of the same task, which this one replaces
}

// TryAcquire gives a task locks over all the intervals, or none of them. A lock that the task has already is given
// again. Locks come in the order of the intervals; new ones share one version, later than any the data source has had.
// A lock that was revoked earlier is returned with Revoked set.
//
// The error is a *Refused if other locks are in the way, and wraps ErrInactive if the task is not active, or ErrEnding.
// When it returns nil, the locks are in the store. If it wraps metadata.ErrOutcomeUnknown they may be: nobody else is given them until
// that is known, and who asks again waits for it.
func (b *Lockbox) TryAcquire(ctx context.Context, h Holder, wanted Request) ([]druid.TaskLock, error) {
	s := b.source(h.DataSource)
	if err := s.refusal(h, wanted); err != nil {
		return nil, err // known before the versions of segments are read, of which there may be many
	}
	floor, err := b.newestPublished(ctx, h.DataSource, wanted)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	grants, err := s.grantAll(h.TaskID, wanted, max(b.now(), floor+1))
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := b.persist(ctx, s, h.TaskID, grants); err != nil {
		return nil, fmt.Errorf("lock %d intervals for task[%s]: %w", len(wanted.Intervals), h.TaskID, err)
	}
	locks := make([]druid.TaskLock, len(grants))
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, g := range grants {
		locks[i] = g.posse.lock
	}
	return locks, nil
}

// Acquire is TryAcquire, repeated whenever a lock of the data source is freed: until the timeout, 0 being without
// end, or until ctx ends. It tries at least once. If that was in vain the error wraps the last *Refused.
func (b *Lockbox) Acquire(ctx context.Context, h Holder, wanted Request, timeout time.Duration) ([]druid.TaskLock, error) {
	s := b.source(h.DataSource)
	var late <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		late = timer.C
	}
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		locks, err := b.TryAcquire(ctx, h, wanted)
		var refused *Refused
		if !errors.As(err, &refused) {
			return locks, err
		}
		select {
		case <-changed:
		case <-late:
			return nil, fmt.Errorf("after waiting for %v: %w", timeout, err)
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// CanAcquire tells whether TryAcquire would succeed now. It costs no I/O.
func (b *Lockbox) CanAcquire(h Holder, wanted Request) bool {
	return b.source(h.DataSource).refusal(h, wanted) == nil
}

// refusal is why locks cannot be had now; nil if they can.
func (s *source) refusal(h Holder, wanted Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range wanted.Intervals {
		if _, err := s.decide(request{holder: h, typ: wanted.Type, interval: i}); err != nil {
			return err
		}
	}
	return nil
}

// newestPublished is the latest version, as an instant, among the used segments that the lock would let a task
// overshadow. Versions that are no instants, which only other tools write, cannot be exceeded and do not count, nor can those of a year
// with more digits than the ones before: texts are compared. A task that replaces looks for such ones itself.
func (b *Lockbox) newestPublished(ctx context.Context, dataSource string, wanted Request) (druid.Instant, error) {
	newest := druid.MinInstant
	if wanted.Type == druid.Append || len(wanted.Intervals) == 0 {
		return newest, nil
	}
	chunks, err := b.store.UsedChunks(ctx, dataSource, wanted.Intervals)
	if err != nil {
		return 0, err
	}
	for _, chunk := range chunks {
		if v, err := druid.ParseInstant(chunk.Version); err == nil && (v+1).String() > chunk.Version {
			newest = max(newest, v)
		}
	}
	return newest, nil
}

// grantAll decides on every interval before it changes anything.
func (s *source) grantAll(taskID string, wanted Request, now druid.Instant) ([]grant, error) {
	m := s.members[taskID]
	if err := m.active(); err != nil {
		return nil, fmt.Errorf("lock for task[%s]: %w", taskID, err)
	}
	decisions := make([]decision, len(wanted.Intervals))
	for i, interval := range wanted.Intervals {
		var err error
		if decisions[i], err = s.decide(request{holder: m.Holder, typ: wanted.Type, interval: interval}); err != nil {
			return nil, err
		}
	}
	version, held := "", m.posses
	grants := make([]grant, len(decisions))
	for i, d := range decisions {
		for _, p := range d.revoke {
			p.lock.Revoked = true
		}
		if d.join == nil {
			if version == "" {
				version = s.nextVersion(wanted.Type, now)
			}
			d.join = s.create(m, druid.TaskLock{
				Granularity: druid.TimeChunkLock, Type: wanted.Type, GroupID: m.GroupID, DataSource: s.name,
				Interval: wanted.Intervals[i], Version: version, Priority: m.Priority,
			})
		}
		grants[i] = s.join(m, held, d.join)
		grants[i].revoke = d.revoke
	}
	return grants, nil
}

// nextVersion never goes back, whatever the clock does.
func (s *source) nextVersion(typ druid.LockType, now druid.Instant) string {
	if typ == druid.Append {
		return AppendVersion
	}
	s.newest = max(now, s.newest+1)
	return s.newest.String()
}

// create adds a posse that nobody holds yet.
func (s *source) create(m *member, lock druid.TaskLock) *posse {
	s.age++
	p := &posse{lock: lock, age: s.age, holds: map[string]*hold{}}
	s.locks.insert(p)
	return p
}

// join makes m, which has held locks until now, one of the holders of p.
func (s *source) join(m *member, held []*posse, p *posse) grant {
	if h := p.holds[m.TaskID]; h != nil {
		return grant{posse: p, hold: h, write: h.write}
	}
	write := newWriting()
	g := grant{posse: p, hold: &hold{write: write}, write: write, fresh: true}
	s.enter(m, p, g.hold)
	if p.lock.Type == druid.Append {
		for _, old := range held {
			narrower := old.lock.Interval != p.lock.Interval && p.lock.Interval.Encloses(old.lock.Interval)
			if old.lock.Type == druid.Append && narrower && old.holds[m.TaskID].row != 0 {
				g.superseded = append(g.superseded, old)
			}
		}
	}
	return g
}

// enter puts m among the holders of p.
func (s *source) enter(m *member, p *posse, h *hold) {
	s.age++
	h.age, h.alone = s.age, m.Alone
	if h.alone {
		p.alone++
	}
	p.holds[m.TaskID] = h
	m.posses = append(m.posses, p)
}
