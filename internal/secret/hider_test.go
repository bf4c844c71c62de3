package secret

import "testing"

// Secrets are hidden where they come back in a text, however JSON has them, and one that begins as another does with all of that.
func TestHider(t *testing.T) {
	t.Parallel()
	hide := Hider([]string{"hush", "hush-hush", `a"b\c`, "abc", ""})
	for text, want := range map[string]string{
		"it is hush-hush, not hush!": "it is ***, not ***!", `{"error":"no a\"b\\c"}`: `{"error":"no ***"}`, `{"e":"{\"e\":\"a\\\"b\\\\c\"}"}`: `{"e":"{\"e\":\"***\"}"}`, "abc": "abc", "": "",
	} {
		if got := hide(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// What is not shown of a spec is hidden in what somebody answers, alone or within something else, and nothing besides.
func TestHiderOf(t *testing.T) {
	t.Parallel()
	hide := HiderOf([]byte(`{"context":{"apiToken":"s3cret","pin":{"password":4711471}},"uri":"https://me:hunter2@h/x?format=json&sig=QQ1QQ1&t=a%2Fb%2Fc",
		"query":"REPLACE … TABLE(EXTERN('{\"type\":\"http\",\"uris\":[\"http://bob:hunter3@h/x\"],\"httpAuthenticationPassword\":{\"type\":\"default\",\"password\":\"hunter4\"}}')), HTTP(password => 'it''s it')"}`))
	for text, want := range map[string]string{
		`{"errorMessage":"unknown key apiToken=s3cret (4711471)"}`: `{"errorMessage":"unknown key apiToken=*** (***)"}`,
		"no hunter2 hunter3 hunter4, QQ1QQ1, a/b/c, a%2Fb%2Fc":     "no *** *** ***, ***, ***, ***",
		"line 1: 'it''s it', or it's it":                           "line 1: '***', or ***",
		"json of type default from http at h by REPLACE":           "json of type default from http at h by REPLACE",
		"see http://other:pw@h/y?z":                                "see http://***@h/y?***",
	} {
		if got := hide(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
