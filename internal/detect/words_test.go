package detect

import (
	"strings"
	"testing"
)

// Words for null count in any usual case and with blanks around them, and the word that a note shows is the one that --null takes.
func TestWordsForNull(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		text  string
		o     Options
		kind  string // of the first column
		note  string
		never string
	}{
		{text: "a|b\nNULL  |1\nx     |2\n", kind: "string", note: `a ("NULL" once). --null=WORD`},
		{text: "a|b\nNULL  |1\nx     |2\n", o: Options{Nulls: []string{"NULL"}}, kind: "string", never: "--null=WORD"},
		{text: "a|b\nnone  |1\n5     |2\n", o: Options{Nulls: []string{"none"}}, kind: "long", note: `Null, as --null says: a ("none" once).`, never: "Null: "},
		{text: "a,b\nNil,1\n5,2\n", kind: "long", note: `a ("Nil" once)`},
		{text: "a,b\nNAN,1\nNa,3\n5,2\n", kind: "long", note: `a ("Na" once and "NAN" once)`},
	} {
		table := look(t, f.text, f.o)
		notes := strings.Join(table.Notes, "\n")
		if table.Columns[0].Type != f.kind || !strings.Contains(notes, f.note) || f.never != "" && strings.Contains(notes, f.never) {
			t.Errorf("%q: %+v %s", f.text, table.Columns, notes)
		}
	}
}
