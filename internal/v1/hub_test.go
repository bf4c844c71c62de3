package v1

import (
	"context"
	"fmt"
	"testing"
)

// TestHubRemembers: a reader that is not too far behind misses nothing, and one that is hears so.
func TestHubRemembers(t *testing.T) {
	t.Parallel()
	h := newHub(t.Context())
	h.begin(t.Context(), "term")
	n := 0
	for _, more := range []int{1, 10, remembered - 1, remembered, 3, remembered + 1, 0} {
		before := place{"term", int64(n)}
		var events []event
		for range more {
			events = append(events, event{id: fmt.Sprint(n)})
			n++
		}
		h.add(t.Context(), events)
		got, now, known, _ := h.after(before)
		if known != (more <= remembered) || known && len(got) != more || now != (place{"term", int64(n)}) {
			t.Fatalf("%d more: %d events, known: %v, at %v", more, len(got), known, now)
		}
		for i, e := range got {
			if e.id != fmt.Sprint(n-more+i) {
				t.Fatalf("event %d of %d is %s", i, more, e.id)
			}
		}
		for _, strange := range []place{{}, {"other", int64(n)}, {"term", int64(n + 1)}} {
			if got, _, known, _ := h.after(strange); known || len(got) > 0 {
				t.Errorf("%v: %d events, known: %v", strange, len(got), known)
			}
		}
	}
	if len(h.ring) != remembered {
		t.Errorf("%d events are remembered", len(h.ring))
	}
	_, _, _, changed := h.after(place{"term", int64(n)})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	h.add(ended, make([]event, 1)) // by a loop that was ended
	select {
	case <-changed:
		t.Error("there is something new")
	default:
	}
	h.begin(t.Context(), "next")
	<-changed
	if _, now, known, _ := h.after(place{"term", int64(n)}); known || now != (place{"next", 0}) {
		t.Errorf("in the next term at %v, known: %v", now, known)
	}
}
