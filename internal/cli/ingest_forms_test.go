package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// form is a file as people have it, and what is to come of it.
type form struct {
	name  string // of the file
	text  string
	flags []string
	want  []string // rows that are stored
	says  []string // in this order
	code  int
}

// try ingests the file within this process, and checks what is stored and told.
func (f form) try(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, f.name)
	if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	data := filepath.Join(dir, "data")
	code := Main(t.Context(), append([]string{"ingest", path, "-d", "s", "--data", data}, f.flags...), &Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	result{code, out.String(), errs.String()}.expect(t, f.code, f.says...)
	if got := storedRows(t, data); !slices.Equal(got, f.want) {
		t.Errorf("%q: stored\n%s\nwant\n%s\n%s", f.text, strings.Join(got, "\n"), strings.Join(f.want, "\n"), &errs)
	}
}

// What stands around a table is told and is not taken for rows, whether the task reads the file or a copy.
func TestIngestOfTitles(t *testing.T) {
	t.Parallel()
	const table = "date,n\n2024-01-01,1\n2024-01-02,2\n"
	want := []string{`{"__time":"2024-01-01","n":1}`, `{"__time":"2024-01-02","n":2}`}
	for _, f := range []form{
		{name: "a.csv", text: "Account \"5\n\nmade today\n" + table, want: want, says: []string{`"skipHeaderRows": 4`, "line 4 is taken for the header"}},
		{name: "a.csv", text: "made today\n" + table, flags: []string{"--skip-lines", "1"}, want: want, says: []string{`"skipHeaderRows": 2`, "the header ends in line 2"}},
		{name: "a.csv", text: "made today\n" + table, flags: []string{"--skip-lines", "0"}, says: []string{"line 1 (made today) has 1 field", "--skip-lines 1"}, code: 2},
		{name: "a.csv", text: "made today\n" + table, flags: []string{"--skip-lines=-1"}, says: []string{`--skip-lines "-1" must be a number of lines`}, code: 2},
		{name: "a.csv", text: "made today\n" + strings.Replace(table, ",2", ",NA", 1), want: []string{want[0], `{"__time":"2024-01-02","n":null}`}, says: []string{"copy"}},
		{name: "a.csv", text: table + "n,date\n3,2024-01-03\n", says: []string{"line 4 (n,date) names the columns again"}, code: 1},
		{name: "a.csv", text: table + "n,date\n3,2024-01-03\n", flags: []string{"--skip-bad"}, says: []string{"line 4 (n,date) names the columns again"}, code: 1},
		{name: "a.csv", text: table + "Total,3\n", flags: []string{"--time-column", "date"}, says: []string{`line 4, column date: "Total" is no time`, "--skip-bad"}, code: 1},
		{name: "a.csv", text: table + "\nSource: us\n", flags: []string{"--skip-bad=1"}, want: want, says: []string{`line 5: "Source: us" has only 1 field`}},
	} {
		f.try(t)
	}
}

// A log that declares its columns is read by what it says: its date and its time are one time, and what says that there is no value is null.
func TestIngestOfDeclaredLogs(t *testing.T) {
	t.Parallel()
	form{name: "u_ex240102.log", text: "#Software: Microsoft Internet Information Services 10.0\r\n#Date: 2024-01-02 00:00:00\r\n#Fields: date time cs-username sc-status\r\n2024-01-02 00:00:01 - 200\r\n2024-01-02 00:00:02 a -\r\n",
		want: []string{`{"__time":"2024-01-02T00:00:01","date":"2024-01-02","time":"00:00:01","cs-username":null,"sc-status":200}`, `{"__time":"2024-01-02T00:00:02","date":"2024-01-02","time":"00:00:02","cs-username":"a","sc-status":null}`},
		says: []string{"column date + time", "line 3, which begins with #Fields:, names the columns."}}.try(t)
	form{name: "conn.log", text: "#separator \\x09\n#unset_field\t-\n#fields\tts\tservice\n#types\ttime\tstring\n1704153601.5\t-\n#close\t2024-01-02-01-00-00\n",
		want: []string{`{"__time":"2024-01-02T00:00:01.500Z","service":null}`}, says: []string{"column ts (posix)"}}.try(t)
}

