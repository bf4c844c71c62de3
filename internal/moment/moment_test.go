package moment

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/ingest/timestamp"
)

func reader(t interface {
	Helper()
	Fatal(...any)
}, zone string) *Reader {
	t.Helper()
	r, err := NewReader(zone)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRead(t *testing.T) {
	t.Parallel()
	r := reader(t, "")
	f := func(text, want string) {
		t.Helper()
		m, is := r.Read([]byte(text))
		got := ""
		switch {
		case is == UnknownZone:
			got = "zone"
		case is == None:
			got = "none"
		case m.Ordered:
			for o := range Orders {
				if m.Valid[o] {
					got += " " + m.At[o].String()[:10]
				}
			}
			got = strings.TrimSpace(got)
		default:
			for o := range Orders {
				if m.Valid[o] {
					got = strings.TrimSuffix(strings.TrimSuffix(m.At[o].String(), ".000Z"), "T00:00:00")
				}
			}
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	f("2024-01-15", "2024-01-15")
	f("2024-1-5", "2024-01-05")
	f("2024/01/15 10:20", "2024-01-15T10:20:00")
	f("2024.01.15", "2024-01-15")
	f("2024-01", "2024-01-01")
	f("2024/01", "2024-01-01")
	f("2024-13", "none")
	f("2024", "2024-01-01")
	f("2024-045", "2024-02-14")
	f("2024-W03-2", "2024-01-16")
	f("2024Q2", "2024-04-01")
	f("2024-Q4", "2024-10-01")
	f("2024-01-15T10:20:30Z", "2024-01-15T10:20:30")
	f("2024-01-15T10:20:30.123456789Z", "2024-01-15T10:20:30.123Z")
	f("2024-01-15 10:20:30,5", "2024-01-15T10:20:30.500Z")
	f("2024-01-15T10:20:30+01", "2024-01-15T09:20:30")
	f("2024-01-15 10:20:30 +0530", "2024-01-15T04:50:30")
	f("2024-01-15 10:20:30+05:30", "2024-01-15T04:50:30")
	f("2024-01-15T10:20:30+01:00[Europe/Paris]", "2024-01-15T09:20:30")
	f("2024-01-15T10:20:30[Europe/Paris]", "2024-01-15T09:20:30")
	f("2024-07-15 10:20:30 Europe/Berlin", "2024-07-15T08:20:30")
	f("2024-07-15 10:20:30 CEST", "2024-07-15T08:20:30")
	f("2024-07-15 10:20:30 +0000 UTC", "2024-07-15T10:20:30")
	f("2024-07-15 10:20:30 IST", "zone")
	f("Mon Jan 15 10:20:30 IST 2024", "zone")
	f("Mon Jan 15 10:20:30 IST  2024", "zone")
	f("Tue Jan 15 10:20:30 IST 2024", "none") // a Monday
	f("Mon Jan 15 10:20:30 IST 2024 x", "none")
	f("Mon Jan 15 10:20:30 IST", "none")
	f("Mon Jan 15 10:20:30 UTC 2024", "2024-01-15T10:20:30")
	f("2024-01-15 10:20:30 +0575", "none")
	f("2024-01-15 10:20:30 +0559", "2024-01-15T04:21:30")
	f("2024-07-15 10:20:30 Mars/Base", "zone")
	f("2024-07-15T10:20:30 PM", "2024-07-15T22:20:30")
	f("2024-07-15 10:20:30 PM", "2024-07-15T22:20:30")
	f("2024-07-15 12:20 a.m.", "2024-07-15T00:20:00")
	f("1/15/24", "2024-01-15")
	f("1/15/1998", "1998-01-15")
	f("3/4/2021", "2021-03-04 2021-04-03")
	f("1/2/03", "2003-01-02 2003-02-01 2001-02-03")
	f("4/4/2021", "2021-04-04")
	f("31.01.2020 10:20", "2020-01-31T10:20:00")
	f("03.04.2020", "2020-04-03")
	f("31-01-2020", "2020-01-31")
	f("31.02.2020", "none")
	f("Jan 1 2000", "2000-01-01")
	f("Jan 1, 2000 10:20 AM", "2000-01-01T10:20:00")
	f("January 1st, 2000", "2000-01-01")
	f("Jan 2000", "2000-01-01")
	f("1 January 2000", "2000-01-01")
	f("01-Jan-24", "2024-01-01")
	f("1-JAN-2024 10:20:30", "2024-01-01T10:20:30")
	f("Mon, 15 Jan 2024 10:20:30 GMT", "2024-01-15T10:20:30")
	f("Monday, January 15, 2024", "2024-01-15")
	f("Mon Jan 15 10:20:30 2024", "2024-01-15T10:20:30")
	f("Fri Jan 31 10:20:30 +0100 2020", "2020-01-31T09:20:30")
	f("31/Jan/2020:10:20:30 +0100", "2020-01-31T09:20:30")
	f("[31/Jan/2020:10:20:30 +0100]", "2020-01-31T09:20:30")
	f("[31/Jan/2020:10:20:30 +0100", "none")
	f("1 janvier 2024", "2024-01-01")
	f("1er août 2024 10h15", "2024-08-01T10:15:00")
	f("1. März 2024", "2024-03-01")
	f("1. MÄRZ 2024", "2024-03-01")
	f("15. Okt. 2024", "2024-10-15")
	f("3 de enero de 2024", "2024-01-03")
	f("1º de fevereiro de 2024", "2024-02-01")
	f("15 maggio 2024", "2024-05-15")
	f("1 mei 2024", "2024-05-01")
	f("Dezember 2024", "2024-12-01")
	f("enero de 2024", "2024-01-01")
	f("1 stycznia 2024", "none")
	f("2024/01/15 10h15", "2024-01-15T10:15:00")
	f("2024/01/15 10h15:30", "2024-01-15T10:15:30")
	f("15.01.2024 10.15", "2024-01-15T10:15:00")
	f("2024-01-15 10.15.30.5", "2024-01-15T10:15:30.500Z")
	f("2024-01-15-10.15.30.123456", "2024-01-15T10:15:30.123Z")
	f("2024-01-15 10.5", "none")
	f("20240115T101500Z", "2024-01-15T10:15:00")
	f("20240115T102030Z", "2024-01-15T10:20:30")
	f("20240115 10:20", "2024-01-15T10:20:00")
	f("20240115", "none") // a number
	f("0001-01-01", "0001-01-01")
	f("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z")
	f("-0044-03-15", "-0044-03-15")
	f("01/2024", "2024-01-01")
	for _, text := range []string{"", "May", "March", "10:20", "1.5", "12-34", "1/2", "192.168.1.10", "1-2-3", "2024-01-15x", "2024-01-15 x", "may be", "Mon", "on time",
		"2024-02-30", "2024-01-15T25:00", "555-12-34", "800-555-1212", "1.2.3", "2024-", "2024-W60", "--", "-5", "2024-01-15T10:20:3", "A-1", "Jan", "Jan x", "12345-67"} {
		f(text, "none")
	}
}

func TestZoneOfLocalTimes(t *testing.T) {
	t.Parallel()
	r := reader(t, "Europe/Berlin")
	f := func(text, want string, gap, overlap bool) {
		t.Helper()
		m, is := r.Read([]byte(text))
		if is != Time || m.At[0].String() != want || m.Gap != gap || m.Overlap != overlap {
			t.Errorf("%s: %+v", text, m)
		}
	}
	f("2024-01-15 10:00", "2024-01-15T09:00:00.000Z", false, false)
	f("2024-07-15 10:00", "2024-07-15T08:00:00.000Z", false, false)
	f("2024-07-15 10:00Z", "2024-07-15T10:00:00.000Z", false, false)
	f("2024-03-31 02:30", "2024-03-31T01:30:00.000Z", true, false)
	f("2024-10-27 02:30", "2024-10-27T00:30:00.000Z", false, true)
	if _, err := NewReader("Europe/Nowhere"); err == nil {
		t.Error("a zone that there is not")
	}
}

// What a format is given for is read by it to the same instant.
func TestFormatsAgree(t *testing.T) {
	t.Parallel()
	layouts := []string{"2006-01-02", "2006/01/02", "2006.01.02", "01/02/2006", "02/01/2006", "02.01.2006", "02-01-2006", "1/2/2006", "2 Jan 2006", "02-Jan-2006", "2/January/2006",
		"Jan 2, 2006", "January 02 2006", "2006-01", "2006", "20060102", "Mon, 02 Jan 2006", "02-Jan-06", "1/2/06", "2006-1-2", "2006/01", "Jan 2006", "2006-002"}
	clocks := []string{"", " 15:04", "T15:04", " 15:04:05", "T15:04:05", " 15:04:05.000", "T15:04:05.000000", " 3:04 PM", " 03:04:05 PM", " 03:04:05 pm", ", 15:04", "  15:04", " 15:4", "T15"}
	zones := []string{"", "", "Z", "Z07:00", "-0700", " -0700", "-07", " MST"}
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom(layouts).Draw(t, "date") + rapid.SampledFrom(clocks).Draw(t, "clock") + rapid.SampledFrom(zones).Draw(t, "zone")
		place := time.FixedZone("CET", 3600*rapid.IntRange(0, 1).Draw(t, "offset"))
		text := time.UnixMilli(rapid.Int64Range(-60_000_000_000_000, 250_000_000_000_000).Draw(t, "time")).In(place).Format(layout)
		r := reader(t, "")
		m, is := r.Read([]byte(text))
		if is != Time {
			return
		}
		for order := range Orders {
			format := m.Style.Format(order)
			if format == "" || !m.Valid[order] {
				continue
			}
			p, err := timestamp.New(format)
			if err != nil {
				t.Fatalf("%q: %v", format, err)
			}
			if got, ok := p.Text([]byte(text)); !ok || got != m.At[order] {
				t.Fatalf("%q as %q: %v, %v; want %v", text, format, got, ok, m.At[order])
			}
		}
	})
}

// The short way reads what the long one reads.
func TestCommonTimesAreNoException(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{4}-[0-3][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{3})?Z?)?`).Draw(t, "text")
		var short, long Moment
		r := reader(t, "")
		if common([]byte(text), &short) && (r.read([]byte(text), &long) != Time || short != long) {
			t.Fatalf("%q: %+v, %+v", text, short, long)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	r := reader(b, "")
	var texts [1000][]byte
	for i := range texts {
		texts[i] = druid.Instant(int64(i) * 86_000_000).AppendTo(nil)
	}
	for b.Loop() {
		for _, text := range texts {
			if _, is := r.Read(text); is != Time {
				b.Fatal(string(text))
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/time")
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"2024-01-15T10:20:30+01:00[Europe/Paris]", "Jan 1st, 2000 10 AM", "31/Jan/2020:10:20:30 +0100", "1/2/03", "2024-W03"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := reader(t, "Europe/Berlin")
		if m, is := r.Read([]byte(text)); is == Time && !m.Valid[MonthFirst] && !m.Valid[DayFirst] && !m.Valid[YearFirst] {
			t.Fatal(fmt.Sprint(m))
		}
	})
}
