package uri

import "testing"

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
	} {
		if got := Redact(uri); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
		if got := Redact(want); got != want {
			t.Errorf("%s again: %s", want, got)
		}
	}
}
