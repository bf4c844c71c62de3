package detect

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ovate/internal/choice"
)

// now is the time at which these files are read.
func now() time.Time { return time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC) }

// Digits are read as what they are in every row, and what they are taken for is told where it could be something else.
func TestTimesOfDigits(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		text, column, format, first, last string
		note                              string // nothing: there is none
		o                                 Options
	}{
		{text: "id;MESS_DATUM\n44;2024011510\n44;2024011600\n", column: "MESS_DATUM", format: "yyyyMMddHH", first: "2024-01-15T10", last: "2024-01-16T00", note: "--time-format posix takes them for seconds since 1970"},
		{text: `{"time":2024011510,"v":1}` + "\n" + `{"time":2024011511,"v":1}` + "\n", column: "time", format: "yyyyMMddHH", first: "2024-01-15T10", last: "2024-01-15T11", note: "taken for a day and its hour"},
		{text: "StartTime,m\n2009131110544,1\n2009166044711,2\n", column: "StartTime", format: "yyyyDDDHHmmss", first: "2009-05-11T11:05:44", last: "2009-06-15T04:47:11", note: "--time-format millis"},
		{text: "ts,v\n202401151030,1\n202401151045,2\n", column: "ts", format: "yyyyMMddHHmm", first: "2024-01-15T10:30", last: "2024-01-15T10:45"},
		{text: "ts,v\n638409096000000000,1\n638409096010000000,2\n", column: "ts", format: "ticks", first: "2024-01-15T10:00:00.000", last: "2024-01-15T10:00:01.000", note: "ticks of .NET"},
		{text: "ts,v\n133497864000000000,1\n133497864010000000,2\n", column: "ts", format: "filetime", first: "2024-01-15T10:00:00.000", last: "2024-01-15T10:00:01.000", note: "FILETIME of Windows"},
		{text: "ts,v\n1705312800,1\n1705312801,2\n", column: "ts", format: "posix", first: "2024-01-15T10:00:00", last: "2024-01-15T10:00:01"},
		{text: "created_at,v\n1705312800123,1\n", column: "created_at", format: "millis", first: "2024-01-15T10:00:00.123", last: "2024-01-15T10:00:00.123"},
		{text: "timestamp_ms,v\n1705312800123,1\n", column: "timestamp_ms", format: "millis", first: "2024-01-15T10:00:00.123", last: "2024-01-15T10:00:00.123"},
		{text: "ts,v\n1901311230,1\n1705312801,2\n", column: "ts", format: "posix", first: "2024-01-15", last: "2030-04-01", note: "are times up to 2030-04-01"},
		{text: "ts,v\n1705311230,1\n1705311231,2\n", column: "ts", format: "posix", first: "2024-01-15", last: "2024-01-15", note: "could be dates (yyMMddHHmm or ddMMyyHHmm) as well as seconds since 1970; --time-format yyMMddHHmm or ddMMyyHHmm takes them so"},
		{text: "visit_time,v\n1705312800,1\n", column: "visit_time", format: "posix", first: "2024-01-15", last: "2024-01-15", note: "--time 2024-01-01 gives all rows that time and keeps the column, --time-column NAME takes another one, and --type visit_time=long keeps it beside the time"},
		{text: "date,v\n310124,1\n150199,2\n", column: "date", format: "ddMMyy", first: "1999-01-15", last: "2024-01-31", note: "six digits are taken for days (ddMMyy)"},
		{text: "yymmdd,v\n150124,1\n160124,2\n", column: "yymmdd", format: "yyMMdd", first: "2015-01-24", last: "2016-01-24", note: "(yyMMdd)"},
		{text: "ddmmyy,v\n150124,1\n160124,2\n", column: "ddmmyy", format: "ddMMyy", first: "2024-01-15", last: "2024-01-16", note: "(ddMMyy)"},
		{text: "year,v\n1500,1\n1700,2\n", column: "year", format: "yyyy", first: "1500", last: "1700", note: "its numbers are taken for dates (yyyy), from 1500-01-01 to 1700-01-01. If they are something else, --time 2024-01-01"},
		{text: "date_id,v\n20240115,1\n20240116,2\n", column: "date_id", format: "yyyyMMdd", first: "2024-01-15", last: "2024-01-16"},
		{text: "a,v\n15012024,1\n", o: Options{TimeColumn: "a", TimeFormat: "ddMMyyyy"}, column: "a", format: "ddMMyyyy", first: "2024-01-15", last: "2024-01-15"},
		{text: "a,v\n2024015,1\n", o: Options{TimeColumn: "a", TimeFormat: "yyyyDDD"}, column: "a", format: "yyyyDDD", first: "2024-01-15", last: "2024-01-15"},
		{text: "a,v\n20240115103045123,1\n", o: Options{TimeColumn: "a", TimeFormat: "yyyyMMddHHmmssSSS"}, column: "a", format: "yyyyMMddHHmmssSSS", first: "2024-01-15T10:30:45.123", last: "2024-01-15T10:30:45.123"},
		{text: "a,v\n15012024103045,1\n", o: Options{TimeColumn: "a", TimeFormat: "ddMMyyyyHHmmss"}, column: "a", format: "ddMMyyyyHHmmss", first: "2024-01-15T10:30:45", last: "2024-01-15T10:30:45"},
		{text: "a,v\n2401151030,1\n", o: Options{TimeColumn: "a", TimeFormat: "yyMMddHHmm"}, column: "a", format: "yyMMddHHmm", first: "2024-01-15T10:30", last: "2024-01-15T10:30", note: "once a year of two digits"},
		{text: "a,v\n2024011510304512,1\n", o: Options{TimeColumn: "a", TimeFormat: "yyyyMMddHHmmssSS"}, column: "a", format: "yyyyMMddHHmmssSS", first: "2024-01-15T10:30:45.120", last: "2024-01-15T10:30:45.120"},
		{text: "time,v\n20240115103045.123,1\n20240115103046,2\n", column: "time", format: "yyyyMMddHHmmss", first: "2024-01-15T10:30:45.123", last: "2024-01-15T10:30:46.000"},
		{text: "time,v\n20240115103045.1234,1\n", column: "time", format: "yyyyMMddHHmmss", first: "2024-01-15T10:30:45.123", last: "2024-01-15T10:30:45.123", note: "once digits below a millisecond"},
		// As programs write them that have all numbers as doubles.
		{text: "ts,v\n1.705312800123E9,1\n1.7053128E9,2\n", column: "ts", format: "posix", first: "2024-01-15T10:00:00.000", last: "2024-01-15T10:00:00.123"},
		{text: `{"ts":1.705312800123E9,"v":1}` + "\n", column: "ts", format: "posix", first: "2024-01-15T10:00:00.123", last: "2024-01-15T10:00:00.123"},
		{text: "date,v\n19991110.0,1\n19991111.0,2\n", column: "date", format: "yyyyMMdd", first: "1999-11-10", last: "1999-11-11"},
		{text: "a,v\n1.705312800123E9,1\n", o: Options{TimeColumn: "a", TimeFormat: "posix"}, column: "a", format: "posix", first: "2024-01-15T10:00:00.123", last: "2024-01-15T10:00:00.123"},
		{text: "a,v\n1.705312800123E12,1\n", o: Options{TimeColumn: "a", TimeFormat: "millis"}, column: "a", format: "millis", first: "2024-01-15T10:00:00.123", last: "2024-01-15T10:00:00.123"},
		{text: "a,v\n19991110.0,1\n1.999111E7,2\n", o: Options{TimeColumn: "a", TimeFormat: "yyyyMMdd"}, column: "a", format: "yyyyMMdd", first: "1999-11-10", last: "1999-11-10"},
		{text: "a,v\n4.530625E4,1\n", o: Options{TimeColumn: "a", TimeFormat: "excel"}, column: "a", format: "excel", first: "2024-01-15T06:00", last: "2024-01-15T06:00"},
		{text: "a,v\n638409096000000000,1\n", o: Options{TimeColumn: "a", TimeFormat: "ticks"}, column: "a", format: "ticks", first: "2024-01-15T10:00", last: "2024-01-15T10:00"},
	} {
		f.o.now = now
		table := look(t, f.text, f.o)
		got, notes := &table.Time, choice.In(strings.Join(table.Time.notes, "\n"), nil)
		first, last := table.Span.Start.String(), (table.Span.End - 1).String()
		if got.Column != f.column || got.Format != f.format || !strings.HasPrefix(first, f.first) || !strings.HasPrefix(last, f.last) || (f.note == "") != (notes == "") || !strings.Contains(notes, f.note) {
			t.Errorf("%q: %s as %s, %s to %s\n%s", f.text, got.Column, got.Format, first, last, notes)
		}
	}
}

