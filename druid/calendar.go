package druid

import "ovate/internal/calendar"

func weeksInYear(year int64) int {
	return int(calendar.WeekYearStart(year+1)-calendar.WeekYearStart(year)) / 7
}

// addMonths adds months to a local time in milliseconds. A day that the month does not have becomes its last.
func addMonths(local, months int64) int64 {
	days, ms := calendar.FloorDiv(local, calendar.MillisPerDay)
	year, month, day := calendar.FromDays(days)
	years, m := calendar.FloorDiv(int64(month-1)+months, 12)
	year, month = year+years, int(m)+1
	day = min(day, calendar.DaysInMonth(year, month))
	return calendar.Days(year, month, day)*calendar.MillisPerDay + ms
}

// monthsBetween is the number of whole months from one local time to another, cut towards zero, such that
// addMonths(from, n) is not beyond to.
func monthsBetween(from, to int64) int64 {
	if to < from {
		return -monthsBetween(to, from)
	}
	fromDays, _ := calendar.FloorDiv(from, calendar.MillisPerDay)
	toDays, _ := calendar.FloorDiv(to, calendar.MillisPerDay)
	fromYear, fromMonth, _ := calendar.FromDays(fromDays)
	toYear, toMonth, _ := calendar.FromDays(toDays)
	n := (toYear-fromYear)*12 + int64(toMonth-fromMonth)
	if n > 0 && addMonths(from, n) > to {
		n--
	}
	return n
}
