package plan

import (
	"flag"
	"strconv"
	"testing"
	"time"
)

var (
	seeds     = flag.Int("seeds", 200, "how many days the simulation tries")
	firstSeed = flag.Uint64("seed", 1, "the seed of the first day")
)

// On a day without trouble no task is killed, and everything is published. Topics grow meanwhile.
func TestQuietDays(t *testing.T) {
	t.Parallel()
	for seed := *firstSeed; seed < *firstSeed+uint64(*seeds); seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			w := newWorld(t, seed, 0)
			for range 300 {
				w.pass()
				if w.rand.IntN(3) == 0 {
					w.run()
				}
			}
			w.settle()
		})
	}
}

// On a bad day tasks die, do not answer, or are told half of what they should be; supervisors go in the middle of what they do, and others come; specs
// change. Every record is published once all the same, and when the day is over all of them are.
func TestBadDays(t *testing.T) {
	t.Parallel()
	for seed := *firstSeed; seed < *firstSeed+uint64(*seeds); seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			w := newWorld(t, seed, 0.15)
			for range 400 {
				w.pass()
				switch w.rand.IntN(60) {
				case 0:
					w.lead()
				case 1:
					w.length[strconv.Itoa(len(w.length))] = 0 // one more partition
				case 2:
					w.TaskCount = 1 + w.rand.IntN(4)
					w.lead()
				case 3:
					w.Suspended = !w.Suspended
					w.lead()
				case 4:
					for _, task := range w.tasks {
						task.Current = false
					}
					w.lead()
				}
				if w.rand.IntN(3) == 0 {
					w.run()
				}
			}
			w.settle()
		})
	}
}

// settle lets the trouble end, and then sees whether all comes to its end.
func (w *world) settle() {
	w.trouble, w.Suspended = 0, false
	if w.kills > 0 || w.memory.first {
		w.trouble = 1e-12 // tasks may have to be killed yet
	}
	latest := map[string]int{}
	for p, n := range w.length {
		latest[p] = n
	}
	for range 600 {
		w.pass()
		w.run()
		left := false
		for p, n := range latest {
			left = left || w.published[p] < n
		}
		if !left {
			return
		}
	}
	w.t.Fatalf("after %s without trouble %v are published of %v; tasks %d, stored %v", time.Hour, w.published, latest, len(w.tasks), w.stored)
}
