package telemetry

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// Whatever tasks do, in however many data sources: all of them are counted, none twice, in no more data sources than there is room for, and each under its
// own name while there is room.
func TestSources(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const most = 3
		s, holder := newSources(most), &Tasks{}
		s.begin(holder)
		type task struct {
			source string
			state  druid.RunnerState
		}
		var tasks []*task
		ended, counted := 0, int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0, 1, 2:
				one := &task{fmt.Sprint("s", rapid.IntRange(0, 6).Draw(t, "source")), druid.Waiting}
				tasks = append(tasks, one)
				s.moved(holder, one.source, "", one.state)
			case 3, 4, 5:
				if len(tasks) > 0 {
					one := rapid.SampledFrom(tasks).Draw(t, "task")
					to := rapid.SampledFrom(states[:]).Draw(t, "to")
					s.moved(holder, one.source, one.state, to)
					one.state = to
				}
			case 6, 7, 8:
				if len(tasks) > 0 {
					i := rapid.IntRange(0, len(tasks)-1).Draw(t, "ended")
					s.ended(tasks[i].source, true)
					ended++
					s.moved(holder, tasks[i].source, tasks[i].state, "")
					tasks = append(tasks[:i], tasks[i+1:]...)
				}
			default:
				if rapid.Bool().Draw(t, "term") {
					s.moved(&Tasks{}, "s0", "", druid.Pending) // of a term that is over
					continue
				}
				for _, of := range s.news() {
					counted += of.newSucceeded
				}
			}
			want := map[string][len(states)]int{}
			for _, one := range tasks {
				for i := range states {
					if states[i] == one.state {
						in := want[one.source]
						in[i]++
						want[one.source] = in
					}
				}
			}
			tallies, all := s.snapshot()
			var sum [len(states)]int
			named := 0
			for _, of := range tallies {
				for i := range sum {
					sum[i] += of.active[i]
					if of.active[i] < 0 {
						t.Fatalf("%+v", of)
					}
				}
				if of.name != others {
					named++
					if of.active != want[of.name] {
						t.Fatalf("%+v; want %v", of, want[of.name])
					}
				} else if of.tasks() > 0 && len(s.own) < most {
					t.Fatalf("among the others, although there was never so much: %v", tallies)
				}
			}
			if sum != all || all[0]+all[1]+all[2] != len(tasks) || named > most || len(s.among) > len(tasks) {
				t.Fatalf("%v, %v of %d tasks, %d data sources, %v", sum, all, len(tasks), named, s.among)
			}
		}
		for _, of := range s.news() {
			counted += of.newSucceeded
		}
		if counted != int64(ended) {
			t.Fatalf("%d are told of %d that have ended", counted, ended)
		}
		s.begin(&Tasks{})
		if tallies, all := s.snapshot(); all != [len(states)]int{} || s.idle.Len() != len(s.own) {
			t.Fatalf("the next term begins with %v, %v", all, tallies)
		}
	})
}

// Words for which there is no room are others.
func TestWords(t *testing.T) {
	t.Parallel()
	w := newWords(2)
	for _, word := range []string{"a", "b", "a"} {
		if got := w.of(word); got != word {
			t.Error(got)
		}
	}
	if got := w.of("c"); got != others {
		t.Error(got)
	}
}
