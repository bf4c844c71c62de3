package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseProperties(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...entry) {
		t.Helper()
		got, err := parseProperties([]byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(entry{})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	f("")
	f("# a comment\n! another\n   # indented\n\n")
	f("a=1", entry{"a", "1", 1})
	f("a = 1 ", entry{"a", "1 ", 1})
	f("a:1\nb 2\nc\t3\nd\ne=", entry{"a", "1", 1}, entry{"b", "2", 2}, entry{"c", "3", 3}, entry{"d", "", 4}, entry{"e", "", 5})
	f("a==1", entry{"a", "=1", 1})
	f("a : = 1", entry{"a", "= 1", 1})
	f("a=1\r\nb=2\rc=3", entry{"a", "1", 1}, entry{"b", "2", 2}, entry{"c", "3", 3})
	f("list=a,\\\n     b,\\\n\tc\nx=y", entry{"list", "a,b,c", 1}, entry{"x", "y", 4})
	f("# no \\\na=1", entry{"a", "1", 2})
	f(`path=C:\\x\\`, entry{"path", `C:\x\`, 1})
	f(`a\ b\=c\:d=e`, entry{"a b=c:d", "e", 1})
	f(`a=\t\n\r\f\q\u00e9\uD83D\uDE00`, entry{"a", "\t\n\r\fqé😀", 1})
	f(`a=\uD83Dx`, entry{"a", "\ufffdx", 1})
	f("a=1\na=2", entry{"a", "1", 1}, entry{"a", "2", 2})
	f("\ufeffa=ü", entry{"a", "ü", 1})
	f(`a=end\`, entry{"a", "end", 1})
	f(`{"x":1}`, entry{`{"x"`, "1}", 1})
}

func TestParsePropertiesRefusesBadEscapes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`x=1` + "\n" + `a=\u12`, `x=1` + "\n" + `a=\uzzzz`} {
		if _, err := parseProperties([]byte(text)); err == nil || !strings.Contains(err.Error(), "line 2, a:") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseProperties(f *testing.F) {
	f.Add("a=1\\\n b")
	f.Add(`\u0041 : \\`)
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := parseProperties([]byte(text))
		if err != nil {
			return
		}
		last := 0
		for _, e := range entries {
			if e.line <= last {
				t.Fatalf("line %d after line %d", e.line, last)
			}
			last = e.line
		}
	})
}
