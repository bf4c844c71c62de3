package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ovate/internal/metadata"
)

// crowd is a store with so many active tasks, of which every hundredth has a payload that cannot be read, and every thousandth a long one.
// It fails in the end if it has to.
type crowd struct {
	metadata.Store
	tasks int
	fails error
}

func (c crowd) ActiveTasks(_ context.Context, fn func(*metadata.TaskRow) error) error {
	var row metadata.TaskRow
	for i := range c.tasks {
		id := fmt.Sprint("t", i)
		row = metadata.TaskRow{ID: id, GroupID: id, Type: "noop", DataSource: "d", Payload: row.Payload[:0]}
		switch {
		case i%1000 == 999:
			row.Payload = fmt.Appendf(row.Payload, `{"id":%q,"x":%q,"resource":{"requiredCapacity":%d}}`, id, strings.Repeat("x", 500_000), i)
		case i%100 == 99:
			row.Payload = append(row.Payload, `{"id":`...)
		default:
			row.Payload = fmt.Appendf(row.Payload, `{"id":%q,"resource":{"availabilityGroup":%q,"requiredCapacity":%d}}`, id, id, i)
		}
		if err := fn(&row); err != nil {
			return err
		}
		copy(row.Payload, strings.Repeat("#", len(row.Payload))) // it is valid during the call only
	}
	return c.fails
}

// TestEachActive: each task comes once, in the order of the store and with what its own payload says, however many there are.
func TestEachActive(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, entriesTogether, entriesTogether + 1, 300*entriesTogether + 7} {
		next := 0
		err := New(Options{Store: crowd{tasks: n}}).eachActive(t.Context(), func(e *entry) {
			want, unreadable := max(next, 1), next%100 == 99 && next%1000 != 999
			if unreadable {
				want = 1
			}
			if e.id != fmt.Sprint("t", next) || e.slots != want || e.group != e.id || (e.unreadable != "") != unreadable {
				t.Errorf("task %d is %s with %d slots, group %s, unreadable %q", next, e.id, e.slots, e.group, e.unreadable)
			}
			next++
		})
		if err != nil || next != n {
			t.Errorf("%d of %d tasks came, %v", next, n, err)
		}
	}
	fault := errors.New("the disk is gone")
	if err := New(Options{Store: crowd{tasks: 700, fails: fault}}).eachActive(t.Context(), func(*entry) {}); !errors.Is(err, fault) {
		t.Error(err)
	}
}
