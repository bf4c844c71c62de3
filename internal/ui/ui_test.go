package ui

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/config"
	"ovate/internal/queue"
	"ovate/internal/surface"
	"ovate/internal/trend"
)

// newUI is the pages of a server that does not lead.
func newUI(t testing.TB, leader string) *UI {
	t.Helper()
	c, err := config.Load(config.Sources{Flags: []config.Setting{{Key: "ovate.data", Value: t.TempDir(), Origin: "test"}}})
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{
		Server: surface.Server{Leader: func() string { return leader }, URL: func() string { return "http://me:8090" }, Log: slog.New(slog.DiscardHandler)},
		Engine: func() *Engine { return nil }, Rates: trend.NewRates(druid.Now), Lags: trend.NewLags(nil, druid.Now), Config: c, Version: "33.0.0",
	})
}

// asked is a GET by somebody who may do everything.
func asked(path string) *http.Request {
	r := httptest.NewRequest("GET", path, nil)
	return r.WithContext(auth.With(r.Context(), auth.Everybody()))
}

func TestNotLeading(t *testing.T) {
	t.Parallel()
	for leader, says := range map[string]string{
		"http://other:8090": `<a href="http://other:8090/tasks/a%2Fb">http://other:8090</a>`,
		"http://me:8090":    "<h1>This server begins to lead</h1>\n<div class=\"notice\" id=\"elsewhere\" data-live data-every=\"3000\">\n<p>It has the lead, and is still recovering",
		"":                  "No Overlord leads",
	} {
		u := newUI(t, leader)
		w := httptest.NewRecorder()
		u.ServeHTTP(w, asked("/tasks/a%2Fb"))
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%q leads: %d\n%s", leader, w.Code, w.Body)
		}
		w = httptest.NewRecorder()
		if u.ServeHTTP(w, asked("/configuration")); w.Code != 200 || !strings.Contains(w.Body.String(), "druid.worker.capacity") {
			t.Errorf("configuration: %d\n%s", w.Code, w.Body)
		}
	}
}

// The docs name each page.
func TestDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/page.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range Pages() {
		if !strings.Contains(string(text), "`"+path+"`") {
			t.Errorf("docs/page.md does not tell of %s", path)
		}
	}
}

// Browsers keep what has a tag, and ask again for what has none, or another one.
func TestAssets(t *testing.T) {
	t.Parallel()
	u := newUI(t, "")
	for name, kind := range map[string]string{"style.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		w := httptest.NewRecorder()
		u.ServeHTTP(w, httptest.NewRequest("GET", "/assets/"+name+"?"+u.assets[name].tag, nil))
		if got := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(got, kind) || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		w = httptest.NewRecorder()
		if u.ServeHTTP(w, httptest.NewRequest("GET", "/assets/"+name+"?old", nil)); strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: an old tag is kept", name)
		}
	}
	w := httptest.NewRecorder()
	if u.ServeHTTP(w, httptest.NewRequest("GET", "/assets/..%2fui.go", nil)); w.Code != 404 {
		t.Errorf("a path out of the folder: %d", w.Code)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		count(0): "0", count(999): "999", count(1000): "1,000", count(-1234567): "-1,234,567",
		bytesText(999): "999 B", bytesText(1000): "1.0 kB", bytesText(999_499): "999 kB", bytesText(999_500): "1.0 MB", bytesText(25e9): "25 GB",
		string(duration(-1)): "–", string(duration(850)): "850 ms",
		string(duration(12_300)):                                 `<span title="12,300 ms">12.3 s</span>`,
		string(duration(250_000)):                                `<span title="250,000 ms">4 min 10 s</span>`,
		string(duration(11_100_000)):                             `<span title="11,100,000 ms">3 h 05 min</span>`,
		string(duration(187_200_000)):                            `<span title="187,200,000 ms">2 d 4 h</span>`,
		to("tasks", "a/b?c%#"):                                   "/tasks/a%2Fb%3Fc%25%23",
		brief(druid.Interval{Start: 0, End: 86_460_000}):         "1970-01-01/1970-01-02T00:01",
		hostOf("https://hooks.example.com:8443/services/secret"): "hooks.example.com:8443", hostOf("%"): "its server",
	} {
		if got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
	if got := string(span(druid.Eternity)); !strings.HasSuffix(got, ">all time</span>") || !strings.Contains(got, druid.Eternity.String()) {
		t.Error(got)
	}
	day := druid.Interval{Start: 0, End: 86_400_000}
	if got, want := string(span(day)), `<span title="1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z"><span>1970-01-01</span> / <span>1970-01-02</span></span>`; got != want {
		t.Errorf("%s; want %s", got, want)
	}
}

func TestLineOf(t *testing.T) {
	t.Parallel()
	document := []byte("{\n \"spec\": {\n  \"dimensions\": [\n   \"a\",\n   {\"type\": \"long\",\n    \"name\": 1}\n  ],\n  \"io\": {}\n }\n}")
	for path, want := range map[string]int{
		"spec": 2, "spec.dimensions": 3, "spec.dimensions[0]": 4, "spec.dimensions[1]": 5, "spec.dimensions[1].name": 6, "spec.dimensions[1].none": 5,
		"spec.dimensions[7]": 3, "spec.io.none.deeper": 8, "none": 0, "": 0, "spec.dimensions[x]": 3, "spec[0]": 2,
	} {
		if got := lineOf(document, path); got != want {
			t.Errorf("%s: line %d, want %d", path, got, want)
		}
	}
}

