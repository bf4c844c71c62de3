package ovate_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const noop = `{"type":"noop","id":"%","dataSource":"wiki","runTime":3600000}`

func TestPageOfTasks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, id := range []string{"a", "b"} {
		s.submit(strings.Replace(noop, "%", id, 1))
	}
	s.until("/", "1 of 1") // a has its slot
	s.until("/tasks?state=pending&datasource=wiki&type=noop&id=b", `<a href="/tasks/b">b</a>`)
	s.shows("/", "Overview", `<a href="/tasks/a">a</a>`)
	s.shows("/tasks", `<a href="/tasks/a">a</a>`, `<a href="/tasks/b">b</a>`)
	s.shows("/tasks?id=nothing", "No task matches")
	s.shows("/tasks?group=b&created=2020-01-01/2100-01-01", `<a href="/tasks/b">b</a>`, `name="group" value="b"`, `value="2020-01-01/2100-01-01"`)
	s.shows("/tasks?created=2020-01-01/P1D", "No task matches")
	if body, status := s.page("/tasks?group=b"); status != 200 || strings.Contains(body, `"/tasks/a"`) {
		t.Errorf("of a group: %d %s", status, body)
	}
	if body, status := s.page("/tasks?created=yesterday"); status != 400 || !strings.Contains(body, "Write it as 2026-03-01/2026-04-01") {
		t.Errorf("an odd interval: %d %s", status, body)
	}
	if body, _ := s.page("/tasks?state=pending"); strings.Contains(body, `"/tasks/a"`) {
		t.Error("a task that runs is among those that are pending")
	}
	if body, status := s.page("/tasks?state=odd"); status != 400 || !strings.Contains(body, "waiting, pending, running, success, failed") {
		t.Errorf("an odd state: %d %s", status, body)
	}
	s.shows("/tasks/b", "Why it waits", "1 of 1 are in use, and it is the next")

	if body, status := s.post("/tasks/a/cancel", nil); status != 200 || !strings.Contains(body, "Shutdown request from user") {
		t.Errorf("cancel: %d %s", status, body)
	}
	if body, status := s.post("/tasks", url.Values{"action": {"cancel"}, "id": {"a", "b"}, "back": {"type=noop"}}); status != 200 || !strings.Contains(body, "2 tasks were cancelled.") {
		t.Errorf("cancel marked ones: %d %s", status, body)
	}
	if status := s.wait("b"); status.State != "FAILED" {
		t.Errorf("b is %s", status.State)
	}
	if body, status := s.post("/tasks", url.Values{"action": {"again"}, "id": {"b"}}); status != 200 || !strings.Contains(body, "1 task was submitted again.") {
		t.Errorf("again: %d %s", status, body)
	}
	s.until("/tasks?state=running", "/tasks/noop_") // as soon as the slot of a is free
	s.shows("/tasks?datasource=wiki&mark=all&state=failed", `<a href="/tasks?datasource=wiki&state=failed">Mark none</a>`, "checked")
	for form, want := range map[string]int{"action=cancel": 400, "action=odd&id=a": 400, "action=cancel&id=none": 404} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		if body, status := s.post("/tasks", values); status != want {
			t.Errorf("%s: %d, want %d: %s", form, status, want, body)
		}
	}
	if body, status := s.page("/tasks/none"); status != 404 || !strings.Contains(body, "There is no such task: none") {
		t.Errorf("no task: %d %s", status, body)
	}
}

// All that match a filter are cancelled, or run again, once it was shown how many that is, and nothing else is.
func TestEveryTaskThatMatches(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 120 {
		s.submit(fmt.Sprintf(`{"type":"noop","id":"m%d","dataSource":"mine","runTime":3600000}`, i))
	}
	s.submit(`{"type":"noop","id":"theirs","dataSource":"other","runTime":3600000}`)
	if body, _ := s.page("/tasks"); strings.Contains(body, "All that match") {
		t.Error("a list of all has what is for those that match a filter")
	}
	s.shows("/tasks?datasource=mine", "All that match:", `href="/tasks?datasource=mine&every=cancel"`)
	s.shows("/tasks?datasource=mine&every=cancel", "120 tasks that match are active and can be changed by you.", "Cancel 120 tasks", `href="/tasks?datasource=mine">Leave it`)
	s.shows("/tasks?datasource=mine&every=again", "0 tasks that match failed")
	form := func(action, back string) url.Values {
		return url.Values{"every": {"true"}, "action": {action}, "back": {back}}
	}
	if body, status := s.post("/tasks", form("cancel", "datasource=mine")); status != 200 || !strings.Contains(body, "120 tasks were cancelled.") {
		t.Errorf("cancel: %d %s", status, body)
	}
	s.wait("m0")
	s.wait("m119")
	if status, err := s.client.Status(t.Context(), "theirs"); err != nil || status.State != "RUNNING" {
		t.Errorf("one that does not match: %+v, %v", status, err)
	}
	s.shows("/tasks?datasource=mine&id=m11&every=again", "11 tasks that match failed", "Run 11 tasks again")
	if body, status := s.post("/tasks", form("again", "datasource=mine&id=m11")); status != 200 || !strings.Contains(body, "11 tasks were submitted again.") {
		t.Errorf("again: %d %s", status, body)
	}
	if body, status := s.post("/tasks", form("again", "state=odd")); status != 400 || !strings.Contains(body, "There is no state") {
		t.Errorf("an odd filter: %d %s", status, body)
	}
}

