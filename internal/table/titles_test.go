package table

import (
	"fmt"
	"strings"
	"testing"
)

// days is a table of some days with two columns of numbers.
func days(n int) string {
	text := ""
	for i := range n {
		text += fmt.Sprintf("2024-01-%02d,%d,%d.5\n", i+1, i, i)
	}
	return text
}

// What stands before the header is left out and told where it cannot be a part of the table, else the input is refused with what to say.
func TestTitles(t *testing.T) {
	t.Parallel()
	const header = "date,n,v\n"
	three := days(3)
	taken := func(text string, line int, title string) {
		t.Helper()
		var want []string
		for i := range 3 {
			want = append(want, fmt.Sprintf("%d: date=t2024-01-%02d n=t%d v=t%d.5", line+1+i, i+1, i, i))
		}
		table := check(t, Options{}, text, want...)
		if table == nil {
			return
		}
		if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, fmt.Sprintf("line %d is taken for the header", line)) || !strings.Contains(notes, title) || !strings.Contains(notes, "; --skip-lines ") {
			t.Errorf("%q: notes %s", text, notes)
		}
		skip := int64(line - 1)
		table = check(t, Options{SkipLines: &skip}, text, want...)
		if table != nil && (table.Inputs[0].Dialect.Skip != int64(line) || table.Inputs[0].Dialect.Columns[0] != "date") {
			t.Errorf("%q: %+v", text, table.Inputs[0].Dialect)
		}
	}
	taken("Sales report 2024\n"+header+three, 2, `1 line before it, beginning with "Sales report 2024"`)
	taken("Bank of X\nAccount: 123, EUR\n\nfrom 2024-01-01 to 2024-01-31\n"+header+three, 5, `4 lines before it, beginning with "Bank of X"`)
	taken("Account: 123, EUR\n"+header+three, 2, "Account: 123, EUR")
	taken("\"Report, made by us\",,\nAccount,1,\n,,\n"+header+three, 4, "Report, made by us")
	taken("One, two, three, four, and more\n"+header+three, 2, "One, two")
	taken("It said \"no\n"+header+three, 2, "It said")
	taken("Report\r\n\r\n"+strings.ReplaceAll(header+three, "\n", "\r\n"), 3, "Report")
	taken("Station,Berlin\nLat,52.5\nLon,13.4\n"+header+three, 4, "Station,Berlin")

	refused := func(text string, want ...string) {
		t.Helper()
		_, _, err := read(t.Context(), Options{}, save(t, text)...)
		for _, part := range want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v", text, err)
				break
			}
		}
	}
	refused("key,value\ndate,n\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n", "line 2 (date,n) looks like the header", "--skip-lines 1")
	refused("Our people\nname,city,team\nBob,Rome,red\nAl,Bern,red\nJo,Oslo,red\nCy,Bonn,red\n", "line 1 (Our people) has 1 field, and most lines behind it have 3", "line 2 (name,city,team)", "--skip-lines 1")
	refused("Our people\nname,city\nBob,Rome\nAl,Bern\n", "line 2 (name,city)", "--skip-lines 1")
	refused("a,b\nx,1,2\ny,3,4\nz,5,6\nu,7,8\nv,9,1\nw,2,3\nx,4,5\ny,6,7\nz,8,9\nt,1,2\nv,9\n", "line 12 has none", "a name in line 1")

	check(t, Options{}, header+"2024-01-O1,l,x.5\n"+three[:17], "2: date=t2024-01-O1 n=tl v=tx.5", "3: date=t2024-01-01 n=t0 v=t0.5") // slips of the pen make no header

	// A column between others may have no name, and the first row a word for a missing number.
	gap := []string{"2: id=t1 column_2=tabc value=tunknown", "3: id=t2 column_2=tdef value=t5", "4: id=t3 column_2=tghi value=t6", "5: id=t4 column_2=tjkl value=t7"}
	check(t, Options{}, "id,,value\n1,abc,unknown\n2,def,5\n3,ghi,6\n4,jkl,7\n", gap...)
	refused("id,,value\nann,abc,few\nbob,def,5\ncy,ghi,6\n", "line 2 (ann,abc,few) looks like the header, and so does line 1 (id,,value)", "--skip-lines 1", "--skip-lines 0")
	check(t, Options{}, "a,value\n1,abc,unknown\n2,def,5\n3,ghi,6\n4,jkl,7\n", "2: row_name=t1 a=tabc value=tunknown", "3: row_name=t2 a=tdef value=t5", "4: row_name=t3 a=tghi value=t6", "5: row_name=t4 a=tjkl value=t7")
	check(t, Options{SkipLines: new(int64)}, "id,,value\nann,abc,unknown\nbob,def,5\n", "2: id=tann column_2=tabc value=tunknown", "3: id=tbob column_2=tdef value=t5")

	zero, two, many := int64(0), int64(2), int64(99)
	check(t, Options{SkipLines: &zero}, "key,value\ndate,n\n2024-01-01,1\n", "2: key=tdate value=tn", "3: key=t2024-01-01 value=t1")
	check(t, Options{SkipLines: &two}, "\n\"\n"+header+three[:17], "4: date=t2024-01-01 n=t0 v=t0.5")
	check(t, Options{SkipLines: &two}, "# x\n# y\n"+`{"a":1}`+"\n", "3: a=01")
	check(t, Options{SkipLines: &two}, "# x\n# y\n[\n"+`{"a":1}]`+"\n", "4: a=01")
	check(t, Options{SkipLines: &many}, header+three, "has nothing behind the 99 lines that --skip-lines leaves out")
	no := false
	check(t, Options{SkipLines: &two, Header: &no}, "x\ny\n1,2\n3,4\n", "3: column_1=t1 column_2=t2", "4: column_1=t3 column_2=t4")
}

