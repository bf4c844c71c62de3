package druid

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParsePeriodAsJoda(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t, "joda-periods.tsv", "\t") {
		p, err := ParsePeriod(row[0])
		got := answer(p.String()+" "+strings.ReplaceAll(fmt.Sprint(p.fields()), " ", ", "), err)
		// The words for a number that is too great are Java's own and are not copied.
		if got != row[1] && !strings.HasPrefix(row[1], "ERR For input") {
			t.Errorf("ParsePeriod(%q)\n got %s\nwant %s", row[0], got, row[1])
		}
	}
	if p, err := ParsePeriod("P2147483648D"); err == nil {
		t.Errorf("P2147483648D was taken for %s", p)
	}
}

// genPeriod draws periods of which most fields are 0, all of one sign.
func genPeriod(low, high int32) *rapid.Generator[Period] {
	field := rapid.OneOf(rapid.Just(int32(0)), rapid.Just(int32(0)), rapid.Int32Range(low, high))
	return rapid.Custom(func(t *rapid.T) Period {
		return Period{
			Years: field.Draw(t, "years"), Months: field.Draw(t, "months"), Weeks: field.Draw(t, "weeks"),
			Days: field.Draw(t, "days"), Hours: field.Draw(t, "hours"), Minutes: field.Draw(t, "minutes"),
			Seconds: field.Draw(t, "seconds"), Millis: field.Draw(t, "millis"),
		}
	})
}

func TestPeriodRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := genPeriod(0, 999).Draw(t, "period")
		if rapid.Bool().Draw(t, "negative") {
			p = Period{-p.Years, -p.Months, -p.Weeks, -p.Days, -p.Hours, -p.Minutes, -p.Seconds, -p.Millis}
		}
		got, err := ParsePeriod(p.String())
		if err != nil || got != p {
			t.Fatalf("ParsePeriod(%s) = %s, %v", p, got, err)
		}
	})
}

func TestPeriodAddTo(t *testing.T) {
	t.Parallel()
	angeles, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, period string
		n            int
		location     *time.Location
		want         string
	}{
		{"2016-01-31", "P1M", 1, time.UTC, "2016-02-29T00:00:00.000Z"},
		{"2016-02-29", "P1Y", 1, time.UTC, "2017-02-28T00:00:00.000Z"},
		{"2016-02-29", "P1Y", -4, time.UTC, "2012-02-29T00:00:00.000Z"},
		{"2016-01-01", "P1Y2M3W4DT5H6M7.008S", 1, time.UTC, "2017-03-26T05:06:07.008Z"},
		{"2016-01-01", "P1D", 366, time.UTC, "2017-01-01T00:00:00.000Z"},
		{"2025-03-09T08:00Z", "P1D", 1, angeles, "2025-03-10T07:00:00.000Z"},
		{"2025-03-09T08:00Z", "PT24H", 1, angeles, "2025-03-10T08:00:00.000Z"},
		{"2025-03-08T10:30Z", "P1D", 1, angeles, "2025-03-09T10:30:00.000Z"}, // 02:30 was skipped, 03:30 it is
		{"2025-11-01T08:30Z", "P1D", 1, angeles, "2025-11-02T08:30:00.000Z"}, // the first of two 01:30
		{"2025-11-03T09:30Z", "P1D", -1, angeles, "2025-11-02T08:30:00.000Z"},
		{"2025-03-31T07:00Z", "P1M", -1, angeles, "2025-02-28T08:00:00.000Z"},
	} {
		from, err := ParseInstant(c.from)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ParsePeriod(c.period)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.AddTo(from, c.n, c.location); got.String() != c.want {
			t.Errorf("%s + %d × %s in %s = %s, want %s", c.from, c.n, c.period, c.location, got, c.want)
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"P1Y2M3W4DT5H6M7.008S", "PT.5S", "P-1D", "p", "PT1H30"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePeriod(text)
		if err != nil {
			return
		}
		again, err := ParsePeriod(p.String())
		if err != nil || again != p {
			t.Errorf("%q is %s, which is %s, %v", text, p, again, err)
		}
	})
}
