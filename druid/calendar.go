package druid

// The years that Joda-Time's ISO calendar accepts: those that int64 milliseconds reach.
const (
	minYear = -292275055
	maxYear = 292278994
)

func isLeap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysInMonth(year int64, month int) int {
	switch month {
	case 2:
		if isLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// weekday is the ISO day of the week, Monday being 1, of a day counted from 1970-01-01, a Thursday.
func weekday(days int64) int64 {
	_, r := floorDiv(days+3, 7)
	return r + 1
}

// weekYearStart is the Monday of the first ISO week of year: the week that has January 4th in it.
func weekYearStart(year int64) int64 {
	fourth := daysFromCivil(year, 1, 4)
	return fourth - weekday(fourth) + 1
}

func weeksInYear(year int64) int { return int(weekYearStart(year+1)-weekYearStart(year)) / 7 }

// addMonths adds months to a local time in milliseconds. A day that the month does not have becomes its last.
func addMonths(local, months int64) int64 {
	days, ms := floorDiv(local, msPerDay)
	year, month, day := civilFromDays(days)
	years, m := floorDiv(int64(month-1)+months, 12)
	year, month = year+years, int(m)+1
	day = min(day, daysInMonth(year, month))
	return daysFromCivil(year, month, day)*msPerDay + ms
}

// monthsBetween is the number of whole months from one local time to another, cut towards zero, such that
// addMonths(from, n) is not beyond to.
func monthsBetween(from, to int64) int64 {
	if to < from {
		return -monthsBetween(to, from)
	}
	fromDays, _ := floorDiv(from, msPerDay)
	toDays, _ := floorDiv(to, msPerDay)
	fromYear, fromMonth, _ := civilFromDays(fromDays)
	toYear, toMonth, _ := civilFromDays(toDays)
	n := (toYear-fromYear)*12 + int64(toMonth-fromMonth)
	if n > 0 && addMonths(from, n) > to {
		n--
	}
	return n
}
