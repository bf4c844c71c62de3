package timestamp

// The calendar is proleptic Gregorian, days count from 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date
// Algorithms").

const (
	msPerHour = 3_600_000
	msPerDay  = 24 * msPerHour
	msPerWeek = 7 * msPerDay
	minYear   = -292275055
	maxYear   = 292278994
)

func floorDiv(a, b int64) (q, r int64) {
	q, r = a/b, a%b
	if r < 0 {
		q, r = q-1, r+b
	}
	return q, r
}

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

func daysFromCivil(year int64, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era, yoe := floorDiv(year, 400)
	doy := int64((153*(month-3)+2)/5 + day - 1)
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

func civilFromDays(days int64) (year int64, month, day int) {
	era, doe := floorDiv(days+719468, 146097)
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	year, month, day = yoe+era*400, int(mp+3), int(doy-(153*mp+2)/5+1)
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

// weekday is the ISO day of the week, Monday being 1.
func weekday(days int64) int64 {
	_, r := floorDiv(days+3, 7)
	return r + 1
}

// weekYearStart is the Monday of the first ISO week of a year: the week that has January 4th in it.
func weekYearStart(year int64) int64 {
	fourth := daysFromCivil(year, 1, 4)
	return fourth - weekday(fourth) + 1
}

// weekYear is the ISO year whose weeks the day is in.
func weekYear(days int64) int64 {
	thursday := days - weekday(days) + 4
	year, _, _ := civilFromDays(thursday)
	return year
}
