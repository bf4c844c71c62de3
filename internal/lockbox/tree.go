package lockbox

import (
	"math/rand/v2"

	"ovate/druid"
)

// tree holds posses by place, so that those which a request meets are found without looking at the others: a
// treap ordered by place and age, in which every node knows the latest end below it.
type tree struct{ root *node }

type node struct {
	posse       *posse
	rank        uint32
	latestEnd   druid.Instant
	left, right *node
}

func (p *posse) before(q *posse) bool {
	a, b := p.lock.Interval, q.lock.Interval
	if a.Start != b.Start {
		return a.Start < b.Start
	}
	if a.End != b.End {
		return a.End < b.End
	}
	if a, b := p.place().partition, q.place().partition; a != b {
		return a < b
	}
	return p.age < q.age
}

func (n *node) update() *node {
	n.latestEnd = n.posse.lock.Interval.End
	if n.left != nil {
		n.latestEnd = max(n.latestEnd, n.left.latestEnd)
	}
	if n.right != nil {
		n.latestEnd = max(n.latestEnd, n.right.latestEnd)
	}
	return n
}

func (t *tree) insert(p *posse) {
	added := (&node{posse: p, rank: rand.Uint32()}).update()
	t.root = t.root.insert(added)
}

func (n *node) insert(added *node) *node {
	switch {
	case n == nil:
		return added
	case added.rank > n.rank:
		added.left, added.right = n.split(added.posse)
		return added.update()
	case added.posse.before(n.posse):
		n.left = n.left.insert(added)
	default:
		n.right = n.right.insert(added)
	}
	return n.update()
}

// split cuts the nodes below n into those before p and the others.
func (n *node) split(p *posse) (before, after *node) {
	if n == nil {
		return nil, nil
	}
	if n.posse.before(p) {
		n.right, after = n.right.split(p)
		return n.update(), after
	}
	before, n.left = n.left.split(p)
	return before, n.update()
}

func (t *tree) remove(p *posse) { t.root = t.root.remove(p) }

func (n *node) remove(p *posse) *node {
	switch {
	case n == nil:
		return nil
	case n.posse == p:
		return join(n.left, n.right)
	case p.before(n.posse):
		n.left = n.left.remove(p)
	default:
		n.right = n.right.remove(p)
	}
	return n.update()
}

// join makes one tree of two, every node of a standing before those of b.
func join(a, b *node) *node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.rank > b.rank:
		a.right = join(a.right, b)
		return a.update()
	default:
		b.left = join(a, b.left)
		return b.update()
	}
}

// overlapping calls yield for each posse that shares an instant with i, in order, until yield returns false.
func (t *tree) overlapping(i druid.Interval, yield func(*posse) bool) {
	t.meeting(place{i, wholeChunk}, yield)
}

// meeting calls yield for each posse that meets a place, in order, until yield returns false.
func (t *tree) meeting(at place, yield func(*posse) bool) { t.root.meeting(at, nil, nil, yield) }

// all are the posses that meet a place, in order.
func (t *tree) all(at place) (found []*posse) {
	t.meeting(at, func(p *posse) bool {
		found = append(found, p)
		return true
	})
	return found
}

// meeting is that of the tree. What is below n stands after the one posse and before the other, where these are not nil.
func (n *node) meeting(at place, after, before *posse, yield func(*posse) bool) bool {
	if n == nil || n.latestEnd <= at.interval.Start || at.isApartFrom(after, before) {
		return true
	}
	if !n.left.meeting(at, after, n.posse, yield) {
		return false
	}
	if n.posse.lock.Interval.Start >= at.interval.End {
		return true
	}
	if n.posse.place().meets(at) && !yield(n.posse) {
		return false
	}
	return n.right.meeting(at, n.posse, before, yield)
}

// isApartFrom tells whether the two posses, and thereby all between them, are over other segments of the same interval: of these there may
// be thousands, which need not be looked at.
func (a place) isApartFrom(first, last *posse) bool {
	if !a.isSegment() || first == nil || last == nil || first.lock.Interval != a.interval || last.lock.Interval != a.interval {
		return false
	}
	from, to := first.place(), last.place()
	return from.isSegment() && (to.partition < a.partition || from.partition > a.partition)
}
