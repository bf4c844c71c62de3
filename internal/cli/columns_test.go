package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Columns that are left out are in no segment, also where no other is left, which Druid takes for a wish to find some: whichever flags leave them out, and
// whether the task reads the file or a copy.
func TestNoColumnIsStoredUnasked(t *testing.T) {
	t.Parallel()
	const day, secret = `{"__time":"2024-01-05"}`, "t,secret\n2024-01-05,123-45-6789\n"
	tryAll(t, []ingestion{
		{name: "all others dropped", files: []string{secret}, flags: []string{"--drop", "secret"}, want: []string{day}, says: []string{"none besides the time"}},
		{name: "the time alone", files: []string{secret}, flags: []string{"--columns", "t"}, want: []string{day}},
		{name: "dropped though named", files: []string{secret}, flags: []string{"--columns", "secret", "--drop", "secret"}, want: []string{day}},
		{name: "rolled up", files: []string{secret}, flags: []string{"--drop", "secret", "--rollup"}, want: []string{`{"__time":"2024-01-05","count":1}`}},
		{name: "sums alone", files: []string{"t,secret,v\n2024-01-05,123-45-6789,4\n"}, flags: []string{"--drop", "secret", "--rollup"}, want: []string{`{"__time":"2024-01-05","count":1,"sum_v":4}`}},
		{name: "no time", files: []string{"x,y\n1,1\n"}, flags: []string{"--drop", "x,y"}, want: []string{`{"__time":"2000-01-01"}`}},
		{name: "called as the missing time", files: []string{"no_time,y\n2024-01-05,1\n"}, flags: []string{"--drop", "no_time,y"}, want: []string{`{"__time":"2000-01-01"}`}},
		{name: "no header", files: []string{"2024-01-05,a\n2024-01-06,b\n"}, flags: []string{"--no-header", "--columns", "column_1"}, want: []string{day, `{"__time":"2024-01-06"}`}},
		{name: "JSON", files: []string{`{"t":"2024-01-05","v":1.50,"o":{"p":2},"l":[1,2],"n":null,"e":[]}` + "\n" + `{"t":"2024-01-05","o":5,"late":"x"}` + "\n"}, flags: []string{"--columns", "t"}, want: []string{day, day}},
		{name: "several files", files: []string{secret, "other,t\n987-65-4321,2024-01-05\n"}, flags: []string{"--columns", "t"}, want: []string{day, day}},
		{name: "tabs", files: []string{"t\tsecret\n2024-01-05\t123-45-6789\n"}, flags: []string{"--drop", "secret"}, want: []string{day}},
		{name: "a copy", files: []string{"t,secret\n5 January 2024,123-45-6789\n"}, flags: []string{"--drop", "secret"}, want: []string{day}},
	})
}

