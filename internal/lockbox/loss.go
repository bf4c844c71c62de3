package lockbox

import (
	"context"
	"fmt"

	"ovate/druid"
)

// certain looks at what a task holds, under mu, and again until what it finds lost is lost for certain. A task gives up when it hears of that; but as long
// as the loss is not stored whoever has taken the lock may fail to get it, and a server that leads next takes it for valid.
func (s *source) certain(ctx context.Context, taskID string, look func() (lost bool)) error {
	for {
		s.mu.Lock()
		var loss *writing
		if look() {
			loss = s.members[taskID].loss()
		}
		s.mu.Unlock()
		if loss == nil {
			return nil
		}
		select {
		case <-loss.done:
		case <-ctx.Done():
			return fmt.Errorf("it is not known yet whether task[%s] has lost a lock: %w", taskID, context.Cause(ctx))
		}
	}
}

// loss is a write of which it is not known whether it takes a lock from m; nil if there is none.
func (m *member) loss() *writing {
	if m == nil {
		return nil
	}
	for _, p := range m.posses {
		if p.lock.Revoked && !p.loss.over() {
			return p.loss
		}
	}
	return nil
}

// isLost tells whether it is certain that the lock is lost.
func (p *posse) isLost() bool { return p.lock.Revoked && (p.lost || p.loss.over()) }

// CertainLocks is Locks for the task itself, which gives up for a lock that it has lost.
func (b *Lockbox) CertainLocks(ctx context.Context, h Holder) (locks []druid.TaskLock, err error) {
	s := b.source(h.DataSource)
	err = s.certain(ctx, h.TaskID, func() (lost bool) {
		locks = s.locksOf(h.TaskID)
		for _, l := range locks {
			lost = lost || l.Revoked
		}
		return lost
	})
	return locks, err
}

// reinstate makes a lock valid again that is not lost to another one after all, unless who has taken its place is stored. Where yet another one was granted meanwhile
// that it could not stand beside, it is lost to that: also if that one may itself be lost by now, as it may have been stored before.
func (s *source) reinstate(p *posse) {
	if p.lost {
		return
	}
	for _, q := range s.locks.all(p.place()) {
		if q.age < p.age || beside(q, p) { // an older one may have been lost to p
			continue
		}
		if w := q.beingWritten(); w != nil {
			p.loss, w.revokes = w, append(w.revokes, p)
			return
		}
		if !q.lock.Revoked {
			return
		}
	}
	p.lock.Revoked = false
}

// beingWritten is a write of the lock of which nobody knows yet what became; nil if there is none.
func (p *posse) beingWritten() *writing {
	for _, h := range p.holds {
		if !h.write.over() {
			return h.write
		}
	}
	return nil
}

// beside tells whether p, once it was granted, can stand beside q.
func beside(q, p *posse) bool {
	changing := q.lock.GroupID == p.lock.GroupID && q.lock.Interval == p.lock.Interval
	return q == p || changing || compatible(q, request{holder: Holder{GroupID: p.lock.GroupID}, typ: p.lock.Type, place: p.place(), stored: true})
}
