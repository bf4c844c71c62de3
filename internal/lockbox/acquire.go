package lockbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
)

// grant is one lock about to be given, with what must be written for it.
type grant struct {
	posse      *posse
	hold       *hold
	fresh      bool     // the hold is new and needs a row
	revoke     []*posse // lost their lock to this one
	superseded []*posse // narrower APPEND locks of the same task, which this one replaces
}

// TryAcquire gives a task locks of one type over all the intervals, or none of them. A lock that the task has
// already is given again. Locks come in the order of the intervals, which must not overlap; new ones share one
// version, later than any the data source has had. A lock that was revoked earlier is returned with Revoked set.
//
// The error is a *Refused if other locks are in the way, and wraps ErrInactive if the task is not active.
// When it returns nil, the locks are in the store.
func (b *Lockbox) TryAcquire(ctx context.Context, h Holder, typ druid.LockType, intervals []druid.Interval) ([]druid.TaskLock, error) {
	floor, err := b.newestPublished(ctx, h.DataSource, typ, intervals)
	if err != nil {
		return nil, err
	}
	s := b.source(h.DataSource)
	s.mu.Lock()
	grants, err := s.grantAll(h.TaskID, typ, intervals, max(b.now(), floor+1))
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := b.persist(ctx, s, h.TaskID, grants); err != nil {
		return nil, fmt.Errorf("lock %d intervals for task[%s]: %w", len(intervals), h.TaskID, err)
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
func (b *Lockbox) Acquire(ctx context.Context, h Holder, typ druid.LockType, intervals []druid.Interval, timeout time.Duration) ([]druid.TaskLock, error) {
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
		locks, err := b.TryAcquire(ctx, h, typ, intervals)
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
func (b *Lockbox) CanAcquire(h Holder, typ druid.LockType, intervals []druid.Interval) bool {
	s := b.source(h.DataSource)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range intervals {
		if _, err := s.decide(request{holder: h, typ: typ, interval: i}); err != nil {
			return false
		}
	}
	return true
}

// newestPublished is the latest version, as an instant, among the used segments that the lock would let a task
// overshadow. Versions that are no instants, which only other tools write, cannot be exceeded and do not count.
func (b *Lockbox) newestPublished(ctx context.Context, dataSource string, typ druid.LockType, intervals []druid.Interval) (druid.Instant, error) {
	newest := druid.MinInstant
	if typ == druid.Append || len(intervals) == 0 {
		return newest, nil
	}
	rows, err := b.store.UsedSegments(ctx, dataSource, intervals)
	if err != nil {
		return 0, fmt.Errorf("read the versions of data source[%s]: %w", dataSource, err)
	}
	for _, row := range rows {
		if v, err := druid.ParseInstant(row.Segment.Version); err == nil {
			newest = max(newest, v)
		}
	}
	return newest, nil
}

// grantAll decides on every interval before it changes anything.
func (s *source) grantAll(taskID string, typ druid.LockType, intervals []druid.Interval, now druid.Instant) ([]grant, error) {
	m := s.members[taskID]
	if m == nil || m.ending > 0 {
		return nil, fmt.Errorf("lock for task[%s]: %w", taskID, ErrInactive)
	}
	decisions := make([]decision, len(intervals))
	for i, interval := range intervals {
		var err error
		if decisions[i], err = s.decide(request{holder: m.Holder, typ: typ, interval: interval}); err != nil {
			return nil, err
		}
	}
	version := ""
	grants := make([]grant, len(intervals))
	for i, d := range decisions {
		for _, p := range d.revoke {
			p.lock.Revoked = true
		}
		if d.join == nil {
			if version == "" {
				version = s.nextVersion(typ, now)
			}
			d.join = s.create(m, druid.TaskLock{
				Granularity: druid.TimeChunkLock, Type: typ, GroupID: m.GroupID, DataSource: s.name,
				Interval: intervals[i], Version: version, Priority: m.Priority,
			})
		}
		grants[i] = s.join(m, d.join)
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

// join makes m one of the holders of p.
func (s *source) join(m *member, p *posse) grant {
	if h := p.holds[m.TaskID]; h != nil {
		return grant{posse: p, hold: h}
	}
	g := grant{posse: p, hold: &hold{ready: make(chan struct{})}, fresh: true}
	p.holds[m.TaskID] = g.hold
	if p.lock.Type == druid.Append {
		for _, old := range m.posses {
			narrower := old.lock.Interval != p.lock.Interval && p.lock.Interval.Encloses(old.lock.Interval)
			if old.lock.Type == druid.Append && narrower && old.holds[m.TaskID].row != 0 {
				g.superseded = append(g.superseded, old)
			}
		}
	}
	m.posses = append(m.posses, p)
	return g
}

// persist writes the rows of all fresh grants, and of what they revoked, in one transaction, and waits for grants that another
// call is writing. If that fails the fresh grants are taken back, and what they revoked is valid again.
func (b *Lockbox) persist(ctx context.Context, s *source, taskID string, grants []grant) error {
	var err error
	if anyFresh(grants) {
		err = b.store.Update(ctx, func(tx metadata.Tx) error {
			// Transactions run one after the other, so the short lock is never waited for by a holder of it.
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.write(tx, taskID, grants)
		})
	}
	s.settle(taskID, grants, err)
	if err != nil {
		b.freed(s.name)
		return err
	}
	for _, g := range grants {
		if g.hold.ready == nil {
			continue
		}
		<-g.hold.ready
		if g.hold.err != nil {
			return g.hold.err
		}
	}
	return nil
}

func anyFresh(grants []grant) bool {
	for _, g := range grants {
		if g.fresh {
			return true
		}
	}
	return false
}

// write puts fresh holds into the store, as their locks are at this moment, and marks the rows of revoked ones.
// A hold that has no row yet will be written by its own call, revoked as it is by then.
func (s *source) write(tx metadata.Tx, taskID string, grants []grant) error {
	if m := s.members[taskID]; m == nil || m.ending > 0 {
		return ErrInactive
	}
	for _, g := range grants {
		if g.fresh {
			row, err := tx.InsertLock(taskID, g.posse.lock)
			if err != nil {
				return err
			}
			g.hold.row = row
		}
		for _, old := range g.superseded {
			if err := ignoreMissing(tx.DeleteLock(old.holds[taskID].row)); err != nil {
				return err
			}
		}
		for _, p := range g.revoke {
			for _, h := range p.holds {
				if h.row == 0 {
					continue
				}
				if err := ignoreMissing(tx.ReplaceLock(h.row, p.lock)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ignoreMissing accepts that a row is gone: its holder ended or released it in the meantime.
func ignoreMissing(err error) error {
	if errors.Is(err, metadata.ErrNotFound) {
		return nil
	}
	return err
}

// settle makes the outcome of persist known to memory and to those who wait for the fresh holds.
func (s *source) settle(taskID string, grants []grant, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.members[taskID]
	for _, g := range grants {
		if g.fresh {
			g.hold.err = err
			close(g.hold.ready)
		}
		switch {
		case err == nil:
			for _, old := range g.superseded {
				if m != nil {
					m.forget(old)
				}
				s.leave(old, taskID)
			}
		case g.fresh:
			if m != nil {
				m.forget(g.posse)
			}
			s.leave(g.posse, taskID)
		}
	}
	if err == nil {
		return
	}
	for _, g := range grants {
		for _, p := range g.revoke {
			s.reinstate(p)
		}
	}
	s.signal()
}

// reinstate makes a revoked lock valid again, unless another one was granted meanwhile that it could not stand beside.
func (s *source) reinstate(p *posse) {
	possible := true
	r := request{holder: Holder{GroupID: p.lock.GroupID}, typ: p.lock.Type, interval: p.lock.Interval}
	s.locks.overlapping(p.lock.Interval, func(q *posse) bool {
		changing := q.lock.GroupID == p.lock.GroupID && q.lock.Interval == p.lock.Interval
		possible = q == p || q.lock.Revoked || changing || compatible(q, r)
		return possible
	})
	if possible {
		p.lock.Revoked = false
	}
}
