package v1_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"ovate/druid"
	v1 "ovate/internal/v1"
)

// nextMoment returns once what comes next is newer than what came before: tasks are listed by the millisecond in which they came.
func nextMoment() {
	for began := druid.Now(); druid.Now() == began; {
		runtime.Gosched()
	}
}

// TestLabels: tasks are found by their labels, whichever surface they came by, page by page, and cancelled and retried by them.
func TestLabels(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	events := s.follow("label=run=2,team=data", "")
	if name, _ := events.next(); name != "reset" {
		t.Fatal(name)
	}
	labelled := func(id, team, run string) string {
		return fmt.Sprintf(`{"type":"noop","id":%q,"dataSource":"d","runTime":600000,"context":{"ovateLabels":{"team":%q,"run":%q}}}`, id, team, run)
	}
	s.expect(200, "", "POST", "/druid/indexer/v1/task", labelled("t0", "data", "1"))
	nextMoment()
	s.expect(201, "", "POST", "/api/v1/tasks", labelled("t1", "data", "2"))
	nextMoment()
	s.expect(201, "", "POST", "/api/v1/tasks", labelled("t2", "web", "2"))
	nextMoment()
	s.submit(201, "", fmt.Sprintf(noop, "t3", 600000), `,"labels":{"team":"data","run":"2"}`)
	s.expect(200, "", "POST", "/druid/indexer/v1/task", `{"type":"noop","id":"odd","dataSource":"d","context":{"ovateLabels":{"team":["data"]}}}`)
	s.waitSubmission("t3", "SUBMITTED")
	for _, id := range []string{"t1", "t3"} { // may come as came, runs or both
		for {
			_, data := events.next()
			if strings.Contains(data, `"id":"`+id+`"`) {
				break
			}
			if data == "" || strings.Contains(data, `"t0"`) || strings.Contains(data, `"t2"`) {
				t.Fatalf("an event: %s", data)
			}
		}
	}
	events.close()
	for query, want := range map[string]string{
		"label=team=data": "t3 t1 t0", "label=run=2": "t3 t2 t1", "label=team=data,run=2": "t3 t1", "label=run=2,team=data": "t3 t1", "label=team=dat": "",
		"label=team=data&idPart=1": "t1", "label=run=2&dataSource=e": "", "label=team=data&state=FAILED": "",
	} {
		for _, limit := range []int{1, 2, 100} {
			var got []string
			for cursor, pages := "", 0; pages < 10; pages++ {
				page := decode[listed](t, s.expect(200, "", "GET", fmt.Sprintf("/api/v1/tasks?%s&limit=%d&cursor=%s", query, limit, cursor), ""))
				if ids := page.ids(); ids != "" {
					got = append(got, ids)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			if all := strings.Join(got, " "); all != want {
				t.Errorf("%s, %d a page: %s, want %s", query, limit, all, want)
			}
		}
	}
	counted := func(query string) string {
		t.Helper()
		n := decode[struct{ Counts v1.Counts }](t, s.expect(200, "", "GET", "/api/v1/tasks?counts=true&"+query, "")).Counts
		return fmt.Sprintf("%d active, %d failed", n.Waiting+n.Pending+n.Running, n.Failed)
	}
	for query, want := range map[string]string{
		"label=team=data": "3 active, 0 failed", "label=run=2,team=data": "2 active, 0 failed", "label=run=2&limit=1": "3 active, 0 failed", "label=run=2&dataSource=e": "0 active, 0 failed",
		"label=team=data&state=failed": "0 active, 0 failed",
	} {
		if got := counted(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if got := s.expect(200, "", "GET", "/api/v1/tasks/t3", ""); !strings.Contains(got.body, `"labels":{"run":"2","team":"data"}`) {
		t.Errorf("one: %s", got.body)
	}
	s.expect(200, `{"dryRun":false,"matched":2,"done":2`, "POST", "/api/v1/tasks/cancel", `{"filter":{"label":"team=data,run=2"}}`)
	s.wait("t1", "FAILED")
	if got := counted("label=team=data"); got != "1 active, 2 failed" {
		t.Errorf("after the cancellation there are %s", got)
	}
	retried := decode[struct{ Tasks []struct{ NewID string } }](t, s.expect(200, `{"dryRun":false,"matched":2,"done":2`, "POST", "/api/v1/tasks/retry", `{"filter":{"label":"team=data"}}`))
	if got := s.expect(200, "", "GET", "/api/v1/tasks/"+retried.Tasks[0].NewID, ""); !strings.Contains(got.body, `"team":"data"`) {
		t.Errorf("what was retried: %s", got.body)
	}
	for query, says := range map[string]string{
		"label=team": "[label] is [team], but must be KEY=VALUE", "label=a%20b=c": "[label] is [a b=c]: the key [a b] of a label must be", "label=a=" + strings.Repeat("x", 64): "the value [",
		"label=a=b,": "[label] is [a=b,], but", "label=team=data&cursor=YSBi": "[cursor]",
	} {
		if got := s.expect(400, `{"type":"about:blank"`, "GET", "/api/v1/tasks?"+query, ""); !strings.Contains(got.body, says) {
			t.Errorf("%s: %s, want %s", query, got.body, says)
		}
	}
	s.expect(422, `{"type":"urn:ovate:problem:invalid-spec"`, "POST", "/api/v1/tasks", `{"type":"noop","context":{"ovateLabels":{"a b":"c"}}}`)
	s.expect(422, `{"type":"urn:ovate:problem:invalid-spec"`, "POST", "/api/v1/tasks", `{"type":"noop","context":{"ovateLabels":["a"]}}`)
}
