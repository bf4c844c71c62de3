package plan

import (
	"flag"
	"fmt"
	"maps"
	"strconv"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/race"
)

var (
	seeds     = flag.Int("seeds", usual(), "how many days the simulation tries")
	firstSeed = flag.Uint64("seed", 1, "the seed of the first day")
)

// usual is how many days are tried. The race detector has little to look at, as nothing runs beside anything here.
func usual() int {
	if race.Enabled {
		return 10
	}
	return 200
}

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
// change, and the clock jumps. Every record is published once all the same, and when the day is over all of them are.
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
					w.TaskCount, w.Replicas = 1+w.rand.IntN(4), 1+w.rand.IntN(3)
					w.lead()
				case 3:
					w.Suspended = !w.Suspended
					w.lead()
				case 4:
					for _, task := range w.tasks {
						task.Current = false
					}
					w.lead()
				case 5:
					w.skew = hours(w.rand.IntN(11) - 5)
					w.ahead = max(w.ahead, w.skew)
				}
				if w.rand.IntN(3) == 0 {
					w.run()
				}
			}
			w.settle()
		})
	}
}

func hours(n int) druid.Instant { return druid.Instant((time.Duration(n) * time.Hour).Milliseconds()) }

// settle lets the trouble end, and then sees whether everything is read as it should be, with no help of taskDuration, and whether all comes to its end.
func (w *world) settle() {
	quiet := w.trouble == 0
	w.trouble, w.Suspended, w.skew = 0, false, 0
	if !quiet {
		w.trouble = 1e-12 // tasks may have to be killed yet
	}
	duration := w.TaskDuration
	w.TaskDuration = 100 * time.Hour
	w.wait("all partitions are read as they should be", w.atPeace)
	w.TaskDuration = duration
	latest := maps.Clone(w.length)
	w.wait(fmt.Sprintf("%v are published", latest), func() string {
		for p, n := range latest {
			if w.published[p] < n {
				return fmt.Sprintf("partition %s is published up to %d", p, w.published[p])
			}
		}
		return ""
	})
}

// wait has an hour pass at most until it is told that nothing is missing.
func (w *world) wait(what string, missing func() string) {
	why := ""
	for range 600 {
		w.pass()
		w.run()
		if why = missing(); why == "" {
			return
		}
	}
	w.t.Fatalf("in an hour without trouble it does not come to it that %s: %s", what, why)
}

// atPeace tells what is missing for each partition to be read by as many tasks as the spec says, all of which read the same.
func (w *world) atPeace() string {
	readers := map[string][]*worker{}
	for _, t := range w.tasks {
		switch {
		case t.end != nil || t.ended:
		case t.phase != Reading || t.deaf || !t.Current:
			return fmt.Sprintf("%s does not read, or not what it is to", t.ID)
		default:
			for p := range t.at {
				readers[p] = append(readers[p], t)
			}
		}
	}
	for p := range w.length {
		of := readers[p]
		if len(of) != w.Replicas {
			return fmt.Sprintf("partition %s has %d tasks", p, len(of))
		}
		for _, t := range of {
			newest := func(t *worker) string { return fmt.Sprint(t.first+len(t.parts), t.parts[len(t.parts)-1]) }
			if t.Group != w.GroupsOf([]string{p}, w.TaskCount)[p] || t.Sequence != of[0].Sequence || newest(t) != newest(of[0]) {
				return fmt.Sprintf("partition %s is read by group %d, and by tasks that have other checkpoints: %s, %s", p, t.Group, newest(t), newest(of[0]))
			}
		}
	}
	return ""
}
