package lockbox

import "ovate/druid"

// request is one lock that a task asks for.
type request struct {
	holder Holder
	typ    druid.LockType
	place
	stored bool // the lock was granted before, and is in the store perhaps: its holders take turns, but none loses it
}

// decision is what becomes of a request: join an existing posse, or make a new one after revoking others.
type decision struct {
	join   *posse
	fresh  bool // the posse to join is about to be made for it
	revoke []*posse
}

// plan decides on all that a task asks for, as if it asked for one lock after the other, so that what it is given can be held together: one that is
// covered by one before is the same lock, and one that cannot stand beside one before is wrong, whatever others hold. It changes nothing.
func (s *source) plan(h Holder, wanted Request) ([]decision, error) {
	decisions := make([]decision, wanted.count())
	var before tree // what is about to be made
	for i := range decisions {
		r := wanted.at(i, h)
		if r.interval.IsEmpty() {
			return nil, druid.InvalidInput("task[%s] asks for a lock over [%s], which is empty, but must be a span of time such as 2026-03-01/2026-03-02", h.TaskID, r.interval)
		}
		d, err := s.decideAfter(&before, r)
		if err != nil {
			return nil, err
		}
		if d.join == nil {
			d.join, d.fresh = newPosse(wanted.lock(i, h)), true
			before.insert(d.join)
		}
		decisions[i] = d
	}
	return decisions, nil
}

// decideAfter is decide after requests of the same task for which posses are about to be made.
func (s *source) decideAfter(before *tree, r request) (decision, error) {
	met := before.all(r.place)
	for _, p := range met {
		if p.reusableFor(r) {
			return decision{join: p}, nil
		}
	}
	d, err := s.decide(r)
	if p := firstBlocking(met, r); p != nil && d.join == nil {
		return d, druid.InvalidInput("task[%s] asks for %s locks over %s and over %s together, which are in each other's way: they must be apart, or the first be over all of the second",
			r.holder.TaskID, r.typ, p.place(), r.place)
	}
	return d, err
}

// decide applies Druid's rules to a request (TaskLockbox.createOrFindLockPosse). It changes nothing. The error is
// a *Refused if another lock is in the way.
func (s *source) decide(r request) (decision, error) {
	found := s.locks.all(r.place)
	// A group may have several, of which any does; the one that the task has already goes before.
	var reusable *posse
	for _, p := range found {
		if p.reusableFor(r) && (reusable == nil || p.holds[r.holder.TaskID] != nil) {
			reusable = p
		}
	}
	if reusable != nil {
		if !r.stored && reusable.mustWait(r.holder) {
			return decision{}, &Refused{Interval: r.interval, By: reusable.lock}
		}
		if reusable.lock.Priority != r.holder.Priority {
			return decision{}, druid.InvalidInput("task[%s] has priority %d and cannot share its group's lock over interval[%s] of priority %d: "+
				"the tasks of a group must have the same priority in their context", r.holder.TaskID, r.holder.Priority, reusable.lock.Interval, reusable.lock.Priority)
		}
		return decision{join: reusable}, nil
	}
	blocking := firstBlocking(found, r)
	switch {
	case blocking == nil:
		return decision{}, nil
	case r.yields():
		return decision{}, &Refused{Interval: r.interval, By: blocking.lock}
	}
	return s.overcome(found, r)
}

// yields tells whether the request stands beside no other lock that it meets, and revokes none: APPEND and REPLACE are for time chunks. A lock
// over a time chunk may be granted beside one over a segment, however, so that those that were granted may come in any order.
func (r *request) yields() bool {
	return r.isSegment() && !r.stored && (r.typ == druid.Append || r.typ == druid.Replace)
}

// overcome finds a way past locks with which the request cannot coexist.
func (s *source) overcome(found []*posse, r request) (decision, error) {
	var revoke []*posse
	var stronger *posse
	sameGroup := true
	for _, p := range found {
		if p.lock.Revoked {
			continue
		}
		fits := compatible(p, r)
		if fits && r.stored {
			continue // what was granted after it, beside it, does not undo it
		}
		apart := !r.stored && (r.holder.Alone || p.alone > 0) && !p.isOf(r.holder)
		sameGroup = sameGroup && p.lock.GroupID == r.holder.GroupID && p.lock.Interval == r.interval && !apart
		if fits {
			continue
		}
		if p.lock.Priority >= r.holder.Priority || p.pins > 0 {
			stronger = p
		}
		revoke = append(revoke, p)
	}
	switch {
	case stronger == nil:
		return decision{revoke: revoke}, nil
	case sameGroup:
		// A group may change type and granularity of its lock while its earlier tasks still run, unless one of them shares with nobody but itself.
		return decision{}, nil
	default:
		return decision{}, &Refused{Interval: r.interval, By: stronger.lock}
	}
}

// reusableFor tells whether the request may share p: Druid joins a lock of the same group, type and granularity that contains
// the wanted interval, even a revoked one, so that the task learns of the revocation. One over a segment is of the same partition, and of
// whatever version.
func (p *posse) reusableFor(r request) bool {
	return p.lock.Type == r.typ && p.lock.GroupID == r.holder.GroupID && p.lock.Interval.Encloses(r.interval) && p.place().partition == r.partition
}

// isOf tells whether a task holds p, and no other one.
func (p *posse) isOf(h Holder) bool { return len(p.holds) == 1 && p.holds[h.TaskID] != nil }

// mustWait tells whether h cannot share p with those who came before it, because one of them all shares with nobody. Only
// another program stores a lock that such a task shares; after a restart its holders then take turns.
func (p *posse) mustWait(h Holder) bool {
	if !h.Alone && p.alone == 0 {
		return false
	}
	mine := p.holds[h.TaskID]
	for id, other := range p.holds {
		if id != h.TaskID && (mine == nil || other.age < mine.age) {
			return true
		}
	}
	return false
}

// firstBlocking returns a lock with which the request cannot coexist, or nil. Two REPLACE locks cannot stand over
// one APPEND lock, although each alone could.
func firstBlocking(found []*posse, r request) *posse {
	var replace *posse
	for _, p := range found {
		if p.lock.Revoked {
			continue
		}
		if !compatible(p, r) {
			return p
		}
		if p.lock.Type == druid.Replace {
			if replace != nil {
				return p
			}
			replace = p
		}
	}
	return nil
}

// compatible is Druid's table of which lock types may overlap. Both locks are of another group or type, or do not
// contain one another; p is not revoked.
func compatible(p *posse, r request) bool {
	if r.yields() {
		return false
	}
	switch r.typ {
	case druid.Shared:
		return p.lock.Type == druid.Shared
	case druid.Append:
		return p.lock.Type == druid.Append ||
			p.lock.Type == druid.Replace && p.lock.Interval.Encloses(r.interval)
	case druid.Replace:
		return p.lock.Type == druid.Append && r.interval.Encloses(p.lock.Interval)
	default:
		return false
	}
}
