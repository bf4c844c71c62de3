package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestDaysAgainstTime compares every function with the standard library, where that reaches.
func TestDaysAgainstTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.Int64Range(-4_000_000, 4_000_000).Draw(t, "days")
		want := time.Unix(days*86_400, 0).UTC()
		year, month, day := FromDays(days)
		if year != int64(want.Year()) || month != int(want.Month()) || day != want.Day() {
			t.Fatalf("day %d is %d-%d-%d, want %v", days, year, month, day, want)
		}
		if got := Days(year, month, day); got != days {
			t.Fatalf("%d-%d-%d is day %d, want %d", year, month, day, got, days)
		}
		if got := time.Weekday(Weekday(days) % 7); got != want.Weekday() {
			t.Fatalf("day %d is a %v, want a %v", days, got, want.Weekday())
		}
		if got := time.Date(int(year), time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day(); DaysInMonth(year, month) != got {
			t.Fatalf("month %d of %d has %d days, want %d", month, year, DaysInMonth(year, month), got)
		}
		isoYear, week := want.ISOWeek()
		if got := (days-WeekYearStart(int64(isoYear)))/7 + 1; got != int64(week) {
			t.Fatalf("day %d is in week %d of %d, want %d", days, got, isoYear, week)
		}
	})
}
