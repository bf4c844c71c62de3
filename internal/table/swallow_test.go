package table

import (
	"fmt"
	"strings"
	"testing"
)

// A quote that goes on over lines which are rows by themselves makes one row of several: that is refused, unless the caller says how quotes are.
func TestSwallowedLines(t *testing.T) {
	t.Parallel()
	const swallowed = "date\tname\n2024-01-01\t\"big\n2024-01-02\tb\n2024-01-03\t\"\n2024-01-04\td\n"
	check(t, Options{}, swallowed, "5: date=t2024-01-04 name=td", `2! name "big\n2024-01-02\tb\n2024-01-03\t" begins with a quote that ends in another line, and each of these 3 lines is like a row by itself; --quote none`)
	check(t, Options{Quote: "none"}, swallowed, `2: date=t2024-01-01 name=t"big`, "3: date=t2024-01-02 name=tb", `4: date=t2024-01-03 name=t"`, "5: date=t2024-01-04 name=td")
	check(t, Options{Quote: `"`}, swallowed, "2: date=t2024-01-01 name=qbig\n2024-01-02\tb\n2024-01-03\t", "5: date=t2024-01-04 name=td")
	check(t, Options{}, "a,b,c\n1,\"x,y\n2,z\",w\n", `2! b "x,y\n2,z" begins with a quote that ends in another line, and each of these 2 lines`)
	check(t, Options{}, "date,s\n2024-01-01,\"one, two\nthree, four\"\n2024-01-01,x\n", "2: date=t2024-01-01 s=qone, two\nthree, four", "4: date=t2024-01-01 s=tx") // no time begins the second line
	check(t, Options{}, "a,b\nx,\"one\ntwo, three\"\n", "2: a=tx b=qone\ntwo, three")                                                                               // two texts may be by chance
	check(t, Options{}, "a,b\n1,\"x\n2,y\n", `2! b "x\n2,y\n" begins with a quote that is never closed, so that all lines behind it are no rows; if quotes belong`)
	check(t, Options{}, "n name v\n1 \"a 5\n2 b\" 6\n3 c 7\n4 d 8\n", "4: n=t3 name=tc v=t7", "5: n=t4 name=td v=t8", `2! name "a 5\n2 b" begins with a quote that ends in another line, and each of these 2 lines`)
	check(t, Options{}, "n name v\n1 \"a b\nc d\" 6\n3 c 7\n4 d 8\n", "2: n=t1 name=qa b\nc d v=t6", "4: n=t3 name=tc v=t7", "5: n=t4 name=td v=t8")
	check(t, Options{}, "a,b\n1,\"x\n2,\"y\"\n", `2! b "x\n2," ends in a quote, and "y\"" comes behind it; if quotes belong to the values, say --quote none`)
}

// The header of another table within the rows is refused, with or without a blank line before it.
func TestTableWithinATable(t *testing.T) {
	t.Parallel()
	rows := func(format string) (text string, want []string) {
		for i := range 30 {
			text += fmt.Sprintf(format+"\n", i+10)
			row := strings.Split(fmt.Sprintf(format, i+10), ",")
			want = append(want, fmt.Sprintf("%d: date=t%s v=t%s w=t%s", i+2, row[0], row[1], row[2]))
		}
		return "date,v,w\n" + text, want
	}
	text, want := rows("2024-01-01,%d,2")
	f := func(more string, wants ...string) {
		t.Helper()
		check(t, Options{}, text+more, append(append([]string{}, want...), wants...)...)
	}
	f("day,amount,n\n2024-02-01,3,4\n", "33: date=t2024-02-01 v=t3 w=t4", `32! date "day" and the rest of the line are words where the columns have numbers or times: another table seems to begin`)
	f("name,city,zip\nBob,x,5\n", "33: date=tBob v=tx w=t5", `32! date "name" and the rest of the line are words`)
	f("name,city,zip,age\nBob,x,5,6\n", `32!  "name,city,zip,age" has 4 fields, and there are 3 columns; "age" is the first without a column. It seems to be the header of another table`, `33!  "Bob,x,5,6" has 4 fields`)
	f("2024-01-01,unknown,missing\n2024-01-01,5,6\n", "32: date=t2024-01-01 v=tunknown w=tmissing", "33: date=t2024-01-01 v=t5 w=t6")
	numbers, wantNumbers := rows("%d,1,2")
	check(t, Options{}, numbers+"low,high,none of it\n1,2,3\n", append(wantNumbers, "32: date=tlow v=thigh w=tnone of it", "33: date=t1 v=t2 w=t3")...)
	check(t, Options{}, "date,v\n2024-01-01,1\n2024-01-02,2\nname,age,city\nBob,3,X\nAl,4,Y\n", "line 4 (name,age,city) looks like the header, and so does line 1 (date,v). Say --skip-lines 3")
	check(t, Options{}, "Station,Vienna\nHeight,5\ndate,v,w\n2024-01-01,1,2\n2024-01-02,1,2\n", "4: date=t2024-01-01 v=t1 w=t2", "5: date=t2024-01-02 v=t1 w=t2")
}

