// Package druid holds the types that cross Druid's wires and tables, with their JSON exactly as Druid writes it.
package druid

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ovate/internal/calendar"
)

// Instant is a moment in milliseconds since 1970-01-01T00:00:00Z, the only resolution Druid stores.
// It covers more than a Go time.Time needs: Druid's eternity spans ±146 million years.
type Instant int64

// Bounds of Druid's eternity (Intervals.ETERNITY): half of int64 either way, so that lengths never overflow.
const (
	MinInstant Instant = -1 << 62
	MaxInstant Instant = 1<<62 - 1
)

// Now is the current time, cut to milliseconds.
func Now() Instant { return InstantOf(time.Now()) }

// InstantOf cuts t to milliseconds.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time is t in UTC. Only instants within the range of time.Time survive the trip.
func (t Instant) Time() time.Time { return time.UnixMilli(int64(t)).UTC() }

// String is the one form that Druid writes and compares as text: 2026-11-23T19:57:49.221Z.
func (t Instant) String() string { return string(t.AppendTo(make([]byte, 0, 24))) }

// AppendTo appends what String returns to dst.
func (t Instant) AppendTo(dst []byte) []byte {
	days, ms := calendar.FloorDiv(int64(t), calendar.MillisPerDay)
	year, month, day := calendar.FromDays(days)
	if year < 0 || year > 9999 {
		dst = appendYear(dst, year)
	} else {
		dst = appendPair(appendPair(dst, int(year)/100), int(year)%100)
	}
	clock := int(ms)
	second := clock / 1000
	milli := clock - second*1000
	minute := second / 60
	hour := minute / 60
	dst = appendPair(append(dst, '-'), month)
	dst = appendPair(append(dst, '-'), day)
	dst = appendPair(append(dst, 'T'), hour)
	dst = appendPair(append(dst, ':'), minute-hour*60)
	dst = appendPair(append(dst, ':'), second-minute*60)
	dst = appendPair(append(dst, '.', '0'+byte(milli/100)), milli%100)
	return append(dst, 'Z')
}

// appendPair writes v, which is below 100, with two digits.
func appendPair(dst []byte, v int) []byte {
	return append(dst, '0'+byte(v/10), '0'+byte(v%10))
}

// MarshalJSON writes the quoted text of String.
func (t Instant) MarshalJSON() ([]byte, error) {
	dst := append(make([]byte, 0, 28), '"')
	return append(t.AppendTo(dst), '"'), nil
}

// UnmarshalJSON takes an ISO-8601 text or an integer of epoch milliseconds, as Druid's mapper does.
// null leaves t as it is.
func (t *Instant) UnmarshalJSON(b []byte) error {
	if len(b) > 1 && b[0] == '"' {
		s, err := unquote(b)
		if err != nil {
			return fmt.Errorf("instant %s: %w", b, err)
		}
		*t, err = parseISO(strings.TrimSpace(s))
		return err
	}
	if isNull(b) {
		return nil
	}
	ms, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return fmt.Errorf("instant %s is neither an ISO-8601 text nor milliseconds since 1970", b)
	}
	*t = Instant(ms)
	return nil
}

// appendYear follows Joda: at least four digits, a minus sign before the first year, never a plus.
func appendYear(dst []byte, year int64) []byte {
	if year < 0 {
		return appendPadded(append(dst, '-'), -year, 4)
	}
	return appendPadded(dst, year, 4)
}

// appendPadded writes v, which is not negative, with leading zeros up to width digits.
func appendPadded(dst []byte, v int64, width int) []byte {
	for limit := int64(10); width > 1; width-- {
		if v < limit {
			dst = append(dst, "000"[:width-1]...)
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, v, 10)
}