// R writes a header without a name for the names of rows, parted by blanks or by commas.
func TestRowNames(t *testing.T) {
	t.Parallel()
	check(t, Options{}, "\"a\" \"b\"\n\"1\" 5 \"x y\"\n\"2\" 6 \"z\"\n", "2: row_name=q1 a=t5 b=qx y", "3: row_name=q2 a=t6 b=qz")
	check(t, Options{}, "a b\n1 5 x\n2 6 z\n", "2: row_name=t1 a=t5 b=tx", "3: row_name=t2 a=t6 b=tz")
	check(t, Options{}, "\"x\"\n\"1\",5\n\"2\",6\n", "2: row_name=q1 x=t5", "3: row_name=q2 x=t6")
}

// A header within a file is told and is no row; with its columns in another order nothing behind it may be taken.
func TestHeaderAgain(t *testing.T) {
	t.Parallel()
	const header, row = "date,n,v\n", "2024-01-01,1,1.5\n"
	check(t, Options{}, header+row+header+row, "2: date=t2024-01-01 n=t1 v=t1.5", "4: date=t2024-01-01 n=t1 v=t1.5")
	check(t, Options{}, header+row+"\ufeff"+header+row, "2: date=t2024-01-01 n=t1 v=t1.5", "4: date=t2024-01-01 n=t1 v=t1.5")
	check(t, Options{}, header+row+"DATE,N, V\n"+row, "2: date=t2024-01-01 n=t1 v=t1.5", "4: date=t2024-01-01 n=t1 v=t1.5", `3! date "DATE" and the rest of the line are the names of the columns again`)
	for _, again := range []string{"n,date,v", "n,v,date", "date,n,w", "V,n,date", "n,x,date"} {
		want := "line 3 (" + again + ") names the columns again, but otherwise than the header"
		_, _, err := read(t.Context(), Options{}, save(t, header+row+again+"\n"+row)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", again, err)
		}
	}
	check(t, Options{}, header+row+"date,1,n\n", "2: date=t2024-01-01 n=t1 v=t1.5", "3: date=tdate n=t1 v=tn")
	table := check(t, Options{}, header+row+header+row+header, "2: date=t2024-01-01 n=t1 v=t1.5", "4: date=t2024-01-01 n=t1 v=t1.5")
	if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, "each of 2 lines, the first of them line 3, repeats the header") {
		t.Error(notes)
	}
	// Another table behind a blank line, and lines that are there for people.
	check(t, Options{}, header+days(3)+"\nname,city,zip\n", "2: date=t2024-01-01 n=t0 v=t0.5", "3: date=t2024-01-02 n=t1 v=t1.5", "4: date=t2024-01-03 n=t2 v=t2.5", `6! date "name" follows a blank line`)
	check(t, Options{}, header+days(2)+"Total,1,2\n\nSource: us\n", "2: date=t2024-01-01 n=t0 v=t0.5", "3: date=t2024-01-02 n=t1 v=t1.5", "4: date=tTotal n=t1 v=t2", `6!  "Source: us" has only 1 field`)
	table = check(t, Options{}, "name,n\na,1\nTotal:,1\n", "2: name=ta n=t1", "3: name=tTotal: n=t1")
	if line, text := table.Inputs[0].Sum(); line != 3 || text != "Total:" {
		t.Error(line, text)
	}
	table = check(t, Options{}, "name,n\na,1\nTotal:,1\n\n\n", "2: name=ta n=t1", "3: name=tTotal: n=t1")
	if line, text := table.Inputs[0].Sum(); line != 3 || text != "Total:" {
		t.Error("before blank lines", line, text)
	}
	check(t, Options{}, "| a | b |\n|---|:-:|\n| 1 | x |\n", "3: a=t1 b=tx")
	check(t, Options{}, "a|b\n----+--\n1|x\n", "3: a=t1 b=tx")
}

