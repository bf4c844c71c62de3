package v1_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	v1 "ovate/internal/v1"
)

// described are the paths that can be asked for, but for that of the events, which do not end, and the parameters of their queries.
func described(t *testing.T) (paths, parameters []string) {
	t.Helper()
	var told struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(v1.Description(), &told); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(told.Paths)) {
		if !strings.HasPrefix(path, v1.Base) || path == v1.Base+"/events" {
			continue
		}
		paths = append(paths, path)
		for _, verb := range slices.Sorted(maps.Keys(told.Paths[path])) {
			for _, p := range told.Paths[path][verb].Parameters {
				if p.In == "query" && !slices.Contains(parameters, p.Name) {
					parameters = append(parameters, p.Name)
				}
			}
		}
	}
	return paths, parameters
}

// TestAnyRequest: whatever is asked, the answer is as described, and none is a fault of the server.
func TestAnyRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.expect(201, "", "POST", "/api/v1/tasks", `{"type":"noop","id":"a","dataSource":"d","runTime":600000}`)
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "d", "noop", "FAILED", "running", "1", "1001", "-1", "true", "2020/2021", "2020-01-01_P1D", "YSBi", "MjAyNiB4", "null", "\x00", "%", "é", strings.Repeat("x", 300)}),
		rapid.String())
	value := rapid.Custom(func(r *rapid.T) string {
		return rapid.SampledFrom([]string{`"a"`, `"noop"`, `"index_parallel"`, `["a"]`, `[]`, `{}`, `null`, `{"maxAttempts":2}`, `{"type":"noop","dataSource":"d"}`, `"https://example.invalid/told"`, `"0123456789abcdef"`, `"@daily"`, `true`, `1`, `-1.5e300`, `"FAILED"`, `"SUCCESS"`, `{"state":"FAILED"}`, `{"dataSource":"d"}`, `{"spec":[]}`, `"2020/2021"`,
			`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{}},"ioConfig":{"inputSource":{"type":"inline","data":"x"},"inputFormat":{"type":"json"}}}`}).Draw(r, "value")
	})
	paths, parameters := described(t)
	paths = append(paths, "/api/v1", "/api/v1/nothing", "/api/v1/tasks/a/b")
	rapid.Check(t, func(r *rapid.T) {
		method := rapid.SampledFrom([]string{"GET", "POST", "GET", "POST", "DELETE", "PUT"}).Draw(r, "method")
		path := regexp.MustCompile(`{\w+}`).ReplaceAllStringFunc(rapid.SampledFrom(paths).Draw(r, "path"), func(name string) string {
			return rapid.OneOf(rapid.SampledFrom([]string{"a", "d", "x"}), rapid.Map(text, url.PathEscape)).Draw(r, name)
		})
		if method == "GET" && path == v1.Base+"/tasks/a/log" { // which has no end while the task runs
			r.Skip()
		}
		query := url.Values{}
		for range rapid.IntRange(0, 3).Draw(r, "parameters") {
			query.Set(rapid.SampledFrom(parameters).Draw(r, "name"), text.Draw(r, "text"))
		}
		body, headers := "", []string{}
		if method == "POST" {
			var fields []string
			for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ids", "filter", "all", "dryRun", "reason", "type", "id", "spec", "context", "groupId", "resource", "runTime", "task", "after", "notBefore", "onFailure", "retry", "labels", "url", "secret", "events", "cron"}), 0, 4, rapid.ID[string]).Draw(r, "fields") {
				fields = append(fields, `"`+name+`":`+value.Draw(r, name))
			}
			body = "{" + strings.Join(fields, ",") + "}"
			if rapid.IntRange(0, 9).Draw(r, "broken") == 0 {
				body = value.Draw(r, "body") + rapid.SampledFrom([]string{"", "x"}).Draw(r, "end")
			}
			if rapid.Bool().Draw(r, "keyed") {
				headers = append(headers, "Idempotency-Key", rapid.StringMatching(`[a-c]{0,2}`).Draw(r, "key"))
			}
		}
		got := s.ask(method, path+"?"+query.Encode(), body, headers...)
		if got.status >= 500 {
			r.Fatalf("%s %s?%s %s: %d %s", method, path, query.Encode(), body, got.status, got.body)
		}
		if media := got.header.Get("Content-Type"); got.status >= 400 && media != "application/problem+json" {
			r.Fatalf("%s %s?%s %s: %d %s %s", method, path, query.Encode(), body, got.status, media, got.body)
		}
	})
}
