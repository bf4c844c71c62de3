package schedule_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ovate/internal/schedule"
)

func must(t testing.TB, kind, text string) *schedule.Schedule {
	t.Helper()
	s, err := read(kind, text)
	if err != nil {
		t.Fatalf("%s [%s]: %v", kind, text, err)
	}
	return s
}

// zone is one of the IANA database.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Skip(err)
	}
	return z
}

// What the clock leaps over is due as soon as it has; what it shows twice is due once; and every hour there is counts where hours do not matter.
func TestClockChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, schedule, after, want string }{
		{"Europe/Berlin", "30 2 * * *", "2027-03-27T03:00:00+01:00", "2027-03-28T03:00:00+02:00 2027-03-29T02:30:00+02:00"}, // 2:00 to 3:00 is missing
		{"Europe/Berlin", "0,30 2 * * *", "2027-03-28T00:00:00+01:00", "2027-03-28T03:00:00+02:00 2027-03-29T02:00:00+02:00"},
		{"Europe/Berlin", "0 3 * * *", "2027-03-28T00:00:00+01:00", "2027-03-28T03:00:00+02:00 2027-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "30 * * * *", "2027-03-28T01:00:00+01:00", "2027-03-28T01:30:00+01:00 2027-03-28T03:30:00+02:00"},
		{"Europe/Berlin", "30 2 * * *", "2026-10-24T03:00:00+02:00", "2026-10-25T02:30:00+02:00 2026-10-26T02:30:00+01:00"}, // 2:00 to 3:00 comes twice
		{"Europe/Berlin", "0 3 * * *", "2026-10-25T02:00:00+02:00", "2026-10-25T03:00:00+01:00 2026-10-26T03:00:00+01:00"},
		{"Europe/Berlin", "0 2,3 * * *", "2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00 2026-10-25T03:00:00+01:00"},
		{"Europe/Berlin", "30 * * * *", "2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00 2026-10-25T02:30:00+01:00 2026-10-25T03:30:00+01:00"},
		{"Europe/Berlin", "30 2 * * *", "2026-10-25T02:10:00+01:00", "2026-10-26T02:30:00+01:00"},
		{"Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00:00+10:30", "2026-10-04T02:30:00+11:00 2026-10-05T02:15:00+11:00"}, // 2:00 to 2:30 is missing
		{"America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00:00-03:00", "2018-11-04T01:00:00-02:00 2018-11-05T00:00:00-02:00"},    // a day without 0:00
		{"Pacific/Apia", "0 12 30 12 *", "2011-12-01T00:00:00-10:00", "2011-12-31T00:00:00+14:00 2012-12-30T12:00:00+14:00"},      // a day that was left out
		{"America/New_York", "0 9 * * MON-FRI", "2026-10-30T09:00:00-04:00", "2026-11-02T09:00:00-05:00"},
		{"Asia/Kolkata", "@daily", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00+05:30"},
		{"Europe/Berlin", "30 2 * * *", "2096-03-24T03:00:00+01:00", "2096-03-25T03:00:00+02:00 2096-03-26T02:30:00+02:00"}, // by the zone's rule, as no table has the year
		{"Europe/Berlin", "30 2 28 10 *", "2040-12-31T12:00:00+01:00", "2041-10-28T02:30:00+01:00 2042-10-28T02:30:00+01:00"},
		{"Europe/Berlin", "0 0 31 12 *", "2040-12-30T12:00:00+01:00", "2040-12-31T00:00:00+01:00 2041-12-31T00:00:00+01:00"},
		{"America/Santiago", "@yearly", "2043-06-01T00:00:00-04:00", "2044-01-01T00:00:00-03:00 2045-01-01T00:00:00-03:00"},
	} {
		at, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		at = at.In(zone(t, c.zone))
		s := must(t, "unix", c.schedule)
		for _, want := range strings.Fields(c.want) {
			next, _ := s.Next(at)
			if got := next.Format(time.RFC3339); got != want {
				t.Errorf("%s, [%s] after %s: %s, want %s", c.zone, c.schedule, at.Format(time.RFC3339), got, want)
			}
			at = next
		}
	}
}

// Errors name the field, what stands there and what may.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, schedule, want string }{
		{"unix", "", "it is empty"},
		{"unix", "* * * *", "it has 4 fields, but must have 5: minute, hour, day of month, month, day of week"},
		{"quartz", "* * * * *", "it has 5 fields, but must have 6 or 7: second, minute, hour, day of month, month, day of week, year"},
		{"unix", "61 * * * *", "its minute is [61], where 61 is none of its values: it takes *, 0 to 59, lists as in 0,1, ranges as in 0-2 and steps as in */2"},
		{"unix", "0 0 * * FUN", "its day of week is [FUN], where [FUN] is no number: it takes *, 0 to 7 or MON to SUN,"},
		{"unix", "0 0 L * *", "its day of month is [L], which it does not take"},
		{"unix", "0 20-4 * * *", "its hour is [20-4], which ends before it starts"},
		{"unix", "*/0 * * * *", "its minute is [*/0], whose step must be from 1 to 59"},
		{"unix", strings.Repeat("0 0 1 1 *||", 1000), "it has 11000 characters, but may have 10000 at most"},
		{"quartz", "0 0 0 1 * MON", "its day of month is [1] and its day of week is [MON]: one of them, and not both, must be [?]"},
		{"quartz", "0 0 0 ? * 6#", "its day of week is [6#], where a number is missing beside #: it takes *, 1 to 7 or SUN to SAT, ?, L, # as in 6#3,"},
	} {
		if _, err := read(c.kind, c.schedule); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s [%s]: %v\nwant %s", c.kind, c.schedule, err, c.want)
		}
	}
}

