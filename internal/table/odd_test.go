package table

import (
	"os"
	"strings"
	"testing"
	"unicode/utf16"
)

// What should not stand in a text is told with its place.
func TestOddBytes(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) { t.Helper(); check(t, Options{}, text, want...) }
	f("a,b\n1,x\n2,y\x00z\n3,\"u\nv\x00\"\n\x00\x00\n", "2: a=t1 b=tx", "3! b \"y\\x00z\" has a NUL byte, the 4th byte of the line", "4! b \"u\\nv\\x00\" has a NUL byte, the 7th", "6! a \"\\x00\\x00\" has a NUL byte, the 1st")
	f("a,b\x00\n1,x\n", "line 1: the header has a NUL byte")
	f("{\"a\":1}\n{\"a\":\"x\x00\"}\n", "1: a=01", "2!  \"{\\\"a\\\":\\\"x\\x00\\\"}\" has the control character '\\x00' within a text")
	f("\x00\x01\x02\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x09\x00\n", "is not text")
	f("a,b\r\n1,x\r\n\x1a", "2: a=t1 b=tx") // as DOS ended texts
}

// What is nearly JSON, or nearly a table, is told as what it is.
func TestNearlyRows(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) { t.Helper(); check(t, Options{}, text, want...) }
	f(`{"a":None,"b":1}`, `1!  "{\"a\":None,\"b\":1}" has None, which is no JSON`)
	f(`{"a":True}`, `1!  "{\"a\":True}" has True, which is no JSON`)
	f(`[null,{"a":1}]`, "1: a=01", `1!  "null" has "null`)
	for _, text := range []string{`f([{"a":1}]);`, `var x = [{"a":1}]`, `window.data = {"a":1}`, `/**/ jQuery.x({"a":1})`} {
		f(text, "is JavaScript that holds JSON")
	}
	f("a,f(x)\n1,2\n", "2: a=t1 f(x)=t2")
	paths := save(t, "id   name     v\n1 Bob  5\n2  6\n3  Al 7\n")
	if err := os.Rename(paths[0], paths[0]+".txt"); err != nil {
		t.Fatal(err)
	}
	_, table, err := read(t.Context(), Options{}, paths[0]+".txt")
	if err != nil || !strings.Contains(strings.Join(notesOf(table), "\n"), "each line is taken for one value") {
		t.Error(err, notesOf(table))
	}
}

// A text may begin with the letters by which files of other kinds are known.
func TestTextThatBeginsLikeOtherFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ORCID", "ORC", "PAR1", "FEA1", "RDX2", "ARROW1", "GIF89a", "Rar!", "Obj\x01", "SQLite format 3", "%PDF"} {
		for _, delimiter := range []string{",", "\t", "\x01"} {
			paths := save(t, name+delimiter+"n"+delimiter+"v\nx"+delimiter+"1"+delimiter+"2\n"+"y"+delimiter+"3"+delimiter+"4\n")
			if name == "Obj\x01" && delimiter != "\x01" {
				continue
			}
			if rows, _, err := read(t.Context(), Options{}, paths...); err != nil || len(rows) != 2 {
				t.Errorf("%q %q: %q, %v", name, delimiter, rows, err)
			}
		}
	}
	check(t, Options{}, "ORCID;pr\xe9nom\n0000-1;Zo\xe9\n", `in the header is not UTF-8; if it is Latin-1, say --encoding windows-1252, which has the same letters and more`)
	euros := "Datum;Preis in \x80\n2026-01-01;3\n"
	check(t, Options{}, euros, "in the header is not UTF-8; say --encoding and the name of what it is, such as windows-1252")
	check(t, Options{Encoding: "latin-1"}, euros, "in the header has bytes that are nothing in latin1; say with --encoding what it is, such as windows-1252")
	check(t, Options{Encoding: "windows-1252"}, euros, "2: Datum=t2026-01-01 Preis in €=t3")
	for text, want := range map[string]string{
		"ORC\n\x12\n\x04\x08\x01P\x00": "an ORC file", "FEA1\x00\x00\x00\x00": "a Feather file", "RDX3\nX\n\x00\x00\x00\x03": "a file of R", "ARROW1\x00\x00\xff": "an Arrow file",
		"Obj\x01\x04\x14avro.codec": "an Avro file", "SQLite format 3\x00": "a SQLite database", "Rar!\x1a\x07\x00": "a RAR archive", "GIF89a\x01\x00\x01\x00": "a picture",
		"%PDF-1.4\n1 0 obj\n": "a PDF", "<stata_dta><header>": "a file of Stata",
	} {
		check(t, Options{}, text, "FILE is "+want+"; rows must be text")
	}
}

