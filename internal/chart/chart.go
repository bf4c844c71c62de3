// Package chart draws figures as SVG, for pages that bring the colours: what it draws has classes and no style of its own. It needs no script.
package chart

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"time"

	"ovate/druid"
)

// Share draws how much of a whole is taken, as a bar. Label tells it in words. From scarce on, a share of 1, its class is full.
func Share(part, whole int64, scarce float64, label string) template.HTML {
	width := 0.0
	if whole > 0 {
		width = 100 * min(1, max(0, float64(part)/float64(whole)))
	}
	class := "share"
	if width >= 100*scarce {
		class += " full"
	}
	return template.HTML(fmt.Sprintf(`<svg class="%s" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="%s">`+
		`<rect class="ground" width="100" height="6"/><rect class="part" width="%.2f" height="6"/></svg>`, class, html.EscapeString(label), width))
}

// Bar is a span of time with what it stands for in words. Class gives its look.
type Bar struct {
	Span  druid.Interval
	Class string
	Title string
}

// Lane is bars in one row. One that has a name has it above itself.
type Lane struct {
	Name string
	Bars []Bar
}

// Sizes of a time axis, in the units of its view box.
const (
	axisWidth  = 1000.0
	laneHeight = 18.0
	laneGap    = 4.0
	tickHeight = 18.0
	nameHeight = 20.0
)

// Axis draws lanes over time, the first on top, with ticks below. Label tells in words what is to be seen. It is nothing if there are no bars.
func Axis(lanes []Lane, label string) template.HTML {
	all, any := span(lanes)
	if !any {
		return ""
	}
	length := float64(all.End - all.Start)
	x := func(t druid.Instant) float64 { return axisWidth * float64(t-all.Start) / length }
	height := float64(len(lanes))*(laneHeight+laneGap) + tickHeight
	for _, lane := range lanes {
		if lane.Name != "" {
			height += nameHeight
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="axis" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, axisWidth, height, html.EscapeString(label))
	for _, t := range ticks(all) {
		fmt.Fprintf(&b, `<path class="tick" d="M%.1f 0V%.0f"/>`, x(t), height-tickHeight)
	}
	y := 0.0
	for _, lane := range lanes {
		if lane.Name != "" {
			fmt.Fprintf(&b, `<text class="name" x="0" y="%.0f">%s</text>`, y+nameHeight-4, html.EscapeString(lane.Name))
			y += nameHeight
		}
		for _, bar := range lane.Bars {
			begin, end := x(bar.Span.Start), x(bar.Span.End)
			fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%.0f" width="%.1f" height="%.0f" rx="2"><title>%s</title></rect>`,
				html.EscapeString(bar.Class), begin, y, max(1.5, end-begin-1), laneHeight, html.EscapeString(bar.Title))
		}
		y += laneHeight + laneGap
	}
	drawTicks(&b, all, x, height, func(t druid.Instant) string { return tickText(t, all) })
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// drawTicks writes the moments of the ticks above the bottom.
func drawTicks(b *strings.Builder, all druid.Interval, x func(druid.Instant) float64, bottom float64, text func(druid.Instant) string) {
	for _, t := range ticks(all) {
		anchor := "middle"
		switch at := x(t); {
		case at < 60:
			anchor = "start"
		case at > axisWidth-60:
			anchor = "end"
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%.0f" text-anchor="%s">%s</text>`, x(t), bottom-4, anchor, text(t))
	}
}

// span is from the first beginning to the last end.
func span(lanes []Lane) (all druid.Interval, any bool) {
	for _, lane := range lanes {
		for _, bar := range lane.Bars {
			if !any {
				all, any = bar.Span, true
			}
			all.Start, all.End = min(all.Start, bar.Span.Start), max(all.End, bar.Span.End)
		}
	}
	return all, any && all.End > all.Start
}

const day = druid.Instant(24 * time.Hour / time.Millisecond)

// steps are how far ticks may be from one another.
func steps() []druid.Instant {
	const minute = druid.Instant(time.Minute / time.Millisecond)
	return []druid.Instant{minute, 5 * minute, 15 * minute, 60 * minute, 3 * 60 * minute, 6 * 60 * minute, 12 * 60 * minute, day, 2 * day, 7 * day, 14 * day}
}

// ticks are about six moments that people find round.
func ticks(all druid.Interval) (at []druid.Instant) {
	const most = 7
	length := all.End - all.Start
	for _, step := range steps() {
		if length/step < most {
			for t := (all.Start + step - 1) / step * step; t <= all.End; t += step {
				at = append(at, t)
			}
			return at
		}
	}
	if length > 2000*366*day { // eternity, or near it
		return []druid.Instant{all.Start, all.End}
	}
	months := int(length/(30*day))/most + 1
	for _, round := range []int{1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000} {
		if months <= round {
			months = round
			break
		}
	}
	first := all.Start.Time().UTC()
	for t := time.Date(first.Year(), 1, 1, 0, 0, 0, 0, time.UTC); ; t = t.AddDate(0, months, 0) {
		i := druid.InstantOf(t)
		if i > all.End {
			return at
		}
		if i >= all.Start {
			at = append(at, i)
		}
	}
}

// tickText is a moment, as finely as the whole span asks for.
func tickText(t druid.Instant, all druid.Interval) string {
	if all.End-all.Start > 2000*366*day {
		return t.String()
	}
	layout := "2006-01-02"
	switch length := all.End - all.Start; {
	case length > 7*366*day:
		layout = "2006"
	case length > 120*day:
		layout = "2006-01"
	case length < 2*day:
		layout = "Jan 2 15:04"
	}
	return t.Time().UTC().Format(layout)
}
