package document

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// The readers of single values take what Druid's mapper takes: numbers and booleans as text, text as a number, whole numbers with a fraction, and an empty
// text for none. Each tells whether there is a value.

// Text reads a text.
func (v Value) Text() (string, bool) {
	switch {
	case v.Missing():
		return "", false
	case v.Is('"'):
		return v.Unquoted(), true
	case v.Is('{'), v.Is('['):
		v.Refuse("must be a text, but is %s", v.Shown())
		return "", false
	}
	return string(v.raw), true
}

// Truth reads a boolean. Whole numbers other than 0 are true.
func (v Value) Truth() (is, there bool) {
	switch {
	case v.Missing():
		return false, false
	case v.Is('"'):
		text := v.Unquoted()
		if is, known := jsontext.Truth(text); known {
			return is, true
		}
		if jsontext.IsNone(text) {
			return false, false
		}
	case v.Is('t'), v.Is('f'):
		return v.Is('t'), true
	case !v.Is('{') && !v.Is('[') && !strings.ContainsAny(string(v.raw), ".eE"):
		return string(v.raw) != "0", true
	}
	v.Refuse("must be true or false, but is %s", v.Shown())
	return false, false
}

// Whole reads a whole number.
func (v Value) Whole(least, most int64) (n int64, there bool) {
	if v.Missing() {
		return 0, false
	}
	err := strconv.ErrSyntax
	switch {
	case v.Is('"'):
		if jsontext.IsNone(v.Unquoted()) {
			return 0, false
		}
		n, err = strconv.ParseInt(strings.TrimSpace(v.Unquoted()), 10, 64)
	case !v.Is('{') && !v.Is('[') && !v.Is('t') && !v.Is('f'):
		n, err = jsontext.Whole(string(v.raw))
	}
	switch {
	case err == nil && n >= least && n <= most:
		return n, true
	case least == math.MinInt64 && most == math.MaxInt64:
		v.Refuse("must be a whole number of 64 bits, but is %s", v.Shown())
	default:
		v.Refuse("must be a whole number from %d to %d, but is %s", least, most, v.Shown())
	}
	return 0, false
}

// Fraction reads a number from 0 to 1.
func (v Value) Fraction() (f float64, there bool) {
	if v.Missing() {
		return 0, false
	}
	given := string(v.raw)
	if v.Is('"') {
		if given = strings.TrimSpace(v.Unquoted()); jsontext.IsNone(v.Unquoted()) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(given, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		v.Refuse("must be a number from 0 to 1, but is %s", v.Shown())
		return 0, false
	}
	return f, true
}

// Period reads an ISO-8601 period of fixed length, or milliseconds, and tells how many of these it is.
func (v Value) Period() (millis int64, there bool) {
	if v.Missing() {
		return 0, false
	}
	var p druid.Period
	var err error
	if v.Is('"') {
		given := strings.TrimSpace(v.Unquoted())
		if given == "" {
			return 0, false
		}
		p, err = druid.ParsePeriod(given)
	} else if millis, err = strconv.ParseInt(string(v.raw), 10, 64); err == nil {
		return millis, true
	}
	switch {
	case err != nil:
		v.Refuse("must be an ISO-8601 period such as PT10S, or a whole number of milliseconds, but is %s", v.Shown())
		return 0, false
	case p.Years != 0 || p.Months != 0:
		v.Refuse("must be a period in weeks, days, hours, minutes or seconds, but is %s: years and months vary in length", v.Shown())
		return 0, false
	}
	days := int64(p.Weeks)*7 + int64(p.Days)
	seconds := (days*24+int64(p.Hours))*3600 + int64(p.Minutes)*60 + int64(p.Seconds)
	return seconds*1000 + int64(p.Millis), true
}

// Duration reads a period that is at least so long: a millisecond, or nothing. What is longer than Go can tell is as long as it can.
func (v Value) Duration(least, unset time.Duration) time.Duration {
	millis, there := v.Period()
	if !there {
		return unset
	}
	switch {
	case millis >= least.Milliseconds():
	case least > 0:
		v.Refuse("must be longer than nothing, but is %s", v.Shown())
	default:
		v.Refuse("must not be below 0, but is %s", v.Shown())
	}
	const longest = math.MaxInt64 / int64(time.Millisecond)
	return time.Duration(min(max(millis, -longest), longest)) * time.Millisecond
}

// Instant reads an ISO-8601 instant, or milliseconds.
func (v Value) Instant() (t druid.Instant, there bool) {
	switch {
	case v.Missing(), v.Is('"') && strings.TrimSpace(v.Unquoted()) == "":
		return 0, false
	case !v.Is('"') && !strings.ContainsAny(string(v.raw), ".eE"), v.Is('"'):
		if err := json.Unmarshal(v.raw, &t); err == nil {
			return t, true
		}
	}
	v.Refuse("must be an ISO-8601 instant such as 2026-01-31T12:00:00Z, or milliseconds since 1970, but is %s", v.Shown())
	return 0, false
}