// What Druid reads otherwise than one would think is told.
func TestOdd(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0 0 22-2 * * ?":       "its hour has [22-2], which Druid takes for 22 alone",
		"0 0 22-2,5 * * ?":     "its hour has [22-2], which Druid takes for nothing",
		"0 0 0 L,15 * ?":       "its day of month has [L], which Druid takes for nothing where it is in a list",
		"0 0 0 15W,20 * ?":     "its day of month has [15W], which Druid takes for 15 where it is in a list",
		"0 0 0 15L * ?":        "its day of month has [15L], which Druid takes for L",
		"0 0 0 ? * L-3":        "its day of week has [L-3], which Druid takes for L, each Saturday",
		"0 0 0 ? * FRI-TUE":    "",
		"0 0 0 LW * ?":         "",
		"0 0 0 31W * ?":        "its day of month has [31W], at which Druid fails in a month without that day, such as February",
		"0 0 0 31W 11 ?":       "its day of month has [31W], at which Druid fails in a month without that day, such as November",
		"0 0 0 29W 2 ? 2028":   "its day of month has [29W], at which Druid fails in a month without that day, such as February",
		"0 0 0 31W 1,3,5 ?":    "",
		"0 0 0 28W * ?":        "",
		"0 0 0 ? * MON#1,FRIL": "?",
	} {
		s, err := schedule.Quartz(text)
		if want == "?" {
			if err == nil {
				t.Errorf("[%s] is taken", text)
			}
		} else if err != nil || s.Odd() != want {
			t.Errorf("[%s]: %v, %v\nwant %s", text, s.Odd(), err, want)
		}
	}
}

// terms are what may stand in the fields of an expression of quartz but the days.
var terms = []string{"*", "0", "5", "1-5", "*/2", "3/4", "1,7", "2-10/3", "9,11-12"}

func drawnText(t *rapid.T) string {
	f := rapid.SampledFrom(terms)
	months := rapid.SampledFrom([]string{"*", "*", "1", "2", "2-5", "DEC", "*/5"})
	days := rapid.SampledFrom([]string{"* %s ?", "L %s ?", "1 %s ?", "LW %s ?", "15W %s ?", "1-10/3 %s ?", "? %s MON-FRI", "? %s 6#3", "? %s 6L", "? %s FRI-TUE"})
	return f.Draw(t, "second") + " " + f.Draw(t, "minute") + " " + f.Draw(t, "hour") + " " + strings.Replace(days.Draw(t, "days"), "%s", months.Draw(t, "month"), 1)
}

func drawn(t *rapid.T) *schedule.Schedule {
	text := drawnText(t)
	s, err := schedule.Quartz(text)
	if err != nil {
		t.Fatalf("[%s]: %v", text, err)
	}
	return s
}

