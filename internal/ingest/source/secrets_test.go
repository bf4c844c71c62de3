package source

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ovate/internal/cputime"
	"ovate/internal/spec"
)

// TestServersEchoSecrets: whatever a server sends back of what it was sent in confidence, no error shows it.
func TestServersEchoSecrets(t *testing.T) {
	t.Parallel()
	const password, token, query, given = "PassW0rd", "T0kenXYZ", "Qu3ryVal", "G1venPassW"
	login := base64.StdEncoding.EncodeToString([]byte("u:" + password))
	header := "Basic " + login
	for name, answer := range map[string]string{
		"reason":              "HTTP/1.1 401 nope " + header + " " + token + " " + query + "\r\nContent-Length: 0\r\n\r\n",
		"reason, decoded":     "HTTP/1.1 403 you are u:" + password + "\r\nContent-Length: 0\r\n\r\n",
		"no answer of HTTP":   header + " " + token + "\r\n\r\n",
		"status code":         "HTTP/1.1 " + token + "\r\n\r\n",
		"header line":         "HTTP/1.1 200 OK\r\n" + header + "\r\n\r\n",
		"length":              "HTTP/1.1 200 OK\r\nContent-Length: " + token + "\r\n\r\n",
		"encoding":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + query + "\r\n\r\n",
		"redirect":            "HTTP/1.1 302 Found\r\nLocation: ftp://h/" + token + "/" + login + "/" + query + "\r\nContent-Length: 0\r\n\r\n",
		"redirect to no URI":  "HTTP/1.1 302 Found\r\nLocation: http://%zz" + token + "\r\nContent-Length: 0\r\n\r\n",
		"redirect to host":    "HTTP/1.1 302 Found\r\nLocation: http://" + given + ".invalid/\r\nContent-Length: 0\r\n\r\n",
		"redirect by scheme":  "HTTP/1.1 302 Found\r\nLocation: " + given + "://h/x\r\nContent-Length: 0\r\n\r\n",
		"status, decoded":     "HTTP/1.1 " + given + "\r\n\r\n",
		"length, decoded":     "HTTP/1.1 200 OK\r\nContent-Length: " + given + "\r\n\r\n",
		"line, decoded":       "HTTP/1.1 200 OK\r\n" + given + " \x01\r\n\r\n",
		"redirect to no host": "HTTP/1.1 302 Found\r\nLocation: http://" + strings.ToLower(token) + ".invalid:99999/" + token + "\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					_, _ = c.Read(make([]byte, 4096))
					_, _ = c.Write([]byte(answer))
					_ = c.Close()
				}
			}()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var told []string
			s := spec.HTTPSource{
				URIs: []string{"http://" + l.Addr().String() + "/a?v=" + query}, User: "u", Password: password, Headers: map[string]string{"X-Key": "Bearer " + token, "X-Login": "Basic " + base64.StdEncoding.EncodeToString([]byte("joe:"+given))},
			}
			inputs, err := Open(ctx, s, Policy{AllowPrivateHTTP: true}, func(i Interruption) {
				told = append(told, i.Err.Error())
				cancel() // one try will do
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := inputs[0].Open(ctx); err == nil {
				t.Error("it is read")
			} else {
				told = append(told, err.Error())
			}
			for _, text := range told {
				for _, secret := range []string{password, token, query, login, given} {
					if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
						t.Errorf("%s is shown: %s", secret, text)
					}
				}
			}
			t.Log(told)
		})
	}
}