// A flag that has no effect on what is there is refused or told, as are those that exclude each other.
func TestFlagsWithoutEffect(t *testing.T) {
	t.Parallel()
	const text, lines = "t,v\n2024-01-05T00:00Z,5\n", `{"t":"2024-01-05","v":5}` + "\n"
	tryAll(t, []ingestion{
		{name: "path of JSON", files: []string{text}, flags: []string{"--json-path", "x"}, code: exitBadInput, says: []string{"--json-path x is for JSON", "a.csv is csv"}},
		{name: "commas as tsv", files: []string{text}, flags: []string{"--format", "tsv"}, code: exitBadInput, says: []string{"is csv, as commas part its fields", "--delimiter tab"}},
		{name: "tabs beside commas", files: []string{"a,b\tc\nx,y\t3\n"}, flags: []string{"--format", "tsv"}, want: []string{`{"__time":"2000-01-01","a_b":"x,y","c":3}`}},
		{name: "commas as tsv by both", files: []string{text}, flags: []string{"--format", "tsv", "--delimiter", ","}, code: exitBadInput, says: []string{"contradict"}},
		{name: "header of JSON", files: []string{lines}, flags: []string{"--header"}, code: exitBadInput, says: []string{"--header is for text files such as csv", "a.json is JSON"}},
		{name: "no header of JSON", files: []string{lines}, flags: []string{"--no-header"}, code: exitBadInput, says: []string{"--no-header is for text files"}},
		{name: "header of lists", files: []string{`[["a","b"],[1,2]]`}, flags: []string{"--no-header"}, want: []string{`{"__time":"2000-01-01","column_1":"1","column_2":"2"}`, `{"__time":"2000-01-01","column_1":"a","column_2":"b"}`}},
		{name: "fill of JSON", files: []string{lines}, flags: []string{"--fill"}, code: exitBadInput, says: []string{"--fill is for text files"}},
		{name: "no fill of JSON", files: []string{lines}, flags: []string{"--no-fill"}, code: exitBadInput, says: []string{"--no-fill is for text files"}},
		{name: "escape of JSON", files: []string{lines}, flags: []string{"--escape", "none"}, code: exitBadInput, says: []string{"--escape none is for text files"}},
		{name: "delimiter of JSON", files: []string{lines}, flags: []string{"--format", "json", "--delimiter", ";"}, code: exitBadInput, says: []string{`--delimiter ";" is for text files`}},
		{name: "quote of JSON", files: []string{lines}, flags: []string{"--format", "json", "--quote", "none"}, code: exitBadInput, says: []string{"--quote none is for text files"}},
		{name: "zone without times", files: []string{"a,b\n1,2\n"}, flags: []string{"--time-zone", "Asia/Tokyo"}, want: []string{`{"__time":"2000-01-01","a":1,"b":2}`}, says: []string{"--time-zone Asia/Tokyo changes nothing, as no column is a time"}},
		{name: "zone of times that have one", files: []string{text}, flags: []string{"--time-zone", "Asia/Tokyo"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{"--time-zone Asia/Tokyo changes nothing, as all of its times say their zone"}},
		{name: "format of one time", files: []string{text}, flags: []string{"--time", "2024-01-01", "--time-format", "iso"}, code: exitBadInput, says: []string{"exclude each other"}},
		{name: "zone of one time", files: []string{text}, flags: []string{"--time", "2024-01-01", "--time-zone", "Asia/Tokyo"}, code: exitBadInput, says: []string{"exclude each other", "2024-01-01T10:00:00+01:00"}},
		{name: "quotes that are not there", files: []string{text}, flags: []string{"--quote", "'"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`--quote "'" changes nothing: no value stands within them`}, hushed: "single quotes"},
		{name: "bars for quotes", files: []string{text}, flags: []string{"--quote", "|"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`changes nothing: no value stands within them`}},
		{name: "no quotes where none are", files: []string{text}, flags: []string{"--quote", "none"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`--quote none changes nothing: no quotes are there`}},
		{name: "quotes that are there", files: []string{"t,v\n2024-01-05,'5'\n"}, flags: []string{"--quote", "'"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{"values are in single quotes"}, hushed: "changes nothing"},
		{name: "comments that are not there", files: []string{text}, flags: []string{"--comment", "zzz"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`--comment zzz changes nothing: no line begins so`}, hushed: "left out"},
		{name: "comments that are there", files: []string{"zzz a\nt,v\n2024-01-05,5\n"}, flags: []string{"--comment", "zzz"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`lines that begin with zzz are left out as comments`}, hushed: "changes nothing"},
		{name: "comments behind the rows", files: []string{"t,v\n2024-01-05,5\nzzz a\n"}, flags: []string{"--comment", "zzz"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`lines that begin with zzz are left out as comments`}, hushed: "changes nothing"},
		{name: "escapes that are not there", files: []string{text}, flags: []string{"--escape", `\`}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`changes nothing: no backslash is there`}, hushed: "a backslash before a quote"},
		{name: "no escapes where none are", files: []string{text}, flags: []string{"--escape", "none"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`--escape none changes nothing: no backslash is there`}},
		{name: "escapes that are there", files: []string{"t,v\n2024-01-05,\"a \\\"b\\\"\"\n"}, flags: []string{"--escape", `\`}, want: []string{`{"__time":"2024-01-05","v":"a \"b\""}`}, says: []string{"a backslash before a quote"}, hushed: "changes nothing"},
		{name: "rows that are whole", files: []string{text}, flags: []string{"--fill"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`--fill changes nothing: no row lacks its last fields`}},
		{name: "rows that are not whole", files: []string{"t,v,w\n2024-01-05,5\n"}, flags: []string{"--fill"}, want: []string{`{"__time":"2024-01-05","v":5,"w":null}`}, hushed: "changes nothing"},
		{name: "letters that are not there", files: []string{text}, flags: []string{"--time-zone", "IST=Asia/Kolkata"}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{`--time-zone IST=Asia/Kolkata changes nothing, as no time ends in such letters`}},
		{name: "letters that are there", files: []string{"t,v\n2024-01-05 00:00 IST,5\n"}, flags: []string{"--time-zone", "IST=Asia/Kolkata"}, want: []string{`{"__time":"2024-01-04T18:30:00","v":5}`}, hushed: "changes nothing"},
		{name: "folder for no copy", files: []string{text}, flags: []string{"--rows", filepath.Join(t.TempDir(), "rows")}, want: []string{`{"__time":"2024-01-05","v":5}`}, says: []string{"changes nothing: the task reads the files themselves"}},
		{name: "type of what is dropped", files: []string{text}, flags: []string{"--type", "v=string", "--drop", "v"}, code: exitBadInput, says: []string{`"v" is not ingested`}},
		{name: "type of what is not wanted", files: []string{text}, flags: []string{"--type", "v=string", "--columns", "t"}, code: exitBadInput, says: []string{`"v" is not ingested`}},
	})
}

// randomTable is a table, and what is asked for of it.
type randomTable struct {
	names  []string
	texts  map[string][]string // the values of columns of text
	rows   int
	wanted []string // besides the time
}

// drawTable draws one with a column t of times, numbers in columns that begin with v, and texts that are nowhere else in the others.
func drawTable(t *rapid.T) *randomTable {
	names := rapid.Permutation([]string{"v", "v w", "secret", "note", "count", "no_time", "sum_v"}).Draw(t, "names")[:rapid.IntRange(1, 4).Draw(t, "columns")]
	r := &randomTable{names: rapid.Permutation(append([]string{"t"}, names...)).Draw(t, "order"), texts: map[string][]string{}, rows: rapid.IntRange(1, 4).Draw(t, "rows")}
	for i, name := range names {
		for row := range r.rows {
			if name[0] != 'v' {
				r.texts[name] = append(r.texts[name], fmt.Sprintf("private-%d-%d", i, row))
			}
		}
	}
	return r
}

func (r *randomTable) value(name string, row int) string {
	switch {
	case name == "t":
		return fmt.Sprintf("2024-01-%02d", row+1)
	case r.texts[name] == nil:
		return fmt.Sprint(row + 5)
	}
	return r.texts[name][row]
}

// write shares the rows out to files, the second perhaps with its columns in another order.
func (r *randomTable) write(t *rapid.T, form string) (texts []string) {
	files := rapid.IntRange(1, min(r.rows, 2)).Draw(t, "files")
	for file := range files {
		names := slices.Clone(r.names)
		if file == 1 && rapid.Bool().Draw(t, "turned") {
			slices.Reverse(names)
		}
		var lines []string
		for row := file; row < r.rows; row += files {
			values, fields := []string{}, []string{}
			for _, name := range names {
				values = append(values, r.value(name, row))
				fields = append(fields, fmt.Sprintf("%q:%q", name, r.value(name, row)))
				if name[0] == 'v' {
					fields[len(fields)-1] = fmt.Sprintf("%q:%s", name, r.value(name, row))
				}
			}
			switch form {
			case "csv":
				lines = append(lines, strings.Join(values, ","))
			case "tsv":
				lines = append(lines, strings.Join(values, "\t"))
			case "json":
				lines = append(lines, "{"+strings.Join(fields, ",")+"}")
			}
		}
		if form != "json" {
			lines = slices.Insert(lines, 0, strings.Join(names, map[string]string{"csv": ",", "tsv": "\t"}[form]))
		}
		texts = append(texts, strings.Join(lines, "\n")+"\n")
	}
	return texts
}

// ask draws flags, and notes which columns are to be there with them.
func (r *randomTable) ask(t *rapid.T) (flags []string) {
	timed := rapid.Bool().Draw(t, "timed")
	if timed {
		flags = append(flags, "--time=2024-02-03")
	} else if rapid.Bool().Draw(t, "zoned") {
		flags = append(flags, "--time-zone=+01:00") // which takes a copy
	}
	only, dropped := rapid.Permutation(r.names).Draw(t, "asked")[:rapid.IntRange(0, len(r.names)).Draw(t, "only")], rapid.Permutation(r.names).Draw(t, "left")[:rapid.IntRange(0, len(r.names)).Draw(t, "dropped")]
	for _, name := range only {
		flags = append(flags, "--columns="+name)
	}
	for _, name := range dropped {
		flags = append(flags, "--drop="+name)
	}
	for _, name := range r.names {
		if (name != "t" || timed) && (len(only) == 0 || slices.Contains(only, name)) && !slices.Contains(dropped, name) {
			r.wanted = append(r.wanted, name)
			if rapid.Bool().Draw(t, "typed") && name[0] != 't' {
				flags = append(flags, "--type="+name+"=string")
			}
		}
	}
	if text := slices.Sorted(maps.Keys(r.texts)); len(text) > 0 && rapid.Bool().Draw(t, "null") {
		name := rapid.SampledFrom(text).Draw(t, "nulled")
		flags = append(flags, "--null="+r.texts[name][0])
	}
	return append(flags, rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"--skip-bad", "--verbose", "--append", "--granularity=ALL"}), 0, 2, rapid.ID).Draw(t, "more")...)
}

// request is a table, what it is written as, and the flags that ask for some of it.
type request struct {
	table *randomTable
	files []string // texts
	form  string
	flags []string
}

// Whatever is asked for of whichever table, the columns that are stored are those that were asked for, and no text of another is in a segment.
func TestColumnsAreThoseAskedFor(t *testing.T) {
	t.Parallel()
	requests := rapid.Custom(func(t *rapid.T) *request {
		r := &request{table: drawTable(t), form: rapid.SampledFrom([]string{"csv", "tsv", "json"}).Draw(t, "form")}
		r.files, r.flags = r.table.write(t, r.form), r.table.ask(t)
		return r
	})
	for seed := range 16 {
		requests.Example(seed).check(t)
	}
}

func (r *request) check(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	args := append([]string{"ingest", "-d", "t", "--data", data}, r.flags...)
	for i, text := range r.files {
		path := filepath.Join(dir, fmt.Sprintf("%d.%s", i, r.form))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	var out, errs bytes.Buffer
	if code := Main(t.Context(), args, &Streams{In: strings.NewReader(""), Out: &out, Err: &errs}); code != exitDone {
		t.Fatalf("%q of %q: exit code %d\n%s", r.flags, r.files, code, &errs)
	}
	got := map[string]bool{}
	rows := storedRows(t, data)
	for _, row := range rows {
		var fields map[string]any
		if err := json.Unmarshal([]byte(row), &fields); err != nil {
			t.Fatal(err)
		}
		for name := range fields {
			got[name] = true
		}
	}
	delete(got, "__time")
	if slices.Sort(r.table.wanted); !slices.Equal(slices.Sorted(maps.Keys(got)), r.table.wanted) || len(rows) != r.table.rows {
		t.Errorf("%q of %q: %d rows of %q, want %d of %q\n%s%s", r.flags, r.files, len(rows), slices.Sorted(maps.Keys(got)), r.table.rows, r.table.wanted, &out, &errs)
	}
	r.table.checkBytes(t, filepath.Join(data, "segments"))
}

// checkBytes looks for texts of columns that nobody asked for.
func (r *randomTable) checkBytes(t *testing.T, segments string) {
	err := filepath.WalkDir(segments, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		stored, err := os.ReadFile(path)
		for name, texts := range r.texts {
			for _, text := range texts {
				if !slices.Contains(r.wanted, name) && bytes.Contains(stored, []byte(text)) {
					t.Errorf("%q of %s is in %s", text, name, path)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