// Whatever the number of columns: a quote that stands alone, as ditto marks and the names of sounds do, takes no rows along.
func TestQuotesThatStandAlone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"item,unit\nrod,m\nnail,\"\npin,\"\nbar,kg\n",
		"name\tsize\npipe\t\"\nrod\t\"\nbar\t2\n",
		"sym,code\na,A1\n\",A2\nb,A3\nc_\",A4\nd,A5\n",
		"qty,unit,item\n1,kg,\"\n2,\",b\n3,m,c\n",
		"item;unit\r\nrod;m\r\nnail;\"\r\npin;\"\r\nbar;kg\r\n",
		"item|unit\nrod|m\nnail|\"\npin|x\nbolt|\"\nbar|kg\n",
		"item,size\nrod,4\n\"nail,3\npipe,5\ntube\",6\nbar,7\n",
		"item,of,unit\nrod,a,m\nnail,b,\"\npin,c,\"\nbar,d,kg\n",
		"word,kind\n\",sign\nb,letter\n\",sign\nd,letter\n",
	} {
		_, table, err := read(t.Context(), Options{}, save(t, text)...)
		if err != nil {
			if !strings.Contains(err.Error(), "is like a row by itself; --quote none") {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		got, _, _ := read(t.Context(), Options{}, save(t, text)...)
		if all := strings.Join(got, "\n"); !strings.Contains(all, "is like a row by itself; --quote none") && !strings.Contains(all, "say --quote none") {
			t.Errorf("%q: %s\n%s", text, all, strings.Join(notesOf(table), "\n"))
		}
		rows, _, err := read(t.Context(), Options{Quote: "none"}, save(t, text)...)
		if n := strings.Count(text, "\n") - 1; err != nil || len(rows) != n {
			t.Errorf("%q without quotes: %s, %v", text, rows, err)
		}
	}
	check(t, Options{}, "\",A2\nb,A3\nc_\",A4\nd,A5\ne,A6\n", "line 1 has a quote that ends in line 3, and each of these 3 lines is like a row by itself")
	check(t, Options{}, "\"name\n(first)\",\"age\n(years)\"\nAl,5\nBo,6\n", "4: name (first)=tAl age (years)=t5", "5: name (first)=tBo age (years)=t6")
	check(t, Options{}, "name,address\nAl,\"Main St 5\nBerlin, DE\"\nBo,\"Hill Rd 6\nBonn\"\n", "2: name=tAl address=qMain St 5\nBerlin, DE", "4: name=tBo address=qHill Rd 6\nBonn")
}

// What quotes and backslashes take away is told, with the flag that keeps it.
func TestWhatQuotesTakeAwayIsTold(t *testing.T) {
	t.Parallel()
	f := func(text, note string, want ...string) {
		t.Helper()
		if table := check(t, Options{}, text, want...); table != nil && !strings.Contains(strings.Join(notesOf(table), "\n"), note) {
			t.Errorf("%q: %s", text, strings.Join(notesOf(table), "\n"))
		}
	}
	f("d,p\n1,\"\\\\srv\"\n2,\"a\\\"b\"\n", "line 2 has two backslashes within quotes, which are one", "2: d=t1 p=q\\srv", "3: d=t2 p=qa\"b")
	f("d,p\n1,\"\\\\srv\"\n2,b\n", "", "2: d=t1 p=q\\\\srv", "3: d=t2 p=tb")
	check(t, Options{Escape: "none"}, "d,p\n1,\"\\\\srv\"\n2,\"a\\\"\"b\"\n", "2: d=t1 p=q\\\\srv", "3: d=t2 p=qa\\\"b")
	f("a,b\n    \"x\",1\n  \"y\",2\nz,3\n", "each of 2 lines, the first of them line 2, has blanks between a quote and a delimiter", "2: a=qx b=t1", "3: a=qy b=t2", "4: a=tz b=t3")
	f("a,b\n\"x\" ,1\ny,2\n", "line 2 has blanks between a quote and a delimiter", "2: a=qx b=t1", "3: a=ty b=t2")
	check(t, Options{Quote: "none"}, "a,b\n  \"x\" ,1\ny,2\n", "2: a=t  \"x\"  b=t1", "3: a=ty b=t2")
}

// Two bars are an empty field where single ones part the lines alike.
func TestTwoBars(t *testing.T) {
	t.Parallel()
	check(t, Options{}, "TA|USArray|2003-01-01T00:00:00||1700\nTC|Red|2011-01-01T00:00:00||0\n", "1: column_1=tTA column_2=tUSArray column_3=t2003-01-01T00:00:00 column_4=  column_5=t1700", "2: column_1=tTC column_2=tRed column_3=t2011-01-01T00:00:00 column_4=  column_5=t0")
	check(t, Options{}, "a|b||c\n1|2||3\n4|5||6\n", "2: a=t1 b=t2 column_3=  c=t3", "3: a=t4 b=t5 column_3=  c=t6")
	check(t, Options{}, "d|v\n2024-01-01|a||b\n", `2!  "2024-01-01|a||b" has 4 fields, and there are 2 columns; "b" is the first without a column`)
	check(t, Options{}, "a|b|c\n1||3\n4||6\n", "2: a=t1 b=  c=t3", "3: a=t4 b=  c=t6")
	check(t, Options{}, "a||b\n1||x|y\n2||z\n", "2: a=t1 b=tx|y", "3: a=t2 b=tz")
}
