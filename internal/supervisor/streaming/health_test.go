package streaming

import (
	"errors"
	"strings"
	"testing"

	"ovate/internal/supervisor"
)

// A supervisor is unhealthy after so many runs or tasks in a row that have failed, and healthy after so many that have not.
func TestHealth(t *testing.T) {
	t.Parallel()
	store, topic := errors.New("store"), &fault{errors.New("topic")}
	run := func(h *health, errs ...error) string {
		h.begin()
		h.first(connecting)
		for _, err := range errs {
			h.note(1, err)
		}
		h.first(creating)
		to := h.end()
		if to.Stage.Healthy() != (to.Why == "") {
			t.Errorf("%s: why is %q", to.Word(), to.Why)
		}
		return to.Word()
	}
	for what, c := range map[string]struct {
		suspended bool
		do        func(h *health) []string
		want      string
	}{
		"it goes well": {false, func(h *health) []string { return []string{run(h), run(h)} }, "RUNNING RUNNING"},
		"the stream is not reached": {false, func(h *health) []string {
			return []string{run(h, topic), run(h, topic), run(h, topic), run(h), run(h), run(h, topic), run(h), run(h), run(h)}
		}, "CONNECTING_TO_STREAM CONNECTING_TO_STREAM UNABLE_TO_CONNECT_TO_STREAM UNABLE_TO_CONNECT_TO_STREAM UNABLE_TO_CONNECT_TO_STREAM UNABLE_TO_CONNECT_TO_STREAM " +
			"UNABLE_TO_CONNECT_TO_STREAM UNABLE_TO_CONNECT_TO_STREAM RUNNING"},
		"the stream is lost": {false, func(h *health) []string { return []string{run(h), run(h, topic), run(h, topic), run(h, topic)} }, "RUNNING RUNNING RUNNING LOST_CONTACT_WITH_STREAM"},
		"the store is lost":  {false, func(h *health) []string { return []string{run(h), run(h, store), run(h, topic), run(h, topic, store)} }, "RUNNING RUNNING RUNNING UNHEALTHY_SUPERVISOR"},
		"it is suspended":    {true, func(h *health) []string { return []string{run(h, topic), run(h)} }, "SUSPENDED SUSPENDED"},
		"nothing comes":      {false, func(h *health) []string { h.idle = true; return []string{run(h, store), run(h)} }, "CONNECTING_TO_STREAM IDLE"},
		"tasks fail, and then not": {false, func(h *health) (words []string) {
			for i := range 7 {
				h.taskEnded(i > 2)
				words = append(words, run(h))
			}
			return words
		}, "RUNNING RUNNING UNHEALTHY_TASKS UNHEALTHY_TASKS UNHEALTHY_TASKS RUNNING RUNNING"},
	} {
		h := &health{Thresholds: supervisor.DefaultThresholds(), suspended: c.suspended}
		if got := strings.Join(c.do(h), " "); got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
	h := &health{Thresholds: supervisor.DefaultThresholds()}
	for range 5 {
		h.remember(1, store)
	}
	if len(h.recent) != 3 || h.recent[0] != (supervisor.Mishap{At: 1, Message: "store"}) {
		t.Errorf("remembered is %+v", h.recent)
	}
}
