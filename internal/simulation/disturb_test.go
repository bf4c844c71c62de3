package simulation

import (
	"math/rand/v2"
	"time"

	"ovate/internal/clock"
	"ovate/internal/runner/remote"
)

// A disturbance is something bad that happens.
type disturbance func(w *world, random *rand.Rand)

// disturb lets bad things happen for a while.
func (w *world) disturb(by []disturbance) {
	random := w.random("disturb")
	for range 4 + random.IntN(20) {
		time.Sleep(time.Duration(random.IntN(40_000)) * time.Millisecond)
		by[random.IntN(len(by))](w, random)
	}
}

// The lead is lost, and the leader knows it before another has it.
func leadLost(w *world, random *rand.Rand) {
	if s := w.election.current(); s != nil {
		w.count("leads lost")
		s.lose()
		time.Sleep(time.Duration(random.IntN(5000)) * time.Millisecond)
		w.election.free(s)
	}
}

// Another server has the lead already when the leader hears of that, as if it had been stopped meanwhile.
func leadLostUnknown(w *world, random *rand.Rand) {
	if s := w.election.current(); s != nil {
		w.count("leads lost and not known")
		w.election.free(s)
		time.Sleep(time.Duration(random.IntN(20_000)) * time.Millisecond)
		s.lose()
	}
}

func leaderKilled(w *world, _ *rand.Rand) {
	if s := w.election.current(); s != nil {
		w.count("leaders killed")
		s.by.server.kill()
	}
}

// The database is hard to reach.
func stormBegins(w *world, _ *rand.Rand) {
	w.count("storms")
	w.storm.Store(true)
}

func stormEnds(w *world, _ *rand.Rand) { w.storm.Store(false) }

// The database is gone, in the midst of whatever is going on, for longer than anybody asks it again at once.
func databaseGone(w *world, random *rand.Rand) {
	if w.gone.Swap(true) {
		return
	}
	w.count("times that the database was gone")
	d := time.Duration(30_000+random.IntN(60_000)) * time.Millisecond
	w.work.Go(func() {
		clock.Pause(w.ctx, d)
		w.gone.Store(false)
	})
}

func taskDies(w *world, random *rand.Rand) {
	if all := w.fleet.running(); len(all) > 0 {
		w.count("tasks that died")
		all[random.IntN(len(all))].kill(errDied)
	}
}

// aWhile is for how long most bad things last: not for so long that anybody gives up.
func aWhile(random *rand.Rand) time.Duration {
	return time.Duration(random.IntN(300_000)) * time.Millisecond
}

// afflict lets a worker be unwell for a while.
func (w *world) afflict(what string, random *rand.Rand, d time.Duration, begin, end func(h *host)) {
	h := w.fleet.hosts[random.IntN(workers)]
	w.count(what)
	begin(h)
	w.work.Go(func() {
		clock.Pause(w.ctx, d)
		end(h)
	})
}

func workerHidden(w *world, random *rand.Rand) {
	hide := func(hidden bool) func(h *host) {
		return func(h *host) { w.fleet.change(func() { h.goes(&h.hidden, hidden) }) }
	}
	w.afflict("workers that were not announced", random, aWhile(random), hide(true), hide(false))
}

func workerAway(w *world, random *rand.Rand) {
	d := aWhile(random)
	if random.IntN(4) == 0 {
		d += remote.Defaults().TaskCleanupTimeout
	}
	w.afflict("workers out of reach", random, d, func(h *host) { h.leave(true) }, func(h *host) { h.leave(false) })
}

func workerSlow(w *world, random *rand.Rand) {
	slow := func(d time.Duration) func(h *host) { return func(h *host) { w.fleet.change(func() { h.slow = d }) } }
	w.afflict("workers that answer slowly", random, aWhile(random), slow(time.Duration(random.IntN(100_000))*time.Millisecond), slow(0))
}

func workerWrong(w *world, random *rand.Rand) {
	wrong := func(is bool) func(h *host) { return func(h *host) { w.fleet.change(func() { h.wrong = is }) } }
	w.afflict("workers that answer wrongly", random, aWhile(random), wrong(true), wrong(false))
}

// A worker takes its time to begin what it has taken: it does nothing if it is told to end that meanwhile.
func workerTardy(w *world, random *rand.Rand) {
	gap := time.Duration(random.IntN(30_000)) * time.Millisecond
	w.afflict("workers that begin late", random, aWhile(random), func(h *host) { h.worker.SetGap(gap) }, func(h *host) { h.worker.SetGap(0) })
}

// The process of a worker ends, and with it its tasks, of which it knows nothing when it is there again.
func workerRestarts(w *world, random *rand.Rand) {
	w.count("workers that began again")
	w.fleet.hosts[random.IntN(workers)].worker.Restart(false)
}

// What workers are told, or what they answer, gets lost.
func requestsLost(w *world, random *rand.Rand) {
	w.count("requests to workers that got lost")
	w.fleet.network.Lose(w.fleet.hosts[random.IntN(workers)].address, random.IntN(4), random.IntN(4))
}
