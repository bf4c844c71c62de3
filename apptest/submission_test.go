package apptest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
)

// heard is what a webhook was told: the events of each task, as they came.
type heard struct {
	mu      sync.Mutex
	events  map[string][]string
	refused map[string]int // how often, by what was told
}

// ServeHTTP answers every third request 503, but none for the third time, as pauses get longer.
func (h *heard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var told struct {
		Type string
		Data struct{ ID string }
	}
	if err != nil || json.Unmarshal(body, &told) != nil {
		return // it was killed while it sent
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if what := told.Type + " " + told.Data.ID; h.refused[what] < 2 && rand.IntN(3) == 0 {
		h.refused[what]++
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	h.events[told.Data.ID] = append(h.events[told.Data.ID], told.Type)
}

// wrong tells what was not told of a task, or not in its order; empty if nothing.
func (h *heard) wrong(task, end string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := map[string]int{}
	for i, e := range h.events[task] {
		if _, again := first[e]; !again {
			first[e] = i
		}
	}
	begun, is := first["task.submitted"]
	ended, has := first["task."+end]
	if !is || !has || begun > ended {
		return fmt.Sprintf("task %s: told %v", task, h.events[task])
	}
	return ""
}

// TestSubmissionsKilled kills the server at moments that nobody chose, while submissions wait for a time and for each other, are made tasks of, fail and are retried. None that
// was taken is lost, none has a task too many, and a webhook was told of each task at least once, in order.
func TestSubmissionsKilled(t *testing.T) {
	t.Parallel()
	seed := uint64(number(t, "OVATE_SEED", 1))
	random := rand.New(rand.NewPCG(seed, 9))
	dir := filepath.Join(t.TempDir(), "data")
	told := &heard{events: map[string][]string{}, refused: map[string]int{}}
	receiver := httptest.NewServer(told)
	defer receiver.Close()
	properties := []string{"druid.worker.capacity=4", "ovate.tasks.maxLostRuns=0", "ovate.webhooks.allowPrivate=true"}
	taken := map[string]string{} // how each submission has to end, by its id
	var ids []string
	hooked := false
	// request is the next submission: a task that succeeds or fails, perhaps at a time, perhaps after others.
	request := func() (request client.SubmissionRequest, end string) {
		id := fmt.Sprintf("s%d", len(ids))
		request, end = client.SubmissionRequest{Task: fmt.Appendf(nil, `{"type":"noop","id":%q,"dataSource":"d","runTime":%d}`, id, random.IntN(20))}, "SUCCESS"
		if random.IntN(3) == 0 {
			end = "FAILED"
			request.Task = fmt.Appendf(nil, `{"type":"index_parallel","id":%q,"spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t"},"dimensionsSpec":{}},`+
				`"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"{\"t\":\"none\"}"},"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index_parallel","maxParseExceptions":0}}}`, id)
			request.Retry = &client.Retry{MaxAttempts: 2, Backoff: "PT0.05S"}
		}
		if random.IntN(3) == 0 {
			due := druid.Now() + druid.Instant(random.IntN(1500))
			request.NotBefore = &due
		}
		if len(ids) > 0 && random.IntN(2) == 0 {
			request.After, request.OnFailure = []string{ids[random.IntN(len(ids))]}, "run"
		}
		return request, end
	}
	// hand hands in one submission: the next one, or once more the one whose answer was lost, which may have been taken.
	var lost *client.SubmissionRequest
	var lostEnd string
	hand := func(ctx context.Context, c *client.Client) error {
		if lost == nil {
			next, end := request()
			lost, lostEnd = &next, end
		}
		_, err := c.SubmitWith(ctx, "", *lost)
		if refused := (*client.Error)(nil); errors.As(err, &refused) && refused.Code == "id-taken" {
			err = nil
		}
		if err == nil {
			id := fmt.Sprintf("s%d", len(ids))
			ids, taken[id], lost = append(ids, id), lostEnd, nil
		}
		return err
	}
	for range number(t, "OVATE_KILLS", 5) {
		p := launch(t, dir, properties...)
		s := p.ready(t, dir)
		if !hooked {
			if _, err := s.Client.CreateWebhook(t.Context(), client.Webhook{URL: receiver.URL, Secret: "0123456789abcdef"}); err != nil {
				t.Fatal(err)
			}
			hooked = true
		}
		for range 3 + random.IntN(10) {
			if err := hand(t.Context(), s.Client); err != nil {
				t.Fatalf("OVATE_SEED=%d: %v\n%s", seed, err, p.output)
			}
		}
		ended := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { // one may be under way at the kill: it is taken, or not, and handed in again
			defer close(ended)
			for range 20 {
				if hand(ctx, s.Client) != nil {
					return
				}
			}
		}()
		<-time.After(time.Duration(random.IntN(300)) * time.Millisecond)
		p.kill(t)
		cancel()
		<-ended
		t.Logf("%d submissions are taken", len(ids))
	}
	s := start(t, dir, properties...)
	eventually(t, "all submissions end", func() bool {
		page, err := s.Client.Submissions(t.Context(), false, 1, "")
		return err == nil && len(page.Submissions) == 0
	})
	t.Log("all submissions have ended")
	tasks := map[string]string{}
	err := s.Client.EachPaged(t.Context(), client.TaskFilter{}, func(task *client.Task) error {
		tasks[task.ID] = task.State
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]string{}
	for id, end := range taken {
		expected[id] = end
		if end == "FAILED" {
			expected[id+"_attempt2"] = end
		}
		if got, err := s.Client.Submission(t.Context(), id); err != nil || got.State != end {
			t.Errorf("submission %s: %+v, %v; want %s", id, got, err, end)
		}
	}
	for id, state := range tasks {
		if expected[id] != state && expected[id] != "" {
			t.Errorf("task %s is %s, want %s", id, state, expected[id])
		}
		if last := fmt.Sprintf("s%d", len(ids)); expected[id] == "" && strings.TrimSuffix(id, "_attempt2") != last {
			t.Errorf("task %s should not be there", id)
		}
	}
	ends := map[string]string{"SUCCESS": "succeeded", "FAILED": "failed"}
	for id, end := range expected {
		if tasks[id] != end {
			t.Errorf("task %s is %q, want %s", id, tasks[id], end)
		}
		eventually(t, "task "+id+" is told", func() bool { return told.wrong(id, ends[end]) == "" })
	}
	if t.Failed() {
		t.Errorf("OVATE_SEED=%d", seed)
	}
	t.Logf("seed %d: %d submissions, %d tasks", seed, len(taken), len(tasks))
}
