package druid

import "math/bits"

// Bucketer finds buckets for many instants, of which neighbours mostly lie in the same one and others in a few. It
// is not for concurrent use.
type Bucketer struct {
	granularity Granularity
	last        Interval

	// If all buckets have one length they are found by division.
	length, origin int64

	// If they have to be added up, those found on the way are kept.
	walk *walk

	// Else those found are kept, each where the upper bits of its instants say.
	found [512]Interval
	shift int
}

// Bucketer returns a Bucketer of g.
func (g Granularity) Bucketer() *Bucketer {
	b := &Bucketer{granularity: g}
	compound := g.kind == periodic && g.period.isCompound()
	if compound && g.compoundLength() == 0 {
		b.walk = g.walk()
		b.find(0)
		return b
	}
	b.last = g.Bucket(0)
	length := int64(b.last.End - b.last.Start)
	switch {
	case g.kind == noneKind, g.kind == duration, compound, g.isEven():
		b.length, b.origin = length, int64(b.last.Start)
	default:
		b.shift = max(0, bits.Len64(uint64(length))-4)
	}
	return b
}

// isEven tells whether a period always has the same length, and begins at its multiples.
func (g Granularity) isEven() bool {
	if g.kind != periodic || !g.zone.isFixed() || g.period.Years != 0 || g.period.Months != 0 {
		return false
	}
	return g.period.Hours == 0 || g.zone.fullHour(g.start()) == g.start() // see hourBucket
}

// Bucket is the bucket that t lies in.
func (b *Bucketer) Bucket(t Instant) Interval {
	if t < b.last.Start || t >= b.last.End {
		b.find(t)
	}
	return b.last
}

// Truncate is the start of the bucket that t lies in.
func (b *Bucketer) Truncate(t Instant) Instant {
	if t < b.last.Start || t >= b.last.End {
		b.find(t)
	}
	return b.last.Start
}

func (b *Bucketer) find(t Instant) {
	if b.length > 0 {
		start := Instant(floorFrom(b.origin, int64(t), b.length))
		b.last = Interval{start, start + Instant(b.length)}
		return
	}
	if b.walk != nil {
		start, end := b.walk.bucket(int64(t))
		b.last = Interval{Instant(start), Instant(end)}
		return
	}
	slot := &b.found[uint64(t)>>b.shift%uint64(len(b.found))]
	if !slot.Contains(t) {
		*slot = b.granularity.Bucket(t)
	}
	b.last = *slot
}