// Comments are no rows where that shows, and told; one that names the columns does so. Where it does not show a flag decides.
func TestIngestOfComments(t *testing.T) {
	t.Parallel()
	row := func(rest string) string { return `{"__time":"2024-01-01",` + rest + `}` }
	const zones = "# zones\n#\n#codes\tTZ\t\tcomments\nAD\tEurope/Andorra\nAE\tAsia/Dubai\tCrozet\n#\n# more of them\nAF\tAsia/Kabul\n"
	zoned := []string{row(`"codes":"AD","TZ":"Europe/Andorra","comments":null`), row(`"codes":"AE","TZ":"Asia/Dubai","comments":"Crozet"`), row(`"codes":"AF","TZ":"Asia/Kabul","comments":null`)}
	const within = "time,v\n# a comment\n2024-01-01,1\n#2024-01-01, \"2\n2024-01-01,3\n"
	for _, f := range []form{
		{name: "zones.tab", text: zones, flags: []string{"--time", "2024-01-01"}, want: zoned, says: []string{"line 3, a comment, names the columns. --no-header", "each of 2 lines, the first of them line 6, begins with #", "--comment none",
			"each of 2 lines, the first of them line 4, has fewer fields than there are columns, and null in the last ones; --no-fill"}},
		{name: "zones.tab", text: zones, flags: []string{"--time", "2024-01-01", "--no-fill"}, says: []string{"2 rows do not fit", `line 4: "AD\tEurope/Andorra" has only 2 fields`, "--fill makes null"}, code: 1},
		{name: "a.csv", text: within, says: []string{"line 4, column v", "if it is a comment, say --comment '#'"}, code: 1},
		{name: "a.csv", text: within, flags: []string{"--comment", "#"}, want: []string{row(`"v":1`), row(`"v":3`)}, says: []string{"lines that begin with # are left out as comments"}},
		{name: "a.csv", text: "time,v\n# a comment\n2024-01-01,1\n", flags: []string{"--comment", "none"}, says: []string{`line 2: "# a comment" has only 1 field`}, code: 1},
		{name: "a.csv", text: "// x\ntime,v\n2024-01-01,1\n// y, \"z\n", flags: []string{"--comment", "//"}, want: []string{row(`"v":1`)}},
		{name: "a.json", text: "{\"v\":1}", flags: []string{"--comment", "#"}, says: []string{"is JSON, and --comment is for text files"}, code: 2},
		{name: "a.csv", text: "v\n1", flags: []string{"--comment", " "}, says: []string{`--comment " " must be`}, code: 2},
		// NumPy and others mark the header as a comment.
		{name: "a.txt", text: "# time v w\n2024-01-01 1 2\n2024-01-01 3 4\n", want: []string{row(`"v":1,"w":2`), row(`"v":3,"w":4`)}, says: []string{"line 1, a comment, names the columns"}},
		{name: "a.txt", text: "# time v w\n2024-01-01 1 2\n2024-01-01 3 4\n", flags: []string{"--no-header"}, want: []string{row(`"column_2":1,"column_3":2`), row(`"column_2":3,"column_3":4`)}, says: []string{"left out: 1 line."}},
		{name: "a.csv", text: "#time,name\n2024-01-01,x\n2024-01-01,y\n", want: []string{row(`"name":"x"`), row(`"name":"y"`)}, says: []string{"line 1, a comment, names the columns"}},
		{name: "a.csv", text: "#,time,v\n1,2024-01-01,a\n2,2024-01-01,b\n", want: []string{row(`"#":1,"v":"a"`), row(`"#":2,"v":"b"`)}},
		{name: "a.csv", text: "# made by us, in 2024\nname,city\nBob,X\n", flags: []string{"--time", "2024-01-01"}, want: []string{row(`"name":"Bob","city":"X"`)}, says: []string{"the header ends in line 2"}},
		{name: "a.csv", text: "# time,v\ntime,v\n2024-01-01,1\n", want: []string{row(`"v":1`)}},
		{name: "a.csv", text: "", says: []string{"a.csv is empty: there is not one byte in it"}, code: 2},
		{name: "a.json", text: "\n \n", flags: []string{"--format", "json"}, says: []string{"a.json is empty: there is nothing in it but blank lines"}, code: 2},
		{name: "a.json", text: "[]", says: []string{"there are no rows in it"}, code: 2},
		{name: "a.csv", text: "a,b\n", says: []string{"no rows in it, only a header"}, code: 2},
		{name: "a.csv", text: "# only\n# comments", says: []string{"nothing but comments"}, code: 2},
		// A value may begin with the mark.
		{name: "a.csv", text: "c,time\n#f00,2024-01-01\n#0f0,2024-01-01\n", want: []string{row(`"c":"#0f0"`), row(`"c":"#f00"`)}},
		{name: "a.csv", text: "name,time\nBob,2024-01-01\n#Al,2024-01-01\n", want: []string{row(`"name":"#Al"`), row(`"name":"Bob"`)}, says: []string{"line 3 begins with # and is taken for a row; --comment '#' leaves such lines out"}},
		// The last field may be lacking.
		{name: "a.csv", text: "time,a,b,\n2024-01-01,1,2\n2024-01-01,3,4\n", want: []string{row(`"a":1,"b":2`), row(`"a":3,"b":4`)}, says: []string{"its header ends in a delimiter"}},
		{name: "a.csv", text: "time,a,b\n2024-01-01,1\n2024-01-01\n", flags: []string{"--fill"}, want: []string{row(`"a":1,"b":null`), row(`"a":null,"b":null`)}, says: []string{"each of 2 lines"}},
		{name: "a.csv", text: "x,4\nx,6\nx,8,10\nx,11,12\n", flags: []string{"--time", "2024-01-01"}, says: []string{"each of 2 lines, the first of them line 1,"},
			want: []string{row(`"column_1":"x","column_2":11,"column_3":12`), row(`"column_1":"x","column_2":4,"column_3":null`), row(`"column_1":"x","column_2":6,"column_3":null`), row(`"column_1":"x","column_2":8,"column_3":10`)}},
	} {
		f.try(t)
	}
}