// Line ends of any kind are read, and told where they cannot be.
func TestLineEnds(t *testing.T) {
	t.Parallel()
	want := []string{"2: a=t1 b=tx", "3: a=t2 b=ty"}
	for _, ends := range [][3]string{{"\n", "\n", "\n"}, {"\r\n", "\r\n", ""}, {"\r\n", "\n", "\r\n"}, {"\n", "\r\n", ""}, {"\r", "\r", "\r"}, {"\r", "\r", ""}, {"\r", "\r", "\n"}, {"\r\r\n", "\r\r\n", "\r\r\n"}} {
		for _, text := range []string{"a,b" + ends[0] + "1,x" + ends[1] + "2,y" + ends[2], "a,b" + ends[0] + "1,\"x\"" + ends[1] + "2,y" + ends[2]} {
			got, _, err := read(t.Context(), Options{}, save(t, text)...)
			if text := strings.ReplaceAll(strings.Join(got, "|"), "qx", "tx"); err != nil || text != strings.Join(want, "|") {
				t.Errorf("%q: %q, %v", text, got, err)
			}
		}
	}
	check(t, Options{}, "a,b\r1,x\n2,y\n3,z\n", "line 1 has a carriage return within it")
	check(t, Options{}, "a,b\n1,x\r2,y\n3,z\n4,u\n", "3: a=t3 b=tz", "4: a=t4 b=tu", "2! ")
	check(t, Options{}, "a,b\n1,\"x\r\ry\r\r\"\n", "2: a=t1 b=qx\r\ry\r\r") // those within quotes end no line
	check(t, Options{}, "a,b\n1,x\r2\n", "2: a=t1 b=tx\r2")                 // it may belong to the value
}

func TestUnicodeOfAnyWidth(t *testing.T) {
	t.Parallel()
	const text = "a,b\n1,ö\n"
	for _, wide := range []bool{false, true} {
		for _, big := range []bool{false, true} {
			for _, marked := range []bool{false, true} {
				runes := []rune(text)
				if marked {
					runes = append([]rune{0xfeff}, runes...)
				}
				var raw []byte
				add := func(v uint32, n int) {
					for i := range n {
						if big {
							raw = append(raw, byte(v>>(8*(n-1-i))))
						} else {
							raw = append(raw, byte(v>>(8*i)))
						}
					}
				}
				name := "utf-32"
				if wide {
					for _, r := range runes {
						add(uint32(r), 4)
					}
				} else {
					name = "utf-16"
					for _, u := range utf16.Encode(runes) {
						add(uint32(u), 2)
					}
				}
				name += map[bool]string{false: "le", true: "be"}[big]
				o := Options{}
				if !marked {
					o.Encoding = name
				}
				check(t, o, string(raw), "2: a=t1 b=tö")
				if !marked && !wide {
					check(t, Options{}, string(raw), "say --encoding "+name)
				}
			}
		}
	}
	check(t, Options{}, "\ufeff\ufeffa,b\n1,x\n", "2: a=t1 b=tx")
}

