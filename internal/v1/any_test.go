package v1_test

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

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
	rapid.Check(t, func(r *rapid.T) {
		method := rapid.SampledFrom([]string{"GET", "POST", "GET", "POST", "DELETE", "PUT"}).Draw(r, "method")
		path := "/api/v1" + rapid.SampledFrom([]string{"/tasks", "/tasks/a", "/tasks/" + url.PathEscape(text.Draw(r, "id")), "/tasks/cancel", "/tasks/retry", "/validate", "/uploads", "/uploads/a", "/preview", "/datasources", "/datasources/d/segments", "/datasources/d/segments/" + url.PathEscape(text.Draw(r, "segment")), "/datasources/d/segments/x/rows", "/rates", "/supervisors/" + url.PathEscape(text.Draw(r, "supervisor")) + "/lag", "/metadata",
			"/orphans", "/openapi.json", "/submissions", "/submissions/a", "/webhooks", "/webhooks/a", "/webhooks/a/deliveries", "/webhooks/a/test", "/schedules", "/schedules/a", "/schedules/a/pause", "/schedules/a/run", "", "/nothing", "/tasks/a/b"}).Draw(r, "path")
		query := url.Values{}
		for range rapid.IntRange(0, 3).Draw(r, "parameters") {
			query.Set(rapid.SampledFrom([]string{"dataSource", "type", "groupId", "state", "idPart", "created", "limit", "cursor", "counts", "rows", "interval", "before", "others", "from", "fetch", "label", "ended"}).Draw(r, "name"), text.Draw(r, "text"))
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
