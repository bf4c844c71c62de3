package druid

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppendString(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{"\"\\/", `"\"\\/"`},
		{"\b\f\n\r\t\x00\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0000\\u001F\x7f\""},
		{"<&>é日\u2028", "\"<&>é日\u2028\""},
		{"a😀b\U0010FFFF", `"a\uD83D\uDE00b\uDBFF\uDFFF"`},
		{"a\xffb\xc3", "\"a\uFFFDb\uFFFD\""},
		{"\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
		{"\uFFFD", "\"\uFFFD\""},
	} {
		if got := string(AppendString(nil, c.in)); got != c.want {
			t.Errorf("%q is written as %s, want %s", c.in, got, c.want)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("a\"\\\n\x00é\xff")
	f.Fuzz(func(t *testing.T, s string) {
		b := AppendString([]byte("x"), s)
		var got string
		if err := json.Unmarshal(b[1:], &got); err != nil || b[0] != 'x' {
			t.Fatalf("%q became %s: %v", s, b, err)
		}
		if got != strings.ToValidUTF8(s, "\uFFFD") && utf8.ValidString(s) {
			t.Errorf("%q came back as %q", s, got)
		}
	})
}

func TestAppendNormalizedAsJackson(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t, "jackson-untyped.tsv", "\t") {
		got, err := AppendNormalized(nil, []byte(row[0]))
		if err != nil || string(got) != row[1] {
			t.Errorf("%s\n got %s, %v\nwant %s", row[0], got, err, row[1])
		}
	}
	for _, bad := range []string{"", "{", "{}{}", "nul", `"`, "01", `{"a":}`} {
		if got, err := AppendNormalized(nil, []byte(bad)); err == nil {
			t.Errorf("%q became %s", bad, got)
		}
	}
}

func FuzzAppendNormalized(f *testing.F) {
	f.Add(` {"a" : [ 1.50, -0, "\u0041\ud800", null, 1e999 ] }`)
	f.Fuzz(func(t *testing.T, text string) {
		once, err := AppendNormalized(nil, []byte(text))
		if err != nil {
			return
		}
		twice, err := AppendNormalized(nil, once)
		if err != nil || string(once) != string(twice) {
			t.Errorf("%s became %s, and that %s, %v", text, once, twice, err)
		}
	})
}
