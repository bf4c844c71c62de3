package nullword

import (
	"strings"
	"testing"
)

// Every word is found as it is written, once, and letters in upper and in lower case.
func TestWords(t *testing.T) {
	t.Parallel()
	for i := range Number {
		if got := Index([]byte(Text(i))); got != i {
			t.Errorf("%q is number %d, and not %d", Text(i), got, i)
		}
		if lower := strings.ToLower(Text(i)); Index([]byte(lower)) < 0 && lower != "nat" {
			t.Errorf("%q is none", lower)
		}
	}
	for _, text := range []string{"", "n", "nULL", "nat", "Nancy", "no", "-1", "...", "0", "(null", "N/A ", " NA"} {
		if Index([]byte(text)) >= 0 {
			t.Errorf("%q is one", text)
		}
	}
}
