// Package calendar is the arithmetic of the proleptic Gregorian calendar. Days count from 1970-01-01 (Howard Hinnant,
// "chrono-Compatible Low-Level Date Algorithms"); years may have any sign and more than four digits.
package calendar

// MillisPerDay is the length of a day without clock changes.
const MillisPerDay = 86_400_000

// The years that Joda-Time's ISO calendar accepts: those that int64 milliseconds reach.
const (
	MinYear = -292275055
	MaxYear = 292278994
)

// FloorDiv is division that rounds down; the remainder is never negative for a positive b.
func FloorDiv(a, b int64) (q, r int64) {
	q, r = a/b, a%b
	if r < 0 {
		q, r = q-1, r+b
	}
	return q, r
}

// IsLeap tells whether a year has a February 29th.
func IsLeap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// DaysInMonth is the length of a month.
func DaysInMonth(year int64, month int) int {
	switch month {
	case 2:
		if IsLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// FromDays is the date of a day.
func FromDays(days int64) (year int64, month, day int) {
	era, doe := FloorDiv(days+719468, 146097)
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	year, month, day = yoe+era*400, int(mp+3), int(doy-(153*mp+2)/5+1)
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

// Days is the day of a date, the inverse of FromDays.
func Days(year int64, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era, yoe := FloorDiv(year, 400)
	doy := int64((153*(month-3)+2)/5 + day - 1)
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// Weekday is the ISO day of the week, Monday being 1, of a day.
func Weekday(days int64) int64 {
	_, r := FloorDiv(days+3, 7)
	return r + 1
}

// WeekYearStart is the Monday of the first ISO week of a year: the week that has January 4th in it.
func WeekYearStart(year int64) int64 {
	fourth := Days(year, 1, 4)
	return fourth - Weekday(fourth) + 1
}
