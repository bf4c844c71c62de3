package table

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/internal/choice"
)

// save writes texts into files of a new folder, 0, 1 …
func save(t testing.TB, texts ...string) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i, text := range texts {
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// read opens what the arguments name and lists all rows, each as "line: column=value" with a sign for the kind, and behind them
// the faults. File names are cut to their last part.
func read(ctx context.Context, o Options, args ...string) (found []string, table *Table, err error) {
	table, err = Open(ctx, args, o)
	if err != nil {
		return nil, nil, choice.Error(err, nil)
	}
	defer table.Close()
	var faults []string
	err = table.Scan(ctx, table.Inputs, 1, func(_ int, b *Batch) error {
		for b.Next() {
			names := table.Columns()
			row := []string{fmt.Sprintf("%d:", b.Line)}
			for _, c := range b.Cells {
				row = append(row, fmt.Sprintf("%s=%c%s", names[c.Column], " tqs0bnlo"[c.Kind], c.Raw))
			}
			found = append(found, strings.Join(row, " "))
		}
		for _, f := range b.Faults {
			faults = append(faults, fmt.Sprintf("%d! %s %q %s", f.Line, f.Column, f.Value, choice.In(f.Why, nil)))
		}
		return nil
	})
	if err != nil {
		err = choice.Error(err, nil)
	}
	return append(found, faults...), table, err
}

// notesOf are the notes of a table, with flags for what can be chosen.
func notesOf(table *Table) (notes []string) {
	for _, note := range table.Notes().Texts(true, "") {
		notes = append(notes, choice.In(note, nil))
	}
	return notes
}

// check compares the rows and faults of a text with what is wanted; a wanted fault is a part of one.
func check(t *testing.T, o Options, text string, want ...string) *Table {
	t.Helper()
	paths := save(t, text)
	got, table, err := read(t.Context(), o, paths...)
	if err != nil {
		got = append(got, strings.ReplaceAll(err.Error(), paths[0], "FILE"))
	}
	if !slices.EqualFunc(got, want, func(got, want string) bool {
		return got == want || !strings.Contains(got, ": ") && strings.Contains(got, want) || strings.Contains(got, "! ") && strings.Contains(got, want) || err != nil && strings.Contains(got, want)
	}) {
		t.Errorf("%q:\n%s", text, strings.Join(got, "\n"))
	}
	return table
}

func TestTexts(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) { t.Helper(); check(t, Options{}, text, want...) }
	f("a,b\n1,\"x\ny\"\n\n\"\",\n1\n1,2,3\n", "2: a=t1 b=qx\ny", "5: a=q b= ", `6!  "1" has only 1 field, and there are 2 columns; b is the first without`, `7!  "1,2,3" has 3 fields, and there are 2 columns; "3" is the first without a column`)
	f("a;b\r\n1;\"x;\"\"y\"\"\"\r\n", `2: a=t1 b=qx;"y"`)
	f("time;v\n2024-01-01;3,5\n2024-01-02;4,5", "2: time=t2024-01-01 v=t3,5", "3: time=t2024-01-02 v=t4,5")
	f("2024-01-01;3,5\n2024-01-02;4,5", "1: column_1=t2024-01-01 column_2=t3,5", "2: column_1=t2024-01-02 column_2=t4,5")
	f("a\tb\n1\t5\" pipe\n", `2: a=t1 b=t5" pipe`)
	f("a|b\n1|x,y\n", "2: a=t1 b=tx,y")
	f("a,b\r1,x\r2,y\r", "2: a=t1 b=tx", "3: a=t2 b=ty")
	f("\ufeffa,b\n1,x\n", "2: a=t1 b=tx")
	f("\n\r\na,b\n1,x\n  \n\n2,y\n\n", "4: a=t1 b=tx", "7: a=t2 b=ty")
	f("# made today\n# by me\na,b\n1,x\n#2,y\n", "4: a=t1 b=tx", "5: a=t#2 b=ty")
	f("#a,b\n1,x\n", "2: a=t1 b=tx")
	f("sep=;\na;b\n1;x\n", "3: a=t1 b=tx")
	f("a, b, c\n1, \"x, y\", z\n2, u, v w\n", "2: a=t1 b=qx, y c=tz", "3: a=t2 b=tu c=tv w")
	f("a,b\n1, \"x, y\"\n2,u\n", "2: a=t1 b=qx, y", "3: a=t2 b=tu")
	f("a,b\n1,'x, y'\n2,'u'\n", "2: a=t1 b=qx, y", "3: a=t2 b=qu")
	f("a,b\n1,'tis the season\n2,u\n", "2: a=t1 b=t'tis the season", "3: a=t2 b=tu")
	f(`a,b`+"\n"+`1,"x \"y\", z"`+"\n"+`2,"C:\\"`+"\n", `2: a=t1 b=qx "y", z`, `3: a=t2 b=qC:\`)
	f(`a,b`+"\n"+`1,"C:\"`+"\n"+`2,x`+"\n", `2: a=t1 b=qC:\`, `3: a=t2 b=tx`)
	f("a,b\n1,\"x\ny\n2,z\n", "begins with a quote that is never closed")
	f("a,b\n1,\"x\"y\n2,z\n", "3: a=t2 b=tz", `2! b "x" ends in a quote, and "y" comes behind it`)
	f("a,b\n1,\xc3\xa9\n2,\xe9\n", "2: a=t1 b=té", "is not UTF-8, as other values with such letters are, so that no --encoding fits all of them")
	f("time,v\n2024-01-01,K\xf6ln\n2024-01-02,x\n", "3: time=t2024-01-02 v=tx", "ln\" is not UTF-8; if it is Latin-1, say --encoding windows-1252, which has the same letters and more")
	// A header with a name less, as R writes it; a delimiter at the end of every line; one too many here and there.
	f("\"x\",\"y\"\n\"1\",5,6\n\"2\",7,8\n", "2: row_name=q1 x=t5 y=t6", "3: row_name=q2 x=t7 y=t8")
	f("a,b,\n1,2,\n3,4,\n", "2: a=t1 b=t2", "3: a=t3 b=t4")
	f("a,b\n1,2,\n3,4,\n", "2: a=t1 b=t2", "3: a=t3 b=t4")
	f("a,b\n1,2,\n3,4\n", "2: a=t1 b=t2", "3: a=t3 b=t4")
	f("a,b,\n1,2,\n3,4,5\n5,6,\n", "2: a=t1 b=t2 column_3= ", "3: a=t3 b=t4 column_3=t5", "4: a=t5 b=t6 column_3= ")
	// Columns aligned by blanks.
	f("a    bc\n1    x\n22   yy\n", "2: a=t1 bc=tx", "3: a=t22 bc=tyy")
	f("a    bc\r\n1    x \r\n22   yy\r\n", "2: a=t1 bc=tx", "3: a=t22 bc=tyy")
	f("a    bc\r1    x \r22   yy\r", "2: a=t1 bc=tx", "3: a=t22 bc=tyy")
	f("         a  bc\nx\t  1  2\nyy  3\t 4\nz   5   6\nzz   7   8\nzzz   7   8\nv 1 2\nw 1 2\nx 1 2\ny 1 2\nz 1 2\n", "2: row_name=tx a=t1 bc=t2", "3: row_name=tyy a=t3 bc=t4", "4: row_name=tz a=t5 bc=t6", "5: row_name=tzz a=t7 bc=t8",
		"6: row_name=tzzz a=t7 bc=t8", "7: row_name=tv a=t1 bc=t2", "8: row_name=tw a=t1 bc=t2", "9: row_name=tx a=t1 bc=t2", "10: row_name=ty a=t1 bc=t2", "11: row_name=tz a=t1 bc=t2")
	// The header again, as files are joined.
	f("a,b\n1,x\na,b\n2,y\n", "2: a=t1 b=tx", "4: a=t2 b=ty")
	f("just some text\nand a bit more of it\n", "is not recognised")
	f("Aql Aquila\nAnd Andromeda\nCMa Canis Major\nAnt Antlia\nAps Apus\nAri Aries\nBoo Bootes\nCet Cetus\nCnc Cancer\nCol Columba\n", "2: Aql=tAnd Aquila=tAndromeda", "3: Aql=tCMa Aquila=tCanis Major", "4: Aql=tAnt Aquila=tAntlia",
		"5: Aql=tAps Aquila=tApus", "6: Aql=tAri Aquila=tAries", "7: Aql=tBoo Aquila=tBootes", "8: Aql=tCet Aquila=tCetus", "9: Aql=tCnc Aquila=tCancer", "10: Aql=tCol Aquila=tColumba") // whatever the file is called
	f("just some\ntext and\na bit\nmore of it than is in a list\n", "is not recognised")
	f("", "FILE is empty")
	f(" \n\n", "FILE is empty")
	f("PAR1\x15\x04\x15xxxxxxxxxxxxx", "FILE is a Parquet file")
	f("a\x00,\x00b\x00\n\x001\x00", "utf-16le")
}

func TestOptions(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	check(t, Options{Header: &no}, "a,b\n1,2\n", "1: column_1=ta column_2=tb", "2: column_1=t1 column_2=t2")
	check(t, Options{Header: &yes}, "1,2\n3,4\n", "2: 1=t3 2=t4")
	check(t, Options{Delimiter: "||"}, "a||b\n1||\"x||y\"\n", "2: a=t1 b=qx||y")
	check(t, Options{Delimiter: "||"}, "a||b\n1||x|y\n", "2: a=t1 b=tx|y")
	check(t, Options{Delimiter: "blanks"}, "a b\n 1\t x\n", "2: a=t1 b=tx")
	check(t, Options{Quote: "none"}, "a,b\n1,\"x\n", `2: a=t1 b=t"x`)
	check(t, Options{Quote: "none"}, "a,b\n1,'x'\n2,'y'\n", "2: a=t1 b=t'x'", "3: a=t2 b=t'y'")
	check(t, Options{Quote: "'"}, "a,b\n1,'x,\"y'\n", `2: a=t1 b=qx,"y`)
	check(t, Options{Escape: "none"}, `a,b`+"\n"+`1,"x \"y"`+"\n", "ends in a quote")
	check(t, Options{Encoding: "latin-1"}, "a,b\n1,K\xf6ln\n", "2: a=t1 b=tKöln")
	check(t, Options{Encoding: "utf-16le"}, "a\x00,\x00b\x00\n\x001\x00,\x002\x00", "2: a=t1 b=t2")
	check(t, Options{Encoding: "iso-8859-7"}, "a,b\n1,\xae\n", `has bytes that are nothing in iso-8859-7`)
	check(t, Options{Encoding: "ascii"}, "a,b\n1,caf\xc3\xa9\n", `has bytes that are nothing in us-ascii; say with --encoding what it is, such as utf-8`)
	check(t, Options{Encoding: "US-ASCII"}, "a,b\n1,cafe\n", "2: a=t1 b=tcafe")
	for _, latin := range []string{"latin-1", "Latin1", "latin_1", "ISO8859-1", "iso-8859-1", "iso_8859_1", "l1"} {
		check(t, Options{Encoding: latin}, "a,b\n1,\x80\n2,\xa0\xe9\n", "3: a=t2 b=t\u00a0é", `has bytes that are nothing in`)
	}
	check(t, Options{Encoding: "latin-1"}, "a,b\n1,\x80\n", "such as windows-1252")
	check(t, Options{Encoding: "iso-8859-9"}, "a,b\n1,\x80\n", `has bytes that are nothing in iso-8859-9`)
	check(t, Options{Encoding: "latin9"}, "a,b\n1,\xa4\n", "2: a=t1 b=t€")
	check(t, Options{Encoding: "windows-1252"}, "a,b\n1,\x80\n2,\xa0x\n", "2: a=t1 b=t€", "3: a=t2 b=t\u00a0x")
	check(t, Options{Encoding: "ansi"}, "a,b\n1,\x80\n2,\x81\n", "2: a=t1 b=t€", `has bytes that are nothing in windows-1252`)
	check(t, Options{Encoding: "utf-16"}, "a,b\n1,é\n", "is no text in --encoding utf-16, as no byte of it is zero: leave --encoding out, as it is UTF-8")
	check(t, Options{Encoding: "utf-32"}, "a,b\n1,\xe9\n", "is no text in --encoding utf-32, as no byte of it is zero: say the encoding that it is in")
	check(t, Options{Encoding: "utf-16le"}, "\x00a\x00,\x00b\x00\n\x001\x00,\x002\x00\n", "is no text in --encoding utf-16le: it seems to be UTF-16 without a byte order mark: say --encoding utf-16be")
	check(t, Options{Encoding: "gbk"}, "\x00a\x00,\x00b\x00\n\x001\x00,\x002\x00\n", "say --encoding utf-16be")
	check(t, Options{Encoding: "klingon"}, "a,b\n", `--encoding "klingon" is not known`)
	check(t, Options{Format: "xml"}, "a,b\n", `--format "xml" must be`)
	check(t, Options{JSONPath: "data.rows"}, `{"n":"[{","data":{"x":[1],"rows":[{"a":1},`+"\n"+`{"a":2}],"y":1}}`, "1: a=01", "2: a=02")
	check(t, Options{JSONPath: "rows"}, `{"row":[]}`, `the object has no key "rows"`)
}

func TestEncodingsThatShow(t *testing.T) {
	t.Parallel()
	check(t, Options{}, "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x00\xf6\x00", "2: a=t1 b=tö")
	check(t, Options{}, "\xfe\xff\x00a\x00,\x00b\x00\n\x001\x00,\x00\xf6", "2: a=t1 b=tö")
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		_, table, err := read(t.Context(), Options{}, save(t, text)...)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(table.Inputs[0].Dialect.Columns, "|"); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
	f("date,country,code\n2024-01-01,Germany,DE\n2024-01-02,Indonesia,code\n", "date|country|code")
	f("date,NA,EU\n2024-01-01,1,5\n2024-01-02,2,6\n", "date|NA|EU")
	f("time,2019,2020\n2024-01-01,1,5\n2024-01-02,2,6\n", "time|2019|2020")
	f("country,1/22/20,1/23/20\nFrance,1,5\nItaly,2,6\n", "country|1/22/20|1/23/20")
	f("name,city\nAlan,Paris\nBob,Rome\n", "name|city")
	f("Alan,Paris\nBob,Rome\nAlan,Rome\nBob,Paris\n", "column_1|column_2")
	f("2024-01-01,x,1\n2024-01-02,y,2\n", "column_1|column_2|column_3")
	f("1,2\n3,4\n", "column_1|column_2")
	f("name,code,1960,1961,1962\nAruba,ABW,4.8,4.6,4.4\n", "name|code|1960|1961|1962")
	f("a,b,,\nNA,0,,\nNA,1,,\n", "a|b|column_3") // and the last delimiter parts nothing
	f(",1.5,2.5\nx,1,2\ny,3,4\n", "column_1|1.5|2.5")
	f("7.1e-01,-2.6e+00\n-1.1e-01,2.6\n", "column_1|column_2")
	f("NA,1\n2,3\n4,5\n", "column_1|column_2")
	f("a,b\n", "a|b")
	f(",time,a\n0,2020-01-01,x\n", "column_1|time|a")
	f("time,a,a,a_2\n2020-01-01,1,2,3\n", "time|a|a_3|a_2")
	f("date,\"Sales, total\",\" b \",\"c\nd\"\n2024-01-01,5,x,y\n", "date|Sales, total|b|c d")
	f("\"a\"\"b\",c\n1,2\n", "a\"b|c")
}

func TestJSON(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) { t.Helper(); check(t, Options{}, text, want...) }
	f(`{"a":1,"b":"x\ny\ud83d\ude00"}`+"\n\n"+`{"c":[1, {"x":2}],"a":null,"b":{"y": true}}`, "1: a=01 b=sx\ny😀", `3: c=l[1, {"x":2}] a=nnull b=o{"y": true}`)
	f(`[{"time":"2024-01-01","a":1}]`, "1: time=s2024-01-01 a=01")
	f("\ufeff [\n {\"a\": 1,\n \"b\": [1,\n2]},\n {\"a\": 2} ]\n", "2: a=01 b=l[1, 2]", "5: a=02")
	f("{\n \"a\": 1\n}\n{\n \"a\": 2}{\"a\":3}", "1: a=01", "4: a=02", "5: a=03")
	f(`{"a":1}{"a":2}`+"\n"+`{"a":3},`, "1: a=01", "1: a=02", "2: a=03")
	f(`{"a":12345678901234567890.123e+400,"b":NaN,"c":-Infinity}`, "1: a=012345678901234567890.123e+400 b=0NaN c=0-Infinity")
	f(`[["a","b"],[1,"x"],[null,true]]`, "1: a=01 b=sx", "1: a=nnull b=btrue")
	f("[\"a\",\"b\"]\n[1,\"x\"]\n", "2: a=01 b=sx")
	f("[[1,2],[3,4]]", "1: column_1=01 column_2=02", "1: column_1=03 column_2=04")
	f(`{"a":1,"a":2}`+"\n"+`{"a":3}`, "2: a=03", `has the key "a" twice`)
	f(`[{"a":1},5,null,"x y"]`, "1: a=01", `has "5", which is no object`, `has "null", which is no object`, `has "\"x y\"", which is no object`)
	f(`{"a":1}`+"\n"+`{"a":`+"\n"+`5`+"\n"+`{"b":2}`, "1: a=01", "4: b=02", "2! ", `3!  "5" has "5", which is no object`)
	f(`{"a":"K`+"\xf6"+`ln"}`+"\n"+`{"a":1}`, "2: a=01", "is not UTF-8")
	f(`{"a":"\ud800"}`+"\n"+`{"a":1}`, "2: a=01", "half a character")
	f(`{"a":01}`+"\n"+`{"a":1}`, "2: a=01", "no JSON number")
	f("[{\"a\":1},\n{\"a\":tru},\n{\"a\":3}", "1: a=01", "3: a=03", "3! ", "2! ")
	f("{\"a\":1}\n[]\n{\"a\":2}", "1: a=01", "3: a=02", `2!  "[]" ends an empty list, which is no row`)
	f(`[{"a":1}] x`, "1: a=01", `"x" comes behind the list of rows`)
	f(`[1,2]`, "a list of single values")
	f(`{"nodes":[{"a":1}],"links":[]}`+"\n", "in which nodes could be the rows. Say which: --json-path nodes")
	f(`{"a":1,"b":[1,2]}`, "1: a=01 b=l[1,2]")
	f(`{'a':1}`, "single quotes")
}
