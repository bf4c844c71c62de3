package v1_test

import (
	"fmt"
	"strings"
	"testing"
)

// listed is what a page holds.
type listed struct {
	Tasks  []struct{ ID, State, Error string }
	Next   string
	Counts *struct{ Waiting, Pending, Running, Success, Failed int }
}

func (l listed) ids() string {
	var ids []string
	for _, t := range l.Tasks {
		ids = append(ids, t.ID)
	}
	return strings.Join(ids, " ")
}

// TestTasks: tasks are found by every filter, page by page, and counted.
func TestTasks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for i := range 6 {
		s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(`{"type":"noop","id":"t%d","groupId":"g%d","dataSource":"d%d","runTime":1}`, i, i%2, i%3))
		s.wait(fmt.Sprint("t", i), "SUCCESS")
	}
	for i := range 3 {
		s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(`{"type":"noop","id":"long%d","dataSource":"d0","runTime":600000}`, i))
	}
	s.wait("long1", "RUNNING")
	s.expect(200, "", "POST", "/api/v1/tasks/cancel", `{"ids":["long2"],"reason":"not wanted"}`)
	for query, want := range map[string]string{
		"":                              "long2 long1 long0 t5 t4 t3 t2 t1 t0",
		"state=success":                 "t5 t4 t3 t2 t1 t0",
		"state=FAILED":                  "long2",
		"state=RUNNING":                 "long1 long0",
		"state=waiting":                 "",
		"dataSource=d0":                 "long2 long1 long0 t3 t0",
		"groupId=g1":                    "t5 t3 t1",
		"type=noop&idPart=ng":           "long2 long1 long0",
		"type=index":                    "",
		"created=2020-01-01_2021-01-01": "",
		"created=2020-01-01/2100-01-01&groupId=g0&dataSource=d2": "t2",
	} {
		for _, limit := range []int{1, 2, 100} {
			var got []string
			cursor := ""
			for pages := 0; pages < 30; pages++ {
				page := decode[listed](t, s.expect(200, "", "GET", fmt.Sprintf("/api/v1/tasks?%s&limit=%d&cursor=%s&counts=true", query, limit, cursor), ""))
				if len(page.Tasks) > limit {
					t.Errorf("%s: %d tasks", query, len(page.Tasks))
				}
				if n := page.Counts.Waiting + page.Counts.Pending + page.Counts.Running + page.Counts.Success + page.Counts.Failed; n != len(strings.Fields(want)) {
					t.Errorf("%s: counts are %+v", query, page.Counts)
				}
				if ids := page.ids(); ids != "" {
					got = append(got, ids)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			if all := strings.Join(got, " "); all != want {
				t.Errorf("%s, %d a page: %s", query, limit, all)
			}
		}
	}
	s.expect(200, `{"id":"long2","groupId":"long2","type":"noop","dataSource":"d0","created":"2`, "GET", "/api/v1/tasks/long2", "")
	if got := s.ask("GET", "/api/v1/tasks/long2", ""); !strings.Contains(got.body, `"state":"FAILED"`) || !strings.Contains(got.body, `"error":"not wanted"`) {
		t.Errorf("cancelled: %s", got.body)
	}
	const problem = `{"type":"about:blank","title":"Bad Request","status":400,"detail":"Query parameter [`
	for query, begins := range map[string]string{
		"state=done": problem + "state]", "limit=0": problem + "limit]", "limit=1001": problem + "limit]", "cursor=!": problem + "cursor]", "cursor=YQ": problem + "cursor]",
		"created=x": problem + "created]", "counts=2": problem + "counts]", "datasource=x": problem + "datasource] is not known here",
	} {
		s.expect(400, begins, "GET", "/api/v1/tasks?"+query, "")
	}
	s.expect(404, `{"type":"about:blank","title":"Not Found"`, "GET", "/api/v1/tasks/none", "")
}

// TestMany: cancel and retry change what they say they would, and tell what became of each.
func TestMany(t *testing.T) {
	t.Parallel()
	s := newServer(t, "druid.worker.capacity", "1")
	for i := range 4 {
		s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(`{"type":"noop","id":"t%d","dataSource":"d%d","runTime":600000}`, i, i%2))
	}
	type outcomes struct {
		Matched, Done, Failed int
		Tasks                 []struct{ ID, NewID, Error string }
		More, DryRun          bool
	}
	post := func(what, body string) outcomes {
		t.Helper()
		return decode[outcomes](t, s.expect(200, "", "POST", "/api/v1/tasks/"+what, body))
	}
	if got := post("cancel", `{"filter":{"dataSource":"d0"},"dryRun":true}`); got.Matched != 2 || got.Done != 0 || !got.DryRun {
		t.Errorf("would cancel %+v", got)
	}
	if got := decode[listed](t, s.ask("GET", "/api/v1/tasks?state=FAILED", "")); len(got.Tasks) != 0 {
		t.Errorf("after a dry run: %+v", got)
	}
	if got := post("cancel", `{"filter":{"dataSource":"d0"}}`); got.Matched != 2 || got.Done != 2 || got.Failed != 0 {
		t.Errorf("cancelled %+v", got)
	}
	if got := post("cancel", `{"all":true}`); got.Done != 2 {
		t.Errorf("cancelled %+v", got)
	}
	if got := post("cancel", `{"ids":["none","t0"]}`); got.Done != 1 || got.Failed != 1 || got.Tasks[0].Error != "There is no task of this id." {
		t.Errorf("cancelled %+v", got)
	}
	if got := post("retry", `{"ids":["none","t0"],"dryRun":true}`); got.Matched != 2 || got.Done != 0 || got.Failed != 1 || got.Tasks[0].Error != "There is no task of this id." || got.Tasks[1].Error != "" {
		t.Errorf("would retry %+v", got)
	}
	if got := post("retry", `{"filter":{"dataSource":"d0","state":"SUCCESS"}}`); got.Matched != 0 {
		t.Errorf("retried %+v", got)
	}
	if got := post("retry", `{"filter":{"dataSource":"d0"},"dryRun":true}`); got.Matched != 2 || got.Done != 0 {
		t.Errorf("would retry %+v", got)
	}
	got := post("retry", `{"filter":{"dataSource":"d0"}}`)
	if got.Done != 2 {
		t.Fatalf("retried %+v", got)
	}
	for _, task := range got.Tasks {
		payload := s.expect(200, "", "GET", "/druid/indexer/v1/task/"+task.NewID, "").body
		if task.NewID == task.ID || !strings.Contains(payload, `"ovateRetryOf":"`+task.ID+`"`) || !strings.Contains(payload, `"groupId":"`+task.NewID+`"`) || !strings.Contains(payload, `"runTime":600000`) {
			t.Errorf("%s was retried as %s", task.ID, payload)
		}
	}
	if again := post("retry", `{"ids":["`+got.Tasks[0].NewID+`","none"]}`); again.Failed != 2 || !strings.Contains(again.Tasks[0].Error, "has not ended") {
		t.Errorf("retried %+v", again)
	}
	for body, begins := range map[string]string{
		`{}`:                          "The body names no task",
		`{"filter":{}}`:               "The body names no task",
		`{"filter":{"source":"x"}}`:   `The body: unknown field [/filter/source].`,
		`{"ids":["a"],"all":true}`:    "The body has ids, and a filter or all besides",
		`{"filter":{"state":"x"}}`:    "Filter [state] is [x], but must be one of",
		`[]`:                          "The body: it is an array, but must be an object.",
		`{"ids":`:                     "The body is not valid JSON at line 1, column",
		`{"filter":null}`:             "The body: [/filter] is null.",
		`{"ids":["a"],"reason":null}`: "The body: [/reason] is null.",
		`{"ids":["a",null]}`:          "The body: [/ids/1] is null.",
		`{"IDS":["a"]}`:               "The body: unknown field [/IDS].",
		`{"ids":["a"],"ids":["b"]}`:   "The body: ",
	} {
		for _, what := range []string{"cancel", "retry"} {
			if got := s.ask("POST", "/api/v1/tasks/"+what, body); got.status != 400 || !strings.Contains(strings.ReplaceAll(got.body, `\"`, `"`), begins) {
				t.Errorf("%s %s: %d %s", what, body, got.status, got.body)
			}
		}
	}
	s.expect(400, "", "POST", "/api/v1/tasks/cancel", `{"filter":{"state":"FAILED"}}`)
}