// The next time is a whole second after the one asked for, and there is none between; it is the same from wherever before it one asks.
func TestNext(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{time.UTC, time.FixedZone("", 19800), zone(t, "Europe/Berlin"), zone(t, "America/St_Johns"), zone(t, "Australia/Lord_Howe")}
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		at := time.UnixMilli(rapid.Int64Range(1700000000000, 1900000000000).Draw(t, "after")).In(rapid.SampledFrom(zones).Draw(t, "zone"))
		next, is := s.Next(at)
		if !is || !next.After(at) || next.Nanosecond() != 0 || next.Location() != at.Location() {
			t.Fatalf("after %v: %v, %v", at, next, is)
		}
		between := at.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(at))-1).Draw(t, "between")))
		if same, _ := s.Next(between); !same.Equal(next) {
			t.Errorf("after %v it is %v, and after %v %v", at, next, between, same)
		}
		if later, is := s.Next(next); !is || !later.After(next) {
			t.Errorf("after %v: %v", next, later)
		}
	})
}

// zones are those whose clocks go on by a rule for ever, in either half of the world, by half an hour, backwards in summer and at midnight, and others.
var zones = []string{
	"UTC", "Europe/Berlin", "Europe/Dublin", "Europe/London", "America/New_York", "America/St_Johns", "America/Santiago", "America/Havana", "America/Nuuk", "Asia/Beirut",
	"Asia/Jerusalem", "Africa/Cairo", "Africa/Casablanca", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Auckland", "Pacific/Chatham", "Antarctica/Troll", "Asia/Kolkata", "Etc/GMT+12",
}

// years are what may stand for the year.
var years = []string{"", " *", " 2038", " 2040-2043", " 2050", " 2072/4", " 2027,2050", " 2096", " 2099", " */7"}

// Whatever the zone and the year, a search ends, with a second after the one asked for that is the same from wherever before it one asks. Where no clock is
// put on or back it shows what is due by UTC.
func TestAllYears(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := drawnText(t) + rapid.SampledFrom(years).Draw(t, "year")
		s, err := schedule.Quartz(text)
		if err != nil {
			t.Fatalf("[%s]: %v", text, err)
		}
		place, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Skip(err)
		}
		at := time.Unix(rapid.Int64Range(0, 4102444800).Draw(t, "after"), 0).In(place)
		next, is := s.Next(at)
		plain, ever := s.Next(shown(at))
		if !is {
			if ever && steady(at) && steady(plain.In(place)) {
				t.Errorf("after %v it is never due, though %v is", at, plain)
			}
			return
		}
		if !next.After(at) || next.Nanosecond() != 0 || next.Location() != place {
			t.Fatalf("after %v it is due at %v", at, next)
		}
		if steady(at) && steady(next) && !shown(next).Equal(plain) {
			t.Errorf("after %v it is due at %v, but by UTC at %v", at, next, plain)
		}
		near := min(next.Unix()-at.Unix(), int64(4*24*time.Hour/time.Second))
		between := next.Add(-time.Duration(rapid.Int64Range(1, near).Draw(t, "before")) * time.Second)
		if same, _ := s.Next(between); !same.Equal(next) {
			t.Errorf("after %v it is due at %v, but after %v at %v", at, next, between, same)
		}
	})
}

// shown is what a clock shows, as a time of UTC.
func shown(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// steady tells whether no clock of its zone is put on or back about a time.
func steady(t time.Time) bool {
	_, before := t.Add(-72 * time.Hour).Zone()
	_, after := t.Add(72 * time.Hour).Zone()
	return before == after
}

func FuzzSchedule(f *testing.F) {
	for _, text := range []string{"@daily", "0 0 * * 1-5/2", "0|30 1|2 * * *", "0 0 0 L-3 * ?", "0 0 0 ? * FRI#2 2026-2030", "0 0 22-2 LW,3 FEB-MAR ?", "1||2"} {
		f.Add(text)
	}
	at := time.Date(2026, 11, 28, 15, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []string{"unix", "quartz"} {
			s, err := read(kind, text)
			if err != nil {
				continue
			}
			if next, is := s.Next(at); is && (!next.After(at) || next.Year() > 2126) {
				t.Errorf("%s [%s]: %v", kind, text, next)
			}
		}
	})
}
