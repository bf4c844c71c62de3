package inprocess

import (
	"fmt"
	"testing"

	"ovate/internal/runner"
)

type named struct {
	runner.Assignment
	id string
}

func (n named) ID() string { return n.id }

// What was taken out from behind a task that waits for long leaves nothing behind.
func TestFIFOKeepsNoPlaces(t *testing.T) {
	t.Parallel()
	var f fifo
	f.push(named{id: "large"})
	for i := range 100_000 {
		id := fmt.Sprint(i)
		f.push(named{id: id})
		f.remove(id) // it was shut down while it was pending
	}
	if len(f.places) != 1 || len(f.items) > 1000 {
		t.Errorf("one task waits, in a list of %d places", len(f.items))
	}
}
