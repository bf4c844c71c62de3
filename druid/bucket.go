package druid

import (
	"math"

	"ovate/internal/calendar"
)

// Bucket is the bucket that t, which must be within Eternity, lies in.
//
// Starts are those of Druid's PeriodGranularity. Where its arithmetic gives buckets that overlap or miss their own
// instant (a midnight that clocks skip or show twice, hours before 1970 or not counted from a full one, months counted from
// a 31st) ours end where the next one starts.
func (g Granularity) Bucket(t Instant) Interval {
	switch g.kind {
	case noneKind:
		return Interval{t, t + 1}
	case allKind:
		return Eternity
	case duration:
		start := floorFrom(int64(g.origin), int64(t), g.length)
		return Interval{Instant(start), Instant(start + g.length)}
	}
	start, end := g.periodBucket(int64(t))
	return Interval{Instant(start), Instant(end)}
}

// periodBucket finds the bucket by the kind of the period. Its cases go from long fields to short ones.
func (g Granularity) periodBucket(t int64) (start, end int64) {
	p, single := g.period, !g.given
	switch {
	case p.isCompound():
		return g.compoundBucket(t)
	case p.Years > 0 || p.Months > 0:
		months := int64(p.Years)*12 + int64(p.Months)
		return g.monthBucket(t, months, single && (p.Years == 1 || p.Months == 1))
	case p.Weeks > 0:
		if single && p.Weeks == 1 {
			return g.dayBucket(t, firstMonday, 7*calendar.MillisPerDay)
		}
		return g.dayBucket(t, g.zone.local(g.start()), int64(p.Weeks)*7*calendar.MillisPerDay)
	case p.Days > 0:
		return g.dayBucket(t, g.zone.local(g.start()), int64(p.Days)*calendar.MillisPerDay)
	}
	length := p.clock()
	if single && (p.Hours == 1 || p.Minutes == 1 || p.Seconds == 1 || p.Millis == 1) {
		return g.clockBucket(t, length)
	}
	if p.Hours > 0 && g.start() < 0 {
		return g.hourBucket(t, length)
	}
	start = floorFrom(g.start(), t, length)
	return start, start + length
}

// hourBucket makes buckets of hours counted from an origin before 1970, as the local start of 1970 is east of Greenwich. As in
// Druid those after the origin begin at full hours of local clocks: these have shown other minutes since, for example in
// Singapore, where it was half an hour earlier in 1970.
func (g Granularity) hourBucket(t, length int64) (start, end int64) {
	origin := g.start()
	n, _ := calendar.FloorDiv(t-origin, length)
	start, end = math.MinInt64, math.MaxInt64
	// A beginning moves back by at most two hours, which are no more than two buckets.
	for k := n - 2; k <= n+3; k++ {
		at := origin + k*length
		if k >= 0 {
			at = g.zone.fullHour(at)
		}
		if at <= t {
			start = max(start, at)
		} else {
			end = min(end, at)
		}
	}
	return start, end
}

// firstMonday is the local time of 1969-12-29, a Monday.
const firstMonday = -3 * calendar.MillisPerDay

// start is where periods are counted from.
func (g Granularity) start() int64 {
	if g.given {
		return int64(g.origin)
	}
	return g.zone.instant(0)
}

// monthBucket makes buckets of whole months: calendar ones, or counted from the origin.
func (g Granularity) monthBucket(t, months int64, aligned bool) (start, end int64) {
	z := g.zone
	if aligned {
		local := z.local(t)
		days, _ := calendar.FloorDiv(local, calendar.MillisPerDay)
		year, month, _ := calendar.FromDays(days)
		if months == 12 {
			month = 1
		}
		first := calendar.Days(year, month, 1) * calendar.MillisPerDay
		return z.instant(first), z.instant(addMonths(first, months))
	}
	origin := z.local(g.start())
	n := monthsBetween(origin, z.local(t))
	n -= n % months
	start = z.instant(addMonths(origin, n))
	if t < start {
		n -= months
		start = z.instant(addMonths(origin, n))
	}
	end = z.instant(addMonths(origin, n+months))
	return start, end
}

// dayBucket makes buckets of whole days on local clocks, counted from the local time origin.
func (g Granularity) dayBucket(t, origin, length int64) (start, end int64) {
	z := g.zone
	local := floorFrom(origin, z.local(t), length)
	start = z.instant(local)
	if t < start { // clocks were put forward over the start and t lies before
		local -= length
		start = z.instant(local)
	}
	return start, z.instant(local + length)
}

// clockBucket makes buckets of one hour, minute, second or millisecond on local clocks, which are cut where clocks
// are changed by less than that.
func (g Granularity) clockBucket(t, length int64) (start, end int64) {
	offset := g.zone.offsetAt(t)
	start = floorFrom(-offset, t, length)
	from, until := g.zone.bounds(t)
	return max(start, from), min(start+length, until)
}

// compoundBucket makes buckets of periods with more than one field. If their length is fixed they are counted.
func (g Granularity) compoundBucket(t int64) (start, end int64) {
	if length := g.compoundLength(); length > 0 {
		start = floorFrom(g.start(), t, length)
		return start, start + length
	}
	return g.walk().bucket(t)
}

// compoundLength is how long all periods are, 0 if that depends on where they start.
func (g Granularity) compoundLength() int64 {
	p := g.period
	switch {
	case p.Years > 0 || p.Months > 0:
		return 0
	case p.Weeks == 0 && p.Days == 0:
		return p.clock()
	case g.zone.isFixed():
		return (int64(p.Weeks)*7+int64(p.Days))*calendar.MillisPerDay + p.clock()
	}
	return 0
}

// isCompound tells whether more than one field is set.
func (p Period) isCompound() bool {
	set := 0
	for _, v := range p.fields() {
		if v != 0 {
			set++
		}
	}
	return set > 1
}

// floorFrom is the last of origin, origin ± length, origin ± 2 length, ... that is not after t.
func floorFrom(origin, t, length int64) int64 {
	_, r := calendar.FloorDiv(t-origin, length)
	return t - r
}
