package detect

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What may be something else than a time is one only where its name says so, and that is told with the flag that decides otherwise.
func TestChoiceOfTime(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		text     string
		time     string // the columns that it is of
		note     string
		column   string // that is kept beside it
		from, to string // of the times, where they are looked at
		o        Options
	}{
		{text: "name,ver\na,1.2.10\nb,1.3.11\nc,2.4.12\n", column: "ver", note: "Could be times: ver (dates). --time-column NAME takes one"},
		{text: "name,version\na,2024.1.10\nb,2024.3.11\n", column: "version", note: "Could be times: version"},
		{text: "a,1.2.10\nb,1.3.11\nc,2.4.12\n", column: "column_2", note: "Could be times: column_2"},
		{text: "name,date\na,13.2.10\nb,1.3.11\n", time: "date", column: "name"},
		{text: "name,seen\na,13.2.2010\nb,1.3.2011\n", time: "seen", column: "name"},
		{text: "name,seen\na,13.2.10 10:20\nb,1.3.11 10:20\n", time: "seen", column: "name"},
		{text: "name,ver\na,13.2.10\nb,1.3.11\n", o: Options{TimeColumn: "ver"}, time: "ver", column: "name"},
		// Of the parts of a time, as many are joined as give one in all rows.
		{text: "year,month,day,hour,min,max\n2024,1,5,10,-3.5,8\n2024,1,6,11,-1.5,9\n", time: "year + month + day + hour", column: "min"},
		{text: "year,month,day,hour,min\n2024,1,5,10,3\n2024,1,6,11,77\n", time: "year + month + day + hour", column: "min", note: `The time is that of year + month + day + hour alone: of year + month + day + hour + min together, 1 of 2 rows has no time in it, the first "2024-01-06 11:77"`},
		{text: "year,month,day,hr\n2024,1,5,88\n2024,1,6,91\n", time: "year + month + day", column: "hr", note: "The time is that of year + month + day alone"},
		{text: "year,month,day,hour,min\n2024,1,5,10,3\n2024,1,6,11,7\n", time: "year + month + day + hour + min", column: "min"},
		{text: "date,hour,minute\n2024-01-05,10,3\n2024-01-06,11,77\n", time: "date + hour", column: "minute", note: "date + hour alone"},
		{text: "year,week,v\n2024,5,1\n2024,7,2\n", time: "year", column: "week", note: `Not in the time, which is the beginning of the year for all rows of it: week ("5")`},
		{text: "year,doy,v\n2024,5,1\n2024,107,2\n", time: "year + doy", column: "v"},
		{text: "year,doy,hr,v\n2024,5,0,1\n2024,366,23,2\n", time: "year + doy + hr", column: "v", from: "2024-01-05T00:00", to: "2024-12-31T23:00"},
		{text: "year,doy,v\n2024,5,1\n2023,366,2\n", time: "year", column: "doy", note: "of year + doy together, 1 of 2 rows has no time in it, the first \"2023 366\""},
		{text: "YEAR,DOY,HR,m\n2024,15,10,1\n", o: Options{TimeColumn: "YEAR + DOY + HR", TimeFormat: "yyyy D H"}, time: "YEAR + DOY + HR", column: "m", from: "2024-01-15T10:00", to: "2024-01-15T10:00"},
		{text: "year,day,v\n2024,5,1\n2024,107,2\n", o: Options{TimeColumn: "year + day"}, time: "year + day", column: "v", from: "2024-01-05", to: "2024-04-16"},
		{text: "YY,MM,DD,hh,v\n2024,01,15,10,1\n2024,01,15,11,2\n", column: "v", note: `--time-column "YY + MM + DD + hh" joins them`},
		{text: "YY,MM,DD,hh,v\n2024,01,15,10,1\n2024,01,15,11,2\n", o: Options{TimeColumn: "YY + MM + DD + hh"}, time: "YY + MM + DD + hh", column: "v", from: "2024-01-15T10:00", to: "2024-01-15T11:00"},
		// A zone in the name of a part is no other time.
		{text: "date,hour (CET),v\n2024-01-15,1,1\n2024-01-15,23,2\n", time: "date + hour (CET)", column: "v", from: "2024-01-15T01:00", to: "2024-01-15T23:00", note: "the name says CET"},
		{text: "Datum;Uhrzeit (MEZ);v\n2024-01-15;10:30;1\n", time: "Datum + Uhrzeit (MEZ)", column: "v", from: "2024-01-15T10:30", to: "2024-01-15T10:30", note: "--time-zone Europe/Berlin"},
		{text: "date,time_utc,v\n2024-01-15,10:30,1\n", time: "date + time_utc", column: "v", from: "2024-01-15T10:30", to: "2024-01-15T10:30"},
		{text: "date,hour_est,v\n2024-01-15,1,1\n2024-01-15,23,2\n", time: "date", column: "hour_est"},
		// Years of two digits, and of one that has lost its zero, are told.
		{text: "YY,MM,DD,hh,mm,v\n24,1,5,0,3,1\n5,1,5,11,0,2\n", o: Options{TimeColumn: "YY + MM + DD + hh + mm"}, time: "YY + MM + DD + hh + mm", column: "v", from: "2005-01-05T11:00", to: "2024-01-05T00:03", note: "2 times a year of two digits, which is taken for one from 1969 to 2068"},
		{text: "YY,MM,DD,hh,mm,v\n24,1,5,0,3,1\n24,1,5,11,0,2\n", o: Options{TimeColumn: "YY + MM + DD + hh + mm", TimeFormat: "yy-MM-dd HH:mm"}, time: "YY + MM + DD + hh + mm", column: "v", from: "2024-01-05T00:03", to: "2024-01-05T11:00"},
		{text: "yy,doy,v\n99,15,1\n", o: Options{TimeColumn: "yy + doy"}, time: "yy + doy", column: "v", from: "1999-01-15", to: "1999-01-15", note: "once a year of two digits"},
		{text: "YYYY,DOY,HH,v\n2024,15,10,1\n", column: "v", note: `--time-column "YYYY + DOY + HH" joins them`},
		{text: "YYYY,DOY,HH,v\n2024,15,10,1\n", o: Options{TimeColumn: "YYYY + DOY + HH"}, time: "YYYY + DOY + HH", column: "v", from: "2024-01-15T10:00", to: "2024-01-15T10:00"},
		{text: "x,v\n2024011510,1\n2024011511,1\n", column: "x", note: "Could be times: x (dates and hours). --time-column NAME takes one"},
		{text: "YY,MM,DD,v\n2024,1,15,1\n", o: Options{TimeColumn: "YY + MM + DD", TimeFormat: "yyyy MM dd"}, time: "YY + MM + DD", column: "v", from: "2024-01-15T00:00", to: "2024-01-15T00:00"},
		{text: "a,b,c,v\n2024,1,15,1\n", o: Options{TimeColumn: "a + b + c", TimeFormat: "yyyyMMdd"}, time: "a + b + c", column: "v", from: "2024-01-15T00:00", to: "2024-01-15T00:00"},
		{text: "#YY  MM DD hh mm WDIR WSPD\n#yr  mo dy hr mn degT m/s\n2024 01 15 10 50 180  5.2\n2024 01 15 11 00 190  5.5\n", time: "yr + mo + dy + hr + mn", column: "degT", from: "2024-01-15T10:50", to: "2024-01-15T11:00"},
		{text: "#YY  MM DD hh mm WDIR WSPD\n2024 01 15 10 50 180  5.2\n2024 01 15 11 00 190  5.5\n", column: "WDIR", note: `--time-column "YY + MM + DD + hh + mm" joins them`},
		{text: "#YY  MM DD hh mm WDIR WSPD\n2024 01 15 10 50 180  5.2\n2024 01 15 11 00 190  5.5\n", o: Options{TimeColumn: "YY + MM + DD + hh + mm"}, time: "YY + MM + DD + hh + mm", column: "WDIR", from: "2024-01-15T10:50", to: "2024-01-15T11:00"},
		{text: "year,mm,v\n2001,5,1\n2002,7,2\n", time: "year", column: "mm"}, // of rain
		// The pattern that is told reads what it is told for.
		{text: "date,time,m\n20240115,930,1\n20240115,1031,2\n", time: "date", column: "time", note: `--time-column "date + time" --time-format "yyyyMMdd HHmm"`},
		{text: "date,time,m\n20240115,930,1\n20240115,1031,2\n", o: Options{TimeColumn: "date + time", TimeFormat: "yyyyMMdd HHmm"}, time: "date + time", column: "m", from: "2024-01-15T09:30", to: "2024-01-15T10:31"},
		{text: "date,time,m\n2024-01-15,5,1\n2024-01-15,103100,2\n", time: "date", column: "time", note: `--time-column "date + time" --time-format "yyyy-MM-dd HHmmss"`},
		{text: "date,time,m\n2024-01-15,5,1\n2024-01-15,103100,2\n", o: Options{TimeColumn: "date + time", TimeFormat: "yyyy-MM-dd HHmmss"}, time: "date + time", column: "m", from: "2024-01-15T00:00:05", to: "2024-01-15T10:31"},
		{text: "date,time,m\n15.01.2024,0930,1\n15.01.2024,1031,2\n", time: "date", column: "time", note: `--time-format "dd.MM.yyyy HHmm"`},
		{text: "date,time,ms,v\n2024-01-15,10:00:00,123,1\n2024-01-15,10:00:00,4,2\n", time: "date + time", column: "ms", note: `ms is not in the time. If it holds the milliseconds of it, --time-column "date + time + ms" joins them`},
		{text: "date,time,ms,v\n2024-01-15,10:00:00,123,1\n2024-01-15,10:00:00,4,2\n", o: Options{TimeColumn: "date + time + ms"}, time: "date + time + ms", column: "v", from: "2024-01-15T10:00:00.004", to: "2024-01-15T10:00:00.123"},
		{text: "ts,ms\n1705312800,123\n1705312800,4\n", o: Options{TimeColumn: "ts + ms"}, time: "ts + ms", column: "ts", from: "2024-01-15T10:00:00.004", to: "2024-01-15T10:00:00.123"},
		{text: "year,day_of_year,v\n2024,5,1\n2024,107,2\n", time: "year + day_of_year", column: "v"},
		{text: "year,month,kw,v\n2024,5,1,3\n2024,10,2,4\n", time: "year + month", column: "kw", note: "the beginning of the month for all rows of it: kw"},
		{text: "year,day,v\n2024,5,1\n2024,107,2\n", time: "year", column: "day", note: `--time-column "year + day" takes the number for that of a day in its year`},
		{text: "year,month,date_of_month,v\n2000,1,1,1\n2000,1,13,2\n", time: "year + month + date_of_month", column: "v"},
		{text: "year,month,date_of_month,v\n2000,1,1,1\n2000,1,13,2\n", o: Options{TimeColumn: "year + month + date_of_month", TimeFormat: "yyyy-MM-dd"}, time: "year + month + date_of_month", column: "v"},
		{text: "year,month,v\n2000,1,1\n2000,1,2\n", time: "year + month", column: "v"},
		// A column without a name that says the zone of the times is told.
		{text: "2024-01-05 10:00:00,5,IST\n2024-01-05 10:00:01,7,IST\n", time: "column_1", column: "column_3", note: `column_3 ("IST") seems to say of which zone`},
		{text: "2024-01-05 10:00:00 IST 5\n2024-01-05 10:00:01 IST 7\n", time: "column_1 + column_2", column: "column_3", note: `column_3 ("IST") seems to say of which zone`},
		{text: "2024-01-05 10:00:00,5,+0100\n2024-01-05 10:00:01,7,+0100\n", time: "column_1", column: "column_3", note: `column_3 ("+0100") seems to say of which zone`},
	} {
		table := look(t, f.text, f.o)
		if notes := strings.Join(append(table.Notes, table.Time.notes...), "\n"); table.Time.Source != f.time || !strings.Contains(notes, f.note) {
			t.Errorf("%q: %q, %s", f.text, table.Time.Source, notes)
		}
		if !strings.HasPrefix(table.Span.Start.String(), f.from) || !strings.HasPrefix((table.Span.End-1).String(), f.to) {
			t.Errorf("%q: %s", f.text, table.Span)
		}
		if !slices.ContainsFunc(table.Columns, func(c Column) bool { return c.Name == f.column }) {
			t.Errorf("%q: %+v", f.text, table.Columns)
		}
	}
}