// Rows that are left out are told by column and value, and by reason where they have none, with where each was first.
func TestIngestTellsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	const rows = "date,n,s\n2024-01-01,1,a\n2024-01-01,x,b\n2024-01-02,x,c\nsoon,1,d\n2024-01-02,x\n2024-01-02\n2024-01-02,1,2,3\n2024-01-02,4,K\xf6ln\n2024-01-02,y,\xfc\n2024-01-03,x,\xfc\n"
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad", "--type", "n=long"}, want: []string{`{"__time":"2024-01-01","n":1,"s":"a"}`}, says: []string{
		"Left out: 9 rows", "3 rows, the first", "line 9, column s: \"K\ufffdln\" is not UTF-8", "2 rows, the first", `line 3, column n: "x" is no number`,
		`line 5, column date: "soon" is no time`, `line 6: "2024-01-02,x" has only 2 fields`, `line 7: "2024-01-02" has only 1 field`, `line 8: "2024-01-02,1,2,3" has 4 fields`}}.try(t)
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad=8", "--type", "n=long"}, says: []string{"9 rows would be left out, more than --skip-bad=8 allows", "3 rows, the first"}, code: 1}.try(t)
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad=9", "--type", "n=long", "--drop", "s,sm"}, says: []string{`--drop: there is no column "sm". Did you mean "s"?`}, code: 2}.try(t)
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad=9", "--columns", "N,date"}, says: []string{`--columns: there is no column "N". Did you mean "n"?`}, code: 2}.try(t)
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad", "--columns", "s"}, want: []string{`{"__time":"2024-01-01","s":"a"}`, `{"__time":"2024-01-01","s":"b"}`, `{"__time":"2024-01-02","s":"c"}`}, says: []string{"Left out: 7 rows"}}.try(t)
}