// A table before another one is no title.
func TestTableBeforeATable(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"a,b\n1,2\n", "name,age\nBo,5\n", "day,n\n2024-01-01,x\n"} {
		for _, gap := range []string{"\n", "\n\n\n"} {
			text := first + gap + "c,d,e\n3,4,5\n"
			line := strings.Count(first+gap, "\n") + 1
			check(t, Options{}, text, fmt.Sprintf("has two tables: line 1 (%s) looks like the header of one, and line %d (c,d,e) like that of another. Make a file of each; --skip-lines %d", first[:strings.IndexByte(first, '\n')], line, line-1))
			skip := int64(line - 1)
			check(t, Options{SkipLines: &skip}, text, fmt.Sprintf("%d: c=t3 d=t4 e=t5", line+1))
		}
	}
	// No title has several lines of as many fields, whether a blank line stands behind them or not.
	for text, line := range map[string]string{
		"Name,Email\nAnn,a@x.de\n\nOrder,Name,Total\n1,Ann,5\n2,Ann,6\n3,Ann,7\n":     "4 (Order,Name,Total)",
		"name,city\nAnn,Rome\nBob,Bern\nregion,boss,n\nNorth,Zoe,1\nSouth,Yan,2\n":    "4 (region,boss,n)",
		"name\tcity\nAnn\tRome\nregion\tboss\tn\nNorth\tZoe\t1\nSouth\tYan\t2\n":      "3 (region\tboss\tn)",
		"1,a\n2,b\nregion,boss,n\nNorth,Zoe,1\nSouth,Yan,2\nWest,Xu,3\nEast,Will,4\n": "3 (region,boss,n)",
	} {
		check(t, Options{}, text, "line "+line)
	}
	check(t, Options{}, "Report,Sales\n\nc,d,e\n3,4,5\n", "4: c=t3 d=t4 e=t5")
}