// A quote that is never closed is told with the line in which it opened; those within fields are part of the value.
func TestQuotes(t *testing.T) {
	t.Parallel()
	check(t, Options{}, "a,b\n1,x\n2,\"y\n3,z\n", "2: a=t1 b=tx", "3! b \"y\\n3,z\\n\" begins with a quote that is never closed")
	check(t, Options{}, "a,b\n1,x\n2,\"", "2: a=t1 b=tx", "3! b \"\" begins with a quote that is never closed")
	check(t, Options{}, "a,b\n1,say \"x\"\n2,5\" pipe\n", "2: a=t1 b=tsay \"x\"", "3: a=t2 b=t5\" pipe")
	check(t, Options{}, "a,b\n1,\"x\" y\n2,z\n", "3: a=t2 b=tz", "2! b \"x\" ends in a quote, and \"y\" comes behind it")
}

func TestNamesOfColumns(t *testing.T) {
	t.Parallel()
	f := func(header, want string, notes ...string) {
		t.Helper()
		n := strings.Count(want, "|") + 1
		row := strings.TrimSuffix(strings.Repeat("1.5,", n), ",") + "\n"
		_, table, err := read(t.Context(), Options{}, save(t, header+"\n"+row+row)...)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(table.Inputs[0].Dialect.Columns, "|"); got != want {
			t.Errorf("%q: %s", header, got)
		}
		all := strings.Join(notesOf(table), "\n")
		for _, note := range notes {
			if !strings.Contains(all, note) {
				t.Errorf("%q: %s", header, all)
			}
		}
	}
	f("a,a,A,a_2", "a|a_3|A|a_2", `column "a" is named "a_3", as another has its name (--drop a_3 leaves it out)`)
	f(",a,,b", "column_1|a|column_3|b", `column "" is named "column_1"`)
	f("\" a\u00a0\",\"l1\nl2\",\"say \"\"x\"\"\"", "a|l1 l2|say \"x\"", `is named "a"`, `column "l1\nl2" is named "l1 l2"`)
}

// With --no-fill rows have as many fields as there are columns: an empty one at the end counts. All that is assumed without it is told with that flag.
func TestEmptyFieldsAtTheEnd(t *testing.T) {
	t.Parallel()
	no := false
	for text, want := range map[string][3]string{ // rows without the flag, with it, and what is told
		"a,b,c\n1,2,3,\n4,5,6\n":      {"2: a=t1 b=t2 c=t3", "3: a=t4 b=t5 c=t6", "line 2 has empty fields beyond the last column, which are left out; --no-fill"},
		"a,b,c,\n1,2,3,\n4,5,6,\n":    {"2: a=t1 b=t2 c=t3", "2: a=t1 b=t2 c=t3 column_4= ", "every line ends in a delimiter, after which there is no column; with --no-fill"},
		"a,b,c,\n1,2,3\n4,5,6\n":      {"2: a=t1 b=t2 c=t3", "2! ", "its header ends in a delimiter, after which there is no column."},
		"a,b\n1,2,\n3,4,\n":           {"2: a=t1 b=t2", "2! ", "every line ends in a delimiter, after which there is no column."},
		"a,b\n\"x\",1,2\n\"y\",3,4\n": {`2: row_name=qx a=t1 b=t2`, `2: row_name=qx a=t1 b=t2`, "the first field is column row_name; --skip-lines 1 --no-header"},
	} {
		got, table, err := read(t.Context(), Options{}, save(t, text)...)
		if err != nil || got[0] != want[0] || !strings.Contains(strings.Join(notesOf(table), "\n"), want[2]) {
			t.Errorf("%q: %q %v %q", text, got, err, notesOf(table))
		}
		got, _, err = read(t.Context(), Options{Fill: &no}, save(t, text)...)
		if err != nil && strings.HasSuffix(want[1], "! ") {
			continue // refused as a whole
		}
		if err != nil || !strings.HasPrefix(got[0], want[1]) {
			t.Errorf("%q, exactly: %q %v", text, got, err)
		}
	}
}