// Where a quote or a bracket is never closed, what is left out with it counts as rows: none goes beyond what is allowed, or without being counted.
func TestSkippedRowsAreCounted(t *testing.T) {
	t.Parallel()
	var objects, members, lines []string
	for i := range 5 {
		objects = append(objects, fmt.Sprintf("{\n  \"time\": \"2024-01-01\",\n  \"n\": %d,\n  \"s\": \"a\"\n}\n", i))
		members = append(members, fmt.Sprintf("  {\n    \"time\": \"2024-01-01\",\n    \"n\": %d,\n    \"s\": \"a\"\n  }", i))
		lines = append(lines, fmt.Sprintf("2024-01-01,%d,a\n", i))
	}
	one, list, csv := strings.Join(objects, ""), "[\n"+strings.Join(members, ",\n")+"\n]\n", "time,n,s\n"+strings.Join(lines, "")
	for name, c := range map[string]struct {
		file, text, sound, broken string
		left                      int
		says                      string
	}{
		"brace":           {"a.json", one, "1,\n  \"s\": \"a\"\n}", "1,\n  \"s\": \"a\"", 4, "4 rows, the first"},
		"quote":           {"a.json", one, "1,\n  \"s\": \"a\"", "1,\n  \"s\": \"a", 4, "rows behind it cannot be told from it"},
		"brace in a list": {"a.json", list, "\"n\": 1", "\"n\": {1", 5, "4 rows, the first"},
		"text":            {"a.csv", csv, "1,a", "1,\"a", 4, "up to line 6"},
		"closed again":    {"a.csv", csv, "1,a\n2024-01-01,2,a", "1,\"a\n2024-01-01,2,\"a\"", 2, "up to line 4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(c.text, c.sound, c.broken, 1)
			want := []string{`{"__time":"2024-01-01","n":0,"s":"a"}`}
			if name == "closed again" {
				want = append(want, `{"__time":"2024-01-01","n":3,"s":"a"}`, `{"__time":"2024-01-01","n":4,"s":"a"}`)
			}
			form{name: c.file, text: text, flags: []string{fmt.Sprintf("--skip-bad=%d", c.left-1)}, says: []string{fmt.Sprintf("%d rows would be left out", c.left), c.says}, code: 1}.try(t)
			form{name: c.file, text: text, flags: []string{fmt.Sprintf("--skip-bad=%d", c.left)}, want: want, says: []string{fmt.Sprintf("Left out: %d rows", c.left), c.says}}.try(t)
		})
	}
}

// A server of another user, or on another machine, may not find what this program hands it: that is told with what to do.
func TestServerThatCannotReadTheFiles(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
	for text, says := range map[string][]string{
		"time,v\n2024-01-01,NA\n2024-01-02,2\n": {"could not read the copy of the rows", "another user", "--rows DIR"},
		"time,v\n2024-01-01,1\n2024-01-02,2\n":  {"could not read the file", "another user", "standard input"},
	} {
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		gone := writerFunc(func(task []byte) (int, error) { // as if it were not there for the server
			_, rest, _ := bytes.Cut(task, []byte(`"files": ["`))
			file, _, _ := bytes.Cut(rest, []byte(`"`))
			return len(task), os.Remove(string(file))
		})
		var errs bytes.Buffer
		code := Main(t.Context(), []string{"ingest", path, "-d", "s", "--url", server.url}, &Streams{In: strings.NewReader(""), Out: gone, Err: &errs})
		result{code, "", errs.String()}.expect(t, 1, says...)
	}
	server.end(t, os.Interrupt)
}

// Copies for a server go to a folder that everybody could have made: one that others can write to is not used.
func TestCopiesGoToNoFolderOfOthers(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	trap := filepath.Join(dir, fmt.Sprintf("ovate-%d", os.Geteuid()))
	if err := errors.Join(os.Mkdir(trap, 0o700), os.Chmod(trap, 0o777)); err != nil {
		t.Fatal(err)
	}
	form{name: "a.csv", text: "time,v\n2024-01-01,NA\n", flags: []string{"--dry-run"}, says: []string{trap, "may be written to by others"}, code: 1}.try(t)
	if err := os.Chmod(trap, 0o700); err != nil {
		t.Fatal(err)
	}
	form{name: "a.csv", text: "time,v\n2024-01-01,NA\n2024-01-01,1\n", flags: []string{"--dry-run"}, says: []string{"copy"}}.try(t)
}

