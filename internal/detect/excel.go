package detect

import (
	"math"
	"strconv"

	"ovate/druid"
	"ovate/internal/calendar"
)

// excel is the format of the day numbers of spreadsheets: 1 is the first of January 1900, and a fraction is the time of day.
const excel = "excel"

// Days before 1900-03-01 are one more than they should be, as Excel takes 1900 for a leap year; 60 is the day that there was not.
const (
	noDay   = 60
	lastDay = 2958465 // 9999-12-31
)

// excelDay reads a day number.
func excelDay(b []byte) (druid.Instant, bool) {
	if n := numberOf(b); n.form != long && n.form != double {
		return 0, false
	}
	v, err := strconv.ParseFloat(view(b), 64)
	if err != nil || v < 1 || v >= lastDay+1 || v >= noDay && v < noDay+1 {
		return 0, false
	}
	if v < noDay {
		v++
	}
	days, fraction := math.Modf(v)
	ms := (int64(days) + calendar.Days(1899, 12, 30)) * calendar.MillisPerDay
	return druid.Instant(ms + int64(math.Round(fraction*calendar.MillisPerDay))), true
}

// excelClock is the time of day that a fraction of a day is, nothing if it is none.
func excelClock(b []byte) []byte {
	if n := numberOf(b); n.form != double && n.form != long {
		return nil
	}
	v, err := strconv.ParseFloat(view(b), 64)
	ms := math.Round(v * calendar.MillisPerDay)
	if err != nil || v < 0 || ms >= calendar.MillisPerDay {
		return nil
	}
	return []byte(druid.Instant(ms).String()[len("1970-01-01T"):len("1970-01-01T00:00:00.000")])
}

// likelyExcel tells whether a value is a day number of the years from 1954 to 2119, and which day.
func likelyExcel(value string) (day string, likely bool) {
	at, ok := excelDay([]byte(value))
	if v, err := strconv.ParseFloat(value, 64); err != nil || !ok || v < 20000 || v > 80400 {
		return "", false
	}
	return at.String()[:len("2024-01-01")], true
}