// A list goes on behind the last task of a page, and back to its beginning.
func TestPagesOfTheList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range 101 {
		s.submit(`{"type":"noop","dataSource":"wiki","runTime":3600000}`)
	}
	body, _ := s.page("/tasks?datasource=wiki")
	_, rest, there := strings.Cut(body, `<a href="/tasks?after=`)
	if !there || strings.Count(body, `type="checkbox"`) != 100 {
		t.Fatal(body)
	}
	r, w := httptest.NewRequest(http.MethodGet, s.URL+"/tasks?datasource=wiki", nil), httptest.NewRecorder()
	r.Header.Set("Accept-Encoding", "gzip")
	if s.Config.Handler.ServeHTTP(w, r); w.Body.Len() > 20_000 {
		t.Errorf("a page of 100 tasks has %d bytes, packed", w.Body.Len())
	}
	next, _, _ := strings.Cut(rest, `"`)
	body, _ = s.page("/tasks?after=" + next)
	if n := strings.Count(body, `type="checkbox"`); n != 1 || !strings.Contains(body, ">Newest</a>") || strings.Contains(body, ">Older</a>") {
		t.Errorf("the second page has %d tasks:\n%s", n, body)
	}
}

// reads is a task that reads rows.
func reads(id, rows string) string {
	text, err := json.Marshal(rows)
	if err != nil {
		panic(err)
	}
	return `{"type":"index_parallel","id":"` + id + `","spec":{"dataSchema":{"dataSource":"visits","timestampSpec":{"column":"t","format":"iso"},
"dimensionsSpec":{"dimensions":["city"]},"granularitySpec":{"segmentGranularity":"DAY","rollup":false}},
"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":` + string(text) + `},"inputFormat":{"type":"json"}},
"tuningConfig":{"type":"index_parallel","logParseExceptions":true,"maxSavedParseExceptions":10,"maxParseExceptions":100}}}`
}

func TestPageOfIngestion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.wait(s.submit(reads("r", `{"t":"2026-03-01","city":"Oslo"}`+"\n"+`{"t":"<script>alert(1)</script>","city":"x"}`+"\n"+`{"t":"2026-03-03","city":"Bonn"}`)))
	s.shows("/tasks/r", "Rows that did not parse", "row left out", "published segments=2", "<dd>2</dd>", "Segments made", `href="/data/visits/visits_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_`, `"dataSource": "visits"`)
	if answer, err := s.Client().Get(s.URL + "/tasks/r"); err != nil {
		t.Error(err)
	} else if body, err := io.ReadAll(answer.Body); err != nil || strings.Contains(string(body), "<script>alert") {
		t.Errorf("%v: what a row holds is not escaped:\n%s", err, body)
	}
	if answer, err := s.Client().Get(s.URL + "/tasks/r/log"); err != nil {
		t.Error(err)
	} else if log, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(log), "task ended") || answer.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("log: %v %s", err, log)
	}
	s.shows("/data", `<a href="/data/visits">visits</a>`)
	s.shows("/data/visits", "Gaps", "<span>2026-03-02</span> / <span>2026-03-03</span>", "<dd>2</dd>", "<code>city</code>", `<svg class="axis"`)

	interval := url.Values{"interval": {"2026-03-01/2026-03-02"}, "action": {"unused"}}
	if body, status := s.post("/data/visits", interval); status != 200 || !strings.Contains(body, "marked unused") || !strings.Contains(body, "<span>2026-03-03</span> / <span>2026-03-04</span>") || strings.Contains(body, "<span>2026-03-01</span> / <span>2026-03-02</span></span></a>") || !strings.Contains(body, "Unused segments") {
		t.Errorf("unused: %d %s", status, body)
	}
	interval.Set("action", "kill")
	body, status := s.post("/data/visits", interval)
	if status != 200 || !strings.Contains(body, "kill") {
		t.Errorf("kill: %d %s", status, body)
	}
	if body, status := s.post("/data/visits", url.Values{"interval": {"soon"}, "action": {"unused"}}); status != 400 || !strings.Contains(body, "2026-03-01/2026-04-01") {
		t.Errorf("an odd interval: %d %s", status, body)
	}
	s.shows("/data/visits?remove=2026-03-03/2026-03-04", `value="2026-03-03/2026-03-04"`)
	if body, status := s.post("/data/visits", url.Values{"interval": {"2026-03-01/2026-03-04"}, "action": {"unused"}}); status != 200 || !strings.Contains(body, "those that there are are unused") || strings.Contains(body, "count them") {
		t.Errorf("all of it is unused: %d %s", status, body)
	}
	if body, status := s.page("/data/none"); status != 404 || !strings.Contains(body, "There is no data source none") {
		t.Errorf("no data source: %d %s", status, body)
	}
}

