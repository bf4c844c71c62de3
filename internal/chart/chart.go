// Package chart draws figures as SVG, for pages that bring the colours: what it draws has classes and no style of its own. It needs no script. Over time it draws in shares of
// the width that there is, and in pixels of height, so that texts are as large on a phone as on a wall.
package chart

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
)

// Share draws how much of a whole is taken, as a bar. Label tells it in words, on hover, too. From scarce on, a share of 1, its class is full.
func Share(part, whole int64, scarce float64, label string) template.HTML {
	width := 0.0
	if whole > 0 {
		width = 100 * min(1, max(0, float64(part)/float64(whole)))
	}
	class := "share"
	if width >= 100*scarce {
		class += " full"
	}
	return template.HTML(fmt.Sprintf(`<svg class="%s" viewBox="0 0 100 6" preserveAspectRatio="none" role="img"><title>%s</title>`+
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

// Sizes of a time axis in pixels, and of what is beside a bar and of the least that is seen of one, in hundredths of its width.
const (
	laneHeight = 16.0
	laneGap    = 4.0
	tickHeight = 20.0
	nameHeight = 20.0
	barGap     = 0.1
	leastBar   = 0.15
)

// Axis draws lanes over time, the first on top, with ticks below. Label tells in words what is to be seen. It is nothing if there are no bars.
func Axis(lanes []Lane, label string) template.HTML {
	all, any := span(lanes)
	if !any {
		return ""
	}
	x := across(all)
	height := float64(len(lanes))*(laneHeight+laneGap) + tickHeight
	for _, lane := range lanes {
		if lane.Name != "" {
			height += nameHeight
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="axis" height="%.0f" role="img" aria-label="%s">`, height, html.EscapeString(label))
	drawTicks(&b, all, x, height-tickHeight, func(t druid.Instant, first bool) string { return tickText(t, all, first) })
	y := 0.0
	for _, lane := range lanes {
		if lane.Name != "" {
			fmt.Fprintf(&b, `<text x="0" y="%.0f">%s</text>`, y+nameHeight-5, html.EscapeString(lane.Name))
			y += nameHeight
		}
		for _, bar := range lane.Bars {
			begin, width := x(bar.Span.Start), x(bar.Span.End)-x(bar.Span.Start)
			if width > 4*barGap { // many narrow ones are one band
				width -= barGap
			}
			fmt.Fprintf(&b, `<rect class="%s" x="%s" y="%.0f" width="%s" height="%.0f" rx="1"><title>%s</title></rect>`,
				html.EscapeString(bar.Class), percent(begin), y, percent(max(leastBar, width)), laneHeight, html.EscapeString(bar.Title))
		}
		y += laneHeight + laneGap
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// across is where a moment is, in hundredths of the width.
func across(all druid.Interval) func(druid.Instant) float64 {
	length := float64(all.End - all.Start)
	return func(t druid.Instant) float64 { return 100 * float64(t-all.Start) / length }
}

// percent is a share of the width.
func percent(share float64) string { return strconv.FormatFloat(share, 'f', 2, 64) + "%" }

// drawTicks draws a line down to the bottom at round moments, and writes these below.
func drawTicks(b *strings.Builder, all druid.Interval, x func(druid.Instant) float64, bottom float64, text func(t druid.Instant, first bool) string) {
	for i, t := range ticks(all) {
		anchor := "middle"
		switch at := x(t); {
		case at < 6:
			anchor = "start"
		case at > 94:
			anchor = "end"
		}
		fmt.Fprintf(b, `<line class="tick" x1="%[1]s" x2="%[1]s" y2="%.0[2]f"/><text class="at" x="%[1]s" y="%.0[3]f" text-anchor="%[4]s">%[5]s</text>`, percent(x(t)), bottom, bottom+tickHeight-5, anchor, text(t, i == 0))
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

// tickText is a moment, as finely as the whole span asks for; within a day or two only the first one, and midnight, have a date.
func tickText(t druid.Instant, all druid.Interval, first bool) string {
	if all.End-all.Start > 2000*366*day {
		return t.String()
	}
	layout := "2006-01-02"
	switch length := all.End - all.Start; {
	case length > 7*366*day:
		layout = "2006"
	case length > 120*day:
		layout = "2006-01"
	case length < 2*day && !first && t%day != 0:
		layout = "15:04"
	case length < 2*day && t%day != 0:
		layout = "2006-01-02 15:04"
	}
	return t.Time().UTC().Format(layout)
}
