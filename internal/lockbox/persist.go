package lockbox

import (
	"context"
	"errors"

	"ovate/internal/metadata"
)

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
