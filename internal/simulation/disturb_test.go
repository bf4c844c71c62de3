package simulation

import (
	"math/rand/v2"
	"time"
)

// A disturbance is something bad that happens.
type disturbance func(w *world, random *rand.Rand)

// disturb lets bad things happen for a while.
func (w *world) disturb(by []disturbance) {
	random := w.random("disturb")
	for range 4 + random.IntN(12) {
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

func taskDies(w *world, random *rand.Rand) {
	if all := w.fleet.running(); len(all) > 0 {
		w.count("tasks that died")
		all[random.IntN(len(all))].kill(errDied)
	}
}
