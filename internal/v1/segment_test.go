package v1_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestSegment: a segment tells of its columns and of what hides it, and its rows come some at a time, each once.
func TestSegment(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var rows strings.Builder
	for i := range 25 {
		fmt.Fprintf(&rows, `{"t":"2026-03-01T00:00:%02dZ","city":"Oslo %02d"}`+"\n", i, i)
	}
	text, err := json.Marshal(rows.String())
	if err != nil {
		t.Fatal(err)
	}
	s.ingest("old", string(text))
	old := s.segment()
	var d struct {
		Used                     bool
		Visible, HiddenBy, Hides []string
		Contents                 struct {
			Rows     int
			Size     int64
			Rollup   bool
			Ordering []string
			Columns  []struct {
				Name, Kind, Type string
				Cardinality      int
				Min, Max         string
				Size             int64
			}
		}
	}
	s.decode(old, &d)
	is := d.Contents
	if !d.Used || len(d.Visible) != 1 || len(d.HiddenBy)+len(d.Hides) > 0 || is.Rows != 25 || is.Rollup || len(is.Columns) != 2 || is.Columns[0].Size+is.Columns[1].Size != is.Size {
		t.Errorf("%+v", d)
	}
	if c := is.Columns[1]; c.Name != "city" || c.Kind != "dimension" || c.Type != "STRING" || c.Cardinality != 25 || c.Min != "Oslo 00" || c.Max != "Oslo 24" {
		t.Errorf("%+v", c)
	}
	if c := is.Columns[0]; c.Kind != "time" || c.Min != "2026-03-01T00:00:00.000Z" || c.Max != "2026-03-01T00:00:24.000Z" {
		t.Errorf("%+v", c)
	}
	seen := 0
	for next := 0; ; {
		var page struct {
			From, Of int
			Rows     []struct{ City string }
			Next     *int
		}
		s.decode(fmt.Sprintf("%s/rows?from=%d&limit=10", old, next), &page)
		for i, row := range page.Rows {
			if row.City != fmt.Sprintf("Oslo %02d", page.From+i) || page.Of != 25 {
				t.Fatalf("%+v", page)
			}
			seen++
		}
		if page.Next == nil {
			break
		}
		next = *page.Next
	}
	if seen != 25 {
		t.Errorf("%d rows", seen)
	}
	s.ingest("new", `"{\"t\":\"2026-03-01\",\"city\":\"Bonn\"}"`)
	s.decode(old, &d)
	if len(d.Visible) != 0 || len(d.HiddenBy) != 1 {
		t.Errorf("hidden: %+v", d)
	}
	s.decode(s.segment(), &d)
	if len(d.Hides) != 1 || !strings.HasSuffix(old, url.PathEscape(d.Hides[0])) {
		t.Errorf("hiding: %+v", d)
	}
	for path, want := range map[string]int{
		old + "x": 404, strings.Replace(old, "/visits/", "/other/", 1): 404, old + "?fetch=x": 400, old + "?odd=1": 400, old + "/rows?from=-1": 400, old + "/rows?from=x": 400, old + "/rows?limit=0": 400,
		old + "/rows?limit=1001": 400, old + "/rows?from=25": 200, old + "/rows?from=9999999": 200, old + "x/rows": 404,
	} {
		if got := s.ask("GET", path, ""); got.status != want {
			t.Errorf("%s: %d, want %d: %s", path, got.status, want, got.body)
		}
	}
}

// ingest reads rows, and waits until they are stored.
func (s *server) ingest(id, rows string) {
	s.t.Helper()
	s.expect(201, "", "POST", "/api/v1/tasks", `{"type":"index_parallel","id":"`+id+`","spec":{"dataSchema":{"dataSource":"visits","timestampSpec":{"column":"t","format":"iso"},
"dimensionsSpec":{"dimensions":["city"]},"granularitySpec":{"segmentGranularity":"DAY","rollup":false}},"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":`+rows+`},"inputFormat":{"type":"json"}}}}`)
	s.wait(id, "SUCCESS")
}

// segment is the path of the one that queries see.
func (s *server) segment() string {
	s.t.Helper()
	var all []struct{ Identifier string }
	s.decode("/api/v1/datasources/visits/segments", &all)
	if len(all) != 1 {
		s.t.Fatalf("%d segments", len(all))
	}
	return "/api/v1/datasources/visits/segments/" + url.PathEscape(all[0].Identifier)
}

// decode reads an answer.
func (s *server) decode(path string, into any) {
	s.t.Helper()
	got := s.ask("GET", path, "")
	if err := json.Unmarshal([]byte(got.body), into); err != nil || got.status != 200 {
		s.t.Fatalf("%s: %d %s %v", path, got.status, got.body, err)
	}
}

// TestRatesAndLag: how it went is told as far as it is known.
func TestRatesAndLag(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	spec := `{"type":"ovate_scheduled_task","id":"nightly","schedulerConfig":{"type":"unix","schedule":"0 3 * * *"},"task":{"type":"noop","dataSource":"wiki"}}`
	s.expect(200, "", "POST", "/druid/indexer/v1/supervisor", spec)
	s.expect(200, "[", "GET", "/api/v1/rates", "")
	s.expect(200, "[]", "GET", "/api/v1/supervisors/nightly/lag", "")
	s.expect(404, "", "GET", "/api/v1/supervisors/none/lag", "")
}
