package cli

import (
	"fmt"
	"strings"
	"time"
)

// size writes bytes: 657 kB, 2.5 MB.
func size(bytes int64) string {
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	value, unit := float64(bytes)/1000, 0
	for value >= 999.5 && unit < 4 {
		value /= 1000
		unit++
	}
	if value < 9.95 {
		return fmt.Sprintf("%.1f %cB", value, "kMGTP"[unit])
	}
	return fmt.Sprintf("%.0f %cB", value, "kMGTP"[unit])
}

// shortDuration leaves out digits that say nothing: 1.52s, 31ms, 4m10s.
func shortDuration(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Microsecond).String()
}

// duration writes milliseconds for people. Druid has -1 for a task that is not complete.
func duration(ms int64) string {
	if ms < 0 {
		return "-"
	}
	return (time.Duration(ms) * time.Millisecond).String()
}

// age is a time that has passed, in its largest unit: 3d, 5h, 12m.
func age(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", max(0, d)/time.Minute)
}

// timeLeft is how long bytes take at a speed.
func timeLeft(bytes int64, speed float64) string {
	left := time.Duration(float64(bytes) / speed * float64(time.Second))
	return "~" + max(left, time.Second).Round(time.Second).String() + " left"
}

// oneLine is the first line of a text, cut to a width.
func oneLine(text string, width int) string {
	text, _, _ = strings.Cut(text, "\n")
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text
}