// A copy in a folder of the user's choice is for others to read as the umask has it; any other is not.
func TestCopiesOfRowsArePrivateUnlessTheirFolderIsNamed(t *testing.T) {
	t.Parallel()
	rows := filepath.Join(t.TempDir(), "rows")
	form{name: "a.csv", text: "time,v\n2024-01-01,NA\n2024-01-02,2\n", flags: []string{"--rows", rows, "--dry-run"}}.try(t)
	files, err := filepath.Glob(filepath.Join(rows, "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	process, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(process), "Umask:")
	var umask os.FileMode
	if _, err := fmt.Sscanf(rest, "%o", &umask); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o644&^umask {
		t.Error(info.Mode(), err)
	}
}

// What is told quotes files as they are written, names the kind of what does not fit, and gives no advice that does not help.
func TestIngestQuotesWhatIsWritten(t *testing.T) {
	t.Parallel()
	const first = `{"__time":"2000-01-01",`
	for _, f := range []form{
		{name: "a.txt", text: "Report of x\n\nid  v\n1   2\n3   4\n", want: []string{first + `"id":1,"v":2}`, first + `"id":3,"v":4}`}, says: []string{`beginning with "Report of x", for a title`}},
		{name: "a.csv", text: "a,b\n1,2\n\"x, y\",2,3\n4,5\n", code: exitFailed, says: []string{`"\"x, y\",2,3" has 3 fields, and there are 2 columns; "3" is the first without a column`}},
		{name: "a.csv", text: "a,b,c\n1,2,3\n\"x, y\",2\n4,5,6\n", code: exitFailed, says: []string{`"\"x, y\",2" has only 2 fields`}},
		{name: "a.csv", text: "x,date\n1,NA\n2,2024-01-05\n", code: exitFailed, says: []string{`line 2, column date: has no time, but "NA"`, "--time 2024-01-01 gives all rows the same time"}},
		{name: "a.csv", text: "x,date\n1,soon\n2,2024-01-05\n", flags: []string{"--null", "soon"}, code: exitFailed, says: []string{`line 2, column date: has no time, but "soon"`}},
		{name: "a.csv", text: "#a,5\n#b,6\n", code: exitBadInput, says: []string{"nothing but comments", "--comment none"}},
		{name: "a.csv", text: "#a,5\n#b,6\n", flags: []string{"--comment", "none"}, want: []string{first + `"column_1":"#a","column_2":5}`, first + `"column_1":"#b","column_2":6}`}},
		{name: "a.csv", text: "#id,name\n1,x\n2,y\n", flags: []string{"--skip-lines", "1", "--header"}, want: []string{first + `"1":2,"x":"y"}`}},
		{name: "a.csv", text: "v,w\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n7,7\n8,8\n007,1\n12345678901234567890,2\n", flags: []string{"--dry-run"}, says: []string{"v is text, as 1 of its 10 values is too large for a long"}},
		{name: "a.json", text: "{\"a\":1}\n,{\"a\":2}\n", want: []string{first + `"a":1}`, first + `"a":2}`}},
		{name: "a.json", text: "\x1e{\"a\":1}\n\x1e{\"a\":2}\n", want: []string{first + `"a":1}`, first + `"a":2}`}},
		{name: "a.csv", text: "a,b\ncaf\xc3,1\n", code: exitFailed, says: []string{"within a letter of UTF-8, as where a text was cut off"}},
		{name: "a.csv", text: "a,b\n\xcf\xf0\xe8\xe2\xe5\xf2,1\n", code: exitFailed, says: []string{"windows-1251"}},
		{name: "a.csv", text: "a,b\n\xc4\xe3\xba\xc3,1\n\xd6\xd0\xb9\xfa,2\n", code: exitFailed, says: []string{"gb18030"}},
		{name: "a.csv", text: "a,b\ncaf\xe9,1\n", code: exitFailed, says: []string{"--encoding windows-1252, which has the same letters and more\nNo row is left without them.\n"}},
		{name: "a.txt", text: "id  Na\n--  --\nr0  5\nr1  6\n", want: []string{first + `"id":"r0","Na":5}`, first + `"id":"r1","Na":6}`}},
		{name: "a.txt", text: "id  Na\nr0  5%\nr1  6%\n", want: []string{first + `"id":"r0","Na":"5%"}`, first + `"id":"r1","Na":"6%"}`}},
		{name: "a.csv", text: "id,Na\nr0,5\nr1,Na\n", want: []string{first + `"column_1":"id","column_2":null}`, first + `"column_1":"r0","column_2":5}`, first + `"column_1":"r1","column_2":null}`}},
		{name: "a.csv", text: "k,0.0,0.5,1.0,1.5,2.0\nA,0.3,0.1,0.2,0.4,0.2\n", want: []string{first + `"k":"A","0.0":0.3,"0.5":0.1,"1.0":0.2,"1.5":0.4,"2.0":0.2}`}, says: []string{"--no-header makes a row of it"}},
	} {
		f.try(t)
	}
}
