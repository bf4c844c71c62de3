package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/datasource"
)

// usage answers with what it was asked.
type usage struct{ asked string }

func (u *usage) note(verb, dataSource string, f datasource.Filter) {
	u.asked = fmt.Sprint(verb, " ", dataSource, " ", f.IDs, " ", f.Versions)
	if f.Interval != nil {
		u.asked += " " + f.Interval.String()
	}
}

func (u *usage) MarkUsed(_ context.Context, dataSource string, f datasource.Filter) (int, error) {
	u.note("used", dataSource, f)
	if dataSource == "gone" {
		return 0, druid.InvalidInput("Could not find segment IDs[[x]] for datasource[gone]")
	}
	return 3, nil
}

func (u *usage) MarkUnused(ctx context.Context, dataSource string, f datasource.Filter, describe func(int) audit.Entry) (int, error) {
	u.note("unused", dataSource, f)
	if describe != nil {
		e := describe(1)
		u.asked += " audited " + e.Method + " " + e.URI + " " + string(e.Payload) + " by " + e.Row(ctx).Author
	}
	return 1, nil
}

func (u *usage) MarkSegmentUsed(_ context.Context, dataSource, id string) (int, error) {
	u.asked = "used " + dataSource + " " + id
	return 0, nil
}

func TestSegmentUse(t *testing.T) {
	t.Parallel()
	const (
		path    = base + "/datasources/wiki"
		id      = "wiki_1970-01-01T00:00:00.000Z_1970-01-02T00:00:00.000Z_v"
		invalid = "Invalid request payload. Specify either 'interval' or 'segmentIds', but not both. Optionally, include 'versions' only when 'interval' is provided."
		all     = "-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z"
	)
	for _, c := range []struct {
		method, path, body string
		status             int
		want, asked        string
	}{
		{"POST", path, "", 200, `{"numChangedSegments":3,"segmentStateChanged":true}`, "used wiki [] [] " + all},
		{"DELETE", path, "", 200, `{"numChangedSegments":1,"segmentStateChanged":true}`,
			"unused wiki [] [] " + all + " audited DELETE " + path + ` {"numChangedSegments":1,"segmentStateChanged":true} by me`},
		{"POST", path + "/markUsed", `{"segmentIds":["a","b"]}`, 200, `{"numChangedSegments":3,"segmentStateChanged":true}`, "used wiki [a b] []"},
		{"POST", path + "/markUsed", `{"interval":"1970/1971","versions":["v"],"more":1}`, 200, `{"numChangedSegments":3,"segmentStateChanged":true}`,
			"used wiki [] [v] 1970-01-01T00:00:00.000Z/1971-01-01T00:00:00.000Z"},
		{"POST", path + "/markUnused", `{"interval":"1970/1971"}`, 200, `{"numChangedSegments":1,"segmentStateChanged":true}`,
			"unused wiki [] [] 1970-01-01T00:00:00.000Z/1971-01-01T00:00:00.000Z audited POST " + path +
				`/markUnused {"interval":"1970-01-01T00:00:00.000Z/1971-01-01T00:00:00.000Z","segmentIds":null,"versions":null} by me`},
		{"POST", path + "/markUnused", `{"segmentIds":["a"],"versions":[]}`, 200, `{"numChangedSegments":1,"segmentStateChanged":true}`,
			"unused wiki [a] [] audited POST " + path + `/markUnused {"interval":null,"segmentIds":["a"],"versions":[]} by me`},
		{"POST", path + "/segments/x", "", 200, `{"numChangedSegments":0,"segmentStateChanged":false}`, "used wiki x"},
		{"DELETE", path + "/segments/" + id, "", 200, `{"numChangedSegments":1,"segmentStateChanged":true}`, "unused wiki [" + id + "] []"},
		{"DELETE", path + "/segments/x", "", 400, "Could not parse Segment ID[x] for DataSource[wiki]", ""},
		{"POST", base + "/datasources/gone/markUsed", `{"segmentIds":["x"]}`, 400, `{"error":"druidException","errorCode":"invalidInput","persona":"USER",` +
			`"category":"INVALID_INPUT","errorMessage":"Could not find segment IDs[[x]] for datasource[gone]","context":{}}`, "used gone [x] []"},
		{"POST", path + "/markUsed", "", 400, invalid, ""},
		{"POST", path + "/markUnused", "{}", 400, invalid, ""},
		{"POST", path + "/markUnused", `{"Interval":"1970/1971"}`, 400, invalid, ""},
		{"POST", path + "/markUnused", `{"segmentIds":[]}`, 400, invalid, ""},
		{"POST", path + "/markUnused", `{"interval":"1970/1971","segmentIds":["x"]}`, 400, invalid, ""},
		{"POST", path + "/markUnused", `{"segmentIds":["x"],"versions":["v"]}`, 400, invalid, ""},
		{"POST", path + "/markUnused", `{"interval":"yesterday"}`, 400, `{"error":"field [interval]:`, ""},
		{"POST", path + "/markUnused", `{"segmentIds":"x"}`, 400, `{"error":"The body must be`, ""},
		{"POST", path + "/markUnused", `[`, 400, `{"error":"Request body is not valid JSON`, ""},
		{"GET", path, "", 405, "", ""},
		{"PUT", path + "/segments/x", "", 405, "", ""},
	} {
		f := setup()
		w := f.answer(c.method, c.path, c.body, "X-Druid-Author", "me")
		if got := w.Body.String(); w.Code != c.status || c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, w.Code, got)
		}
		if got := f.usage.asked; got != c.asked {
			t.Errorf("%s %s %s asked:\n%s\nwant\n%s", c.method, c.path, c.body, got, c.asked)
		}
	}
	f := setup()
	if w := f.answer("POST", path, "x", "Content-Type", "text/plain"); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a body that is no JSON: %d", w.Code)
	}
	for way, want := range map[string]string{"/markUsed": contentText, "/markUnused": contentJSON} {
		if got := f.answer("POST", path+way, "{}").Header().Get("Content-Type"); got != want {
			t.Errorf("%s without a filter: %s, want %s as in Druid", way, got, want)
		}
	}
}
