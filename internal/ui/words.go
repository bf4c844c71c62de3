package ui

import (
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/chart"
)

// words are what templates call to write figures as people say them.
func (u *UI) words() template.FuncMap {
	return template.FuncMap{
		"count": count, "size": size, "duration": duration, "when": when, "stamp": stamp, "mark": mark, "span": span, "brief": brief, "share": func(part, whole int64, label string) template.HTML {
			return chart.Share(part, whole, noneIsScarce, label)
		},
		"to":     func(parts ...string) string { return to(parts...) },
		"asset":  func(name string) string { return "/assets/" + name + "?" + u.assets[name].tag },
		"plural": plural, "lower": strings.ToLower,
		"long": func(n int) int64 { return int64(n) }, "int": func(x float64) int64 { return int64(x) },
	}
}

// to is a path of segments, whatever they hold.
func to(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}

// plural is a number with what it is of.
func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(int64(n)) + " " + more
}

// count writes a number with commas: 27,004.
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// size writes bytes: 657 kB, 2.5 MB, with the exact number on hover.
func size(bytes int64) template.HTML {
	if bytes < 1000 {
		return template.HTML(bytesText(bytes))
	}
	return hover(bytesText(bytes), count(bytes)+" bytes")
}

func bytesText(bytes int64) string {
	if bytes < 1000 {
		return count(bytes) + " B"
	}
	value, unit := float64(bytes)/1000, 0
	for value >= 999.5 && unit < 4 {
		value /= 1000
		unit++
	}
	digits := 0
	if value < 9.95 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %cB", digits, value, "kMGTP"[unit])
}

// span writes an interval as shortly as it can be, with all of it on hover: 2026-03-01 / 2026-03-02. A line ends within neither of its ends.
func span(i druid.Interval) template.HTML {
	if i == druid.Eternity {
		return hover("all time", i.String())
	}
	end := func(t druid.Instant) string { return "<span>" + strings.Replace(short(t), "T", " ", 1) + "</span>" }
	return hover(end(i.Start)+" / "+end(i.End), i.String())
}

// brief is an interval for a field of a form, as shortly as it can be read again: 2026-03-01/2026-03-02.
func brief(i druid.Interval) string { return short(i.Start) + "/" + short(i.End) }

// short is an instant without what is zero at its end.
func short(t druid.Instant) string {
	text := t.String()
	for _, zeros := range []string{"T00:00:00.000Z", ":00.000Z", ".000Z"} {
		if begin, cut := strings.CutSuffix(text, zeros); cut {
			return begin
		}
	}
	return text
}

// duration writes milliseconds: 850 ms, 12.3 s, 4 min 10 s, 3 h 05 min, 2 d 4 h.
func duration(ms int64) template.HTML {
	exact := count(ms) + " ms"
	d := time.Duration(ms) * time.Millisecond
	switch {
	case ms < 0:
		return "–"
	case d < time.Second:
		return template.HTML(exact)
	case d < time.Minute:
		return hover(fmt.Sprintf("%.1f s", d.Seconds()), exact)
	case d < time.Hour:
		return hover(fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second), exact)
	case d < 48*time.Hour:
		return hover(fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute), exact)
	}
	return hover(fmt.Sprintf("%d d %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour), exact)
}

// when writes how long ago an instant was, with the instant on hover.
func when(t druid.Instant) template.HTML {
	d := time.Duration(druid.Now()-t) * time.Millisecond
	var text string
	switch {
	case d < 10*time.Second:
		text = "just now"
	case d < time.Minute:
		text = fmt.Sprintf("%d s ago", d/time.Second)
	case d < time.Hour:
		text = fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 48*time.Hour:
		text = fmt.Sprintf("%d h ago", d/time.Hour)
	default:
		text = fmt.Sprintf("%d days ago", d/(24*time.Hour))
	}
	return moment(t, text)
}

// stamp writes an instant in UTC to the second, with all of it on hover.
func stamp(t druid.Instant) template.HTML { return moment(t, stampText(t)) }

func stampText(t druid.Instant) string {
	text, _, _ := strings.Cut(t.String(), ".")
	return strings.Replace(text, "T", " ", 1) + " UTC"
}

// hover is a text with what is exact on hover. Neither is anything but digits and words of this file.
func hover(text, exact string) template.HTML {
	return template.HTML(`<span title="` + exact + `">` + text + `</span>`)
}

func moment(t druid.Instant, text string) template.HTML {
	return template.HTML(`<time datetime="` + t.String() + `" title="` + t.String() + `">` + text + `</time>`)
}

// mark is the shape that stands for a state beside its word.
func mark(state string) template.HTML {
	shape := `<circle cx="6" cy="6" r="4.5" class="line"/>` // waiting, and whatever else is not begun
	switch state {
	case "pending", "idle":
		shape += `<path d="M6 3v3l2 1.5" class="line"/>`
	case "running":
		shape = `<path d="M3 1.5v9l7-4.5z"/>`
	case "success":
		shape = `<path d="M1.5 6.5l3 3 6-7" class="line"/>`
	case "failed", "unhealthy":
		shape = `<path d="M2.5 2.5l7 7m0-7l-7 7" class="line"/>`
	case "suspended":
		shape = `<path d="M3 2h2v8H3zm4 0h2v8H7z"/>`
	case "warning":
		shape = `<path d="M6 1.5l5 9H1z" class="line"/><path d="M6 5v2.5m0 1v.7" class="line"/>`
	}
	return template.HTML(`<svg class="mark" viewBox="0 0 12 12" aria-hidden="true">` + shape + `</svg>`)
}
