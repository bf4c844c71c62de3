package note

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What is true of many columns or files is told in one line, and what is like it in a few; all of it on request.
func TestManyNotesAreFewLines(t *testing.T) {
	t.Parallel()
	var l List
	l.Tell("100%% %s", "sure")
	for i := range 50 {
		l.Add("Null: ", fmt.Sprint("c", i), ".")
		l.AddKind("short", "", fmt.Sprint("f", i), fmt.Sprintf(": line %d is short.", i/2))
	}
	l.Add("Text: ", "x", ".")
	l.Add("Text: ", "y", ".")
	want := []string{
		"100% sure",
		"Null: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 38 more.",
		"f0, f1: line 0 is short.",
		"f2, f3: line 1 is short.",
		"f4, f5: line 2 is short.",
		"22 more notes like the last one, on f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17 and 32 more. --verbose shows them.",
		"Text: x, y.",
	}
	if got := l.Texts(false, " --verbose shows them."); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	all := l.Texts(true, "")
	text := strings.Join(all, "\n")
	if len(all) != 1+1+25+1 || !strings.Contains(text, "c48, c49.") || !strings.Contains(text, "f48, f49: line 24") {
		t.Errorf("%q", all)
	}
	var none List
	if got := none.Texts(true, ""); got != nil {
		t.Error(got)
	}
}

// A flag for a column has its name where a sentence is about one alone, so that it works as it is pasted.
func TestFlagsNameTheirColumn(t *testing.T) {
	t.Parallel()
	const before, after = "Null: ", ". «--type COLUMN=string» keeps the text."
	var one, both List
	one.AddColumn(before, "my n", ` ("NA" once)`, after)
	both.Join(&one)
	if got := both.Texts(false, ""); !slices.Equal(got, []string{`Null: my n ("NA" once). «--type "my n=string"» keeps the text.`}) {
		t.Errorf("%q", got)
	}
	both.AddColumn(before, "m", "", after)
	if got := both.Texts(false, ""); !slices.Equal(got, []string{`Null: my n ("NA" once), m. «--type COLUMN=string» keeps the text.`}) {
		t.Errorf("%q", got)
	}
}
