package detect

import (
	"bytes"
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
	o.CopyDir = filepath.Join(t.TempDir(), "copies")
	table, err := Files(t.Context(), []string{write(t, "rows.txt", text)}, o)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return table
}

func TestColumnTypes(t *testing.T) {
	t.Parallel()
	f := func(want string, values ...string) {
		t.Helper()
		text := "time;a;z\n2020-01-01;" + strings.Join(values, ";\n2020-01-01;") + ";\n"
		if got := look(t, text, Options{}).Columns[0].Type; got != want {
			t.Errorf("%q: %s, want %s", values, got, want)
		}
	}
	f("long", "1", "-2", "0")
	f("long", "1", "", "NA")
	f("double", "1", "2.5", "1e9", "-.5")
	f("string", "1", "x")
	f("string", "", "NA")
	f("string", "00501", "10001")
	f("string", "+4366012345")
	f("double", "0.5", "-0.25")
	f("long", "9223372036854775807", "-9223372036854775808")
	f("string", "9223372036854775808")
	f("string", "1e400")
	f("string", "1e-400")
	f("double", "0e0", "1.50")
	f("string", "0x10")
	f("string", "1_000")
	f("string", "Inf")
	f("string", "true")
	f("string", "1.2.3")
	f("string", "--1")
	f("string", "1", "1.2.3.4")
	f("double", "3,50", "1.234,5", "12")
	f("string", "3,50", "3.50")
	f("string", "1,234")
	f("double", "1,234", "1,5")
	f("double", "1,234", "1,234.5")
	f("long", "1,234,567")
	f("double", "1,234,567.5", "1,234")
	f("string", "1,234,567", "1,2")
	f("string", "1,23,456")
	f("string", "0,123,456")
	f("double", "0,123")
	f("string", "9007199254740993", "0.5")
	f("double", "9007199254740992", "0.5")
}

// Points part thousands beside a decimal comma, or are decimal points: the column stays text, and it is told where.
func TestUnclearCommasAreTold(t *testing.T) {
	t.Parallel()
	got := look(t, "time;v\n2020-01-01;1.234\n2020-01-02;2,5\n", Options{})
	if notes := strings.Join(got.Notes, "\n"); got.Columns[0].Type != "string" || !strings.Contains(notes, `v ("2,5" in `) || !strings.Contains(notes, "line 3)") {
		t.Errorf("%v: %s", got.Columns, notes)
	}
	got = look(t, "time;v;w;x\n2020-01-01;1.234;0.125;1.5\n2020-01-02;2.500;1.250;1.234\n", Options{})
	if notes := strings.Join(got.Notes, "\n"); got.Columns[0].Type != "string" || got.Columns[1].Type != "double" || got.Columns[2].Type != "double" || !strings.Contains(notes, `v ("1.234" in `) {
		t.Errorf("%v: %s", got.Columns, notes)
	}
}

func TestColumnsOfJSON(t *testing.T) {
	t.Parallel()
	got := look(t, `{"time":"2020-01-01","l":1,"d":1.5,"s":"1","b":true,"m":["x","y"],"n":null,"o":{"x":1}}
{"late":2,"time":"2020-01-01","d":1}`, Options{})
	want := []Column{{Name: "l", Type: "long", Sum: "long"}, {Name: "d", Type: "double", Sum: "double"}, {Name: "s", Type: "string"}, {Name: "b", Type: "string"},
		{Name: "m", Type: "string", List: true}, {Name: "n", Type: "string"}, {Name: "o.x", Type: "long", Sum: "long"}, {Name: "late", Type: "long", Sum: "long"}}
	if diff := cmp.Diff(want, got.Columns); diff != "" {
		t.Error(diff)
	}
}

