package timestamp

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ovate/druid"
)

// testdata/joda.tsv is what Druid's TimestampSpec made of each format and JSON value: milliseconds, ERR, null for a value
// that is missing, or RANGE for an instant outside of eternity.
func TestAsDruidReads(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/joda.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		parts := strings.Split(lines.Text(), "\t")
		format, value, want := parts[0], parts[1], parts[2]
		if want == "null" {
			continue
		}
		if got := read(t, format, value); got != want {
			t.Errorf("%s of %s = %s, want %s", format, value, got, want)
		}
	}
}

// read gives the result in the words of joda.tsv.
func read(t *testing.T, format, value string) string {
	t.Helper()
	p, err := New(format)
	if err != nil {
		return "ERR"
	}
	var got druid.Instant
	ok := false
	switch c := value[0]; {
	case c == '"':
		var s string
		if err := json.Unmarshal([]byte(value), &s); err != nil {
			t.Fatal(err)
		}
		got, ok = p.Text([]byte(s))
		again, okAgain := p.Text([]byte(s))
		if again != got || okAgain != ok {
			t.Errorf("%s of %s is %d, then %d", format, value, got, again)
		}
	case c == '-' || c <= '9' && c >= '0':
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			got, ok = p.Long(n)
		} else if d, err := strconv.ParseFloat(value, 64); err == nil {
			got, ok = p.Double(d)
		}
	default:
		got, ok = p.Text([]byte(value))
	}
	switch {
	case !ok:
		return "ERR"
	case got < druid.MinInstant || got >= druid.MaxInstant:
		return "RANGE"
	}
	return strconv.FormatInt(int64(got), 10)
}

func TestFormatsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"nosuchpattern", "yyyy-MM-dd'T", "yyyy zzzz", "yyyy G", "b", "'"} {
		p, err := New(format)
		if format == "yyyy-MM-dd'T" || format == "'" { // a quote that is not closed goes on to the end
			if err != nil {
				t.Errorf("%s: %v", format, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "["+format+"]") {
			t.Errorf("%s: %v, %v", format, p, err)
		}
	}
}

// Every instant that is written by a format must be read back.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	parsers := map[string]*Parser{}
	for _, format := range []string{"iso", "auto", "millis", "posix", "micro", "nano", "ruby", "yyyy-MM-dd HH:mm:ss.SSS", "xxxx-'W'ww-e HH:mm:ss.SSS",
		"yyyy/DDD kk:mm:ss.SSS", "yyyyMMddHHmmssSSS", "EEE, d MMM yyyy hh:mm:ss.SSS a", "yyyy-MM-dd'T'HH:mm:ss.SSSZZ"} {
		p, err := New(format)
		if err != nil {
			t.Fatal(err)
		}
		parsers[format] = p
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(-62135596800000, 253402300799999).Draw(t, "millis")).UTC()
		want := druid.InstantOf(at)
		check := func(format, text string, want druid.Instant) {
			if got, ok := parsers[format].Text([]byte(text)); !ok || got != want {
				t.Fatalf("%s of %q = %d, %v, want %d", format, text, got, ok, want)
			}
		}
		year, week := at.ISOWeek()
		weekday := (int(at.Weekday())+6)%7 + 1
		hour := at.Hour()
		if hour == 0 {
			hour = 24
		}
		check("iso", want.String(), want)
		check("auto", strings.Replace(want.String(), "T", " ", 1), want)
		check("millis", strconv.FormatInt(int64(want), 10), want)
		check("posix", strconv.FormatInt(at.Unix(), 10), want-druid.Instant(at.Nanosecond()/1_000_000))
		check("micro", strconv.FormatInt(int64(want)*1000, 10), want)
		check("yyyy-MM-dd HH:mm:ss.SSS", at.Format("2006-01-02 15:04:05.000"), want)
		check("xxxx-'W'ww-e HH:mm:ss.SSS", fmt.Sprintf("%04d-W%02d-%d ", year, week, weekday)+at.Format("15:04:05.000"), want)
		check("yyyy/DDD kk:mm:ss.SSS", fmt.Sprintf("%04d/%03d %02d", at.Year(), at.YearDay(), hour)+at.Format(":04:05.000"), want)
		check("yyyyMMddHHmmssSSS", strings.Replace(at.Format("20060102150405.000"), ".", "", 1), want)
		check("EEE, d MMM yyyy hh:mm:ss.SSS a", at.Format("Mon, 2 Jan 2006 03:04:05.000 PM"), want)
		check("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", at.In(time.FixedZone("", -9000)).Format("2006-01-02T15:04:05.000-07:00"), want)
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"2013-01-01T05:00:00Z", "2013-01-01 05:00:00.123", "2025-W05-3", "1735689600000", "\"x\"", "2025-01-01 UTC", "T10"} {
		f.Add("auto", s)
		f.Add("iso", s)
		f.Add("yyyy-MM-dd HH:mm:ss ZZZ", s)
	}
	f.Fuzz(func(t *testing.T, format, text string) {
		p, err := New(format)
		if err != nil {
			return
		}
		b := []byte(text)
		got, ok := p.Text(b)
		again, okAgain := p.Text(b)
		if got != again || ok != okAgain || string(b) != text {
			t.Errorf("%q of %q = %d, %v, then %d, %v", format, text, got, ok, again, okAgain)
		}
		if want, err := druid.ParseInstant(text); strings.EqualFold(format, "iso") && err == nil && (!ok || got != want) {
			t.Errorf("iso of %q = %d, %v, want %d", text, got, ok, want)
		}
	})
}

func BenchmarkText(b *testing.B) {
	for format, text := range map[string]string{
		"iso": "2013-01-01T05:00:00Z", "auto": "2013-01-01 05:00:00", "millis": "1735689600000", "yyyy-MM-dd HH:mm:ss": "2013-01-01 05:00:00",
		"dd/MMM/yyyy:HH:mm:ss Z": "02/Jan/2025:03:04:05 +0000",
	} {
		b.Run(format, func(b *testing.B) {
			p, err := New(format)
			if err != nil {
				b.Fatal(err)
			}
			t := []byte(text)
			b.ReportAllocs()
			for b.Loop() {
				p.memoLen = 0
				if _, ok := p.Text(t); !ok {
					b.Fatal("not read")
				}
			}
		})
	}
}
