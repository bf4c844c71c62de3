package lockbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ovate/druid"
)

// grant is one lock about to be given, with what must be written for it.
type grant struct {
	posse      *posse
	hold       *hold
	write      *writing // that it waits for
	fresh      bool     // the hold is new and needs a row
	superseded []*posse // narrower APPEND locks of the same task, which this one replaces
}

// TryAcquire gives a task locks over all the intervals, or all the segments, or none of them. A lock that the task has already is given
// again. Locks come in the order of the request; new ones over intervals share one version, later than any the data source has had.
// A lock that was revoked earlier is returned with Revoked set.
//
// The error is a *Refused if other locks are in the way, and wraps ErrInactive if the task is not active, or ErrEnding.
// When it returns nil, the locks are in the store; what was being appended beneath a new REPLACE lock is published then, or has failed. If it wraps metadata.ErrOutcomeUnknown they may be: nobody else is given them until
// that is known, and who asks again waits for it.
func (b *Lockbox) TryAcquire(ctx context.Context, h Holder, wanted Request) ([]druid.TaskLock, error) {
	s := b.source(h.DataSource)
	s.mu.Lock()
	err := s.mayAsk(h.TaskID)
	creates, floor := false, druid.MinInstant
	if err == nil {
		creates, err = s.creates(h, wanted)
	}
	if creates { // only a new version has to follow those of segments, of which there may be many
		s.mu.Unlock()
		if floor, err = b.newestPublished(ctx, h.DataSource, wanted); err != nil {
			return nil, err
		}
		s.mu.Lock()
	}
	var grants []grant
	if err == nil {
		grants, err = s.grantAll(h.TaskID, wanted, max(b.now(), floor+1))
	}
	var beside []*appending
	if err == nil && wanted.Type == druid.Replace {
		beside = s.appendingIn(wanted.Intervals)
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := b.persist(ctx, s, h.TaskID, grants); err != nil {
		return nil, fmt.Errorf("lock %s for task[%s]: %w", &wanted, h.TaskID, err)
	}
	for _, a := range beside {
		if err := a.wait(ctx); err != nil {
			return nil, fmt.Errorf("lock %s for task[%s]: %w", &wanted, h.TaskID, err)
		}
	}
	locks := make([]druid.TaskLock, len(grants))
	err = s.certain(ctx, h.TaskID, func() (lost bool) {
		for i, g := range grants {
			locks[i] = g.posse.lock
			lost = lost || locks[i].Revoked
		}
		return lost
	})
	if err != nil {
		return nil, err
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
	s := b.source(h.DataSource)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.creates(h, wanted)
	return err == nil
}

// Active is nil if a task may be granted locks; else the error is what TryAcquire would return for that.
func (b *Lockbox) Active(h Holder) error {
	s := b.source(h.DataSource)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mayAsk(h.TaskID)
}

// mayAsk is nil if the task may be granted locks. The caller holds mu.
func (s *source) mayAsk(taskID string) error {
	if err := s.members[taskID].active(); err != nil {
		return fmt.Errorf("lock for task[%s]: %w", taskID, err)
	}
	return nil
}

// creates tells whether a task would be given locks that nobody has yet. The error is why other locks keep it from having all of these now. The caller
// holds mu.
func (s *source) creates(h Holder, wanted Request) (creates bool, err error) {
	decisions, err := s.plan(h, wanted)
	return slices.ContainsFunc(decisions, func(d decision) bool { return d.fresh }), err
}

// newestPublished is the latest version, as an instant, among the used segments that the lock would let a task
// overshadow. Versions that are no instants, which only other tools write, cannot be exceeded and do not count, nor can those of a year
// with more digits than the ones before: texts are compared. A task that replaces looks for such ones itself.
func (b *Lockbox) newestPublished(ctx context.Context, dataSource string, wanted Request) (druid.Instant, error) {
	newest := druid.MinInstant
	if wanted.Type == druid.Append || len(wanted.Intervals) == 0 {
		return newest, nil // nor do locks over segments hide any
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

// grantAll decides on all of a request before it changes anything.
func (s *source) grantAll(taskID string, wanted Request, now druid.Instant) ([]grant, error) {
	if err := s.mayAsk(taskID); err != nil {
		return nil, err
	}
	m := s.members[taskID]
	decisions, err := s.plan(m.Holder, wanted)
	if err != nil {
		return nil, err
	}
	version, held := "", m.posses
	grants := make([]grant, len(decisions))
	for i, d := range decisions {
		if d.fresh {
			if len(wanted.Segments) == 0 {
				if version == "" {
					version = s.nextVersion(wanted.Type, now)
				}
				d.join.lock.Version = version
			}
			s.add(d.join)
		}
		grants[i] = s.join(m, held, d.join)
		if len(d.revoke) > 0 {
			grants[i].write.revokes = d.revoke
		}
		for _, p := range d.revoke {
			p.lock.Revoked, p.loss = true, grants[i].write
		}
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

// add adds a posse that nobody holds yet.
func (s *source) add(p *posse) {
	s.age++
	p.age = s.age
	s.locks.insert(p)
	s.count.Add(1)
}

// join makes m, which has held locks until now, one of the holders of p.
func (s *source) join(m *member, held []*posse, p *posse) grant {
	if h := p.holds[m.TaskID]; h != nil {
		return grant{posse: p, hold: h, write: h.write}
	}
	write := newWriting()
	g := grant{posse: p, hold: &hold{write: write}, write: write, fresh: true}
	s.enter(m, p, g.hold)
	if p.lock.Type == druid.Append && !p.place().isSegment() {
		for _, old := range held {
			narrower := old.lock.Interval != p.lock.Interval && p.lock.Interval.Encloses(old.lock.Interval)
			if old.lock.Type == druid.Append && !old.place().isSegment() && narrower && old.holds[m.TaskID].row != 0 {
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
	m.replaces = m.replaces || p.lock.Type == druid.Replace
}
