package table

import (
	"strings"
	"testing"
)

// A line that begins with # is a comment by itself, or told as what it may be.
func TestComments(t *testing.T) {
	t.Parallel()
	f := func(text, note string, want ...string) {
		t.Helper()
		table := check(t, Options{}, text, want...)
		if table == nil {
			return
		}
		if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, note) {
			t.Errorf("%q: %s", text, notes)
		}
	}
	// A quote in a comment does not take the lines behind it along.
	const quoted = "a,b\n1,2\n# note, \"see\n3,4\n5,6\n7\", 8\n9,10\n"
	f(quoted, "", "2: a=t1 b=t2", "7: a=t9 b=t10", "3!  \"# note, \\\"see…\" begins with #, and a quote in it goes on to line 6")
	check(t, Options{Comment: "#"}, strings.Replace(quoted, "7\"", "7", 1), "2: a=t1 b=t2", "4: a=t3 b=t4", "5: a=t5 b=t6", "6: a=t7 b=t 8", "7: a=t9 b=t10")
	f("a,b\n1,2\n# note, \"see\", x\n3,4\n", "line 3 begins with #, has not as many fields", "2: a=t1 b=t2", "4: a=t3 b=t4")

	// What is said in words names no columns, where another line may.
	cities := []string{"3: name=tann city=trome", "4: name=tbob city=tparis", "5: name=tcarl city=toslo"}
	unnamed := []string{"2: column_1=tname column_2=tcity", "3: column_1=tann column_2=trome", "4: column_1=tbob column_2=tparis", "5: column_1=tcarl column_2=toslo"}
	const named = "name,city\nann,rome\nbob,paris\ncarl,oslo\n"
	f("#Exported by,Bob Smith\n"+named, "line 1, a comment, has as many fields as the columns, and is not taken for their names. --skip-lines 0 takes it for the header, --header the first line behind", unnamed...)
	f("# Exported by,Bob Smith\n"+named, "--skip-lines 0 takes it for the header, --header the first line behind", unnamed...)
	f("# Exported by Bob Smith\n"+named, "the header ends in line 2", cities...)
	f("# made by us, in 2024\n"+named, "the header ends in line 2", cities...)
	f("#Exported,2024-01-01\n"+named, "the header ends in line 2", cities...)
	yes := true
	check(t, Options{Header: &yes}, "# Exported by,Bob Smith\n"+named, cities...)
	f("#country-\n#code\tname of country, territory, or area\nAD\tAndorra\nAE\tEmirates\nAF\tAfghanistan\n", "line 2, a comment, names the columns",
		"3: code=tAD name of country, territory, or area=tAndorra", "4: code=tAE name of country, territory, or area=tEmirates", "5: code=tAF name of country, territory, or area=tAfghanistan")
	f("#2023-12-31,7\n# written by us\n#day,value\n2024-01-01,1\n2024-01-02,2\n",
		`Left out: 2 comments beside it, the first "2023-12-31,7" in line 1.`, "4: day=t2024-01-01 value=t1", "5: day=t2024-01-02 value=t2")
	f("#2023-12-31,7\n#day,value\n2024-01-01,1\n2024-01-02,2\n",
		`Left out: 1 comment beside it, the first "2023-12-31,7" in line 1; --comment none takes lines that begin with # for rows.`, "3: day=t2024-01-01 value=t1", "4: day=t2024-01-02 value=t2")
	f("# country code,country name\nAD,Andorra\nAE,Emirates\nAF,Afghanistan\n", "--skip-lines 0 takes it for the header", "2: column_1=tAD column_2=tAndorra", "3: column_1=tAE column_2=tEmirates", "4: column_1=tAF column_2=tAfghanistan")

	// Among rows that begin with the mark, a short one is one of them.
	const orders = "Name,Email,Total\n#1001,a@x.de,10\n#1002,b@x.de,20\n#1003,c@x.de\n#1004,d@x.de,40\n"
	order := []string{"2: Name=t#1001 Email=ta@x.de Total=t10", "3: Name=t#1002 Email=tb@x.de Total=t20", "5: Name=t#1004 Email=td@x.de Total=t40"}
	f(orders, "", append(order, `4!  "#1003,c@x.de" has only 2 fields, and there are 3 columns; Total is the first without a value, which --fill makes null; other rows begin with #, too`)...)
	f(strings.Replace(orders, ",c@x.de", "", 1), "", append(order, `4!  "#1003" has only 1 field`)...)
	check(t, Options{Comment: "none"}, orders, append(order, `makes null`)...)
	f("a,b,c\n#x,1,2\ny,3,4\nz,5,6\nw,5,6\n#u,7\n# note\n", "line 7 begins with #, has not as many fields", "2: a=t#x b=t1 c=t2", "3: a=ty b=t3 c=t4", "4: a=tz b=t5 c=t6", "5: a=tw b=t5 c=t6", `6!  "#u,7" has only 2 fields`)
	f("a,b,c\nx,1,2\n#u,7\ny,3,4\n", "line 3 begins with #, has not as many fields", "2: a=tx b=t1 c=t2", "4: a=ty b=t3 c=t4")
	f("#First name,Age\nann,5\nbob,6\n", "line 1, a comment, names the columns", "2: First name=tann Age=t5", "3: First name=tbob Age=t6")
	f("#name,city\nann,rome\nbob,paris\n", "--skip-lines 1 --header takes the line behind it for the header", "2: name=tann city=trome", "3: name=tbob city=tparis")
	one := int64(1)
	check(t, Options{SkipLines: &one}, "#Exported,Bob\n"+named, cities...)

	// Rows without a header may begin with the mark.
	f("#x,1\n#y,2\nz,3\nw,4\n", "each of 2 lines, the first of them line 1, begins with # and is taken for a row; --comment '#' leaves", "1: column_1=t#x column_2=t1", "2: column_1=t#y column_2=t2", "3: column_1=tz column_2=t3", "4: column_1=tw column_2=t4")
	f("#fff,1\n#000,2\nred,3\n", "no line is taken for the names", "1: column_1=t#fff column_2=t1", "2: column_1=t#000 column_2=t2", "3: column_1=tred column_2=t3")
	f("#1001,a@x.de,10\n#1002,b@x.de,20\n1003,c@x.de,30\n", "no line is taken for the names", "1: column_1=t#1001 column_2=ta@x.de column_3=t10", "2: column_1=t#1002 column_2=tb@x.de column_3=t20", "3: column_1=t1003 column_2=tc@x.de column_3=t30")
	if table := check(t, Options{}, "\"a\nx\",b\n1,2\n", "3: a x=t1 b=t2"); table != nil && strings.Contains(strings.Join(notesOf(table), "\n"), "left out") {
		t.Error("a header of two lines leaves nothing out")
	}
	f("#red,dark\n#blue,light\ngreen,dark\n", "line 2, a comment, has as many fields as the columns, and is not taken for their names", "1: column_1=t#red column_2=tdark", "2: column_1=t#blue column_2=tlight", "3: column_1=tgreen column_2=tdark")
	f("#by,us\n#y,2\nz,3\nw,4\n", "line 1, a comment, names the columns", "2: by=t#y us=t2", "3: by=tz us=t3", "4: by=tw us=t4")
	f("#made by us\n#y,2\nz,3\nw,4\n", "what stands before the first row is left out: 1 line.", "2: column_1=t#y column_2=t2", "3: column_1=tz column_2=t3", "4: column_1=tw column_2=t4")
}
