package remote

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"
)

// crowd is a runner with many workers that have one slot free, and many lines of tasks that need two.
func crowd(s Selection) *Runner {
	r := New(Options{Settings: Defaults(), Selection: s, Log: slog.New(slog.DiscardHandler)})
	r.stopping = true // nothing is begun
	for i := range 500 {
		w := &worker{Node: Node{Host: fmt.Sprint("h", i), Capacity: 2, Version: "0"}, there: true, heard: true, life: context.Background()}
		w.load = &Load{}
		w.load.add(Demand{Type: "noop", Group: "g", Slots: 1})
		r.workers[w.Host] = w
	}
	r.pending = pendingRuns{lines: map[line]*list.List{}}
	for i := range 1000 {
		at := pendingRun(fmt.Sprint("t", i), fmt.Sprint("d", i))
		j := at.Assignment.(job)
		j.header.Resource.RequiredCapacity = 2
		at.Assignment = j
		r.pending.add(at)
	}
	return r
}

func affinities() Selection {
	a := &Affinity{Workers: map[string][]string{}}
	for i := range 100 {
		for k := range 5 {
			d := fmt.Sprint("d", i)
			a.Workers[d] = append(a.Workers[d], fmt.Sprint("h", i*5+k))
		}
	}
	return Selection{Affinity: a}
}

func BenchmarkPass(b *testing.B) {
	for name, s := range map[string]Selection{"plain": {}, "affinities": affinities()} {
		b.Run(name, func(b *testing.B) {
			r := crowd(s)
			b.ReportAllocs()
			for b.Loop() {
				r.assign()
			}
		})
	}
}

// What a pass costs beyond one look at each worker a line does not grow with what the selection says: it is made ready once.
func TestPassMakesNothingPerTask(t *testing.T) {
	r := crowd(affinities())
	begun := time.Now()
	if n := testing.AllocsPerRun(1, r.assign); n > 20_000 {
		t.Errorf("a pass over 1000 lines makes %.0f things", n)
	}
	t.Logf("two passes took %v", time.Since(begun))
}
