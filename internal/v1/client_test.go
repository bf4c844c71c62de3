package v1_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ovate/client"
	v1 "ovate/internal/v1"
)

// TestClient: the Go client does all of it.
func TestClient(t *testing.T) {
	t.Parallel()
	s, stop := startServer(t, map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0"})
	ctx := t.Context()
	c, err := client.New(s.url, client.WithHTTPClient(s.http))
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	ready, heard := make(chan struct{}), make(chan string, 100)
	follows := make(chan error, 1)
	go func() {
		follows <- c.FollowEvents(ctx, client.EventQuery{DataSource: "d"}, func(e client.Event) error {
			switch {
			case e.Name == "reset":
				close(ready)
			case e.Name == "ended":
				heard <- e.ID + " " + e.State
			}
			if e.ID == "last" && e.Name == "ended" {
				return enough
			}
			return nil
		})
	}()
	<-ready
	noop := []byte(`{"type":"noop","dataSource":"d","runTime":1}`)
	id, err := c.SubmitOnce(ctx, "key", noop)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.SubmitOnce(ctx, "key", noop); err != nil || again != id {
		t.Errorf("again: %s, %v", again, err)
	}
	var refused *client.Error
	if _, err := c.SubmitOnce(ctx, "key", []byte(`{"type":"noop"}`)); !errors.As(err, &refused) || refused.Code != "key-reused" {
		t.Errorf("another task: %v", err)
	}
	if _, err := c.SubmitOnce(ctx, "other", []byte(`{"type":"noop","runTime":"x"}`)); !errors.As(err, &refused) || refused.Code != "invalid-spec" || len(refused.Faults) != 1 || refused.Faults[0].Pointer != "/runTime" {
		t.Errorf("a wrong task: %v", err)
	}
	if faults, err := c.Validate(ctx, []byte(`{"type":"noop","runTime":"x"}`)); err != nil || len(faults) != 1 {
		t.Errorf("faults: %v, %v", faults, err)
	}
	if faults, err := c.Validate(ctx, noop); err != nil || len(faults) != 0 {
		t.Errorf("faults: %v, %v", faults, err)
	}
	if got := <-heard; got != id+" SUCCESS" {
		t.Errorf("heard %s", got)
	}
	if _, err := c.Submit(ctx, []byte(`{"type":"noop","id":"long","dataSource":"d","runTime":600000}`)); err != nil {
		t.Fatal(err)
	}
	page, err := c.Page(ctx, client.PageQuery{TaskFilter: client.TaskFilter{DataSource: "d"}, Limit: 1, Counts: true})
	if err != nil || len(page.Tasks) != 1 || page.Tasks[0].ID != "long" || page.Next == "" || page.Counts.Success != 1 {
		t.Errorf("page: %+v, %v", page, err)
	}
	if would, err := c.Cancel(ctx, client.Selection{All: true, DryRun: true}); err != nil || would.Matched != 1 || would.Done != 0 {
		t.Errorf("would cancel %+v, %v", would, err)
	}
	if done, err := c.Cancel(ctx, client.Selection{Filter: client.TaskFilter{IDPart: "lon"}, Reason: "why"}); err != nil || done.Done != 1 {
		t.Errorf("cancelled %+v, %v", done, err)
	}
	if one, err := c.OneTask(ctx, "long"); err != nil || one.State != "FAILED" || one.Error != "why" {
		t.Errorf("cancelled: %+v, %v", one, err)
	}
	if _, err := c.OneTask(ctx, "none"); !client.IsNotFound(err) || !strings.Contains(err.Error(), "There is no task of this id") {
		t.Errorf("none: %v", err)
	}
	retried, err := c.Retry(ctx, client.Selection{IDs: []string{"long"}})
	if err != nil || retried.Done != 1 || retried.Tasks[0].NewID == "" {
		t.Errorf("retried %+v, %v", retried, err)
	}
	if _, err := c.Cancel(ctx, client.Selection{All: true}); err != nil {
		t.Error(err)
	}
	var all []string
	err = c.EachPaged(ctx, client.TaskFilter{DataSource: "d"}, func(task *client.Task) error {
		all = append(all, task.ID)
		return nil
	})
	if want := []string{retried.Tasks[0].NewID, "long", id}; err != nil || !slices.Equal(all, want) {
		t.Errorf("all: %v, %v", all, err)
	}
	if text, err := c.OpenAPI(ctx); err != nil || !strings.HasPrefix(string(text), "{\n \"openapi\": \"3.1") {
		t.Errorf("description: %.40s, %v", text, err)
	}
	if _, err := c.Submit(ctx, []byte(`{"type":"noop","id":"last","dataSource":"d","runTime":1}`)); err != nil {
		t.Fatal(err)
	}
	if err := <-follows; !errors.Is(err, enough) {
		t.Errorf("the events ended with %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := c.FollowEvents(gone, client.EventQuery{}, func(client.Event) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("without anybody: %v", err)
	}
	stop()
}

// refusal is a server that refuses all, and notes what it was asked.
type refusal struct{ asked map[string]bool }

func (r *refusal) RoundTrip(q *http.Request) (*http.Response, error) {
	r.asked[q.Method+" "+q.URL.EscapedPath()] = true
	return &http.Response{StatusCode: http.StatusBadRequest, Body: http.NoBody, Request: q}, nil
}

// TestClientHasAll: each operation that is described has a method of the Go client, and ids are escaped in its path.
func TestClientHasAll(t *testing.T) {
	t.Parallel()
	server := &refusal{asked: map[string]bool{}}
	c, err := client.New("http://overlord", client.WithHTTPClient(&http.Client{Transport: server}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, id := t.Context(), "a/?"
	of := func(_ any, err error) error { return err }
	for i, err := range []error{
		of(c.Page(ctx, client.PageQuery{})), of(c.OneTask(ctx, id)), of(c.SubmitOnce(ctx, "key", nil)), of(c.Validate(ctx, nil)), of(c.Cancel(ctx, client.Selection{})), of(c.Retry(ctx, client.Selection{})),
		c.FollowEvents(ctx, client.EventQuery{}, nil), of(c.LogLines(ctx, id, 0, nil)),
		of(c.SubmitWith(ctx, "", client.SubmissionRequest{Task: []byte("{}")})), of(c.Submissions(ctx, false, 0, "")), of(c.Submission(ctx, id)), of(c.CancelSubmission(ctx, id, "")),
		of(c.CreateWebhook(ctx, client.Webhook{})), of(c.Webhooks(ctx)), of(c.Webhook(ctx, id)), c.RemoveWebhook(ctx, id), c.TestWebhook(ctx, id), of(c.Deliveries(ctx, id, false, 0, "")),
		of(c.CreateSchedule(ctx, client.ScheduleRequest{Task: []byte("{}")})), of(c.Schedules(ctx)), of(c.Schedule(ctx, id)), c.RemoveSchedule(ctx, id),
		of(c.PauseSchedule(ctx, id, true)), of(c.PauseSchedule(ctx, id, false)), of(c.RunSchedule(ctx, id)),
		of(c.SendUpload(ctx, "name", "", strings.NewReader(""))), of(c.Uploads(ctx)), of(c.OneUpload(ctx, id)), c.RemoveUpload(ctx, id), of(c.Preview(ctx, client.PreviewQuery{})),
		of(c.DataSources(ctx)), c.Segments(ctx, id, nil, nil), of(c.Segment(ctx, id, id, false)), of(c.Rows(ctx, id, id, 0, 1, false)),
		of(c.Rates(ctx)), of(c.Lag(ctx, id)), of(c.Sessions(ctx, "")), c.EndSession(ctx, id), of(c.Metadata(ctx)), of(c.Orphans(ctx, client.OrphanQuery{})), of(c.RemoveOrphans(ctx, client.OrphanQuery{})), of(c.OpenAPI(ctx)),
	} {
		if refused, is := errors.AsType[*client.Error](err); !is || refused.Status != http.StatusBadRequest {
			t.Errorf("call %d: %v", i, err)
		}
	}
	var told struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(v1.Description(), &told); err != nil {
		t.Fatal(err)
	}
	for path, verbs := range told.Paths {
		for verb := range verbs {
			if asks := strings.ToUpper(verb) + " " + regexp.MustCompile(`{\w+}`).ReplaceAllString(path, "a%2F%3F"); strings.HasPrefix(path, v1.Base) && !server.asked[asks] {
				t.Errorf("no method asks for %s %s", verb, path)
			}
		}
	}
}

// TestClientSubmits: the Go client hands in what waits, makes webhooks and schedules, and finds tasks by their labels.
func TestClientSubmits(t *testing.T) {
	t.Parallel()
	s, _ := startServer(t, map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0", "ovate.webhooks.allowPrivate": "true"})
	ctx, told := t.Context(), newReceiver(t, "0123456789abcdef")
	c, err := client.New(s.url, client.WithHTTPClient(s.http))
	if err != nil {
		t.Fatal(err)
	}
	hook, err := c.CreateWebhook(ctx, client.Webhook{URL: told.URL, Secret: "0123456789abcdef", Events: []string{"task.succeeded"}})
	if err != nil || hook.Secret != "" {
		t.Fatalf("%+v, %v", hook, err)
	}
	noop := []byte(`{"type":"noop","dataSource":"d","runTime":1}`)
	first, err := c.SubmitWith(ctx, "key", client.SubmissionRequest{Task: noop, Labels: map[string]string{"a": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.SubmitWith(ctx, "key", client.SubmissionRequest{Task: noop, Labels: map[string]string{"a": "b"}}); err != nil || again.ID != first.ID {
		t.Errorf("again: %+v, %v", again, err)
	}
	second, err := c.SubmitWith(ctx, "", client.SubmissionRequest{Task: noop, After: []string{first.ID}, Retry: &client.Retry{MaxAttempts: 2}})
	if err != nil {
		t.Fatal(err)
	}
	told.wait(t, second.ID+" task.succeeded")
	s.waitSubmission(second.ID, "SUCCESS")
	if got, err := c.Submission(ctx, first.ID); err != nil || got.State != "SUCCESS" || got.Task != first.ID {
		t.Errorf("first: %+v, %v", got, err)
	}
	if page, err := c.Submissions(ctx, true, 1, ""); err != nil || len(page.Submissions) != 1 || page.Next == "" {
		t.Errorf("page: %+v, %v", page, err)
	}
	if got, err := c.CancelSubmission(ctx, first.ID, "late"); err != nil || got.State != "SUCCESS" {
		t.Errorf("cancelled: %+v, %v", got, err)
	}
	if page, err := c.Page(ctx, client.PageQuery{TaskFilter: client.TaskFilter{Label: "a=b"}}); err != nil || len(page.Tasks) != 1 || page.Tasks[0].Labels["a"] != "b" {
		t.Errorf("labelled: %+v, %v", page, err)
	}
	if all, err := c.Webhooks(ctx); err != nil || len(all) != 1 || all[0].URL != told.URL {
		t.Errorf("webhooks: %+v, %v", all, err)
	}
	if one, err := c.Webhook(ctx, hook.ID); err != nil || one.URL != told.URL {
		t.Errorf("webhook: %+v, %v", one, err)
	}
	if err := c.TestWebhook(ctx, hook.ID); err != nil {
		t.Error(err)
	}
	told.wait(t, " test")
	if page, err := c.Deliveries(ctx, hook.ID, false, 10, ""); err != nil || page.Deliveries == nil {
		t.Errorf("deliveries: %+v, %v", page, err)
	}
	if err := c.RemoveWebhook(ctx, hook.ID); err != nil {
		t.Error(err)
	}
	schedule, err := c.CreateSchedule(ctx, client.ScheduleRequest{ID: "nightly", Cron: "@daily", Task: noop})
	if err != nil || len(schedule.Next) != 5 {
		t.Fatalf("schedule: %+v, %v", schedule, err)
	}
	if paused, err := c.PauseSchedule(ctx, "nightly", true); err != nil || !paused.Paused {
		t.Errorf("paused: %+v, %v", paused, err)
	}
	if one, err := c.Schedule(ctx, "nightly"); err != nil || !one.Paused || one.Cron != "@daily" {
		t.Errorf("schedule: %+v, %v", one, err)
	}
	if id, err := c.RunSchedule(ctx, "nightly"); err != nil || !strings.HasPrefix(id, "nightly_") {
		t.Errorf("run: %s, %v", id, err)
	}
	if all, err := c.Schedules(ctx); err != nil || len(all) != 1 {
		t.Errorf("schedules: %+v, %v", all, err)
	}
	if err := c.RemoveSchedule(ctx, "nightly"); err != nil {
		t.Error(err)
	}
}