// Of a data source that has more segments than a time axis shows its page says so.
func TestPageOfManySegments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var rows strings.Builder
	for day := range 401 {
		fmt.Fprintf(&rows, `{"t":%q,"city":"Oslo"}`+"\n", time.Date(2025, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	s.wait(s.submit(reads("many", rows.String())))
	s.shows("/data/visits", "Drawn are 400 of 401 segments, the newest.", "The newest 100 of 401.")
}

// A segment has a page with its columns, its rows and what hides it; the rows are shown some at a time.
func TestPageOfSegment(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var rows strings.Builder
	for minute := range 120 {
		fmt.Fprintf(&rows, `{"t":"2026-03-01T%02d:%02d","city":"Oslo %d"}`+"\n", minute/60, minute%60, minute)
	}
	s.wait(s.submit(reads("old", rows.String())))
	link := func() string {
		t.Helper()
		body, _ := s.page("/data/visits")
		_, rest, there := strings.Cut(body, `<a href="/data/visits/`)
		path, _, _ := strings.Cut(rest, `"`)
		if !there {
			t.Fatal(body)
		}
		return "/data/visits/" + path
	}
	old := link()
	s.shows(old, "<dd>120</dd>", "all <small>of it", ">city</td>", ">dimension</td>", ">Oslo 0</td>", ">Oslo 99</td>", ">2026-03-01T01:59:00.000Z</td>", "1 to 50 of 120", `<a href="?from=50#rows" rel="next">`, "numbered", `"type": "local"`)
	s.shows(old+"?from=50", "51 to 100 of 120", `<td>Oslo 50</td>`, `?from=0#rows" rel="prev"`, `?from=100#rows" rel="next"`)
	if body, _ := s.page(old + "?from=100"); !strings.Contains(body, "101 to 120 of 120") || strings.Contains(body, `rel="next"`) {
		t.Errorf("the last rows: %s", body)
	}
	s.shows(old+"?from=5000", "There is no row 5,001: it has 120.", `?from=70#rows" rel="prev"`)
	s.wait(s.submit(reads("new", `{"t":"2026-03-01","city":"Bonn"}`)))
	fresh := link()
	s.shows(old, "Hidden by", `<a href="`+fresh+`">`, "nothing <small>of it", "newer ones hide it")
	s.shows(fresh, "Hides, all or a part", `<a href="`+old+`">`, "<td>Bonn</td>")
	s.post("/data/visits", url.Values{"interval": {"2026-03-01/2026-03-02"}, "action": {"unused"}})
	s.shows(fresh, "it is marked unused", "Unused since", "<td>Bonn</td>")
	s.shows("/data", "<h2>Unused</h2>", `<a href="/data/visits">visits</a>`)
	for path, want := range map[string]int{fresh + "?from=-1": 400, fresh + "?from=x": 400, "/data/visits/none": 404, strings.Replace(fresh, "/data/visits/", "/data/other/", 1): 404} {
		if body, status := s.page(path); status != want {
			t.Errorf("%s: %d, want %d: %s", path, status, want, body)
		}
	}
}

// What tasks of this process read is on the overview once half a minute has ended, as a curve and as a table, and is told to programs alike.
func TestRatesOfTheLastHour(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.shows("/", "The last hour")
	s.wait(s.submit(reads("r", strings.Repeat(`{"t":"2026-03-01","city":"Oslo"}`+"\n", 3000))))
	look := time.NewTicker(250 * time.Millisecond)
	defer look.Stop()
	for body := ""; !strings.Contains(body, `<svg class="axis curve" id="rows"`); body, _ = s.page("/") {
		select {
		case <-look.C:
		case <-t.Context().Done():
			t.Fatalf("no curve is shown: %s", body)
		}
	}
	s.shows("/", "Rows: ", " rows/s at ", "at most 100 rows/s at ", `<svg class="axis curve" id="bytes"`, `<td class="n">100</td>`)
	rates, err := s.client.Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := 0.0
	for _, r := range rates {
		rows += 30 * r.RowsPerSecond
	}
	if math.Round(rows) != 3000 {
		t.Errorf("%v rows: %v", rows, rates)
	}
}
