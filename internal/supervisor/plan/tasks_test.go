package plan

import (
	"maps"
	"strconv"

	"ovate/druid"
	"ovate/internal/stream"
)

// worker is a task on a worker, as Druid's is.
type worker struct {
	Task
	phase  Phase
	began  druid.Instant
	at     Offsets
	parts  []Offsets // where each begins
	first  int
	stored int // how many parts are published
	end    Offsets
	placed bool
	ended  bool
	good   bool
	fullAt int
	asked  bool
	deaf   bool // for ever
}

func number(s stream.Sequence) int {
	n, err := strconv.Atoi(string(s))
	if err != nil {
		panic(err)
	}
	return n
}

func place(n int) stream.Sequence { return stream.Sequence(strconv.Itoa(n)) }

// work is what a task does in a moment.
func (w *world) work(t *worker) {
	switch {
	case !t.placed:
		t.placed = w.rand.IntN(2) == 0
	case t.phase == Starting:
		if w.rand.IntN(2) == 0 {
			t.phase, t.began = Reading, w.now
		}
	case t.phase == Reading:
		w.read(t)
	case t.phase == Publishing && w.rand.IntN(3) > 0:
		if t.publish(w, len(t.parts)) && w.rand.IntN(2) == 0 { // and handed off
			t.ended, t.good = true, true
		}
	}
	if !t.ended && t.phase == Reading && len(t.parts) > t.stored+1 && t.hasRead(t.parts[t.stored+1]) && w.rand.IntN(2) == 0 {
		t.publish(w, t.stored+1)
	}
}

// hasRead tells whether a task has come to some places: one that was made later reads what came before them as well.
func (t *worker) hasRead(to Offsets) bool {
	for p, at := range to {
		if number(t.at[p]) < number(at) {
			return false
		}
	}
	return true
}

// read reads records, up to the end if there is one, and up to where a part is full.
func (w *world) read(t *worker) {
	count := 0
	done := t.end != nil
	for p, at := range t.at {
		n, end := number(at), w.length[p]
		if t.end != nil {
			end = number(t.end[p])
		}
		n = min(n+w.rand.IntN(15), end)
		t.at[p] = place(n)
		count += n - number(t.parts[len(t.parts)-1][p])
		done = done && n == end
	}
	switch {
	case done:
		t.phase = Publishing
	case t.end == nil && count > t.fullAt && !t.asked:
		t.phase, t.asked = Paused, true
		if !w.fails() {
			w.memory.full = append(w.memory.full, Full{t.Group, t.parts[len(t.parts)-1].Clone()})
		}
	}
}

// publish publishes the parts up to one, each from where it begins to where the next one does. What does not follow on what is published is refused: later
// ones wait, and others end the task.
func (t *worker) publish(w *world, upTo int) bool {
	for ; t.stored < upTo; t.stored++ {
		from, to := t.parts[t.stored], t.end
		if t.stored+1 < len(t.parts) {
			to = t.parts[t.stored+1]
		}
		ahead, same := false, true
		for p, at := range from {
			if is, there := w.stored[p]; there && is != at {
				same = false
				ahead = ahead || number(at) > number(is)
			}
		}
		switch {
		case ahead:
			return false
		case !same && w.covered(to):
			continue // a replica has published it
		case !same:
			t.ended = true
			return false
		}
		for p, at := range to {
			if begun, is := w.published[p]; is && begun != number(from[p]) {
				w.t.Fatalf("partition %s is published up to %d, and then from %s", p, begun, from[p])
			}
			w.published[p] = number(at)
		}
		w.stored = w.stored.Clone()
		if w.stored == nil {
			w.stored = Offsets{}
		}
		maps.Copy(w.stored, to)
	}
	return true
}

func (w *world) covered(to Offsets) bool {
	for p, at := range to {
		if number(w.stored[p]) < number(at) {
			return false
		}
	}
	return true
}
