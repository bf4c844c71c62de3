package table

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Columns that begin and end at the same places in all lines are read so where words are not the same: no value gets under another name.
func TestColumnsOfAFixedWidth(t *testing.T) {
	t.Parallel()
	const note = "its columns are read by where they begin and end"
	f := func(text string, want ...string) {
		t.Helper()
		table := check(t, Options{}, text, want...)
		if table == nil {
			return
		}
		if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, note) {
			t.Errorf("%q: notes %s", text, notes)
		}
	}
	f("id   name      color  price\n1    apple     red    1.5\n2    kiwi big         2.5\n", "2: id=t1 name=tapple color=tred price=t1.5", "3: id=t2 name=tkiwi big color=  price=t2.5")
	f("station  name        state  temp\r\nA1       Bern        BE     1.5\r\nA2       Le Locle           2.5\r\nA3       Chur        GR     3.5\r\n",
		"2: station=tA1 name=tBern state=tBE temp=t1.5", "3: station=tA2 name=tLe Locle state=  temp=t2.5", "4: station=tA3 name=tChur state=tGR temp=t3.5")
	f("Station         Lat     Lon    Elev State\nBern          46.95    7.45     553 BE\nLe Locle      47.06    6.75         NE\nChur          46.85    9.53     556 GR\n",
		"2: Station=tBern Lat=t46.95 Lon=t7.45 Elev=t553 State=tBE", "3: Station=tLe Locle Lat=t47.06 Lon=t6.75 Elev=  State=tNE", "4: Station=tChur Lat=t46.85 Lon=t9.53 Elev=t556 State=tGR")
	f("name      city      age\nAnn       New York  30\nBob Ray   Paris     40\n", "2: name=tAnn city=tNew York age=t30", "3: name=tBob Ray city=tParis age=t40")
	f("name       n\nMünchen    1\nBad Tölz   2\nÖls        3\n", "2: name=tMünchen n=t1", "3: name=tBad Tölz n=t2", "4: name=tÖls n=t3")
	f("City        Country  Pop\nParis       FR       2.1\nNew York    US       8.3\n", "2: City=tParis Country=tFR Pop=t2.1", "3: City=tNew York Country=tUS Pop=t8.3")
	f("City        Max Temp  Min Temp\nBern        20        10\nLe Locle    18        8\n", "2: City=tBern Max Temp=t20 Min Temp=t10", "3: City=tLe Locle Max Temp=t18 Min Temp=t8")
	f("City      Max Temp  Min Temp\nBern            20        10\nLocle           18         8\n", "2: City=tBern Max Temp=t20 Min Temp=t10", "3: City=tLocle Max Temp=t18 Min Temp=t8")
	f("what        v    day\nrain      1.5    2024-01-01\n          2.5    2024-01-02\nhail      3.5    2024-01-03\n", "2: what=train v=t1.5 day=t2024-01-01", "3: what=  v=t2.5 day=t2024-01-02", "4: what=thail v=t3.5 day=t2024-01-03")
	f("id   name     v\n1    Bob      5\n2             6\n3    Al       7\n", "2: id=t1 name=tBob v=t5", "3: id=t2 name=  v=t6", "4: id=t3 name=tAl v=t7")
	f("A title\n\nid   name      color  price\n1    apple     red    1.5\n2    kiwi big         2.5\n", "4: id=t1 name=tapple color=tred price=t1.5", "5: id=t2 name=tkiwi big color=  price=t2.5")
	f("1    apple     red    1.5\n2    kiwi big         2.5\n3    plum      blue   2.5\n", "1: column_1=t1 column_2=tapple column_3=tred column_4=t1.5", "2: column_1=t2 column_2=tkiwi big column_3=  column_4=t2.5", "3: column_1=t3 column_2=tplum column_3=tblue column_4=t2.5")
	// As many words in each line by chance, and names of two words above values of one.
	f("color  first name  size\nred             4  Le Locle\nblue            3  Sao Paulo\n", "2: color=tred first name=t4 size=tLe Locle", "3: color=tblue first name=t3 size=tSao Paulo")
	f("   unit price  state\n0         red    5.5\n1       green    6.5\n", "2: column_1=t0 unit price=tred state=t5.5", "3: column_1=t1 unit price=tgreen state=t6.5")
	f("owner   unit price size           team\nyes          96005 R&D            kiwi\nBob              0 New York       50 km\nSue            -24 Rio de Janeiro Ol\nOl                 red            kiwi\nZoe          62712                ok\n",
		"2: owner=tyes unit price=t96005 size=tR&D team=tkiwi", "3: owner=tBob unit price=t0 size=tNew York team=t50 km", "4: owner=tSue unit price=t-24 size=tRio de Janeiro team=tOl",
		"5: owner=tOl unit price=  size=tred team=tkiwi", "6: owner=tZoe unit price=t62712 size=  team=tok")

	// Behind the beginning, a text may be longer as long as a blank is left, but stand in no other place; a line of one text is no row.
	begin := "id   name          n\n" + strings.Repeat("1    apple        15\n2    kiwi big     16\n", headRows/2)
	reads := func(line, want string) {
		t.Helper()
		got, _, err := read(t.Context(), Options{}, save(t, begin+line+"\n")...)
		if err != nil || !strings.Contains(got[len(got)-1], want) {
			t.Errorf("%q: %v %v", line, got[max(0, len(got)-1):], err)
		}
	}
	reads("3    kiwi bigger  17", "1002: id=t3 name=tkiwi bigger n=t17")
	reads("3    kiwi big  12345", "1002: id=t3 name=tkiwi big n=t12345")
	reads("3", `1002!  "3" has only 1 field`)
	reads("3    kiwi", "1002: id=t3 name=tkiwi n= ")
	reads("3    kiwi biggest1234", "has text between the columns name and n")
	reads("3    kiwi       x  17", "has text between the columns name and n")

	reads("# a remark on this", "1001: id=t2")
	reads("Total: 5 rows", "1001: id=t2")
	reads("As of  the day 2024", "has text between the columns id and name")
	reads("3     kiwi         17", "does not begin or end where the values of its column do in other lines")

	// A date and a time of day are one value where they stand below one name.
	f("timestamp            who   n\n2024-01-15 10:30:00  Ann   5\n2024-01-15 10:31:00  Bob   6\n", "2: timestamp=t2024-01-15 10:30:00 who=tAnn n=t5", "3: timestamp=t2024-01-15 10:31:00 who=tBob n=t6")
	f("who  timestamp            n\nAnn  2024-01-15 10:30:00  5\nBob  2024-01-15 10:31:00  6\n", "2: who=tAnn timestamp=t2024-01-15 10:30:00 n=t5", "3: who=tBob timestamp=t2024-01-15 10:31:00 n=t6")
	f("id               name\nblue green      364.9\n", "2: id=tblue green name=t364.9")
	// Lines of dashes, and what clients of databases write behind a table, are no rows.
	f("id    name\n    1 Ann\n    2 Bob Lee\n", "2: id=t1 name=tAnn", "3: id=t2 name=tBob Lee")
	f("id          name       \n----------- -----------\n          1 Ann        \n          2 Bob Lee    \n\n(2 rows affected)\n", "3: id=t1 name=tAnn", "4: id=t2 name=tBob Lee")
	f("=====  =====\nid     name \n=====  =====\n1      Ann  \n2      Bob  \n=====  =====\n", "4: id=t1 name=tAnn", "5: id=t2 name=tBob")
	f("=====  =====\nid     name \n=====  =====\n1      Ann  \n       Lee\n=====  =====\n", "4: id=t1 name=tAnn", `5! id "Lee" has nothing in the first column`)
	f("name      city\nAnn Lee   Bern\n# remark on this\nBob       \n", "2: name=tAnn Lee city=tBern", "4: name=tBob city= ")
	f("qty      code  size \nno       red   x1     \nTotal: 5 rows\n", "2: qty=tno code=tred size=tx1")
	check(t, Options{}, "name      city      n\n-----------------------\nAnn       Bern      1\nBob       Rome      2\n", "3: name=tAnn city=tBern n=t1", "4: name=tBob city=tRome n=t2")
	check(t, Options{}, "id name\n-- ----\n1 Ann\n2 Bob Lee\n", "line 2 is a line of dashes, as above or below the names of a table")
	check(t, Options{}, "a b c d e\nu 2 x 4 5\n  #  comment here\nv 3 y 5 6\n", "2: a=tu b=t2 c=tx d=t4 e=t5", "4: a=tv b=t3 c=ty d=t5 e=t6")

	// What may be parted in two ways, or is not in line, is one value a line, and told.
	for _, text := range []string{
		"  name unit price lon\n1  R&D      apple yes\n2  Ops       pear  no\n", "a    b b  c\nx    9 9  q q\nq         r\ny    2    s\n", "name   x y\nAnn    1 2\nBob    3 4\n",
		"who timestamp n\nAnn 2024-01-15 10:30:00 5\nBob 2024-01-15 10:31:00 6\n", "name      city\nAnn Lee\nBob Ray\n",
		"USER   PID  CMD\nroot     1  init\nverylongname 2  sh\n",
	} {
		paths := save(t, text)
		if err := os.Rename(paths[0], paths[0]+".txt"); err != nil {
			t.Fatal(err)
		}
		_, table, err := read(t.Context(), Options{}, paths[0]+".txt")
		if err != nil || !table.Inputs[0].Dialect.Lines() || !strings.Contains(strings.Join(notesOf(table), "\n"), "each line is taken for one value") {
			t.Errorf("%q: %v", text, err)
		}
	}

	// Words that are the columns by themselves are read as before.
	for text, want := range map[string][]string{
		"a  b   c\n1 2 3\n4 5 6\n": {"2: a=t1 b=t2 c=t3", "3: a=t4 b=t5 c=t6"},
		"a b\n1 5 x\n2 6 z\n":      {"2: row_name=t1 a=t5 b=tx", "3: row_name=t2 a=t6 b=tz"},
	} {
		if table := check(t, Options{}, text, want...); table != nil && strings.Contains(strings.Join(notesOf(table), "\n"), note) {
			t.Errorf("%q is read by places", text)
		}
	}
	check(t, Options{Delimiter: "blanks"}, "id   name      color  price\n1    apple     red    1.5\n2    kiwi big         2.5\n", "2: id=t1 name=tapple color=tred price=t1.5", "3: id=t2 name=tkiwi color=tbig price=t2.5")
}

// A text that is longer than its column pushes what follows to other places. By the dashes below the names it cannot be known where such columns begin, so
// that it is refused.
func TestTextLongerThanItsDashes(t *testing.T) {
	t.Parallel()
	text := " id  name        note        amount\n---- ----------- ----------- ------\n"
	for i := range 2500 {
		text += fmt.Sprintf("%4d %-11s %-11s %6d\n", i, "ann lee", "is well", i)
	}
	text += "2500 a very long name remark           5\n"
	if got := inBlocks(t, text, Options{}, 0); !strings.Contains(got, "2499,ann lee,is well,2499|") || !strings.Contains(got, "does not begin or end where the values of its column do") {
		t.Errorf("it ends %s", got[max(0, len(got)-300):])
	}
}
