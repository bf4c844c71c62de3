package plan

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
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
		GroupOf: func(p string, count int) int { n, _ := strconv.Atoi(p); return n % count },
	}
	for p := range 1 + r.IntN(4) {
		w.length[strconv.Itoa(p)] = r.IntN(100)
	}
	w.lead()
	return w
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
	k := &Known{Rules: w.Rules, Now: w.now, Paused: map[string]bool{}, Succeeded: m.succeeded, Ending: m.ending, Full: m.full, Earliest: Offsets{}, Latest: Offsets{}, Unavailable: map[string]bool{}}
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
		m.grown = w.now
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
		m.ending[t.ID] = w.now
	}
}

func (w *world) find(id string) *worker {
	for _, t := range w.tasks {
		if t.ID == id && !t.ended {
			return t
		}
	}
	return &worker{ended: true}
}

func (w *world) do(s Step) {
	switch s := s.(type) {
	case Kill:
		w.kill(s.ID, s.Why)
	case Succeed:
		t := w.find(s.ID)
		if t.end != nil && !w.covered(t.end) {
			w.t.Fatalf("%s is ended as a success, and has not published all up to %v", s.ID, t.end)
		}
		t.ended = true
	case Resume:
		if t := w.find(s.ID); t.phase == Paused && !w.fails() {
			t.phase, t.asked = Reading, false
		}
	case Finish:
		w.stop(s.IDs, s.From, true)
	case CheckPoint:
		w.stop(s.IDs, s.From, false)
	case Begin:
		w.begin(s.At)
	case Reset:
		maps.Copy(w.stored, s.To)
		for p, at := range s.To {
			w.published[p] = number(at)
		}
	case Create:
		w.create(s)
	}
}

func (w *world) kill(id, why string) {
	w.kills++
	if w.trouble == 0 && !strings.Contains(why, "has not begun to read") && !strings.Contains(why, "no worker has taken") {
		w.t.Fatalf("%s is killed on a day without trouble: %s", id, why)
	}
	w.find(id).ended = true
}

// begin is that of what is not stored yet: somebody may have published meanwhile.
func (w *world) begin(at Offsets) {
	next := w.stored.Clone()
	if next == nil {
		next = Offsets{}
	}
	for p, from := range at {
		if _, is := next[p]; !is {
			next[p] = from
			w.published[p] = number(from)
		}
	}
	w.stored = next
}

// stop has tasks pause and tells them where their part ends, or all of it.
func (w *world) stop(ids []string, from Offsets, finish bool) {
	end := from.Clone()
	var paused []*worker
	for _, id := range ids {
		t := w.find(id)
		if t.ended {
			continue
		}
		if t.phase != Reading && t.phase != Paused || t.deaf || w.fails() {
			w.kill(id, "it does not pause")
			continue
		}
		t.phase = Paused
		for p, at := range t.at {
			if end[p] == "" || number(at) > number(end[p]) {
				end[p] = at
			}
		}
		paused = append(paused, t)
	}
	for _, t := range paused {
		if w.fails() {
			if w.rand.IntN(2) == 0 {
				return // and this one, and those after it, stay as they are: the supervisor has gone
			}
			w.kill(t.ID, "it does not take where it ends")
			continue
		}
		last := t.parts[len(t.parts)-1]
		for p, at := range end {
			if number(at) < number(last[p]) {
				w.t.Fatalf("%s is told to end a part at %s in partition %s, which begins at %s", t.ID, at, p, last[p])
			}
		}
		if t.phase, t.asked = Reading, false; finish {
			t.end = end.Clone()
		} else if !maps.Equal(end, last) { // else it was told so before
			t.parts = append(t.parts, end.Clone())
		}
	}
}

func (w *world) create(c Create) {
	for _, t := range w.tasks {
		for p := range c.Start {
			_, reads := t.at[p]
			if c.Sequence == "" && reads && !t.ended && t.end == nil && t.phase != Publishing {
				w.t.Fatalf("partition %s is read by %s already, and another task is made for it", p, t.ID)
			}
		}
	}
	sequence := c.Sequence
	if sequence == "" {
		sequence = fmt.Sprint("index_kafka_w_", c.Start) // which has no time in it
	}
	for range c.Count {
		if w.fails() {
			continue
		}
		w.nextID++
		w.created++
		t := &worker{Task: Task{
			ID: fmt.Sprintf("%s_%d", sequence, w.nextID), Group: c.Group, Sequence: sequence, Start: c.Start, Checkpoints: c.Checkpoints, Created: w.now, Current: true,
		}, fullAt: 20 + w.rand.IntN(60)}
		t.at, t.first, t.parts = c.Checkpoints.At[0].Clone(), c.Checkpoints.First, slices.Clone(c.Checkpoints.At)
		w.tasks = append(w.tasks, t)
	}
}
