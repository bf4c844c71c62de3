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
		if notes := strings.Join(table.Notes().Texts(true), "\n"); !strings.Contains(notes, note) {
			t.Errorf("%q: %s", text, notes)
		}
	}
	// A quote in a comment does not take the lines behind it along.
	const quoted = "a,b\n1,2\n# note, \"see\n3,4\n5,6\n7\", 8\n9,10\n"
	f(quoted, "", "2: a=t1 b=t2", "7: a=t9 b=t10", "3!  \" 8\" begins with #, and a quote in it goes on to line 6")
	check(t, Options{Comment: "#"}, strings.Replace(quoted, "7\"", "7", 1), "2: a=t1 b=t2", "4: a=t3 b=t4", "5: a=t5 b=t6", "6: a=t7 b=t 8", "7: a=t9 b=t10")
	f("a,b\n1,2\n# note, \"see\", x\n3,4\n", "line 3 begins with #, has not as many fields", "2: a=t1 b=t2", "4: a=t3 b=t4")

	// What is said in words names no columns, where another line may.
	cities := []string{"3: name=tann city=trome", "4: name=tbob city=tparis", "5: name=tcarl city=toslo"}
	const named = "name,city\nann,rome\nbob,paris\ncarl,oslo\n"
	f("#Exported by,Bob Smith\n"+named, "line 1, a comment, has as many fields as the columns, and is not taken for their names. --skip-lines 0 takes it", cities...)
	f("# Exported by,Bob Smith\n"+named, "the header ends in line 2", cities...)
	f("#First name,Age\nann,5\nbob,6\n", "line 1, a comment, names the columns", "2: First name=tann Age=t5", "3: First name=tbob Age=t6")
	f("#name,city\nann,rome\nbob,paris\n", "--skip-lines 1 takes the line behind it for the header", "2: name=tann city=trome", "3: name=tbob city=tparis")
	one := int64(1)
	check(t, Options{SkipLines: &one}, "#Exported,Bob\n"+named, cities...)

	// Rows without a header may begin with the mark.
	f("#x,1\n#y,2\nz,3\nw,4\n", "each of 2 lines, the first of them line 1, begins with # and is taken for a row; --comment '#' leaves", "1: column_1=t#x column_2=t1", "2: column_1=t#y column_2=t2", "3: column_1=tz column_2=t3", "4: column_1=tw column_2=t4")
	f("#by,us\n#y,2\nz,3\nw,4\n", "line 1, a comment, names the columns", "2: by=t#y us=t2", "3: by=tz us=t3", "4: by=tw us=t4")
	f("#made by us\n#y,2\nz,3\nw,4\n", "what stands before the first row is left out: 1 line. --comment none", "2: column_1=t#y column_2=t2", "3: column_1=tz column_2=t3", "4: column_1=tw column_2=t4")
}
