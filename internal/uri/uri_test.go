package uri

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"http://x/a": "http://x/a", "http://x:80/a@b": "http://x:80/a@b", "http://x?": "http://x?", "": "", "x": "x",
		"http://u:p@x/a?token=t": "http://***@x/a?***", "https://u@x": "https://***@x", "http://x/a#t": "http://x/a#***", "http://x/?a?b#c": "http://x/?***",
		"http://u:p/w@x/a": "http://***@x/a", "http://u:p?w@x/a": "http://***@x/a", "u:p@x": "***@x", "http://u:p@x:y/a": "http://***@x:y/a",
		"http://u:p:99999/x": "http://u:***", "http://u:p/x": "http://u:***", "http://u:p/x?t#u": "http://u:***", "http://[::1]:80/x": "http://[::1]:80/x",
		"http://u:p@@x/a": "http://***@x/a", "http://%zz:p@x/": "http://***@x/",
		"//u:p@x/a": "//***@x/a", "//u:p@x": "//***@x", "//x/a@b": "//x/a@b", "//u:p@x/a?t=s": "//***@x/a?***",
		"http://h/a,http://joe:pw@i/b?x": "http://***@i/b?***",
		"http://h/http://i/a":            "http://h/http://i/a",
		"http://h/a@b":                   "http://h/a@b",
		"http://h/a;tok=s/b?c":           "http://h/a;***", "http://h/a;": "http://h/a;", "a;b.csv": "a;b.csv", "http://u;x:p@h/a": "http://***@h/a",
	} {
		if got := Redact(uri); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
		if got := Redact(want); got != want {
			t.Errorf("%s again: %s", want, got)
		}
	}
}

func TestRedactIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`Bad Interval[http://u:p@h/a?t=s]: no`: `Bad Interval[http://***@h/a?***]: no`, `"http://h/a;t=s" and ftp://u@x`: `"http://h/a;***" and ftp://***@x`,
		`no URI; a?b#c`: `no URI; a?b#c`, `"http://***@h/ok" is none`: `"http://***@h/ok" is none`, `see http://h/a`: `see http://h/a`,
	} {
		if got := RedactIn(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"no URI; a?b#c": "", "http://h/a:80": "", "see http://u:pw@h/a, http://tok@h": "u:pw pw tok", "http://h/a;t=s?format=json&sig=x%2F1#f": "t=s format=json&sig=x%2F1 f x/1 x%2F1",
		"http://u:p:99999/x": "u:p:99999/x", "http://***@h/a?***": "",
	} {
		if got := strings.Join(Hidden(text), " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestHasUser(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"http://u:p@h/a": true, "http://u@h": true, "ftp://u:a/b@h": true, "http://u:p/x": true, "x http://u:p@h": true,
		"": false, "http://h:80/a?b#c": false, "http://h/a@b": false, "http://schema.org/x#y": false, "a@b": false, "http://***@h/a": false, "u:p@h": false,
	} {
		if got := HasUser(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// What is found by steps is what an expression finds, which takes far longer.
func TestNext(t *testing.T) {
	t.Parallel()
	inText := regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>()\[\]]*`)
	pieces := []string{"://", ":", "/", "http", "a", "Z", "9", "+", ".", "-", " ", "\n", "(", "]", "\"", "@", "?", "é", "\xff", "_"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 30).Draw(t, "text"), "")
		want, got := inText.FindAllStringIndex(text, -1), [][]int(nil)
		for begin, end, is := next(text, 0); is; begin, end, is = next(text, end) {
			got = append(got, []int{begin, end})
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q: %v, want %v", text, got, want)
		}
	})
}
