package timestamp

import "ovate/internal/calendar"

const (
	msPerHour = 3_600_000
	msPerWeek = 7 * calendar.MillisPerDay
)

// weekYear is the ISO year whose weeks the day is in.
func weekYear(days int64) int64 {
	thursday := days - calendar.Weekday(days) + 4
	year, _, _ := calendar.FromDays(thursday)
	return year
}
