package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/segment"
)

// storedRows are the rows of all segments below a data folder as JSON, sorted.
func storedRows(t *testing.T, data string) (rows []string) {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(filepath.Join(data, "segments"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == "index" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, path := range paths {
		seg, err := segment.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		reader, err := seg.RowReader()
		if err != nil {
			t.Fatal(err)
		}
		for row := range seg.Rows() {
			line, err := reader.AppendJSON(nil, row)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, strings.ReplaceAll(strings.ReplaceAll(string(line), `T00:00:00.000Z"`, `"`), `.000Z"`, `"`))
		}
		if err := seg.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(rows)
	return rows
}

// ingestion is a run of ingest, and what is right.
type ingestion struct {
	name  string
	files []string // texts; the first lines of JSON begin with { or [
	flags []string
	want  []string // rows, or nil if it fails
	says  []string
	code  int

	hushed string // what may not be told
}

// What is stored is what the files say, however they say it.
func TestIngestStoresWhatIsThere(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("2024-01-01,1\n", 40)
	tryAll(t, []ingestion{
		{name: "a wider type in a file further on", files: []string{`{"time":"2024-01-01","price":1}`, `{"time":"2024-01-02","price":1.75}`},
			want: []string{`{"__time":"2024-01-01","price":1.0}`, `{"__time":"2024-01-02","price":1.75}`}},
		{name: "lists", files: []string{`{"time":"2024-01-01","c":[-118.89,37.64,1e5]}`, `{"time":"2024-01-02","c":[2,1,2]}`},
			want: []string{`{"__time":"2024-01-01","c":["-118.89","37.64","1e5"]}`, `{"__time":"2024-01-02","c":["2","1","2"]}`}, says: []string{"in their order: c"}},
		{name: "lists with nulls", files: []string{`{"time":"2024-01-01","c":["a",null]}`, `{"time":"2024-01-02","c":["b"]}`},
			want: []string{`{"__time":"2024-01-01","c":"[\"a\",null]"}`, `{"__time":"2024-01-02","c":"[\"b\"]"}`}, says: []string{"kept as JSON: c"}},
		{name: "lists of objects", files: []string{`{"time":"2024-01-01","c":[{"x":1}]}` + "\n" + `{"time":"2024-01-02"}`}, want: []string{`{"__time":"2024-01-01","c":"[{\"x\":1}]"}`, `{"__time":"2024-01-02","c":null}`}, says: []string{"kept as JSON: c"}},
		{name: "nested objects", files: []string{`{"time":"2024-01-01","o":{"a":{"b":1},"l":["x","y"],"s":"q\"r"}}`},
			want: []string{`{"__time":"2024-01-01","o.a.b":1,"o.l":["x","y"],"o.s":"q\"r"}`}, says: []string{"a point in their names: o"}},
		{name: "empty objects", files: []string{`{"time":"2024-01-01","o":{},"p":{"q":{ },"r":1}}` + "\n" + `{"time":"2024-01-02","o":{"a":1},"p":{"q":{"s":2}}}`},
			want: []string{`{"__time":"2024-01-01","o":"{}","o.a":null,"p.q":"{ }","p.q.s":null,"p.r":1}`, `{"__time":"2024-01-02","o":null,"o.a":1,"p.q":null,"p.q.s":2,"p.r":null}`}, says: []string{"Objects are kept as JSON: o, p.q"}},
		{name: "digits beyond 64 bits", files: []string{`{"time":"2024-01-01","id":12345678901234567890}`}, want: []string{`{"__time":"2024-01-01","id":"12345678901234567890"}`}},
		{name: "numbers in a text of JSON", files: []string{`{"time":"2024-01-01","v":1.0}` + "\n" + `{"time":"2024-01-01","v":"1.0"}` + "\n" + `{"time":"2024-01-01","v":1e5}` + "\n" + `{"time":"2024-01-01","v":true}`},
			want: []string{`{"__time":"2024-01-01","v":"1.0"}`, `{"__time":"2024-01-01","v":"1.0"}`, `{"__time":"2024-01-01","v":"1e5"}`, `{"__time":"2024-01-01","v":"true"}`}},
		{name: "large numbers beside fractions", files: []string{"time,v\n2024-01-01,9007199254740993\n2024-01-01,0.5\n"},
			want: []string{`{"__time":"2024-01-01","v":"0.5"}`, `{"__time":"2024-01-01","v":"9007199254740993"}`}, says: []string{"a double would lose digits of its whole numbers: v"}},
		{name: "large numbers with commas between thousands", files: []string{"t,x,y\n2024-01-01,\"9,007,199,254,740,993\",\"-1,234,567\"\n2024-01-02,\"1,000\",5\n"},
			want: []string{`{"__time":"2024-01-01","x":9007199254740993,"y":-1234567}`, `{"__time":"2024-01-02","x":1000,"y":5}`}, says: []string{`commas between thousands: x ("9,007,199,254,740,993" in `, "is 1000), y ("}},
		{name: "numbers with commas beyond 64 bits", files: []string{"t,x\n2024-01-01,\"123,456,789,012,345,678,901\"\n2024-01-02,1\n"},
			want: []string{`{"__time":"2024-01-01","x":"123,456,789,012,345,678,901"}`, `{"__time":"2024-01-02","x":"1"}`}, says: []string{`Kept as text, as no long or double holds a number that large: x (the first "123,456,789,012,345,678,901" in `, "line 2"}},
		{name: "large numbers with commas beside fractions", files: []string{"t,x\n2024-01-01,\"9,007,199,254,740,993\"\n2024-01-02,\"1,000.5\"\n"},
			want: []string{`{"__time":"2024-01-01","x":"9,007,199,254,740,993"}`, `{"__time":"2024-01-02","x":"1,000.5"}`}, says: []string{"a double would lose digits of its whole numbers: x"}},
		{name: "large numbers with decimal commas", files: []string{"t;x\n2024-01-01;9007199254740993,00\n2024-01-02;1,5\n"},
			want: []string{`{"__time":"2024-01-01","x":"9007199254740993,00"}`, `{"__time":"2024-01-02","x":"1,5"}`}, says: []string{"a double would lose digits of its whole numbers: x"}},
		{name: "large numbers with a point", files: []string{`{"t":"2024-01-01","y":1.5,"z":9007199254740992.0}` + "\n" + `{"t":"2024-01-02","y":-9007199254740993.0,"z":1e25}`},
			want: []string{`{"__time":"2024-01-01","y":"1.5","z":9.007199254740992E15}`, `{"__time":"2024-01-02","y":"-9007199254740993.0","z":1.0E25}`}, says: []string{"a double would lose digits of its whole numbers: y."}},
		{name: "a long with commas between thousands", files: []string{"t,x\n2024-01-01,\"1,000\"\n"}, flags: []string{"--type", "x=long"}, want: []string{`{"__time":"2024-01-01","x":1000}`}, says: []string{"commas between thousands: x"}},
		{name: "numbers that are too large", files: []string{"t,a,b,c,d,e\n2024-01-01,9223372036854775808,12345678901234567890,1E400,0.1234567890123456789,007\n2024-01-02,1,,,1e400,12345678901234567890\n"},
			want: []string{`{"__time":"2024-01-01","a":"9223372036854775808","b":"12345678901234567890","c":"1E400","d":"0.1234567890123456789","e":"007"}`,
				`{"__time":"2024-01-02","a":"1","b":null,"c":null,"d":"1e400","e":"12345678901234567890"}`},
			says: []string{`holds a number that large: a (the first "9223372036854775808" in `, "line 2), b (", `), c (the first "1E400"`, `), d (the first "1e400"`, "line 3)."}},
		{name: "codes", files: []string{"time,zip,tel,e\n2024-01-01,00501,+43,1e999\n"}, want: []string{`{"__time":"2024-01-01","zip":"00501","tel":"+43","e":"1e999"}`}},
		{name: "one text", files: []string{"time,v\n" + long[:13*3] + "2024-01-02,x\n"}, want: []string{`{"__time":"2024-01-01","v":"1"}`, `{"__time":"2024-01-01","v":"1"}`, `{"__time":"2024-01-01","v":"1"}`, `{"__time":"2024-01-02","v":"x"}`}},
		{name: "one text among many numbers", files: []string{"time,v\n" + long + "2024-01-02,x\n"}, says: []string{"v is text, as 1 of its 41 values is no number, the first \"x\" in ", "line 42", `--type "v=long" --skip-bad`}},
		{name: "a type that does not fit", files: []string{"time,v\n" + long + "2024-01-02,x\n2024-01-03,1.5\n"}, flags: []string{"--type", "v=long"}, code: 1,
			says: []string{"2 rows do not fit", "line 42, column v: \"x\" is no number", "line 43, column v: \"1.5\" is no whole number"}},
		{name: "a type that does not fit, left out", files: []string{"time,v\n2024-01-01,1\n2024-01-02,x\n"}, flags: []string{"--type", "v=long", "--skip-bad=1"},
			want: []string{`{"__time":"2024-01-01","v":1}`}, says: []string{"Left out: 1 row", `column v: "x" is no number`}},
		{name: "one text among few numbers", files: []string{"time,a,b,c\n2024-01-01,5,1e3,12345\n2024-01-02,1_000,1E5D,00501\n"},
			want: []string{`{"__time":"2024-01-01","a":"5","b":"1e3","c":"12345"}`, `{"__time":"2024-01-02","a":"1_000","b":"1E5D","c":"00501"}`},
			says: []string{`a is text, as 1 of its 2 values is no number, the first "1_000" in `, `line 3; --type "a=long"`, `b is text, as 1 of its 2 values is no number, the first "1E5D" in `, `c is text, as 1 of its 2 values begins with a zero or a plus, which numbers do not keep, the first "00501" in `, `--type "c=long" takes it for numbers`}},
		{name: "infinite beside none", files: []string{"time,v\n2024-01-01,inf\n2024-01-02,NaN\n2024-01-03,1.5\n"}, want: []string{`{"__time":"2024-01-01","v":"inf"}`, `{"__time":"2024-01-02","v":"NaN"}`, `{"__time":"2024-01-03","v":"1.5"}`},
			says: []string{`is infinite to Druid: v (the first "inf" in `}},
		{name: "a decimal comma beside one that may part thousands", files: []string{"time,v\n2024-01-01,\"1,5\"\n2024-01-02,\"1,234\"\n"}, want: []string{`{"__time":"2024-01-01","v":1.5}`, `{"__time":"2024-01-02","v":1.234}`},
			says: []string{`decimal commas: v ("1,5" in `, `line 2; "1,234" in `, "line 3 is 1.234)"}},
		{name: "texts that a given type changes", files: []string{"time,v,w,d\n2024-01-01,12345,5.0,1\n2024-01-02,00501,1e3,+7\n2024-01-03,-0,3,1.5\n"}, flags: []string{"--type", "v=long", "--type", "w=long", "--type", "d=double"},
			want: []string{`{"__time":"2024-01-01","v":12345,"w":5,"d":1.0}`, `{"__time":"2024-01-02","v":501,"w":1000,"d":7.0}`, `{"__time":"2024-01-03","v":0,"w":3,"d":1.5}`},
			says: []string{"Druid would not read all values as numbers of the type that is given", `"v=long" changes 2 texts of v, the first "00501" in `, "line 3 is 501", `"w=long" changes 2 texts of w, the first "5.0" in `, "line 2 is 5,", `"d=double" changes 1 text of d, the first "+7" in `}},
		{name: "a last row that is left out is told once", files: []string{"time,v\n2024-01-01,1\n2024-01-02,2\nTotal,3\n"}, flags: []string{"--skip-bad=1"}, want: []string{`{"__time":"2024-01-01","v":1}`, `{"__time":"2024-01-02","v":2}`},
			says: []string{"Left out: 1 row.\n", `column time: "Total" is no time` + "\n"}, hushed: "the last row"},
		{name: "a last row that seems to be a sum", files: []string{"time,n,v\n2024-01-01,a,1\n2024-01-02,b,2\n,Total,3\n"}, flags: []string{"--time", "2024-01-01", "--drop", "time"},
			want: []string{`{"__time":"2024-01-01","n":"Total","v":3}`, `{"__time":"2024-01-01","n":"a","v":1}`, `{"__time":"2024-01-01","n":"b","v":2}`}, says: []string{`line 4, the last row, begins with "Total"`}},
		{name: "numbers with signs", files: []string{"time,a,b,c\n2024-01-01,$5.50,50%,(5)\n2024-01-02,$6,60%,(7)\n"}, want: []string{`{"__time":"2024-01-01","a":"$5.50","b":"50%","c":"(5)"}`, `{"__time":"2024-01-02","a":"$6","b":"60%","c":"(7)"}`},
			says: []string{`no number has a currency, a unit, a percent sign or brackets to Druid: a (the first "$5.50" in `, `b (the first "50%" in `, `c (the first "(5)" in `}},
		{name: "a type that is given", files: []string{"time,v,w\n2024-01-01,007,5.0\n"}, flags: []string{"--type", "v=long", "--type", "w=long"}, want: []string{`{"__time":"2024-01-01","v":7,"w":5}`}},
		{name: "null words", files: []string{"time,n,d,s\n2024-01-01,NA,-,NA\n2024-01-02,5,1.5,x\n2024-01-03,,,\n"},
			want: []string{`{"__time":"2024-01-01","n":null,"d":null,"s":"NA"}`, `{"__time":"2024-01-02","n":5,"d":1.5,"s":"x"}`, `{"__time":"2024-01-03","n":null,"d":null,"s":null}`},
			says: []string{`Null: n ("NA" once), d ("-" once)`, `kept in columns of text: s ("NA" once)`}},
		{name: "null words of the caller", files: []string{"time,n,s\n2024-01-01,none of it,NA\n2024-01-02,5,x\n"}, flags: []string{"--null", "none of it", "--null", "NA"},
			want: []string{`{"__time":"2024-01-01","n":null,"s":null}`, `{"__time":"2024-01-02","n":5,"s":"x"}`}},
		{name: "decimal commas", files: []string{"time;\"name\";\"amount\";b\n2024-01-01;\"Müller; Söhne\";\"3,50\";1.234,5\n2024-01-02;\"Meier\";\"-4,2\";7\n"},
			want: []string{`{"__time":"2024-01-01","name":"Müller; Söhne","amount":3.5,"b":1234.5}`, `{"__time":"2024-01-02","name":"Meier","amount":-4.2,"b":7.0}`}, says: []string{`decimal commas: amount ("3,50" in `, "line 2), b ("}},
		{name: "commas that may be either", files: []string{"time;v;w\n2024-01-01;1,234;1,234,567.5\n2024-01-02;2;1,000\n"},
			want: []string{`{"__time":"2024-01-01","v":"1,234","w":1234567.5}`, `{"__time":"2024-01-02","v":"2","w":1000.0}`}, says: []string{"commas between thousands: w", `may be a decimal one or part thousands: v ("1,234" in`}},
		{name: "the list delimiter and an empty text", files: []string{"time,a,b\n2024-01-01,x\x01y,\"\"\n"}, want: []string{`{"__time":"2024-01-01","a":"x\u0001y","b":""}`}},
		{name: "names", files: []string{"time,__time,\"Sales, total\"\nx,2024-01-01,5\n"}, want: []string{`{"__time":"2024-01-01","time":"x","Sales total":5}`}, says: []string{`"Sales, total" is "Sales total"`}},
		{name: "rollup of clashing names", files: []string{"time,count,v,sum_v\n2024-01-01T10:05:00,a,9223372036854775807,x\n2024-01-01T10:06:00,a,2,x\n"}, flags: []string{"--rollup"},
			want: []string{`{"__time":"2024-01-01T10:00:00","count":"a","sum_v":"x","count_2":2,"sum_v_2":9.223372036854776E18}`}, says: []string{"may leave 64 bits"}},
		{name: "no time", files: []string{"name,age\nAlan,25\n"}, want: []string{`{"__time":"2000-01-01","name":"Alan","age":25}`}, says: []string{"No column is a time", "--time "}},
		{name: "no time, and a copy", files: []string{"name,age\nAlan,NA\nBob,1\n"}, want: []string{`{"__time":"2000-01-01","name":"Alan","age":null}`, `{"__time":"2000-01-01","name":"Bob","age":1}`}},
		{name: "a time for all", files: []string{"time,v\n2024-01-01,1\n"}, flags: []string{"--time", "1999-05-05"}, want: []string{`{"__time":"1999-05-05","time":"2024-01-01","v":1}`}},
		{name: "some columns", files: []string{"time,a,b,c\n2024-01-01,1,2,3\n"}, flags: []string{"--columns", "a,b", "--drop", "b"}, want: []string{`{"__time":"2024-01-01","a":1}`}},
		{name: "digits below a millisecond", files: []string{"time,v\n2024-01-15T10:20:30.123456Z,1\n"}, want: []string{`{"__time":"2024-01-15T10:20:30.123Z","v":1}`}, says: []string{"below a millisecond"}},
		{name: "digits of numbers below a millisecond", files: []string{"timestamp,v\n1700000000,1\n1700000000.123456,1\n1700000000.5,1\n"}, want: []string{`{"__time":"2023-11-14T22:13:20","v":1}`, `{"__time":"2023-11-14T22:13:20.123Z","v":1}`, `{"__time":"2023-11-14T22:13:20.500Z","v":1}`},
			says: []string{"timestamp: once digits below a millisecond, which Druid's time does not have, are CUT; --type timestamp=string keeps", `the first "1700000000.123456" in `, "line 3"}},
		{name: "digits of nanoseconds", files: []string{"timestamp,v\n1700000000123456789,1\n1700000000123000000,1\n"}, says: []string{"timestamp: once digits below", "CUT", `"1700000000123456789" in `, "line 2"}},
		{name: "digits of microseconds", files: []string{`{"timestamp":1700000000123456}` + "\n" + `{"timestamp":1700000000123457}`}, says: []string{"timestamp: 2 times digits below", "CUT", `"1700000000123456" in `, "line 1"}},
		{name: "a fraction of milliseconds", files: []string{`{"t":1700000000123.7}`}, want: []string{`{"__time":"2023-11-14T22:13:20.123Z"}`}, says: []string{"t: once digits below", "CUT", `"1700000000123.7" in `, "line 1"}},
		{name: "digits below a millisecond in a format", files: []string{"d,v\n15.01.2024 10:20:30.123456,1\n"}, flags: []string{"--time-format", "dd.MM.yyyy HH:mm:ss.SSSSSS"}, want: []string{`{"__time":"2024-01-15T10:20:30.123Z","v":1}`}, says: []string{"d: once digits below", "CUT"}},
		{name: "times kept as texts too", files: []string{"timestamp,v\n1700000000.123456,1\n"}, flags: []string{"--type", "timestamp=string"}, want: []string{`{"__time":"2023-11-14T22:13:20.123Z","timestamp":"1700000000.123456","v":1}`}, says: []string{"copy", "are CUT; --type timestamp=string"}},
		{name: "times kept as texts too, that Druid reads", files: []string{"ts,v\n2024-01-01,1\n"}, flags: []string{"--type", "ts=string"}, want: []string{`{"__time":"2024-01-01","ts":"2024-01-01","v":1}`}, says: []string{"the times are kept as a column too"}},
		{name: "a type of the time, which is dropped", files: []string{"ts,v\n2024-01-01,1\n"}, flags: []string{"--type", "ts=string", "--columns", "v"}, code: 2, says: []string{`"ts" is not ingested, by --columns or --drop`}},
		{name: "fractions of seconds since 1970", files: []string{"ts,v\n1705313472.25,1\n1705313473,2\n"}, want: []string{`{"__time":"2024-01-15T10:11:12.250Z","v":1}`, `{"__time":"2024-01-15T10:11:13","v":2}`}},
		{name: "a line with too many fields", files: []string{"time,v\n2024-01-01,1\n2024-01-02,1,2\n"}, code: 1, says: []string{"line 3"}},
		{name: "a column that there is not", files: []string{"time,v\n2024-01-01,1\n"}, flags: []string{"--type", "w=long"}, code: 2, says: []string{`--type: there is no column "w"`, "  v"}},
		{name: "a type that there is not", files: []string{"time,v\n2024-01-01,1\n"}, flags: []string{"--type", "v=date"}, code: 2, says: []string{"long, double or string"}},
		{name: "a zone that there is not", files: []string{"time,v\n2024-01-01,1\n"}, flags: []string{"--time-zone", "Mars"}, code: 2, says: []string{"--time-zone", "Europe/Berlin"}},
		{name: "a key twice within an object", files: []string{`{"time":"2024-01-01","o":{"a":1,"a":3}}` + "\n" + `{"time":"2024-01-01","o":{"a":1,"A":3}}`}, code: 1, says: []string{"line 1, column o.a: is there twice"}},
		{name: "a key twice within an object, left out", files: []string{`{"time":"2024-01-01","o":{"a":{"b":1},"a":{"b":null}}}` + "\n" + `{"time":"2024-01-01","o":{"a":{"b":1},"A":3}}`}, flags: []string{"--skip-bad=1"},
			want: []string{`{"__time":"2024-01-01","o.A":3,"o.a.b":1}`}, says: []string{"Left out: 1 row"}},
		{name: "keys that look like those of nested objects", files: []string{`{"time":"2024-01-01","o\u0000a":1,"o.a":2,"o":{"a":3}}`}, want: []string{`{"__time":"2024-01-01","o a":1,"o.a":2,"o.a_2":3}`}, says: []string{`"o.a" of the object o is "o.a_2"`}},
		{name: "names that differ in their case alone", files: []string{`{"time":"2024-01-01","a":1,"A":2}`}, want: []string{`{"__time":"2024-01-01","a":1,"A":2}`}},
		{name: "short lists", files: []string{`{"time":"2024-01-01","p":["x"]}` + "\n" + `{"time":"2024-01-01","p":[]}` + "\n" + `{"time":"2024-01-01","p":["y","x","y"]}`},
			want: []string{`{"__time":"2024-01-01","p":"x"}`, `{"__time":"2024-01-01","p":["y","x","y"]}`, `{"__time":"2024-01-01","p":null}`}, says: []string{"a list of one value is that value, and an empty list is null: p (2 times, the first [\"x\"] in ", "line 1)"}},
		{name: "empty lists beside nulls", files: []string{`{"time":"2024-01-01","p":["x"]}` + "\n" + `{"time":"2024-01-01","p":[]}` + "\n" + `{"time":"2024-01-01"}`},
			want: []string{`{"__time":"2024-01-01","p":"[\"x\"]"}`, `{"__time":"2024-01-01","p":"[]"}`, `{"__time":"2024-01-01","p":null}`}, says: []string{"kept as JSON: p"}},
		{name: "zeros with a sign", files: []string{"time,a,b,c\n2024-01-01,-0,-0.0,-0\n2024-01-02,1,2.5,x\n"},
			want: []string{`{"__time":"2024-01-01","a":0,"b":-0.0,"c":"-0"}`, `{"__time":"2024-01-02","a":1,"b":2.5,"c":"x"}`}, says: []string{"-0 is 0 in columns of whole numbers: a (once)."}},
		{name: "numbers that are none to Druid", files: []string{"time,a,b,c,d,e\n2024-01-01,0x10,1_000,+5,1e400,Infinity\n2024-01-02,0x11,2_000,+6,1,2.5\n"},
			want: []string{`{"__time":"2024-01-01","a":"0x10","b":"1_000","c":"+5","d":"1e400","e":"Infinity"}`, `{"__time":"2024-01-02","a":"0x11","b":"2_000","c":"+6","d":"1","e":"2.5"}`}, says: []string{"holds a number that large: d", `e (the first "Infinity" in `}},
		{name: "points without digits", files: []string{"time,a,b\n2024-01-01,.5,5.\n"}, want: []string{`{"__time":"2024-01-01","a":0.5,"b":5.0}`}},
		{name: "numbers that are none in JSON", files: []string{`{"time":"2024-01-01","a":NaN,"b":-Infinity}` + "\n" + `{"time":"2024-01-01","a":1.5,"b":2.5}`},
			want: []string{`{"__time":"2024-01-01","a":1.5,"b":"2.5"}`, `{"__time":"2024-01-01","a":null,"b":"-Infinity"}`}, says: []string{`Null: a ("NaN" once)`, `is infinite to Druid: b (the first "-Infinity" in `}},
		{name: "doubles that another double stands for", files: []string{"time,a,b,c\n2024-01-01,1234567890.1234567,0.30000000000000004,12345678901234567890.5\n2024-01-02,1.5,0.10000000000000001,1\n"},
			want: []string{`{"__time":"2024-01-01","a":1.2345678901234567E9,"b":0.30000000000000004,"c":"12345678901234567890.5"}`, `{"__time":"2024-01-02","a":1.5,"b":0.1,"c":"1"}`}, says: []string{"lose digits of its whole numbers: c"}},
		{name: "digits that a double rounds", files: []string{"time,a,b,c\n2024-01-01,0.1234567890123456789,9007199254740.9931,1.23456789e-320\n"}, says: []string{"Rounded, as a double has 15 to 17 digits: a (once), b (once), c (once). --type COLUMN=string"}},
		{name: "whole numbers that a double rounds", files: []string{"time,a,b\n2024-01-01,9007199254740993,123456789012345678901\n2024-01-01,1,2\n"}, flags: []string{"--type", "a=double", "--type", "b=double"}, says: []string{"Rounded", "a (once), b (once)"}},
		{name: "versions", files: []string{"time,version,price\n2024-01-01,1.10,3.50\n2024-01-02,1.9,4.25\n"},
			want: []string{`{"__time":"2024-01-01","version":1.1,"price":3.5}`, `{"__time":"2024-01-02","version":1.9,"price":4.25}`}, says: []string{`Numbers are kept by their value, not as they are written: version (once, the first "1.10" in `, `line 2), price ("3.50"). --type COLUMN=string`}},
		{name: "true, false and numbers among texts", files: []string{`{"time":"2024-01-01","b":true,"n":1.50,"o":false}` + "\n" + `{"time":"2024-01-01","b":false,"n":"x","o":2}`},
			want: []string{`{"__time":"2024-01-01","b":"false","n":"x","o":"2"}`, `{"__time":"2024-01-01","b":"true","n":"1.50","o":"false"}`}, says: []string{"no type for true and false, so that they are texts: b, o.", "Numbers are texts, as they are written, beside values that are none: n (the first \"x\" in "}},
		{name: "a zero with a sign in JSON", files: []string{`{"time":"2024-01-01","a":-0}` + "\n" + `{"time":"2024-01-02","a":1.5}`}, want: []string{`{"__time":"2024-01-01","a":-0.0}`, `{"__time":"2024-01-02","a":1.5}`}},
		{name: "empty texts among numbers", files: []string{"time,n\n2024-01-01,\"\"\n2024-01-02,5\n"}, want: []string{`{"__time":"2024-01-01","n":null}`, `{"__time":"2024-01-02","n":5}`}, says: []string{`Null: n ("" once)`}},
		{name: "blanks and forms of Unicode", files: []string{"time,a\n2024-01-01, x \n2024-01-02,\u00e9\n2024-01-03,e\u0301\n2024-01-04,\t\n"},
			want: []string{`{"__time":"2024-01-01","a":" x "}`, "{\"__time\":\"2024-01-02\",\"a\":\"\u00e9\"}", "{\"__time\":\"2024-01-03\",\"a\":\"e\u0301\"}", `{"__time":"2024-01-04","a":"\t"}`}},
		{name: "points where others have decimal commas", files: []string{"time;a;b;c\n2024-01-01;1,5;1.234;1.25\n2024-01-02;2,25;12;1.234\n"},
			want: []string{`{"__time":"2024-01-01","a":1.5,"b":"1.234","c":1.25}`, `{"__time":"2024-01-02","a":2.25,"b":"12","c":1.234}`},
			says: []string{`a point in it may part thousands: b ("1.234" in `, "line 2). --type b=double takes it for a decimal point, --type b=long for one between thousands"}},
		{name: "points that the caller knows", files: []string{"time;a;b;c\n2024-01-01;1,5;1.234;1.234\n2024-01-02;2,25;12;1.000\n"}, flags: []string{"--type", "b=long", "--type", "c=double"},
			want: []string{`{"__time":"2024-01-01","a":1.5,"b":1234,"c":1.234}`, `{"__time":"2024-01-02","a":2.25,"b":12,"c":1.0}`}, says: []string{"points between thousands: b."}},
		{name: "commas that the caller knows", files: []string{"time;a;b;c\n2024-01-01;1,234;1,234;1,234\n2024-01-02;2;2;0.5\n"}, flags: []string{"--type", "a=double", "--type", "b=long", "--type", "c=double"},
			want: []string{`{"__time":"2024-01-01","a":1.234,"b":1234,"c":1234.0}`, `{"__time":"2024-01-02","a":2.0,"b":2,"c":0.5}`}, says: []string{`decimal commas: a ("1,234" in `, `commas between thousands: b (`, `c ("1,234" in `}},
		{name: "advice that helps", files: []string{`{"time":"2024-01-01","n":1}` + "\n" + `{"time":"2024-01-01","n":"x"}`}, flags: []string{"--type", "n=long"}, code: 1, says: []string{`"x" is no number`, `--type "n=string" takes any value`}},
	})
}

func tryAll(t *testing.T, tests []ingestion) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := []string{"ingest", "-d", "s", "--data", filepath.Join(dir, "data")}
			for i, text := range test.files {
				ending := ".csv"
				if text[0] == '{' || text[0] == '[' {
					ending = ".json"
				}
				path := filepath.Join(dir, string(rune('a'+i))+ending)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, path)
			}
			var out, errs bytes.Buffer
			code := Main(t.Context(), append(args, test.flags...), &Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			rest := errs.String()
			for _, text := range test.says {
				_, after, found := strings.Cut(rest, text)
				if !found {
					t.Errorf("%q is missing", text)
				} else {
					rest = after
				}
			}
			if test.hushed != "" && strings.Contains(errs.String(), test.hushed) {
				t.Errorf("%q is told", test.hushed)
			}
			if got := storedRows(t, filepath.Join(dir, "data")); test.want != nil && !slices.Equal(got, test.want) || test.code != 0 && got != nil {
				t.Errorf("stored\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			if t.Failed() {
				t.Logf("%s", &errs)
			}
		})
	}
}
