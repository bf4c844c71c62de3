package timestamp

import "ovate/internal/calendar"

// field is a field of a date or time that a pattern can name.
type field uint8

// The fields in the order in which Joda-Time sets them (DateTimeParserBucket): by the span they are counted in, then by
// their own length, longest first.
const (
	year field = iota
	yearOfEra
	weekyear
	monthOfYear
	weekOfWeekyear
	dayOfYear
	dayOfMonth
	dayOfWeek
	halfdayOfDay
	hourOfDay
	clockhourOfDay
	hourOfHalfday
	clockhourOfHalfday
	minuteOfHour
	secondOfMinute
	millisOfSecond
)

// rank makes equal those fields whose order of appearance decides.
func (f field) rank() field {
	switch f {
	case yearOfEra, weekyear:
		return year
	case clockhourOfDay:
		return hourOfDay
	case clockhourOfHalfday:
		return hourOfHalfday
	}
	return f
}

// defaultYear is the year of a text that has months, weeks or days but no year.
const defaultYear = 2000

// resolve makes a local time, in milliseconds since 1970, of the first count settings; there has to be room for one more.
// Each field is set and what is shorter than it cleared; then all are set again, so that a contradiction is settled by
// the last.
func resolve(settings []setting, count int) (local int64, ok bool) {
	sortSettings(settings[:count])
	if count > 0 && settings[0].field >= monthOfYear && settings[0].field <= dayOfWeek {
		settings[count] = setting{year, defaultYear}
		count++
		sortSettings(settings[:count])
	}
	for _, s := range settings[:count] {
		if local, ok = s.set(local); !ok {
			return 0, false
		}
		local = s.field.floor(local)
	}
	for i, s := range settings[:count] {
		if local, ok = s.set(local); !ok {
			return 0, false
		}
		if i == count-1 {
			local = s.field.floor(local)
		}
	}
	return local, true
}

// sortSettings sorts few settings, stably.
func sortSettings(s []setting) {
	for i := range s {
		for k := i; k > 0 && s[k].field.rank() < s[k-1].field.rank(); k-- {
			s[k], s[k-1] = s[k-1], s[k]
		}
	}
}

// set puts the value into the field of a local time and leaves the other fields as they are, as far as they allow.
func (s setting) set(local int64) (int64, bool) {
	days, ms := calendar.FloorDiv(local, calendar.MillisPerDay)
	y, month, day := calendar.FromDays(days)
	v := s.value
	within := func(low, high int64) bool { return v >= low && v <= high }
	switch s.field {
	case year, yearOfEra:
		if s.field == yearOfEra && v < 1 || v < calendar.MinYear+1 || v > calendar.MaxYear-1 {
			return 0, false
		}
		return calendar.Days(v, month, min(day, calendar.DaysInMonth(v, month)))*calendar.MillisPerDay + ms, true
	case weekyear:
		if v < calendar.MinYear+1 || v > calendar.MaxYear-1 {
			return 0, false
		}
		week := min((days-calendar.WeekYearStart(weekYear(days)))/7, weeksIn(v)-1)
		return (calendar.WeekYearStart(v)+week*7+calendar.Weekday(days)-1)*calendar.MillisPerDay + ms, true
	case monthOfYear:
		if !within(1, 12) {
			return 0, false
		}
		return calendar.Days(y, int(v), min(day, calendar.DaysInMonth(y, int(v))))*calendar.MillisPerDay + ms, true
	case weekOfWeekyear:
		start := calendar.WeekYearStart(weekYear(days))
		return (start+(v-1)*7+calendar.Weekday(days)-1)*calendar.MillisPerDay + ms, within(1, weeksIn(weekYear(days)))
	case dayOfYear:
		start := calendar.Days(y, 1, 1)
		return (start+v-1)*calendar.MillisPerDay + ms, within(1, calendar.Days(y+1, 1, 1)-start)
	case dayOfMonth:
		return calendar.Days(y, month, 1)*calendar.MillisPerDay + (v-1)*calendar.MillisPerDay + ms, within(1, int64(calendar.DaysInMonth(y, month)))
	case dayOfWeek:
		return (days-calendar.Weekday(days)+v)*calendar.MillisPerDay + ms, within(1, 7)
	}
	ms, ok := s.setTime(ms)
	return days*calendar.MillisPerDay + ms, ok
}

// setTime is set for the fields of a time of day.
func (s setting) setTime(ms int64) (int64, bool) {
	v := s.value
	replace := func(low, high, unit, span int64) (int64, bool) {
		ok := v >= low && v <= high
		if low == 1 && v == high { // clock hours begin with the last one
			v = 0
		}
		return ms - ms%span + ms%unit + v*unit, ok
	}
	switch s.field {
	case halfdayOfDay:
		return ms%(12*msPerHour) + v*12*msPerHour, true
	case hourOfDay:
		return replace(0, 23, msPerHour, calendar.MillisPerDay)
	case clockhourOfDay:
		return replace(1, 24, msPerHour, calendar.MillisPerDay)
	case hourOfHalfday:
		return replace(0, 11, msPerHour, 12*msPerHour)
	case clockhourOfHalfday:
		return replace(1, 12, msPerHour, 12*msPerHour)
	case minuteOfHour:
		return replace(0, 59, 60_000, msPerHour)
	case secondOfMinute:
		return replace(0, 59, 1000, 60_000)
	}
	return replace(0, 999, 1, 1000)
}

// floor clears what is shorter than the field.
func (f field) floor(local int64) int64 {
	days, _ := calendar.FloorDiv(local, calendar.MillisPerDay)
	y, month, _ := calendar.FromDays(days)
	unit := int64(1)
	switch f {
	case year, yearOfEra:
		return calendar.Days(y, 1, 1) * calendar.MillisPerDay
	case weekyear:
		return calendar.WeekYearStart(weekYear(days)) * calendar.MillisPerDay
	case monthOfYear:
		return calendar.Days(y, month, 1) * calendar.MillisPerDay
	case weekOfWeekyear:
		return (days - calendar.Weekday(days) + 1) * calendar.MillisPerDay
	case dayOfYear, dayOfMonth, dayOfWeek:
		unit = calendar.MillisPerDay
	case halfdayOfDay:
		unit = 12 * msPerHour
	case hourOfDay, clockhourOfDay, hourOfHalfday, clockhourOfHalfday:
		unit = msPerHour
	case minuteOfHour:
		unit = 60_000
	case secondOfMinute:
		unit = 1000
	}
	_, r := calendar.FloorDiv(local, unit)
	return local - r
}

func weeksIn(year int64) int64 {
	return (calendar.WeekYearStart(year+1) - calendar.WeekYearStart(year)) / 7
}