// What may be no time, or one in several ways, is refused with the flag for each.
func TestTimesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		text string
		says []string
		o    Options
	}{
		{text: "score,n\n3-2-10,1\n4-1-11,2\n", says: []string{`--time-format "MM-dd-yy" or "dd-MM-yy"`, "--time 2024-01-01"}},
		{text: "chapter,n\n1/2/10,1\n13/1/11,2\n", says: []string{`--time-format "dd/MM/yy"`, "--time 2024-01-01"}},
		{text: "createdTime,n\n1.60328E+12,1\n1.60329E+12,2\n", says: []string{"1.60328E+12 is how a spreadsheet shortens a large number, of which digits are lost"}},
		{text: "year,month,d\n2000,1,1\n2000,1,2\n", o: Options{TimeColumn: "year + month", TimeFormat: "dd.MM.yyyy"}, says: []string{`with the format "dd.MM.yyyy"`, `"2000-01"`}},
		{text: "a,b,d\n2000,1,1\n", o: Options{TimeColumn: "a + b", TimeFormat: "dd.MM.yyyy"}, says: []string{`the first value is "2000 1"`}},
	} {
		f.o.CopyDir = filepath.Join(t.TempDir(), "copies")
		_, err := Files(t.Context(), []string{write(t, "a.csv", f.text)}, f.o)
		for _, text := range f.says {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%q: %v", f.text, err)
			}
		}
	}
}

// The zone behind the time of a log counts in each line that has one; one that nobody knows is refused until it is told.
func TestZonesOfLogs(t *testing.T) {
	t.Parallel()
	const unknown = "2024-03-01 10:00:00 IST INFO a\n2024-03-01 10:00:01 (IST) WARN b, c\n"
	_, err := Files(t.Context(), []string{write(t, "a.log", unknown)}, Options{CopyDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), `zone that is not known: "2024-03-01 10:00:00 IST"`) || !strings.Contains(err.Error(), "--time-zone IST=Asia/Kolkata") {
		t.Error(err)
	}
	for text, min := range map[string]string{
		unknown: "2024-03-01T04:30:00.000Z",
		"2024-03-01 10:00:00 +0200 INFO a\n2024-03-01 10:00:01 WARN b, c\n2024-03-01 10:00:02 +0200 INFO d\n": "2024-03-01T08:00:00.000Z",
	} {
		table := look(t, text, Options{Zones: map[string]string{"IST": "Asia/Kolkata"}})
		if at := table.Time.good.min.String(); at != min || table.Time.lacking > 0 {
			t.Errorf("%q: from %s, %d lacking", text, at, table.Time.lacking)
		}
	}
}
