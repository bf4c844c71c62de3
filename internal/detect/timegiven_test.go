package detect

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/detect/timeformat"
	engine "ovate/internal/ingest/number"
	"ovate/internal/ingest/timestamp"
)

// engineReads is what Druid makes of a value of a text file, or of JSON as it is written there, in a format.
func engineReads(t rapid.TB, format, raw string, isJSON bool) (druid.Instant, bool) {
	p, err := timestamp.New(format)
	if err != nil {
		t.Fatal(err)
	}
	if !isJSON {
		return p.Text([]byte(raw))
	}
	if text, quoted := strings.CutPrefix(raw, `"`); quoted {
		return p.Text([]byte(strings.TrimSuffix(text, `"`)))
	}
	if v, ok := engine.ParseLong([]byte(raw)); ok {
		return p.Long(v)
	}
	v, _ := engine.ParseDouble([]byte(raw), 64)
	return p.Double(v)
}

// drawMoment draws a value that may be a time, and a format that may be its.
func drawMoment(t *rapid.T) (format, value string) {
	patterns := []string{"yyyyMMdd", "yyyyMM", "yyyy.MM", "yyyy", "yyyyMMddHH", "yyyyMMddHHmmss", "d/M/yy", "d.M.yyyy", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.SSS", "yyyy-MM-dd HH:mm:ss.SSS", "dd.MM.yyyy HH:mm", "dd MMM yyyy", "M/d/yyyy h:mm a", "yyyy-MM-dd'T'HH:mm:ssZ"}
	format = rapid.SampledFrom(append([]string{"", "", "posix", "millis", "micro", "nano", "auto", "iso", "ticks", "filetime", "excel"}, patterns...)).Draw(t, "format")
	year := rapid.SampledFrom([]string{"2024", "2024", "1968", "24", "45", "68", "0024", "5"}).Draw(t, "year")
	month, day := rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day")
	value = rapid.OneOf(
		rapid.SampledFrom([]string{"1704067200", "1704067200000", "1704067200000000", "1704067200000000000", "638396640000000000", "133485408000000000", "45292", "5", "0", "1.7040672E9", "1.704067200123E12", "20240115", "2024011", "202401", "2024.10", "2024.01", "2024", "20240115103020", "2024011510"}),
		rapid.Custom(func(t *rapid.T) string {
			clock := rapid.SampledFrom([]string{"", " 10:30", " 10:30:20", "T10:30:20", " 10:30:20.5", "T10:30:20.123", "T10:30:20.123456Z", "T10:30:20+0200", " 24:00:00", " 3:05 PM"}).Draw(t, "clock")
			return fmt.Sprintf(rapid.SampledFrom([]string{"%[3]d/%[2]d/%[1]s", "%[3]d.%[2]d.%[1]s", "%[1]s-%02[2]d-%02[3]d", "%[1]s%02[2]d%02[3]d", "%02[3]d Jan %[1]s"}).Draw(t, "form"), year, month, day) + clock
		}),
	).Draw(t, "value")
	value += rapid.SampledFrom([]string{"", "", "", "", ".0", ".5", ".999", ".", ".000001"}).Draw(t, "fraction")
	if value[0] != '0' {
		value = rapid.SampledFrom([]string{"", "", "", "", "-", "+"}).Draw(t, "sign") + value
	}
	return format, value
}

// What is read of a time, with a format that is given and without, is what is stored of it: where the task reads the file itself, Druid reads the same instants
// from what stands there, in all rows; else the copy has them.
func TestTimesAreStoredAsTheyAreRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		format, first := drawMoment(t)
		values := []string{first}
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			_, other := drawMoment(t)
			values = append(values, other)
		}
		isJSON := rapid.Bool().Draw(t, "JSON")
		var text strings.Builder
		if !isJSON {
			text.WriteString("time,name\n")
		}
		for i, value := range values {
			value = rapid.SampledFrom([]string{"", "", "", " "}).Draw(t, "blank") + value
			if isJSON && (strings.ContainsAny(value, "/:-+ JTZ") || strings.HasSuffix(value, ".") || value[0] == '0' || strings.Count(value, ".") > 1 || rapid.Bool().Draw(t, "quoted")) {
				value = `"` + value + `"`
			}
			if values[i] = value; isJSON {
				fmt.Fprintf(&text, `{"time":%s,"name":"x"}`+"\n", value)
			} else {
				fmt.Fprintf(&text, "%s,x\n", value)
			}
		}
		at, err := os.MkdirTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(at, "rows")
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		o := Options{TimeFormat: format, TimeColumn: rapid.SampledFrom([]string{"", "time"}).Draw(t, "column"), CopyDir: filepath.Join(at, "copy"), SkipBad: rapid.SampledFrom([]int{0, -1}).Draw(t, "skip")}
		got, err := Files(t.Context(), []string{path}, o)
		if err != nil || got.Why != "" || got.Time.Column == "" {
			return // nothing is stored, or from a copy, which has milliseconds
		}
		span := newSpan()
		for _, value := range values {
			instant, ok := engineReads(t, got.Time.format, value, isJSON)
			if !ok {
				t.Fatalf("Druid does not read %s as %s, which is taken with the format %q:\n%s", value, got.Time.format, format, &text)
			}
			span.add(instant)
			if format == "" {
				continue
			}
			given, err := timeformat.New(format, "")
			if err != nil {
				t.Fatal(err)
			}
			var read timeformat.Value
			if !given.Read([]byte(strings.Trim(value, `" `)), &read) || read.At != instant {
				t.Fatalf("%s is read as %v, and Druid reads %v", value, read.At, instant)
			}
		}
		if (druid.Interval{Start: span.min, End: span.max + 1}) != got.Span {
			t.Fatalf("Druid reads times from %v to %v as %s, and told are %v:\n%s", span.min, span.max, got.Time.format, got.Span, &text)
		}
	})
}

// The tenth month of a year is none of its first, which is what Druid has of a number of JSON that ends with a zero.
func TestTenthMonthOfJSON(t *testing.T) {
	t.Parallel()
	october := druid.Interval{Start: 1_727_740_800_000, End: 1_727_740_800_001}
	for text, copies := range map[string]bool{`{"month":2024.10}`: true, `{"month":"2024.10"}`: false, "month,a\n2024.10,x": false} {
		if got := look(t, text+"\n", Options{}); got.Span != october || (got.Why != "") != copies {
			t.Errorf("%s: %v, copied as %q", text, got.Span, got.Why)
		}
	}
}
