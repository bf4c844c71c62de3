package document

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// What is shown of a text has no secret of a URI in it, and is text, wherever it is cut.
func TestShown(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("SECRET", 50)
	for _, given := range []string{"http://" + long + "@h/a", "http://joe:1" + strings.Repeat("9", 200) + "@h", strings.Repeat("ü", 100), "x" + strings.Repeat("ü", 100)} {
		root, err := Parse([]byte(`{"a":"`+given+`"}`), "it")
		if err != nil {
			t.Fatal(err)
		}
		root.Field("a").Whole(0, 1)
		fault := root.Failure().Error()
		if strings.Contains(fault, "SECRET") || strings.Contains(fault, "999") || strings.Contains(fault, `\x`) || !utf8.ValidString(fault) || len(fault) > 300 {
			t.Errorf("%s is told as %s", given, fault)
		}
	}
}
