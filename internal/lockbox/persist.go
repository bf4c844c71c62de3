package lockbox

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"ovate/internal/metadata"
)

// persist writes the rows of all fresh grants, and of what they revoked, in one transaction, and waits for grants that
// another call is writing. If that fails the fresh grants are taken back, and what they revoked is valid again. If nobody knows whether it
// has failed, they stay until it is known, whether the caller waits for that or not.
func (b *Lockbox) persist(ctx context.Context, s *source, taskID string, grants []grant) error {
	if err := b.put(ctx, s, taskID, grants); err != nil {
		b.freed(s.name)
		return err
	}
	for _, g := range grants {
		if err := g.write.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// put is the part of persist that writes.
func (b *Lockbox) put(ctx context.Context, s *source, taskID string, grants []grant) error {
	err := errPanicked
	defer func() {
		if !errors.Is(err, metadata.ErrOutcomeUnknown) {
			s.settle(taskID, grants, err)
		}
	}()
	if !anyFresh(grants) {
		err = nil
		return nil
	}
	call := acquisition{source: s, taskID: taskID, grants: grants}
	err = cmp.Or(b.acquisitions.Do(ctx, &call), call.inactive)
	written := call.written
	stored := func(ctx context.Context) (bool, error) { return b.find(ctx, taskID, written) }
	err = b.settler.Settle(ctx, err, stored, func(ctx context.Context, err error) { b.settleLate(ctx, s, taskID, grants, written, err) })
	if err != nil {
		return err
	}
	late := call.late
	if !call.kept {
		late = s.keep(written)
	}
	return b.revokeLate(ctx, s, late)
}

// settleLate makes the outcome known of a put whose caller did not wait for it.
func (b *Lockbox) settleLate(ctx context.Context, s *source, taskID string, grants []grant, written []change, err error) {
	switch {
	case errors.Is(err, metadata.ErrOutcomeUnknown): // the next start reads what is there
	case err != nil:
		s.settle(taskID, grants, err)
		b.freed(s.name)
	default:
		if err := b.revokeLate(ctx, s, s.keep(written)); err != nil && ctx.Err() == nil {
			b.log.Warn("that a lock was revoked is written at the next start", "task", taskID, "error", err)
		}
		s.settle(taskID, grants, nil)
	}
}

// revokeLate writes that locks are revoked. If that fails, whoever takes their place writes it, or the next start revokes them once more.
func (b *Lockbox) revokeLate(ctx context.Context, s *source, late change) error {
	if len(late.lost) == 0 {
		return nil
	}
	err := b.store.Update(ctx, func(tx metadata.Tx) error {
		_, err := tx.ReplaceLocks(late.revoked)
		return err
	})
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, p := range late.lost {
			p.gone = false
		}
	}
	return err
}

// find tells whether what a transaction inserted for a task is in the store, and notes the rows.
func (b *Lockbox) find(ctx context.Context, taskID string, written []change) (bool, error) {
	rows, err := b.store.Locks(ctx)
	if err != nil {
		return false, err
	}
	for i := range written {
		c := &written[i]
		if c.lock == nil {
			continue
		}
		at := slices.IndexFunc(rows, func(r metadata.LockRow) bool { return r.TaskID == taskID && r.Lock == *c.lock })
		if at < 0 {
			return false, nil
		}
		c.row = rows[at].ID
		rows = slices.Delete(rows, at, at+1)
	}
	return len(written) > 0, nil
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

// acquisition is a call's grants that wait to be put into the store, which several callers do together.
type acquisition struct {
	source *source
	taskID string
	grants []grant

	// What came of the last try.
	written  []change
	inactive error // why the task may have no lock any more

	// kept tells that it is known that the last try was stored, and keep has noted it: late is what that has left to be written.
	kept bool
	late change
}

// acquireTogether puts the grants of several calls into the store, and notes what it wrote before others are put there, which may take their place. Rows
// that are gone stay so: their holders ended or released them in the meantime.
func (b *Lockbox) acquireTogether(ctx context.Context, calls []*acquisition) error {
	err := b.store.Update(ctx, func(tx metadata.Tx) error {
		active, err := activeOf(ctx, tx, calls)
		if err != nil {
			return err
		}
		for _, call := range calls {
			if call.written, call.inactive = nil, errEndedInStore; active[call.taskID] { // else its row would be left to nobody
				call.written, call.inactive = call.source.changes(call.taskID, call.grants)
			}
		}
		return write(tx, calls)
	})
	if err != nil {
		return err
	}
	for _, call := range calls {
		call.kept, call.late = true, call.source.keep(call.written)
	}
	return nil
}

// write writes the changes of several calls. A lock that is lost to another of them is inserted as a revoked one: both are stored, or neither.
func write(tx metadata.Tx, calls []*acquisition) error {
	var fresh []*change
	var granted, revoked []metadata.LockRow
	var dropped []int64
	takes := map[*posse]*change{} // what takes a lock
	for _, call := range calls {
		for i := range call.written {
			c := &call.written[i]
			dropped, revoked = append(dropped, c.dropped...), append(revoked, c.revoked...)
			for _, p := range c.lost {
				takes[p] = c
			}
		}
	}
	for _, call := range calls {
		for i := range call.written {
			if c := &call.written[i]; c.lock != nil {
				c.lock.Revoked = c.lock.Revoked || takes[c.posse] != nil
				fresh, granted = append(fresh, c), append(granted, metadata.LockRow{TaskID: call.taskID, Lock: *c.lock})
			}
		}
	}
	rows, err := tx.InsertLocks(granted...)
	if err != nil {
		return err
	}
	for i, c := range fresh {
		c.row = rows[i]
		if by := takes[c.posse]; by != nil {
			by.revoked = append(by.revoked, metadata.LockRow{ID: c.row, Lock: *c.lock})
		}
	}
	if _, err := tx.DeleteLocks(dropped); err != nil {
		return err
	}
	_, err = tx.ReplaceLocks(revoked)
	return err
}

// activeOf tells which of the tasks that want locks are active in the store.
func activeOf(ctx context.Context, tx metadata.Tx, calls []*acquisition) (map[string]bool, error) {
	tasks := make([]string, len(calls))
	for i, call := range calls {
		tasks[i] = call.taskID
	}
	return metadata.ActiveAmong(ctx, tx, tasks...)
}

// settle makes the outcome of persist known to memory and to those who wait for the fresh holds.
func (s *source) settle(taskID string, grants []grant, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.members[taskID]
	for _, g := range grants {
		if g.fresh {
			g.write.end(err)
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
		if g.fresh {
			for _, p := range g.write.revokes {
				s.reinstate(p)
			}
		}
	}
	s.signal()
}
