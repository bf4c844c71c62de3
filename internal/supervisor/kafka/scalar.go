package kafka

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

// text reads a text.
func (v value) text() (string, bool) {
	switch {
	case v.missing():
		return "", false
	case v.is('"'):
		return v.unquoted(), true
	case v.is('{'), v.is('['):
		v.refuse("must be a text, but is %s", v.shown())
		return "", false
	}
	return string(v.raw), true
}

// truth reads a boolean. Whole numbers other than 0 are true.
func (v value) truth() (is, there bool) {
	switch {
	case v.missing():
		return false, false
	case v.is('"'):
		switch text := v.unquoted(); strings.TrimSpace(text) {
		case "true", "True", "TRUE":
			return true, true
		case "false", "False", "FALSE":
			return false, true
		default:
			if blank(text) {
				return false, false
			}
		}
	case v.is('t'), v.is('f'):
		return v.is('t'), true
	case !v.is('{') && !v.is('[') && !strings.ContainsAny(string(v.raw), ".eE"):
		return string(v.raw) != "0", true
	}
	v.refuse("must be true or false, but is %s", v.shown())
	return false, false
}

// blank tells whether a text says that there is no value. One of nothing but blanks says nothing that Druid understands.
func blank(text string) bool { return text == "" || strings.TrimSpace(text) == "null" }

// whole reads a whole number.
func (v value) whole(least, most int64) (n int64, there bool) {
	if v.missing() {
		return 0, false
	}
	err := strconv.ErrSyntax
	switch {
	case v.is('"'):
		if blank(v.unquoted()) {
			return 0, false
		}
		n, err = strconv.ParseInt(strings.TrimSpace(v.unquoted()), 10, 64)
	case !v.is('{') && !v.is('[') && !v.is('t') && !v.is('f'):
		n, err = jsontext.Whole(string(v.raw))
	}
	switch {
	case err == nil && n >= least && n <= most:
		return n, true
	case least == math.MinInt64 && most == math.MaxInt64:
		v.refuse("must be a whole number of 64 bits, but is %s", v.shown())
	default:
		v.refuse("must be a whole number from %d to %d, but is %s", least, most, v.shown())
	}
	return 0, false
}

// fraction reads a number from 0 to 1.
func (v value) fraction() (f float64, there bool) {
	if v.missing() {
		return 0, false
	}
	given := string(v.raw)
	if v.is('"') {
		if given = strings.TrimSpace(v.unquoted()); blank(v.unquoted()) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(given, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		v.refuse("must be a number from 0 to 1, but is %s", v.shown())
		return 0, false
	}
	return f, true
}

// period reads an ISO-8601 period of fixed length, or milliseconds, and tells how many of these it is.
func (v value) period() (millis int64, there bool) {
	if v.missing() {
		return 0, false
	}
	var p druid.Period
	var err error
	if v.is('"') {
		given := strings.TrimSpace(v.unquoted())
		if given == "" {
			return 0, false
		}
		p, err = druid.ParsePeriod(given)
	} else if millis, err = strconv.ParseInt(string(v.raw), 10, 64); err == nil {
		return millis, true
	}
	switch {
	case err != nil:
		v.refuse("must be an ISO-8601 period such as PT10S, or a whole number of milliseconds, but is %s", v.shown())
		return 0, false
	case p.Years != 0 || p.Months != 0:
		v.refuse("must be a period in weeks, days, hours, minutes or seconds, but is %s: years and months vary in length", v.shown())
		return 0, false
	}
	days := int64(p.Weeks)*7 + int64(p.Days)
	seconds := (days*24+int64(p.Hours))*3600 + int64(p.Minutes)*60 + int64(p.Seconds)
	return seconds*1000 + int64(p.Millis), true
}

// duration reads a period that is at least so long: a millisecond, or nothing. What is longer than Go can tell is as long as it can.
func (v value) duration(least, unset time.Duration) time.Duration {
	millis, there := v.period()
	if !there {
		return unset
	}
	switch {
	case millis >= least.Milliseconds():
	case least > 0:
		v.refuse("must be longer than nothing, but is %s", v.shown())
	default:
		v.refuse("must not be below 0, but is %s", v.shown())
	}
	const longest = math.MaxInt64 / int64(time.Millisecond)
	return time.Duration(min(max(millis, -longest), longest)) * time.Millisecond
}

// instant reads an ISO-8601 instant, or milliseconds.
func (v value) instant() (t druid.Instant, there bool) {
	switch {
	case v.missing(), v.is('"') && strings.TrimSpace(v.unquoted()) == "":
		return 0, false
	case !v.is('"') && !strings.ContainsAny(string(v.raw), ".eE"), v.is('"'):
		if err := json.Unmarshal(v.raw, &t); err == nil {
			return t, true
		}
	}
	v.refuse("must be an ISO-8601 instant such as 2026-01-31T12:00:00Z, or milliseconds since 1970, but is %s", v.shown())
	return 0, false
}
