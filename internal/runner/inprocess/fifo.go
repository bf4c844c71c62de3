package inprocess

import "ovate/internal/runner"

// fifo holds assignments in the order in which they came. Any of them can be taken out at the cost of one.
type fifo struct {
	items  []runner.Assignment // nil where one was taken out
	gaps   int                 // how many of them are
	head   int                 // the place of the first item in the sequence of all there ever were
	places map[string]int      // by id, in the same sequence
}

func (f *fifo) push(a runner.Assignment) {
	if f.places == nil {
		f.places = map[string]int{}
	}
	if _, there := f.places[a.ID()]; there {
		return
	}
	f.places[a.ID()] = f.head + len(f.items)
	f.items = append(f.items, a)
}

// first is the one that came first, or nil.
func (f *fifo) first() runner.Assignment {
	for len(f.items) > 0 && f.items[0] == nil {
		f.items = f.items[1:]
		f.head++
		f.gaps--
	}
	if len(f.items) == 0 {
		return nil
	}
	return f.items[0]
}

// remove takes one out, and tells whether it was there.
func (f *fifo) remove(id string) bool {
	at, there := f.places[id]
	if !there {
		return false
	}
	delete(f.places, id)
	f.items[at-f.head] = nil
	if f.gaps++; f.gaps > len(f.items)/2 {
		f.close()
	}
	return true
}

// close leaves out the gaps.
func (f *fifo) close() {
	kept := make([]runner.Assignment, 0, len(f.items)-f.gaps)
	for _, a := range f.items {
		if a != nil {
			f.places[a.ID()] = f.head + len(kept)
			kept = append(kept, a)
		}
	}
	f.items, f.gaps = kept, 0
}
