// Package trend keeps how figures of this process went over the last hour, for people who look at the page. What it notes is in memory already: nobody is asked for it. What it
// keeps is bounded, however long the server runs and however much happens.
package trend

import "ovate/druid"

// Hour is how far back trends go, in milliseconds.
const Hour druid.Instant = 3_600_000

// Unknown is the value at a moment of which nothing is known.
const Unknown = -1

// Point is a figure at a moment, or over the step that ends with it.
type Point struct {
	At    druid.Instant
	Value float64 // Unknown if it is not known
}

// series is a ring of figures, one a step, that go back for an hour. It takes 8 bytes a step, and 40 besides.
type series struct {
	step   druid.Instant
	empty  int64   // the value of steps in which nothing was noted
	values []int64 // by the number of the step, in turn
	newest druid.Instant
}

// newSeries has steps of so many milliseconds, of which an hour has a whole number, and nothing in them at a moment t.
func newSeries(step, t druid.Instant, empty int64) *series {
	n := Hour / step
	s := &series{step: step, empty: empty, values: make([]int64, n), newest: t/step - n}
	s.advance(t / step)
	return s
}

// advance has the ring end with a step.
func (s *series) advance(to druid.Instant) {
	n := druid.Instant(len(s.values))
	for s.newest = max(s.newest, to-n); s.newest < to; {
		s.newest++
		s.values[s.newest%n] = s.empty
	}
}

// at is the place of the value of the step that t is in; nil if that is older than all that is kept, as the clock was set back.
func (s *series) at(t druid.Instant) *int64 {
	step, n := t/s.step, druid.Instant(len(s.values))
	if s.advance(step); step <= s.newest-n {
		return nil
	}
	return &s.values[step%n]
}

// points are the values of the steps of an hour, the last of which is the one that t is in; each is at the moment so far behind the beginning of its step.
func (s *series) points(t, behind druid.Instant) []Point {
	last, n := t/s.step, druid.Instant(len(s.values))
	s.advance(last)
	all := make([]Point, 0, n)
	for step := last - n + 1; step <= last; step++ {
		value := s.empty
		if step > s.newest-n {
			value = s.values[step%n]
		}
		all = append(all, Point{step*s.step + behind, float64(value)})
	}
	return all
}
