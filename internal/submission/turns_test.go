package submission

import (
	"fmt"
	"slices"
	"testing"

	"ovate/druid"
)

// However many submissions of one user are due, those of others are looked at at once, and so is what has ended; each is looked at once.
func TestTurns(t *testing.T) {
	t.Parallel()
	a := newAgenda()
	for i := range 1000 {
		a.add(fmt.Sprintf("greedy-%d", i), part{by: "greedy"})
	}
	a.add("due", part{by: "other"})
	a.add("waits", part{by: "third"})
	first, _ := a.take(0, 10)
	if len(first) != 10 || !slices.Contains(first, "due") || !slices.Contains(first, "waits") {
		t.Errorf("at first %v", first)
	}
	a.await("task", "due")
	a.ended("task")
	if second, _ := a.take(0, 10); !slices.Contains(second, "due") {
		t.Errorf("of what has ended nothing is heard: %v", second)
	}
	seen := map[string]bool{}
	a.drop("greedy-999")
	for {
		select {
		case <-a.wake:
		default:
			t.Fatalf("nothing wakes who looks, although submissions are ready: %d were", len(seen))
		}
		ids, next := a.take(0, 64)
		for _, id := range ids {
			if seen[id] {
				t.Fatalf("%s is looked at twice", id)
			}
			seen[id] = true
		}
		if len(ids) < 64 {
			if next != druid.MaxInstant {
				t.Errorf("the next is due at %v", next)
			}
			break
		}
	}
	if got := 17 + len(seen); got < 999 || got > 1000 || seen["greedy-999"] { // 8 and 9 of the first two turns, with which the one that was dropped may have come
		t.Errorf("%d were looked at", got)
	}
}
