package ui

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// Each operation that is described has a page, with its parameters and all schemas that it leads to, of a server that does not lead, too.
func TestReference(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var d description
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	u := newUI(t, "http://other:8090")
	u.reference = readReference(text)
	show := func(path string) string {
		w := httptest.NewRecorder()
		u.ServeHTTP(w, asked(path))
		if w.Code != 200 || w.Body.Len() > 60_000 {
			t.Errorf("%s: %d, %d bytes", path, w.Code, w.Body.Len())
		}
		return w.Body.String()
	}
	all, ids := show("/reference"), map[string]bool{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			if o.ID == "" || ids[o.ID] || o.Summary == "" || len(o.Tags) != 1 {
				t.Errorf("%s %s has the id %q, which is empty or taken, or no summary, or not one tag", method, path, o.ID)
			}
			ids[o.ID] = true
			if !strings.Contains(all, `<a href="/reference/`+o.ID+`"><code>`+strings.ToUpper(method)+" "+path+`</code>`) {
				t.Errorf("%s %s is not listed", method, path)
			}
			one := show("/reference/" + o.ID)
			for _, p := range o.Parameters {
				if !strings.Contains(one, "<code>"+p.Name+"</code>") {
					t.Errorf("%s %s: parameter %s is not shown", method, path, p.Name)
				}
			}
			for link := range strings.SplitSeq(one, `href="#`) {
				if name, _, is := strings.Cut(link, `"`); is && !strings.HasPrefix(link, "<!doctype") && name != "main" && !strings.Contains(one, `<h3 id="`+name+`">`) {
					t.Errorf("%s %s: schema %s is not shown", method, path, name)
				}
			}
			if !strings.Contains(one, "curl") || strings.Contains(one, "ZgotmplZ") {
				t.Errorf("%s %s:\n%s", method, path, one)
			}
		}
	}
	w := httptest.NewRecorder()
	if u.ServeHTTP(w, asked("/reference/none")); w.Code != 404 {
		t.Errorf("an operation that there is not: %d", w.Code)
	}
}

// A request is one that a shell takes as it is.
func TestCurl(t *testing.T) {
	t.Parallel()
	r := readReference([]byte(`{"paths":{"/a/{id}":{"get":{"operationId":"one","parameters":[{"name":"id","in":"path"}]},
		"post":{"operationId":"two","parameters":[{"name":"id","in":"path"}],"requestBody":{"content":{"application/json":{"example":{"x":"it's"}}}}},
		"put":{"operationId":"three","requestBody":{"content":{"text/csv":{}}}}}}}`))
	for id, want := range map[string]string{
		"one":   "curl http://h/a/ID",
		"two":   "curl -X POST -H 'Content-Type: application/json' \\\n  -d '{\"x\":\"it'\\''s\"}' \\\n  http://h/a/ID",
		"three": "curl -X PUT -H 'Content-Type: text/csv' \\\n  -T FILE \\\n  http://h/a/{id}",
	} {
		if got := r.byID[id].curl("http://h"); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
}
