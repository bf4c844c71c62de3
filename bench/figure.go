package main

import (
	"cmp"
	"slices"
)

// figure is something that is measured.
type figure struct {
	name string
	unit string // µs, ms, s, /s, kB, MB, MB/s, ×, %
	goal goal
}

// goal is what ovate should reach.
type goal struct {
	kind  goalKind
	value float64
}

type goalKind int

const (
	shown   goalKind = iota // no goal
	atMost                  // value, in the figure's unit
	atLeast                 // value, in the figure's unit
	noMoreThanJava
	timesJava // value, how many times better than Java's
)

// moreIsBetter tells in which direction a figure is good.
func (f figure) moreIsBetter() bool { return f.unit == "/s" || f.unit == "MB/s" }

// results are all measurements, in the order in which their figures came up first.
type results struct {
	rows  []*row
	notes []string
}

// row is a figure with its measurements.
type row struct {
	figure
	samples map[side][]float64
}

func (r *results) record(f figure, s side, value float64) {
	i := slices.IndexFunc(r.rows, func(row *row) bool { return row.name == f.name })
	if i < 0 {
		i = len(r.rows)
		r.rows = append(r.rows, &row{figure: f, samples: map[side][]float64{}})
	}
	samples := r.rows[i].samples
	samples[s] = append(samples[s], value)
}

// note keeps a sentence to be printed below the table, once.
func (r *results) note(text string) {
	if !slices.Contains(r.notes, text) {
		r.notes = append(r.notes, text)
	}
}

// median is the middle of a side's measurements, if there are any.
func (r *row) median(s side) (float64, bool) {
	values := slices.Clone(r.samples[s])
	if len(values) == 0 {
		return 0, false
	}
	slices.SortFunc(values, cmp.Compare)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle], true
	}
	return (values[middle-1] + values[middle]) / 2, true
}

// times is how many times better ovate is than another side.
func (r *row) times(other side) (float64, bool) {
	ours, ok1 := r.median(ours)
	theirs, ok2 := r.median(other)
	if !ok1 || !ok2 || ours == 0 || theirs == 0 {
		return 0, false
	}
	if r.moreIsBetter() {
		return ours / theirs, true
	}
	return theirs / ours, true
}

// met tells whether the goal is reached; known is false if there is none, or nothing to compare.
func (r *row) met() (met, known bool) {
	ours, ok := r.median(ours)
	if !ok {
		return false, false
	}
	switch r.goal.kind {
	case atMost:
		return ours <= r.goal.value, true
	case atLeast:
		return ours >= r.goal.value, true
	case noMoreThanJava:
		theirs, ok := r.median(java)
		return ours <= theirs, ok
	case timesJava:
		times, ok := r.times(java)
		return times >= r.goal.value, ok
	}
	return false, false
}
