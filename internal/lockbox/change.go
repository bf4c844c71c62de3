package lockbox

import (
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// change is what has to be written for one grant.
type change struct {
	posse   *posse
	hold    *hold
	lock    *druid.TaskLock // to insert for the hold; nil if it is written already
	row     int64           // of the inserted lock
	dropped []int64
	lost    []*posse // that are revoked, with the rows that do not say so yet
	revoked []metadata.LockRow
}

// changes gathers what the grants mean for the store, with the locks as they are at this moment. A lock that may be lost, and is not for certain, is
// written as one that is not, unless what takes it is written with it: keep writes that once it is.
func (s *source) changes(taskID string, grants []grant) ([]change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.members[taskID].active(); err != nil {
		return nil, err
	}
	changes := make([]change, len(grants))
	for i, g := range grants {
		c := &changes[i]
		c.posse, c.hold = g.posse, g.hold
		if g.fresh {
			lock := g.posse.lock
			lock.Revoked = g.posse.isLost()
			c.lock = &lock
		}
		for _, old := range g.superseded {
			if h := old.holds[taskID]; h != nil {
				c.dropped = append(c.dropped, h.row)
			}
		}
		c.lost = s.lostTo(g)
		for _, p := range c.lost {
			for _, h := range p.holds {
				if h.row != 0 {
					c.revoked = append(c.revoked, metadata.LockRow{ID: h.row, Lock: p.lock})
				}
			}
		}
	}
	return changes, nil
}

// lostTo are the locks that are revoked, and whose rows have to say so before a grant is stored: those that it has revoked itself, and those whose
// place it takes as whoever has revoked them has ended before that was stored.
func (s *source) lostTo(g grant) (lost []*posse) {
	if !g.fresh {
		return nil
	}
	s.locks.meeting(g.posse.place(), func(p *posse) bool {
		if p.lock.Revoked && !p.gone && (slices.Contains(g.write.revokes, p) || p.age < g.posse.age && !beside(p, g.posse)) {
			lost = append(lost, p)
		}
		return true
	})
	return lost
}

// keep notes the rows of what was written, and returns those of locks that are lost and whose rows do not say so yet: who revoked a lock did not know the
// row of one that was written meanwhile. They are about to say so, and from here on are not valid again.
func (s *source) keep(written []change) (late change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range written {
		for _, p := range c.lost {
			p.lost, p.gone = true, true
			for _, h := range p.holds {
				if h.row != 0 && !slices.ContainsFunc(c.revoked, func(r metadata.LockRow) bool { return r.ID == h.row }) {
					late.lose(p, h.row)
				}
			}
		}
		if c.lock == nil {
			continue
		}
		c.hold.row = c.row
		if p := c.posse; p.isLost() && !c.lock.Revoked {
			p.lost, p.gone = true, true
			late.lose(p, c.row)
		}
	}
	return late
}

// lose notes that a row has to say that its lock is revoked.
func (c *change) lose(p *posse, row int64) {
	c.lost, c.revoked = append(c.lost, p), append(c.revoked, metadata.LockRow{ID: row, Lock: p.lock})
}
