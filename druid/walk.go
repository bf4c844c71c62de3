package druid

import "sort"

// maxSteps is how many periods are added up one by one: 270 years of days, 8,000 years of months.
const maxSteps = 100_000

// walk finds buckets of periods whose length depends on where they start. As in Druid the periods are added up from
// the origin one by one, which after a month that lacks the day gives other starts than several at once. Druid does so
// however far away an instant is; here only the nearest maxSteps are, and whatever lies beyond is counted from the
// last of these by division, so that no instant takes long. The starts that were come past are kept: the next bucket
// is looked up.
type walk struct {
	period        Period
	zone          *zone
	after, before []int64 // starts from the origin on, and from the origin back
}

func (g Granularity) walk() *walk {
	origin := g.start()
	return &walk{period: g.period, zone: g.zone, after: []int64{origin}, before: []int64{origin}}
}

func (w *walk) add(at, n int64) int64 { return int64(w.period.add(Instant(at), n, w.zone)) }

// bucket is the bucket that t lies in.
func (w *walk) bucket(t int64) (start, end int64) {
	if t < w.before[0] {
		return w.back(t)
	}
	for last := w.after[len(w.after)-1]; last <= t && len(w.after) <= maxSteps; {
		last = w.add(last, 1)
		w.after = append(w.after, last)
	}
	if i := sort.Search(len(w.after), func(i int) bool { return w.after[i] > t }); i < len(w.after) {
		return w.after[i-1], w.after[i]
	}
	return w.beyond(w.after[len(w.after)-1], t)
}

// back is bucket for what lies before the origin.
func (w *walk) back(t int64) (start, end int64) {
	for first := w.before[len(w.before)-1]; first > t && len(w.before) <= maxSteps; {
		first = w.add(first, -1)
		w.before = append(w.before, first)
	}
	if i := sort.Search(len(w.before), func(i int) bool { return w.before[i] <= t }); i < len(w.before) {
		return w.before[i], w.before[i-1]
	}
	return w.beyond(w.before[len(w.before)-1], t)
}

// beyond counts from a start that is far from t. The mean length of the periods tells the number but for a few.
func (w *walk) beyond(from, t int64) (start, end int64) {
	n := int64((float64(t) - float64(from)) / w.period.roughly())
	for w.add(from, n) > t {
		n--
	}
	for w.add(from, n+1) <= t {
		n++
	}
	return w.add(from, n), w.add(from, n+1)
}
