package plan

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/stream/kafka"
)

// world is a stream, a store, workers and their tasks, and supervisors that come and go, all of which fail as they do.
type world struct {
	t    *testing.T
	rand *rand.Rand
	Rules
	now       druid.Instant
	skew      druid.Instant // how wrong the clock is of who leads, and ahead how far it was at most
	ahead     druid.Instant
	length    map[string]int // records of partitions, by name
	removed   map[string]int // of these, how many are not there any more
	stored    Offsets
	published map[string]int // how far rows came into segments, from where reading has begun
	tasks     []*worker
	nextID    int
	trouble   float64 // how likely things fail
	kills     int
	created   int
	memory    memory
}

// memory is what a supervisor keeps between its runs.
type memory struct {
	first     bool
	paused    map[string]bool   // when it was decided the last time
	known     map[string]string // sequences of tasks, by id
	heard     map[string]*Heard
	succeeded map[string]bool
	ending    map[string]druid.Instant
	deaf      map[string]int
	full      []Full
	grown     druid.Instant
}

func newWorld(t *testing.T, seed uint64, trouble float64) *world {
	r := rand.New(rand.NewPCG(seed, 8))
	w := &world{t: t, rand: r, now: 1_000_000, length: map[string]int{}, removed: map[string]int{}, published: map[string]int{}, trouble: trouble}
	w.Rules = Rules{
		TaskCount: 1 + r.IntN(3), Replicas: 1 + r.IntN(2), TaskDuration: time.Minute, CompletionTimeout: 10 * time.Minute, StopTaskCount: 1 + r.IntN(3),
		UseEarliest: r.IntN(2) == 0, RepartitionDelay: time.Minute, Order: kafka.Order{},
		GroupsOf: byNumber,
	}
	for p := range 1 + r.IntN(4) {
		w.length[strconv.Itoa(p)] = r.IntN(100)
	}
	w.lead()
	return w
}

// byNumber are groups of partitions that are numbers.
func byNumber(partitions []string, count int) map[string]int {
	groups := map[string]int{}
	for _, p := range partitions {
		n, _ := strconv.Atoi(p)
		groups[p] = n % count
	}
	return groups
}

// lead has another supervisor take over, which knows nothing.
func (w *world) lead() {
	w.memory = memory{
		first: true, known: map[string]string{}, heard: map[string]*Heard{}, succeeded: map[string]bool{}, ending: map[string]druid.Instant{}, deaf: map[string]int{},
	}
}

func (w *world) fails() bool { return w.rand.Float64() < w.trouble }

// pass lets time pass: records come, and tasks get on.
func (w *world) pass() {
	w.now += druid.Instant(1000 + w.rand.IntN(4000))
	for _, p := range slices.Sorted(maps.Keys(w.length)) {
		if w.rand.IntN(3) == 0 {
			w.length[p] += w.rand.IntN(20)
		}
	}
	for _, t := range w.tasks {
		if t.ended {
			continue
		}
		if t.placed && w.rand.Float64() < w.trouble/10 {
			t.ended = true // it dies
			continue
		}
		if t.placed && w.rand.Float64() < w.trouble/50 {
			t.deaf = true
		}
		if t.deaf {
			continue
		}
		w.work(t)
	}
	w.tasks = slices.DeleteFunc(w.tasks, func(t *worker) bool {
		gone := t.ended
		if gone && t.good && w.memory.known[t.ID] != "" {
			w.memory.succeeded[t.Sequence] = true
		}
		return gone
	})
}

// run has the supervisor look, and do what it decides.
func (w *world) run() {
	m := &w.memory
	for round := 0; ; round++ {
		if round > 20 {
			w.t.Fatalf("it is never done: %+v", w.decide())
		}
		plan := w.decide()
		m.full = plan.Full
		only := true
		for _, s := range plan.Steps {
			if _, creates := s.(Create); !creates {
				only = false
			}
			w.do(s)
			if w.rand.Float64() < w.trouble/20 {
				w.lead()
				return
			}
		}
		if only {
			m.first, m.paused = false, map[string]bool{}
			for id, h := range m.heard {
				m.paused[id] = h.Phase == Paused
			}
			return
		}
	}
}

// decide is what the supervisor does by what it gets to know, in whatever order.
func (w *world) decide() Plan {
	m := &w.memory
	k := &Known{Rules: w.Rules, Now: w.now + w.ahead, Wall: w.now + w.skew, Paused: map[string]bool{}, Succeeded: m.succeeded, Ending: m.ending, Full: m.full, Earliest: Offsets{}, Latest: Offsets{}, Unavailable: map[string]bool{}}
	k.Partitions = slices.Sorted(maps.Keys(w.length))
	k.Grown = m.grown
	for p, n := range w.length {
		k.Earliest[p], k.Latest[p] = place(w.removed[p]), place(n)
	}
	for _, t := range w.tasks {
		if t.ended {
			continue
		}
		known := t.Task
		known.Placed = t.placed
		m.known[t.ID] = t.Sequence
		w.ask(t)
		known.Heard, known.Lost = m.heard[t.ID], m.deaf[t.ID] > 3
		k.Paused[t.ID] = m.first || m.paused[t.ID]
		k.Tasks = append(k.Tasks, known)
	}
	k.Published = w.stored
	for p, at := range w.stored {
		k.Unavailable[p] = number(at) < w.removed[p]
	}
	plan := Decide(k)
	if !plan.Grown {
		m.grown = 0
	} else if m.grown == 0 {
		m.grown = w.now + w.ahead
	}
	w.rand.Shuffle(len(k.Tasks), func(i, j int) { k.Tasks[i], k.Tasks[j] = k.Tasks[j], k.Tasks[i] })
	if again := Decide(k); fmt.Sprint(again) != fmt.Sprint(plan) {
		w.t.Fatalf("what is decided depends on the order of tasks: %v, %v", plan, again)
	}
	return plan
}

// ask asks a task how it is.
func (w *world) ask(t *worker) {
	m := &w.memory
	if !t.placed {
		return
	}
	if t.deaf || w.fails() {
		m.deaf[t.ID]++
		return
	}
	m.deaf[t.ID] = 0
	h := &Heard{Phase: t.phase, Began: t.began, End: t.end, Checkpoints: Checkpoints{t.first, slices.Clone(t.parts)}}
	if t.phase == Starting {
		h.Checkpoints = Checkpoints{}
	}
	m.heard[t.ID] = h
	if h.End != nil && m.ending[t.ID] == 0 {
		m.ending[t.ID] = w.now + w.ahead
	}
}
