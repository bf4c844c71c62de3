package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// find is the task of an id that has not ended; if there is none it is one that has.
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
		w.stop(s.IDs, true)
	case CheckPoint:
		w.stop(s.IDs, false)
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
func (w *world) stop(ids []string, finish bool) {
	end := Offsets{}
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
		for _, o := range []Offsets{t.at, t.parts[len(t.parts)-1]} {
			for p, at := range o {
				if end[p] == "" || number(at) > number(end[p]) {
					end[p] = at
				}
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
			ID: fmt.Sprintf("%s_%d", sequence, w.nextID), Group: c.Group, Sequence: sequence, Start: c.Start, Checkpoints: c.Checkpoints, Created: w.now + w.ahead, Current: true,
		}, fullAt: 20 + w.rand.IntN(60)}
		t.at, t.first, t.parts = c.Checkpoints.At[0].Clone(), c.Checkpoints.First, slices.Clone(c.Checkpoints.At)
		w.tasks = append(w.tasks, t)
	}
}