// A table behind a blank line is refused where words stand where the columns have numbers or times, and else told.
func TestTableBehindABlankLine(t *testing.T) {
	t.Parallel()
	check(t, Options{}, "name,sales\nAnn,2\nBob,3\n\nregion,total\nNorth,8\n", "2: name=tAnn sales=t2", "3: name=tBob sales=t3", "6: name=tNorth sales=t8", `5! name "region" follows a blank line`)
	check(t, Options{}, "date,sales\n2024-01-01,2\n2024-01-02,4\n\nregion,sales\nNorth,8\nSouth,10\n", "2: date=t2024-01-01 sales=t2", "3: date=t2024-01-02 sales=t4", "6: date=tNorth sales=t8", "7: date=tSouth sales=t10", `5! date "region" follows a blank line`)
	const text = "name,city\nAnn,Rome\nBob,Bern\n\nregion,boss\nNorth,Zoe\n"
	table := check(t, Options{}, text, "2: name=tAnn city=tRome", "3: name=tBob city=tBern", "5: name=tregion city=tboss", "6: name=tNorth city=tZoe")
	if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, "line 5 stands behind a blank line, and is taken for a row. If another table begins there, make a file of each") {
		t.Error(notes)
	}
	table = check(t, Options{}, "name,n\nAnn,1\nBob,2\n\nCid,3\n", "2: name=tAnn n=t1", "3: name=tBob n=t2", "5: name=tCid n=t3")
	if notes := strings.Join(notesOf(table), "\n"); strings.Contains(notes, "blank line") {
		t.Error(notes)
	}
}

// What may be written below a table is told with the flag that leaves it out, and it does.
func TestFooterBehindABlankLine(t *testing.T) {
	t.Parallel()
	const text = "name,n,m\nAnn,1,2\nBob,2,3\n\nAs of Jan,,\n"
	table := check(t, Options{}, text, "2: name=tAnn n=t1 m=t2", "3: name=tBob n=t2 m=t3", "5: name=tAs of Jan n=  m= ")
	if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, "line 5 stands behind a blank line with nothing but its first field, and is taken for a row; if line 5 is none, --skip-lines 5-5 leaves it out") {
		t.Error(notes)
	}
	first, more, err := ParseLines("5-5")
	if err != nil {
		t.Fatal(err)
	}
	check(t, Options{SkipLines: &first, OmitLines: more}, text, "2: name=tAnn n=t1 m=t2", "3: name=tBob n=t2 m=t3")
}

// Where the first line is the header by its place alone, one that has some of its words is a row.
func TestRowsLikeTheFirst(t *testing.T) {
	t.Parallel()
	check(t, Options{}, "DE,x,aa\nDE,y,bb\nFR,y,cc\nDE,x,dd\n", "1: column_1=tDE column_2=tx column_3=taa", "2: column_1=tDE column_2=ty column_3=tbb", "3: column_1=tFR column_2=ty column_3=tcc", "4: column_1=tDE column_2=tx column_3=tdd")
	check(t, Options{}, "DE,x,aa\nFR,y,bb\nDE,x,aa\n", "1: column_1=tDE column_2=tx column_3=taa", "2: column_1=tFR column_2=ty column_3=tbb", "3: column_1=tDE column_2=tx column_3=taa")
	check(t, Options{}, "name,city\nann,rome\ncity,name\n", "1: column_1=tname column_2=tcity", "2: column_1=tann column_2=trome", "3: column_1=tcity column_2=tname")
}

func TestDelimiters(t *testing.T) {
	t.Parallel()
	for _, d := range []string{",", ";", "\t", "|", "||", "^", "~", "\x01", "\x1f"} {
		text := strings.ReplaceAll("a,b,c\n1,,x\n2,y,\n", ",", d)
		check(t, Options{}, text, "2: a=t1 b=  c=tx", "3: a=t2 b=ty c= ")
	}
}

// TestManyNamesThatComeAgain: naming the columns of a header costs what the header is long.
func TestManyNamesThatComeAgain(t *testing.T) {
	t.Parallel()
	const n = 100_000 // which took an hour, as each looked for its number from the beginning
	names := make([]string, n)
	for i := range names {
		names[i] = "x"
	}
	names[n-1] = "x_3"
	named := nameFields(names)
	if named[0] != "x" || named[1] != "x_2" || named[2] != "x_4" || named[n-1] != "x_3" || named[n-2] != "x_100000" {
		t.Errorf("%q %q %q … %q %q", named[0], named[1], named[2], named[n-2], named[n-1])
	}
}
