package simulation

import (
	"flag"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
)

var (
	seeds     = flag.Int("seeds", 15, "how many days each test tries")
	firstSeed = flag.Uint64("seed", 1, "the seed of the first day")
)

// eachSeed tries a day for each seed, and tells how often what happened in all of them.
func eachSeed(t *testing.T, live func(t *testing.T, seed uint64) *world) {
	t.Parallel()
	total := map[string]int{}
	for seed := *firstSeed; seed < *firstSeed+uint64(*seeds); seed++ {
		synctest.Test(t, func(t *testing.T) {
			for what, n := range live(t, seed).happened {
				total[what] += n
			}
		})
		if t.Failed() {
			t.Fatalf("with -seed %d", seed)
		}
		if done := seed - *firstSeed + 1; done%1000 == 0 {
			t.Logf("%d days", done)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%6d %s", total[what], what)
	}
}

// Whatever happens to servers, database, workers and what they tell each other: a task that was accepted ends, once; what was published
// stays, whole, under ids of its own, and is seen exactly if nothing has replaced it; no two tasks hold locks that exclude each other.
func TestBadDays(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) *world {
		return live(t, seed, someTasks(12+int(seed%8), seed%2 == 0), []disturbance{
			leadLost, leadLostUnknown, leaderKilled, stormBegins, stormEnds, databaseGone, taskDies,
			workerHidden, workerAway, workerSlow, workerWrong, workerTardy, workerRestarts, requestsLost,
		})
	})
}

// A task that dies after its publication, and before anybody hears of its end, has failed. What it has published stays, whole, and nothing else does.
func TestTaskDiesAfterItsPublication(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) *world {
		var users []func(*world)
		for i, script := range []string{"append", "replace"} {
			users = append(users, func(w *world) {
				steps := 1 + int(seed%3)
				does := work{Script: script, Day: day(i), Steps: steps, Pace: 10_000, Dies: steps + 2, Beside: seed%2 == 0}
				w.submit(w.random("use", script), "t"+script, "index_parallel", 50, does)
			})
		}
		w := live(t, seed, users, []disturbance{leadLost, leadLostUnknown, leaderKilled, databaseGone, workerSlow, workerTardy})
		if n := w.happened["publications of tasks that failed afterwards"]; n != len(users) {
			w.fail("%d tasks published and failed afterwards, but all of the %d should", n, len(users))
		}
		return w
	})
}
