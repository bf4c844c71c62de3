package detect

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func look(t *testing.T, text string, o Options) *Table {
	t.Helper()
	table, err := Files(t.Context(), []string{write(t, "rows.txt", text)}, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestFormats(t *testing.T) {
	t.Parallel()
	f := func(text string, want Format) {
		t.Helper()
		if diff := cmp.Diff(want, look(t, text, Options{}).Format); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	f(`{"time":"2020-01-01","a":1}`, Format{Kind: "json"})
	// Headers that ingestion would not take as they are.
	f("\ufefftime,a\n2020-01-01,1\n", Format{Kind: "csv", Delimiter: ",", Header: true, Columns: []string{"time", "a"}, Skip: 1})
	f("time,a,a,a_2\n2020-01-01,1,2,3\n", Format{Kind: "csv", Delimiter: ",", Header: true, Columns: []string{"time", "a", "a_3", "a_2"}, Skip: 1})
	f(",time,a\n0,2020-01-01,x\n", Format{Kind: "csv", Delimiter: ",", Header: true, Columns: []string{"column_1", "time", "a"}})
	f("time\ta\n2020-01-01\t1,5\n2020-01-02\t2,5\n", Format{Kind: "tsv", Delimiter: "\t", Header: true, Columns: []string{"time", "a"}})
	f("time;a;b\n2020-01-01;1,5;x\n2020-01-02;2;y\n", Format{Kind: "tsv", Delimiter: ";", Header: true, Columns: []string{"time", "a", "b"}})
	f("time|a\r\n2020-01-01|x y\r\n", Format{Kind: "tsv", Delimiter: "|", Header: true, Columns: []string{"time", "a"}})
	f("2020-01-01,x,1\n2020-01-02,y,2\n", Format{Kind: "csv", Delimiter: ",", Header: false, Columns: []string{"column_1", "column_2", "column_3"}})
	f("time,\"a,b\"\n2020-01-01,\"x, \"\"y\"\"\"\n", Format{Kind: "csv", Delimiter: ",", Header: true, Columns: []string{"time", "a,b"}})
	// Only texts, but the first line comes again below: no header.
	f("2020-01-01,x\n2020-01-02,x\n", Format{Kind: "csv", Delimiter: ",", Header: false, Columns: []string{"column_1", "column_2"}})
	f("\n\ntime,a\n\n2020-01-01,1\n\n", Format{Kind: "csv", Delimiter: ",", Header: true, Columns: []string{"time", "a"}, Skip: 3})
}

func TestColumnTypes(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...Column) {
		t.Helper()
		if diff := cmp.Diff(want, look(t, text, Options{}).Columns); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	csv := func(values ...string) string {
		return "time,a\n2020-01-01," + strings.Join(values, "\n2020-01-01,") + "\n"
	}
	f(csv("1", "-2", "0"), Column{"a", "long"})
	f(csv("1", "", "NA"), Column{"a", "long"})
	f(csv("1", "2.5", "1e9", "-.5"), Column{"a", "double"})
	f(csv("1", "x"), Column{"a", "string"})
	f(csv("", "NA"), Column{"a", "string"})
	f(csv("00501", "10001"), Column{"a", "string"}) // zip codes
	f(csv("+4366012345"), Column{"a", "string"})    // telephones
	f(csv("0.5", "-0.25"), Column{"a", "double"})
	f(csv("9223372036854775807"), Column{"a", "long"})
	f(csv("9223372036854775808"), Column{"a", "string"})
	f(csv("0x10"), Column{"a", "string"})
	f(csv("1_000"), Column{"a", "string"})
	f(csv("Inf"), Column{"a", "string"})
	f(csv("true"), Column{"a", "string"})
	f(csv("1.2.3"), Column{"a", "string"})
	f(csv("--1"), Column{"a", "string"})
	f(`{"time":"2020-01-01","l":1,"d":1.5,"s":"1","b":true,"m":["x","y"],"n":null,"o":{"x":1}}
{"late":2,"time":"2020-01-01","d":1}`,
		Column{"l", "long"}, Column{"d", "double"}, Column{"s", "string"}, Column{"b", "string"}, Column{"m", "string"}, Column{"n", "string"}, Column{"late", "long"})
}

func TestTimes(t *testing.T) {
	t.Parallel()
	f := func(header, value, column, format string) {
		t.Helper()
		got := look(t, header+"\n"+value+"\n", Options{})
		if got.Time.Column != column || got.Time.Format != format {
			t.Errorf("%s: %s as %s", value, got.Time.Column, got.Time.Format)
		}
	}
	f("a,when", "1,2020-01-31", "when", "iso")
	f("a,when", "1,2020-01-31T10:20:30Z", "when", "iso")
	f("a,when", "1,2020-01-31T10:20:30.123+02:00", "when", "iso")
	f("a,when", "1,2020-01-31 10:20:30", "when", "auto")
	f("a,ts", "1,1580466030", "ts", "posix")
	f("a,ts", "1,1580466030123", "ts", "millis")
	f("a,ts", "1,1580466030123456", "ts", "micro")
	f("a,ts", "1,1580466030123456789", "ts", "nano")
	f("ean,sold", "4006381333931,2020-01-31", "sold", "iso") // thirteen digits can be anything
	f("a,when", "1,\"Fri, 31 Jan 2020 10:20:30 GMT\"", "when", "EEE, dd MMM yyyy HH:mm:ss 'GMT'")
	f("a,date", "1,20200131", "date", "yyyyMMdd")
	f("a,when", "1,2020/01/31 10:20", "when", "yyyy/MM/dd HH:mm")
	f("a,when", "1,31.01.2020", "when", "dd.MM.yyyy")
	f("a,when", "1,31/01/2020 10:20:30", "when", "dd/MM/yyyy HH:mm:ss")
	f("a,when", "1,01/31/2020 10:20:30 PM", "when", "MM/dd/yyyy hh:mm:ss a")
	f("a,when", "1,31/Jan/2020:10:20:30 +0100", "when", "dd/MMM/yyyy:HH:mm:ss Z")
	// The name decides between several.
	f("dep_time,year,updated_at,time_hour", "517,2013,2013-02-01,2013-01-01T10:00:00Z", "time_hour", "iso")
	f("date,timestamp", "2013-02-01,1580466030", "timestamp", "posix")
	f("timestamp,__time", "2013-02-01,2020-01-31", "__time", "iso")
	f = func(_, value, column, format string) {
		t.Helper()
		got := look(t, value, Options{})
		if got.Time.Column != column || got.Time.Format != format {
			t.Errorf("%s: %s as %s", value, got.Time.Column, got.Time.Format)
		}
	}
	f("", `{"date":20200131,"x":1580466030}`, "date", "yyyyMMdd")
	f("", `{"t":1580466030.5,"x":1}`, "t", "posix")
	f("", `{"t":"1580466030123"}`, "t", "millis")
	f("", `{"id":1234567890123400000,"made":"Fri Jan 31 10:20:30 +0000 2020"}`, "made", "EEE MMM dd HH:mm:ss Z yyyy")
}

func TestWhatTheCallerKnowsWins(t *testing.T) {
	t.Parallel()
	got := look(t, "time,sold\n2020-01-01,03/04/2021\n", Options{TimeColumn: "sold", TimeFormat: "dd/MM/yyyy", Granularity: "week", Format: "csv"})
	if got.Time.Column != "sold" || got.Time.Format != "dd/MM/yyyy" || got.Granularity != "WEEK" {
		t.Errorf("%+v", got)
	}
	if want := time.Date(2021, 4, 3, 0, 0, 0, 0, time.UTC); got.Span.Start != druid.InstantOf(want) {
		t.Errorf("starts %s", got.Span.Start)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	f := func(path string, o Options, says ...string) {
		t.Helper()
		_, err := Files(t.Context(), []string{path}, o)
		for _, part := range says {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%q is not in: %v", part, err)
			}
		}
	}
	f(write(t, "a.csv", "ean,a\n4006381333931,x\n"), Options{}, "no column of time", "--time-column")
	f(write(t, "a.csv", "a,b\n1,x\n2,y\n"), Options{}, "no column of time", `a                        "1", "2"`, "--time-column", "--time-format")
	f(write(t, "a.csv", "a,b\n1,x\n"), Options{TimeColumn: "c"}, `no column "c"`, "  b ")
	f(write(t, "a.csv", "a,b\n1,x\n"), Options{TimeColumn: "b"}, `column "b" holds no time`, `"x"`, "--time-format")
	f(write(t, "a.csv", "a,b\n1,x\n"), Options{TimeColumn: "b", TimeFormat: "iso"}, `"x"`, `format "iso"`)
	f(write(t, "a.csv", "a,b\n1,03/04/2021\n"), Options{}, "more ways than one", `--time-format "MM/dd/yyyy" or "dd/MM/yyyy"`)
	f(write(t, "a.csv", "a,time\n1,2020-01-01\n2,\n"), Options{}, `column "time" is the time, but has none in 1 of 2 rows`, "--time-column")
	f(write(t, "a.csv", "a,b\n1,x\n"), Options{TimeFormat: "qqq"}, "--time-format", "qqq")
	f(write(t, "a.csv", "time,a\n2020-01-01,\"x\ny\"\n"), Options{}, "1 of 3 lines looked at end within quotes", "mlr")
	f(write(t, "a.csv", "\"time\";\"a\"\n\"2020-01-01\";\"x;y\"\n"), Options{}, "2 of 2 lines looked at have values in quotes", "--ifs ';'")
	f(write(t, "a.json", `{"a":{"time":"2020-01-01"}}`), Options{}, "nested objects", ". + .a")
	f(write(t, "a.csv", "a,time\r1,2020-01-01\r"), Options{}, "carriage return")
	f(write(t, "a.csv", "\xff\xfea\x00"), Options{}, "UTF-16", "iconv")
	f("-", Options{}, "standard input", "save")
	f(write(t, "a.csv", "a,time\n"), Options{}, "no")
	f(write(t, "a.csv", "a,time\n1,2020-01-01\n"), Options{Granularity: "FORTNIGHT"}, "must be one of", "DAY")
	f(write(t, "a.csv", "a,time\n1,2020-01-01\n"), Options{Format: "json"}, "JSON objects, one a line")
	f(write(t, "a.json", "[{\"a\":1}]"), Options{}, "array", "jq")
	f(write(t, "a.json", "{\n\"a\":1}"), Options{}, "no whole JSON object", "jq")
	f(write(t, "a.json", "{\"time\":\"2020-01-01\"}\n[]"), Options{}, "row 2")
	f(write(t, "a.txt", "hello\nworld\n"), Options{}, "not recognised", "hello")
	f(write(t, "a.csv", ""), Options{}, "is empty")
	f(write(t, "a.csv", "\n \n"), Options{}, "blank lines")
	f(write(t, "a.csv", "a\x00b"), Options{}, "not text")
	f(write(t, "a.parquet", "PAR1...."), Options{}, "Parquet")
	f(write(t, "a.xlsx", "PK\x03\x04...."), Options{}, "Excel", "csv")
	f(write(t, "a.csv", "\x1f\x8b\x08"), Options{}, "must end in .gz")
	f(write(t, "a.csv.gz", "a,b"), Options{}, "not compressed with gzip")
	f(write(t, "a.csv", strings.Repeat("x", 2*sampleBytes+1)), Options{}, "are one line")
	f(t.TempDir(), Options{}, "is a folder")
	f(filepath.Join(t.TempDir(), "none.csv"), Options{}, "no such file")
}

func TestCompressedFiles(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprintln(w, "time,a")
	for i := range 150_000 {
		fmt.Fprintf(w, "%s,%d\n", time.Unix(int64(i)*60, 0).UTC().Format(time.RFC3339), i%7)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := write(t, "rows.csv.gz", packed.String())
	table, err := Files(t.Context(), []string{path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want float64) {
		if got < 0.9*want || got > 1.1*want {
			t.Errorf("%s: about %.0f, really %.0f", what, got, want)
		}
	}
	near("rows", float64(table.Rows), 150_000)
	near("end", float64(table.Span.End), 150_000*60_000)
	near("text", float64(table.Text()), 150_000*23)
	if _, err := Files(t.Context(), []string{write(t, "cut.csv.gz", packed.String()[:100])}, Options{}); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("a cut file: %v", err)
	}
}

func TestPlainFilesAreSeenToTheirEnd(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("time,a\n")
	begin := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 120_000 { // the same month over and over, then one row of much later
		fmt.Fprintf(&text, "%s,%d\n", begin.Add(time.Duration(i%44640)*time.Minute).Format(time.RFC3339), i%7)
	}
	text.WriteString("2021-01-01T00:00:00Z,x\n")
	table := look(t, text.String(), Options{})
	if table.Span.String() != "2020-01-01T00:00:00.000Z/2021-01-01T00:00:00.001Z" || table.Columns[0].Type != "string" || table.Rows < 119_000 || table.Rows > 121_000 {
		t.Errorf("%d rows, %s, %v", table.Rows, table.Span, table.Columns)
	}
}

func TestManyFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var paths []string
	for day := range 40 {
		path := filepath.Join(dir, fmt.Sprintf("%02d.csv", day))
		at := time.Date(2020, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		if err := os.WriteFile(path, []byte("day,a\n"+at+",1\n"+at+",2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	table, err := Files(t.Context(), paths, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if table.Rows != 80 || table.Granularity != "MONTH" || table.Span.String() != "2020-01-01T00:00:00.000Z/2020-02-09T00:00:00.001Z" {
		t.Errorf("%d rows, %s, %s", table.Rows, table.Granularity, table.Span)
	}
}

func TestGranularity(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	f := func(span time.Duration, rows int64, want string) {
		t.Helper()
		if got := granularity(druid.Interval{End: druid.Instant(span.Milliseconds())}, rows); got != want {
			t.Errorf("%d rows over %v: %s, want %s", rows, span, got, want)
		}
	}
	f(time.Millisecond, 1, "HOUR")
	f(20*time.Hour, 1000, "DAY")
	f(31*day, 27_004, "MONTH")
	f(365*day, 336_776, "YEAR")
	f(365*day, 10_000_000, "MONTH")
	f(365*day, 1_000_000_000, "DAY")
	f(day, 1_000_000_000, "HOUR")
	f(40*365*day, 100, "ALL")
	f(13*365*day, 4_000_000, "YEAR")
}

func TestTask(t *testing.T) {
	t.Parallel()
	table := look(t, "time;city;n;x\n2020-01-01;a;1;0.5\n2020-01-01;b;2;1.5\n", Options{Rollup: true, Append: true})
	table.Files[0].Path = "/data/rows.txt"
	text, err := table.Task("cities")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "type": "index_parallel",
  "spec": {
    "dataSchema": {
      "dataSource": "cities",
      "timestampSpec": {"column": "time", "format": "iso"},
      "dimensionsSpec": {
        "dimensions": ["city"]
      },
      "metricsSpec": [
        {"type": "count", "name": "count"},
        {"type": "longSum", "name": "sum_n", "fieldName": "n"},
        {"type": "doubleSum", "name": "sum_x", "fieldName": "x"}
      ],
      "granularitySpec": {"type": "uniform", "segmentGranularity": "HOUR", "queryGranularity": "HOUR", "rollup": true}
    },
    "ioConfig": {
      "type": "index_parallel",
      "inputSource": {
        "type": "local",
        "files": ["/data/rows.txt"]
      },
      "inputFormat": {"type": "tsv", "delimiter": ";", "findColumnsFromHeader": true},
      "appendToExisting": true
    },
    "tuningConfig": {"type": "index_parallel", "maxSavedParseExceptions": 20}
  }
}
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
}

func TestShortenKeepsTheMeaning(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"a":["x {","y ]","\n  "],"b":{"c":[1,2],"d":{}}}`, `[]`, `{"a":"` + strings.Repeat("long ", 60) + `"}`} {
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(text), "", "  "); err != nil {
			t.Fatal(err)
		}
		var back bytes.Buffer
		if err := json.Compact(&back, shorten(indented.Bytes())); err != nil || back.String() != text {
			t.Errorf("%s: %s, %v", text, &back, err)
		}
	}
}

func FuzzFiles(f *testing.F) {
	for _, text := range []string{"time,a\n2020-01-01,1\n", `{"t":"2020-01-01","a":[1,{}]}`, "a;b\n1;\"2\n", "\ufeff|\n||\n", "20200131\t1\n", "01/02/2020,x"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := Files(t.Context(), []string{write(t, "rows", string(text))}, Options{})
		if err != nil {
			return
		}
		task, err := table.Task("x")
		if err != nil || !json.Valid(task) {
			t.Fatalf("%s, %v", task, err)
		}
	})
}