func TestRenewed(t *testing.T) {
	t.Parallel()
	for task, want := range map[string]string{
		`{"type":"noop","id":"a","groupId":"a","resource":{"availabilityGroup":"a","requiredCapacity":1},"x":[1, 2]}`: `{"type":"noop","x":[1, 2]}`,
		`{"type":"noop","id":"a","groupId":"g","resource":{"availabilityGroup":"a","requiredCapacity":3}}`:            `{"type":"noop","groupId":"g","resource":{"requiredCapacity":3}}`,
		`{"type":"noop","resource":{"availabilityGroup":"b","requiredCapacity":1}}`:                                   `{"type":"noop","resource":{"availabilityGroup":"b","requiredCapacity":1}}`,
		`{"id":"a","resource":{"availabilityGroup":"b"}}`:                                                             `{"resource":{"availabilityGroup":"b"}}`,
		`{"id":"a","context":{"x": 1,"ovateSubmission":"s","ovateAttempt":2,"ovateRetryOf":"b"}}`:                     `{"context":{"x":1}}`,
		`{"id":"a","context":null}`: `{"context":null}`,
		`no JSON`:                   `no JSON`,
	} {
		if got := string(renewed([]byte(task))); got != want {
			t.Errorf("%s\n%s; want\n%s", task, got, want)
		}
	}
}

// What differs, applied to what was before, is what is after; and what agrees does not differ.
func TestDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 12)
		before, after := lines.Draw(t, "before"), lines.Draw(t, "after")
		if len(difference(strings.Join(before, "\n"), strings.Join(before, "\n"))) > 0 {
			t.Fatal("a text differs from itself")
		}
		var kept, is []string
		for _, l := range middle(before, after) {
			if l.Sign != "+" {
				kept = append(kept, l.Text)
			}
			if l.Sign != "-" {
				is = append(is, l.Text)
			}
		}
		if strings.Join(kept, "") != strings.Join(before, "") || strings.Join(is, "") != strings.Join(after, "") {
			t.Fatalf("%q and %q", kept, is)
		}
	})
}

func TestReadReport(t *testing.T) {
	t.Parallel()
	live := readReport([]byte(`{"ingestionStatsAndErrors":{"payload":{"ingestionState":"BUILD_SEGMENTS","unparseableEvents":{"buildSegments":[{"input":"x","errorType":"unparseable","details":["why"]}]},
"rowStats":{"movingAverages":{"buildSegments":{"1m":{"processed":12.5,"processedBytes":100.0}}},"totals":{"buildSegments":{"processed":7,"unparseable":1}}},
"errorMsg":"file: gone; trying again","progress":{"step":"writing","segmentsBegun":3,"segmentsBuilt":1}}}}`))
	if live == nil || !live.Live || live.Processed != 7 || live.Rows != 12.5 || live.SegmentsBegun != 3 || live.Waiting == "" || len(live.Faults) != 1 || live.SegmentsPublished != -1 {
		t.Fatalf("%+v", live)
	}
	if steps := live.Steps(); len(steps) != 4 || !steps[2].Now || !steps[0].Over || steps[3].Over {
		t.Errorf("%+v", steps)
	}
	final := readReport([]byte(`{"ingestionStatsAndErrors":{"payload":{"ingestionState":"COMPLETED","rowStats":{"determinePartitions":{"processed":9},"buildSegments":{"processed":8}},"segmentsPublished":2}}}`))
	if final == nil || final.Live || final.Processed != 8 || final.SegmentsPublished != 2 || final.Steps() != nil {
		t.Errorf("%+v", final)
	}
	for _, other := range []string{``, `[]`, `{}`, `{"multiStageQuery":{}}`, `{"ingestionStatsAndErrors":[]}`} {
		if r := readReport([]byte(other)); r != nil {
			t.Errorf("%s: %+v", other, r)
		}
	}
}

// An event names each task that has changed once, and of many, or of what was missed, that it may be any.
func TestEventData(t *testing.T) {
	t.Parallel()
	many := make([]string, mostNamed+1)
	news := make([]queue.News, mostNamed+1)
	for i := range many {
		many[i] = strconv.Itoa(i)
		news[i].ID = many[i]
	}
	for _, c := range []struct {
		changed []string
		all     bool
		want    string
	}{
		{[]string{"a", "b", "a"}, false, `{"tasks":["a","b"]}`}, {[]string{"a"}, true, "{}"}, {[]string{"a", ""}, false, "{}"},
		{many, false, "{}"}, {append(many[:mostNamed:mostNamed], many[:mostNamed]...), false, string(eventData(many[:mostNamed], false))},
	} {
		if got := string(eventData(c.changed, c.all)); got != c.want {
			t.Errorf("%d changes, all: %v: %s, want %s", len(c.changed), c.all, got, c.want)
		}
	}
	for n, want := range map[int]int{0: 0, 1: 1, mostNamed: mostNamed, mostNamed + 1: 1} {
		if ids, err := (changes{}).Events(t.Context(), news[:n]); len(ids) != want || err != nil {
			t.Errorf("of %d changes %d are told, %v", n, len(ids), err)
		}
	}
}

// What is no report, no spec or no path is passed over, whatever it is.
func FuzzReaders(f *testing.F) {
	f.Add([]byte(`{"id":"a","spec":[{}]}`), "spec[0].x")
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		readReport(text)
		if kind, err := kindOf(text); err == nil && kind == "" {
			t.Error("a document without a type is taken")
		} else if err == nil {
			lineOf(text, path)
			if _, err := kindOf(renewed(text)); err != nil {
				t.Errorf("%s: %v", renewed(text), err)
			}
		}
	})
}
