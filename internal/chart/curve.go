package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"

	"ovate/druid"
)

// Point is a figure at a moment; below zero it is not known. Title tells it in words.
type Point struct {
	At    druid.Instant
	Value float64
	Title string
}

// Figure is what a curve is of.
type Figure struct {
	// ID is that of the drawing within its page.
	ID string
	// Title names it, and Desc tells what is to be seen, for those who do not see it.
	Title, Desc string
	// Say is a value in words, with its unit.
	Say func(float64) string
}

// curveHeight is that of a curve in pixels, and curveWidth what its line is measured in, whatever the width.
const (
	curveHeight = 110.0
	curveWidth  = 1000.0
)

// Curve draws figures over time, in their order, from zero on. Where they are not known it has a gap. It is nothing if none is known.
func Curve(points []Point, f Figure) template.HTML {
	top := ceiling(points)
	if top < 0 {
		return ""
	}
	all := druid.Interval{Start: points[0].At, End: max(points[len(points)-1].At, points[0].At+1)}
	x := across(all)
	y := func(v float64) float64 { return curveHeight - (curveHeight-laneGap)*v/top }
	id := html.EscapeString(f.ID)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="axis curve" id="%s" height="%.0f" role="img" aria-labelledby="%s-title %s-desc"><title id="%s-title">%s</title><desc id="%s-desc">%s</desc>`,
		id, curveHeight+tickHeight, id, id, id, html.EscapeString(f.Title), id, html.EscapeString(f.Desc))
	drawTicks(&b, all, x, curveHeight, func(t druid.Instant, _ bool) string { return t.Time().Format("15:04") })
	fmt.Fprintf(&b, `<line class="tick" x2="100%%" y1="%.0f" y2="%.0f"/>`, curveHeight, curveHeight)
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" width="100%%" height="%.0f" preserveAspectRatio="none">`, curveWidth, curveHeight, curveHeight)
	drawLine(&b, points, func(t druid.Instant) float64 { return curveWidth / 100 * x(t) }, y, curveHeight)
	b.WriteString(`</svg>`)
	half := 100 / float64(2*max(1, len(points)-1))
	for _, p := range points {
		if p.Value >= 0 {
			begin, end := max(0, x(p.At)-half), min(100, x(p.At)+half)
			fmt.Fprintf(&b, `<rect class="hit" x="%s" y="0" width="%s" height="%.0f"><title>%s</title></rect>`, percent(begin), percent(max(leastBar, end-begin)), curveHeight, html.EscapeString(p.Title))
		}
	}
	fmt.Fprintf(&b, `<text x="4" y="14">%s</text>`, html.EscapeString(f.Say(top)))
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// Spark draws figures as a small line without any axis, up to top. Label tells in words what is to be seen.
func Spark(points []Point, top float64, label string) template.HTML {
	const width, height = 120.0, 20.0
	if len(points) == 0 {
		return ""
	}
	length := float64(max(1, points[len(points)-1].At-points[0].At))
	x := func(t druid.Instant) float64 { return width * float64(t-points[0].At) / length }
	y := func(v float64) float64 {
		return height - 1 - (height-2)*min(1, v/max(top, math.SmallestNonzeroFloat64))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, width, height, html.EscapeString(label))
	drawLine(&b, points, x, y, height)
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// drawLine draws the line through the points that are known, and the ground below it. One that stands alone is a dot.
func drawLine(b *strings.Builder, points []Point, x func(druid.Instant) float64, y func(float64) float64, bottom float64) {
	var line, ground, dots strings.Builder
	for _, run := range known(points) {
		for i, p := range run {
			at, height := x(p.At), y(p.Value)
			if i == 0 {
				fmt.Fprintf(&ground, `M%.1f %.0f`, at, bottom)
				fmt.Fprintf(&line, `M%.1f %.1f`, at, height)
			} else {
				fmt.Fprintf(&line, `L%.1f %.1f`, at, height)
			}
			fmt.Fprintf(&ground, `L%.1f %.1f`, at, height)
		}
		fmt.Fprintf(&ground, `L%.1f %.0fZ`, x(run[len(run)-1].At), bottom)
		if len(run) == 1 {
			fmt.Fprintf(&dots, `M%.1f %.1fh.1`, x(run[0].At), y(run[0].Value))
		}
	}
	fmt.Fprintf(b, `<path class="below" d="%s"/><path class="line" d="%s"/>`, ground.String(), line.String())
	if dots.Len() > 0 {
		fmt.Fprintf(b, `<path class="line dot" d="%s"/>`, dots.String())
	}
}

// known are the points of which the value is known, in runs between which there are others.
func known(points []Point) (runs [][]Point) {
	begin := -1
	for i, p := range points {
		switch {
		case p.Value >= 0 && begin < 0:
			begin = i
		case p.Value < 0 && begin >= 0:
			runs, begin = append(runs, points[begin:i]), -1
		}
	}
	if begin >= 0 {
		runs = append(runs, points[begin:])
	}
	return runs
}

// ceiling is the least round number that is no less than any of the points, and more than zero; -1 if none is known.
func ceiling(points []Point) float64 {
	top := -1.0
	for _, p := range points {
		top = max(top, p.Value)
	}
	switch {
	case top < 0:
		return -1
	case top == 0:
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(top)))
	for _, round := range []float64{1, 2, 5} {
		if top <= round*unit {
			return round * unit
		}
	}
	return 10 * unit
}