// Objects whose keys are values, and not names, do not become a column each.
func TestObjectsOfManyKeysStayWhole(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&text, "{\"time\":\"2020-01-01\",\"o\":{\"k%d\":1},\"p\":{\"x\":1}}\n", i)
	}
	got := look(t, text.String(), Options{})
	if len(got.Columns) != 2 || got.Columns[0].Name != "o" || got.Columns[1].Name != "p.x" || got.Rows != 1200 {
		t.Errorf("%d rows, %v", got.Rows, got.Columns)
	}
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
	f("a,when", "1,2020-01-31T10:20:30.123+02:00", "when", "iso")
	f("a,when", "1,2020-01-31 10:20:30", "when", "auto")
	f("a,ts", "1,1580466030", "ts", "posix")
	f("a,ts", "1,1580466030123", "ts", "millis")
	f("a,ts", "1,1580466030123456", "ts", "micro")
	f("a,ts", "1,1580466030123456789", "ts", "nano")
	f("ean,sold", "4006381333931,2020-01-31", "sold", "iso") // thirteen digits can be anything
	f("a,date", "1,20200131", "date", "yyyyMMdd")
	f("a,when", "1,2020/01/31 10:20", "when", "yyyy/MM/dd HH:mm")
	f("a,when", "1,31.01.2020", "when", "dd.MM.yyyy")
	f("a,when", "1,31/01/2020 10:20:30", "when", "dd/MM/yyyy HH:mm:ss")
	f("a,when", "1,01/31/2020 10:20:30 PM", "when", "MM/dd/yyyy hh:mm:ss a")
	f("a,when", "1,31/Jan/2020:10:20:30 +0100", "when", "as people write it")
	f("dep_time,year,updated_at,time_hour", "517,2013,2013-02-01,2013-01-01T10:00:00Z", "time_hour", "iso")
	f("date,timestamp", "2013-02-01,1580466030", "date", "iso") // dates before numbers
	f("timestamp,__time", "2013-02-01,2020-01-31", "__time", "iso")
	f("lifetime,candidate,updateCount,v", "1580466030,20240115,1580466030,x", "", "the same for all rows")
	f("createdAt,v", "1580466030,x", "createdAt", "posix")
	f("year,v", "1999,x", "year", "yyyy")
	f("id,v", "1999,x", "", "the same for all rows")
}

func TestManyFilesAreReadWhole(t *testing.T) {
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
	if table.Rows != 80 || table.Granularity != "MONTH" || table.Why != "" || table.Span.String() != "2020-01-01T00:00:00.000Z/2020-02-09T00:00:00.001Z" {
		t.Errorf("%d rows, %s, %s, %s", table.Rows, table.Granularity, table.Span, table.Why)
	}
}

// Batches are read by several workers, and what they find does not depend on which.
func TestManyBatches(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("time,a,b\n")
	begin := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 150_000 {
		fmt.Fprintf(&text, "%s,%d,%d\n", begin.Add(time.Duration(i)*time.Second).Format(time.RFC3339), i%7, i)
	}
	text.WriteString("2021-01-01T00:00:00Z,x,y\n2021-01-01T00:00:00Z,z,1\n")
	table := look(t, text.String(), Options{})
	notes := strings.Join(table.Notes, "\n")
	if table.Rows != 150_002 || table.Why != "" || table.Span.String() != "2020-01-01T00:00:00.000Z/2021-01-01T00:00:00.001Z" || !strings.Contains(notes, `a is text, as 2 of its 150,002 values are no number, the first "x" in `) || !strings.Contains(notes, "line 150002;") {
		t.Errorf("%d rows, %s, %s, %s", table.Rows, table.Span, table.Why, notes)
	}
	if _, err := Files(t.Context(), []string{write(t, "a.csv", text.String())}, Options{Types: map[string]string{"a": "long", "b": "long"}}); err == nil || !strings.Contains(err.Error(), "2 rows do not fit") {
		t.Errorf("%v", err)
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
    "tuningConfig": {"type": "index_parallel", "maxParseExceptions": 0, "maxSavedParseExceptions": 20}
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
	for _, text := range []string{"time,a\n2020-01-01,1\n", `{"t":"2020-01-01","a":[1,{}],"b":{"c":{"d":"\u0041"}}}`, "a;b\n1;\"2\n", "\ufeff|\n||\n", "20200131\t1\n", "01/02/2020,x"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := Files(t.Context(), []string{write(t, "rows", string(text))}, Options{CopyDir: filepath.Join(t.TempDir(), "copies"), SkipBad: -1})
		if err != nil {
			return
		}
		task, err := table.Task("x")
		if err != nil || !json.Valid(task) {
			t.Fatalf("%s, %v", task, err)
		}
		for _, path := range table.Copies {
			rows, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(rows) {
				if !json.Valid(line) {
					t.Fatalf("%q", line)
				}
			}
		}
	})
}