// What may as well be something else than a time, or a time in more ways than one, is refused with the flag for each.
func TestDigitsThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"date,v\n150124,1\n160124,2\n":                     "choose with --time-format yyMMdd or ddMMyy",
		"date,v\n010203,1\n":                               "choose with --time-format yyMMdd or ddMMyy or MMddyy",
		"time_ns,v\n1500000001,1\n1500000777,2\n":          `column "time_ns" says nanoseconds`,
		"timestamp_us,v\n1500000000001,1\n":                "--time-format micro or millis",
		"ts,v\n2024011510304512,1\n2024011510304612,2\n":   `Choose with --time-column "ts" --time-format yyyyMMddHHmmssSS or micro`,
		"ts,v\n2401151030,1\n2401151040,2\n":               "--time-format yyMMddHHmm or ddMMyyHHmm or posix",
		"date,v\n15012024,1\n":                             "--time-format ddMMyyyy",
		"ts,v\n15012024103045,1\n":                         "--time-format ddMMyyyyHHmmss",
		"date,v\n2024015,1\n":                              "--time-format yyyyDDD",
		"ts,v\n20240115103045123,1\n":                      "--time-format yyyyMMddHHmmssSSS",
		"ts,v\n2024011510,1\n2024011511,2\n2024011525,3\n": `"2024011525" is no time`,
	} {
		_, err := Files(t.Context(), []string{write(t, "a.csv", text)}, Options{now: now, CopyDir: filepath.Join(t.TempDir(), "copies")})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A year, a month or a day of few digits may be an amount, and is not taken for the time under the name of one.
func TestSmallAmountsAreNoTimes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"year_revenue,v\n1500,1\n1700,2\n", "month_total,v\n201201,1\n", "day_total,v\n990115,1\n", "day_total,v\n10120101,1\n"} {
		table := look(t, text, Options{now: now})
		if table.Time.Column != "" || len(table.Columns) != 2 {
			t.Errorf("%q: time %q, %+v", text, table.Time.Column, table.Columns)
		}
	}
}

// An amount or an id is not taken for the time, whatever else its name says: it stays a column, and how to take it is told.
func TestAmountsAreNoTimes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"month_total", "dayTotal", "year_revenue", "time_estimate", "time_spent", "created_by", "date_id"} {
		for _, text := range []string{"region," + name + "\nA,1500000001\nB,1700000777\n", "region," + name + "\nA,650000001.5\n", `{"region":"A","` + name + `":1500000001}` + "\n"} {
			table := look(t, text, Options{now: now})
			kept := slices.ContainsFunc(table.Columns, func(c Column) bool { return c.Name == name })
			if notes := strings.Join(table.Notes, "\n"); table.Time.Column != "" || !kept || !strings.Contains(notes, "Could be times: "+name+" (seconds since 1970). --time-column NAME takes one") {
				t.Errorf("%q: time %q, %+v\n%s", text, table.Time.Column, table.Columns, notes)
			}
		}
	}
}
