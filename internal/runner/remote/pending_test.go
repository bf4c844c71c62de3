package remote

import (
	"container/list"
	"fmt"
	"slices"
	"testing"

	"ovate/druid"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// job is an assignment that only has a header.
type job struct {
	runner.Assignment
	header     druid.Task
	precedence int
	old        bool
}

func (j job) ID() string         { return j.header.ID }
func (j job) Slots() int         { return j.header.Resource.RequiredCapacity }
func (j job) Header() druid.Task { return j.header }
func (j job) Precedence() int    { return j.precedence }
func (j job) Recovered() bool    { return j.old }
func (j job) Place() task.Place  { return task.OnWorker }

func pendingRun(id, dataSource string) *run {
	return &run{Assignment: job{header: druid.Task{
		ID: id, Type: "noop", DataSource: dataSource, Resource: druid.Resource{AvailabilityGroup: id, RequiredCapacity: 1},
	}}}
}

// look is what a pass looks at if it goes on as told.
func look(w *pendingRuns, judge func(at *run) verdict) (ids []string) {
	w.pass(func(at *run) verdict {
		ids = append(ids, at.ID())
		return judge(at)
	})
	return ids
}

func TestWaitingKeepsOrder(t *testing.T) {
	t.Parallel()
	w := &pendingRuns{lines: map[line]*list.List{}}
	var runs []*run
	for i := range 6 {
		at := pendingRun(fmt.Sprint(i), []string{"x", "y"}[i%2])
		runs = append(runs, at)
		w.add(at)
	}
	all := func(*run) verdict { return next }
	for _, i := range []int{2, 0, 5} {
		w.remove(runs[i])
		w.remove(runs[i])
	}
	if got := look(w, all); !slices.Equal(got, []string{"1", "3", "4"}) {
		t.Errorf("after removals: %q", got)
	}
	for _, i := range []int{2, 5, 0} { // back to their places
		w.add(runs[i])
	}
	w.add(pendingRun("6", "x"))
	if got := look(w, all); !slices.Equal(got, []string{"0", "1", "2", "3", "4", "5", "6"}) {
		t.Errorf("after they were put back: %q", got)
	}
	odd := func(at *run) verdict {
		if at.Header().DataSource == "x" {
			return skipLine
		}
		w.remove(at)
		return next
	}
	if got := look(w, odd); !slices.Equal(got, []string{"0", "1", "3", "5"}) {
		t.Errorf("without the rest of a line: %q", got)
	}
}

// A backlog for which there is no room costs nothing, however long it is.
func TestHopelessBacklogIsNotLookedAt(t *testing.T) {
	t.Parallel()
	w := &pendingRuns{lines: map[line]*list.List{}}
	for i := range 10_000 {
		w.add(pendingRun(fmt.Sprint(i), "x"))
	}
	if got := look(w, func(*run) verdict { return skipLine }); len(got) != 1 {
		t.Errorf("%d tasks were looked at", len(got))
	}
}
