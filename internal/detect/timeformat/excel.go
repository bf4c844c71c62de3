package timeformat

import (
	"math"
	"strconv"

	"ovate/druid"
	"ovate/internal/calendar"
	"ovate/internal/detect/number"
)

// Excel is the format of the day numbers of spreadsheets: 1 is the first of January 1900, and a fraction is the time of day.
const Excel = "excel"

// Days before 1900-03-01 are one more than they should be, as Excel takes 1900 for a leap year; 60 is the day that there was not.
const (
	noDay   = 60
	lastDay = 2958465 // 9999-12-31
)

// excelDay reads a day number.
func excelDay(b []byte) (druid.Instant, bool) {
	v, ok := decimal(b)
	if !ok || v < 1 || v >= lastDay+1 || v >= noDay && v < noDay+1 {
		return 0, false
	}
	if v < noDay {
		v++
	}
	days, fraction := math.Modf(v)
	ms := (int64(days) + calendar.Days(1899, 12, 30)) * calendar.MillisPerDay
	return druid.Instant(ms + int64(math.Round(fraction*calendar.MillisPerDay))), true
}

// ExcelClock is the time of day that a fraction of a day is, nothing if it is none.
func ExcelClock(b []byte) []byte {
	v, ok := decimal(b)
	ms := math.Round(v * calendar.MillisPerDay)
	if !ok || v < 0 || ms >= calendar.MillisPerDay {
		return nil
	}
	return []byte(druid.Instant(ms).String()[len("1970-01-01T"):len("1970-01-01T00:00:00.000")])
}

// LikelyExcel tells whether a value is a day number of the years from 1954 to 2119, and which day.
func LikelyExcel(value string) (day string, likely bool) {
	at, ok := excelDay([]byte(value))
	if v, is := decimal([]byte(value)); !ok || !is || v < 20000 || v > 80400 {
		return "", false
	}
	return at.String()[:len("2024-01-01")], true
}

// decimal reads a number. One that begins with a zero or a plus is a code of some kind.
func decimal(b []byte) (float64, bool) {
	if form := number.Of(b).Form; form != number.Long && form != number.Double {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil
}