// TestHideInRows: what is shown of the rows of a file passes by Hide, which sources without secrets have none of.
func TestHideInRows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"http://joe:PassW0rd@h/a": `["Basic ***"] joe ***`, "http://h/a": `["Basic am9lOlBhc3NXMHJk"] joe PassW0rd`} {
		inputs, err := Open(t.Context(), spec.HTTPSource{URIs: []string{text}}, Policy{AllowPrivateHTTP: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := `["Basic am9lOlBhc3NXMHJk"] joe PassW0rd`
		if inputs[0].Hide != nil {
			got = inputs[0].Hide(got)
		}
		if got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestFormsOfSecrets: in whatever form a secret is given, and in whatever other one it comes back, nothing of it is shown.
func TestFormsOfSecrets(t *testing.T) {
	t.Parallel()
	const user, password = "u5er1", "Sekr3t/\"+Wörd&<9"
	login := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	header := func(value string) spec.HTTPSource {
		return spec.HTTPSource{URIs: []string{"http://h/a"}, Headers: map[string]string{"Authorization": value}}
	}
	quoted, err := json.Marshal(password)
	if err != nil {
		t.Fatal(err)
	}
	for given, source := range map[string]spec.HTTPSource{
		"password":       {URIs: []string{"http://h/a"}, User: user, Password: password},
		"URI":            {URIs: []string{"http://" + user + ":" + url.QueryEscape(password) + "@h/a"}},
		"query":          {URIs: []string{"http://h/a?k=" + url.QueryEscape(password)}},
		"name of query":  {URIs: []string{"http://h/a?" + url.QueryEscape(password) + "&k"}},
		"path parameter": {URIs: []string{"http://h/a;" + url.PathEscape(password)}},
		"Basic":          header("Basic " + login),
		"Basic, twice":   header("Basic " + base64.StdEncoding.EncodeToString([]byte(login))),
		"Bearer":         header("Bearer " + base64.RawURLEncoding.EncodeToString([]byte(password))),
		"plain login":    header(user + ":" + url.QueryEscape(password)),
		"signed token":   header("Bearer eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(password)) + ".c2lnbmF0dXJl"),
		"JSON":           header(`{"token":` + string(quoted) + `}`),
	} {
		sent := secretsOf(source)
		for back, text := range map[string]string{
			"plain":                   password,
			"small letters":           strings.ToLower(password),
			"capitals":                strings.ToUpper(password),
			"for a query":             url.QueryEscape(password),
			"for a path":              url.PathEscape(password),
			"for a query, twice":      url.QueryEscape(url.QueryEscape(password)),
			"each character":          "%" + strings.ReplaceAll(fmt.Sprintf("% x", password), " ", "%"),
			"Go":                      strconv.Quote(password),
			"Go, ASCII":               strconv.QuoteToASCII(password),
			"Go, of a query":          strconv.Quote(url.QueryEscape(password)),
			"JSON":                    string(quoted),
			"JSON in Go":              strconv.Quote(string(quoted)),
			"JSON in JSON in JSON":    strconv.Quote(strconv.Quote(string(quoted))),
			"HTML":                    html.EscapeString(password),
			"Base64":                  base64.StdEncoding.EncodeToString([]byte(password)),
			"Base64 of a login":       base64.URLEncoding.EncodeToString([]byte("me:" + password)),
			"Base64 of a longer text": base64.StdEncoding.EncodeToString([]byte("you are " + password + ", are you not?")),
		} {
			shown := sent.hide("begin " + text + " end")
			if !strings.HasPrefix(shown, "begin ") || !strings.HasSuffix(shown, " end") || !strings.Contains(shown, "***") {
				t.Errorf("given as %s, back as %s: %s is shown as %s", given, back, text, shown)
			}
			readable := shown
			for v := newView(shown); v != nil; v = v.inner() {
				readable += " " + v.text
			}
			for n := range password[enough:] {
				if piece := password[n : n+enough+1]; strings.Contains(strings.ToLower(readable), strings.ToLower(piece)) {
					t.Errorf("given as %s, back as %s: %q is left in %s", given, back, piece, shown)
				}
			}
		}
		if text := "the header of the file, line 7: no such host"; sent.hide(text) != text {
			t.Error("what is no secret is hidden: ", sent.hide(text))
		}
	}
}

// TestHideLeavesTheRest: around secrets and escapes every text stays as it is.
func TestHideLeavesTheRest(t *testing.T) {
	t.Parallel()
	if got := (forms{"   &": true}).secrets().hide("|   &|;"); got != "|***|;" { // no escape, though it is of the form of one
		t.Error(got)
	}
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9 %\\&"]{4,8}`).Draw(t, "secret")
		rest := rapid.StringMatching(`[é:;#xu%\\&]{0,12}`)
		before, after := rest.Draw(t, "before"), rest.Draw(t, "after")
		sent := forms{lower(secret): true}.secrets()
		if got := sent.hide(before + after); got != before+after && !strings.Contains(got, "***") {
			t.Errorf("%q became %q", before+after, got)
		}
		got := sent.hide(before + "|" + secret + "|" + after)
		if !strings.HasPrefix(got, before+"|***") || !strings.HasSuffix(got, "|"+after) {
			t.Errorf("%q within %q and %q: %q", secret, before, after, got)
		}
	})
}

// TestUserWithoutPassword: a task that was stored with a user and without a password does not run.
func TestUserWithoutPassword(t *testing.T) {
	t.Parallel()
	if _, err := Open(t.Context(), spec.HTTPSource{URIs: []string{"http://h/a"}, User: "u"}, Policy{AllowPrivateHTTP: true}, nil); err == nil || !strings.Contains(err.Error(), "httpAuthenticationPassword: is missing") {
		t.Error(err)
	}
}

// TestHideAmongManyURIs: what a text costs does not grow with the number of URIs that have secrets of their own, as lists of signed ones do.
func TestHideAmongManyURIs(t *testing.T) {
	signed := func(n int) secrets {
		var s spec.HTTPSource
		for i := range n {
			s.URIs = append(s.URIs, fmt.Sprintf("https://h/%d?X-Date=20240101T000000Z&X-Signature=%064x", i, (i+1)*7919))
		}
		return secretsOf(s)
	}
	text := strings.Repeat("some text of a row; ", 5000)
	cost := func(s secrets) time.Duration {
		best := time.Hour
		for range 5 {
			best = min(best, cputime.Of(func() {
				if s.hide(text) != text {
					t.Error("a text without secrets is not shown as it is")
				}
			}))
		}
		return best
	}
	many := signed(300)
	if one, all := cost(signed(1)), cost(many); all > 100*one {
		t.Errorf("%v with one URI, %v with 300", one, all)
	}
	if got, want := many.hide(fmt.Sprintf("GET %064x 299", 300*7919)), "GET *** 299"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if got, want := secretsOf(spec.HTTPSource{URIs: []string{"http://h/?a1a1"}}).hide("x a1a1a1 y"), "x *** y"; got != want {
		t.Errorf("of secrets that share letters %q is shown", got)
	}
}

// TestSecretsOfSignedURIs: what many signed URIs have in common is worked at once, and what each has of its own is little.
func TestSecretsOfSignedURIs(t *testing.T) {
	t.Parallel()
	signed := func(n int) (s spec.HTTPSource) {
		for i := range n {
			s.URIs = append(s.URIs, fmt.Sprintf("https://h/%d?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%%2F20130524%%2Fus-east-1%%2Fs3%%2Faws4_request&X-Amz-Signature=%064x", i, (i+1)*7919))
		}
		return s
	}
	one, many := len(secretsOf(signed(1)).forms), len(secretsOf(signed(1001)).forms)
	if own := float64(many-one) / 1000; own > 8 {
		t.Errorf("%.1f forms for each URI", own)
	}
	token := func(n int) (s spec.HTTPSource) { // all of which begin alike
		for i := range n {
			s.URIs = append(s.URIs, fmt.Sprintf("https://h/?t=eyJhbGciOiJIUzI1NiJ9.%08d", i))
		}
		return s
	}
	if one, many := secretsOf(token(1)).lengths["eyjh"], secretsOf(token(1000)).lengths["eyjh"]; len(many) != len(one) || len(one) == 0 {
		t.Errorf("%v of one token, %v of many", one, many)
	}
}

// TestOrdinaryValuesAreShown: values in queries that are words or numbers as any hide nothing in other texts; what a query holds besides does, and so does
// any password.
func TestOrdinaryValuesAreShown(t *testing.T) {
	t.Parallel()
	const text = "it is true: 1 file of json, read in 86400 s, is no gzip; Grüße, application 12345678 r3ad"
	for given, want := range map[string]string{
		"http://h/a?sig=1&s=true&f=json&e=86400&c=gzip&x=read&g=Gr%C3%BC%C3%9Fe": text,
		"http://h/a?true":                  text,
		"http://h/a?sig=application":       strings.Replace(text, "application", "***", 1),
		"http://h/a?sig=12345678":          strings.Replace(text, "12345678", "***", 1),
		"http://h/a?sig=r3ad":              strings.Replace(text, "r3ad", "***", 1),
		"http://joe:json@h/a":              strings.Replace(text, "json", "***", 1),
		"http://h/a;json":                  strings.Replace(text, "json", "***", 1),
		"http://h/a?a=%zz&b=r3ad":          strings.Replace(text, "r3ad", "***", 1), // beside what is no part of a query
		"http://h/a?sig=r3ad&s=true#gzip":  strings.Replace(text, "r3ad", "***", 1),
		"http://h/a?sig=1&sig=application": strings.Replace(text, "application", "***", 1),
	} {
		if got := secretsOf(spec.HTTPSource{URIs: []string{given}}).hide(text); got != want {
			t.Errorf("%s: %q", given, got)
		}
	}
	const query = "sig=1&s=true"
	if got := secretsOf(spec.HTTPSource{URIs: []string{"http://h/a?" + query}}).hide("GET /a?" + query); got != "GET /a?***" {
		t.Error(got)
	}
}
