package apptest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"ovate/client"
	"ovate/internal/disk/disktest"
)

// TestRequestsOnFullDisk: whatever writes for a request says that the server's disk is full, and not that the request is wrong, or where on the server the disk is.
func TestRequestsOnFullDisk(t *testing.T) {
	t.Parallel()
	dir := disktest.FileSystem(t)
	s := start(t, dir)
	const content = "day,n\n2026-01-01,1\n2026-01-02,\"1,5\"\n" // of which the task reads a copy
	u, err := s.SendUpload(t.Context(), "x.csv", "d", strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	room := fill(t, dir)
	long := noop("", quiet, 1)
	long["context"] = object{"filler": strings.Repeat("x", 3<<20)}
	delete(long, "id")
	for n := 0; err == nil; n++ { // until the room is used that the write-ahead log has
		_, err = s.SubmitOnce(t.Context(), strconv.Itoa(n), encode(t, long))
	}
	full := func(what string, err error) {
		t.Helper()
		var refused *client.Error
		if !errors.As(err, &refused) || refused.Status != http.StatusInsufficientStorage || !strings.Contains(refused.Message, "The server's disk is full") || strings.Contains(refused.Message, dir) {
			t.Errorf("%s: %v", what, err)
		}
	}
	full("a task", err)
	_, err = s.SendUpload(t.Context(), "x.csv", "d", strings.NewReader(content))
	full("an upload", err)
	_, err = s.Preview(t.Context(), client.PreviewQuery{Upload: u.ID})
	full("a preview that makes a copy", err)
	_, err = s.Preview(t.Context(), client.PreviewQuery{Task: encode(t, ingestion{id: "p", dataSource: "d", source: inline(rows("d", 100, 2))}.task())})
	full("a preview of a task", err)
	_, err = s.CreateSchedule(t.Context(), client.ScheduleRequest{ID: "s", Cron: "0 0 1 1 *", Task: encode(t, long)})
	full("a schedule", err)
	_, err = s.SubmitWith(t.Context(), "", client.SubmissionRequest{Task: encode(t, long), Retry: &client.Retry{MaxAttempts: 2}})
	full("a submission", err)
	answers := func(what string, want int, answer *http.Response, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != want || !strings.Contains(string(text), "disk is full") || strings.Contains(string(text), dir) {
			t.Errorf("%s: %d %v\n%s", what, answer.StatusCode, err, text)
		}
	}
	answer, err := s.http.Get(s.URL() + "/submit/file/" + u.ID)
	answers("the page of a file", http.StatusInsufficientStorage, answer, err)
	answer, err = s.http.Post(s.URL()+"/druid/indexer/v1/task", "application/json", bytes.NewReader(encode(t, long)))
	answers("a task by Druid's path, whose clients send 503 again", http.StatusServiceUnavailable, answer, err)
	room()
	if p, err := s.Preview(t.Context(), client.PreviewQuery{Upload: u.ID}); err != nil || len(p.Rows) != 2 {
		t.Errorf("once there is room: %+v, %v", p, err)
	}
	s.terminate(t)
}
