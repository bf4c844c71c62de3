package lockbox

import (
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/metadata"
)

// persist writes the rows of all fresh grants, and of what they revoked, in one transaction, and waits for grants that
// another call is writing. If that fails the fresh grants are taken back, and what they revoked is valid again.
func (b *Lockbox) persist(ctx context.Context, s *source, taskID string, grants []grant) error {
	if err := b.put(ctx, s, taskID, grants); err != nil {
		b.freed(s.name)
		return err
	}
	for _, g := range grants {
		if g.hold.ready == nil {
			continue
		}
		select {
		case <-g.hold.ready:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if g.hold.err != nil {
			return g.hold.err
		}
	}
	return nil
}

// put is the part of persist that writes.
func (b *Lockbox) put(ctx context.Context, s *source, taskID string, grants []grant) error {
	err := errPanicked
	defer func() { s.settle(taskID, grants, err) }()
	if !anyFresh(grants) {
		err = nil
		return nil
	}
	err = b.store.Update(ctx, func(tx metadata.Tx) error { return s.write(tx, taskID, grants) })
	return err
}

// errPanicked is what those hear of a lock who wait for another call that ends in a panic.
var errPanicked = errors.New("the lock could not be written through a fault of the server")

func anyFresh(grants []grant) bool {
	for _, g := range grants {
		if g.fresh {
			return true
		}
	}
	return false
}

// change is what has to be written for one grant.
type change struct {
	hold    *hold
	lock    *druid.TaskLock // to insert for the hold; nil if it is written already
	row     int64           // of the inserted lock
	dropped []int64
	revoked []metadata.LockRow
}

// write puts grants into the store. Transactions run one after the other: what is revoked after the changes were
// gathered has a transaction of its own, which finds the rows of this one.
func (s *source) write(tx metadata.Tx, taskID string, grants []grant) error {
	changes, err := s.changes(taskID, grants)
	if err != nil {
		return err
	}
	for i := range changes {
		c := &changes[i]
		if c.lock != nil {
			if c.row, err = tx.InsertLock(taskID, *c.lock); err != nil {
				return err
			}
		}
		for _, row := range c.dropped {
			if err := ignoreMissing(tx.DeleteLock(row)); err != nil {
				return err
			}
		}
		for _, r := range c.revoked {
			if err := ignoreMissing(tx.ReplaceLock(r.ID, r.Lock)); err != nil {
				return err
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		if c.lock != nil {
			c.hold.row = c.row
		}
	}
	return nil
}

// changes gathers what the grants mean for the store, with the locks as they are at this moment. A revoked hold that
// has no row yet will be written by its own transaction, revoked as it is.
func (s *source) changes(taskID string, grants []grant) ([]change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.members[taskID]; m == nil || m.ending > 0 {
		return nil, ErrInactive
	}
	changes := make([]change, len(grants))
	for i, g := range grants {
		c := &changes[i]
		c.hold = g.hold
		if g.fresh {
			lock := g.posse.lock
			c.lock = &lock
		}
		for _, old := range g.superseded {
			if h := old.holds[taskID]; h != nil {
				c.dropped = append(c.dropped, h.row)
			}
		}
		for _, p := range g.revoke {
			for _, h := range p.holds {
				if h.row != 0 {
					c.revoked = append(c.revoked, metadata.LockRow{ID: h.row, Lock: p.lock})
				}
			}
		}
	}
	return changes, nil
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
