package submission

import (
	"container/heap"
	"sync"

	"ovate/druid"
	"ovate/internal/share"
)

// agenda is when which submission is to be looked at. One that comes up too often does no harm.
type agenda struct {
	mu     sync.Mutex
	active map[string]part            // submissions that have not ended
	taken  *share.Count               // of these
	bytes  *share.Count               // of their tasks
	after  map[string]map[string]bool // by the id of a task or submission: what is to be looked at when that ends
	due    dueHeap
	ready  map[string]map[string]bool // what is to be looked at now, by who has handed it in
	wake   chan struct{}              // holds something if some are ready
}

func newAgenda() *agenda {
	return &agenda{active: map[string]part{}, taken: share.New("submissions", mostActive), bytes: share.New("bytes of submissions", mostBytes), after: map[string]map[string]bool{}, ready: map[string]map[string]bool{}, wake: make(chan struct{}, 1)}
}

// part is what a submission takes of what there may be, and of whom.
type part struct {
	by    string
	bytes int64
}

// add has a submission looked at that somebody has handed in.
func (a *agenda) add(id string, of part) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, there := a.active[id]; !there {
		a.active[id] = of
		a.taken.Take(of.by, 1)
		a.bytes.Take(of.by, of.bytes)
	}
	a.rouse(id)
}

// again has a submission looked at once more, unless it has ended.
func (a *agenda) again(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rouse(id)
}

// drop forgets a submission that has ended.
func (a *agenda) drop(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if of, there := a.active[id]; there {
		delete(a.active, id)
		a.taken.Give(of.by, 1)
		a.bytes.Give(of.by, of.bytes)
		a.looked(of.by, id)
	}
}

// room fails unless somebody may hand in one more, with an error of share.
func (a *agenda) room(of part) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.taken.Room(of.by, 1); err != nil {
		return err
	}
	return a.bytes.Room(of.by, of.bytes)
}

// await has a submission looked at when a task or another submission ends.
func (a *agenda) await(other, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.after[other] == nil {
		a.after[other] = map[string]bool{}
	}
	a.after[other][id] = true
}

// ended has those looked at that came after a task or a submission.
func (a *agenda) ended(other string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id := range a.after[other] {
		a.rouse(id)
	}
	delete(a.after, other)
}

// at has a submission looked at at a time.
func (a *agenda) at(due druid.Instant, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	heap.Push(&a.due, appointment{due, id})
	a.tell()
}

// rouse has a submission looked at now, unless it has ended. The caller holds mu.
func (a *agenda) rouse(id string) {
	of, active := a.active[id]
	if !active {
		return
	}
	by := of.by
	if a.ready[by] == nil {
		a.ready[by] = map[string]bool{}
	}
	a.ready[by][id] = true
	a.tell()
}

func (a *agenda) tell() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// take is what is to be looked at now, most of it at once, and when the next is due; druid.MaxInstant if nothing is. Those who have handed something in take
// turns, so that nobody waits for all that another one has become due.
func (a *agenda) take(now druid.Instant, most int) (ids []string, next druid.Instant) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.due) > 0 && a.due[0].due <= now {
		one, _ := heap.Pop(&a.due).(appointment) // which it holds
		a.rouse(one.id)
	}
	for len(a.ready) > 0 && len(ids) < most {
		for by, his := range a.ready {
			if len(ids) == most {
				break
			}
			for id := range his {
				ids = append(ids, id)
				a.looked(by, id)
				break
			}
		}
	}
	if len(a.ready) > 0 {
		a.tell()
	}
	if next = druid.MaxInstant; len(a.due) > 0 {
		next = a.due[0].due
	}
	return ids, next
}

// looked has a submission not be looked at until something has it be. The caller holds mu.
func (a *agenda) looked(by, id string) {
	delete(a.ready[by], id)
	if len(a.ready[by]) == 0 {
		delete(a.ready, by)
	}
}

type appointment struct {
	due druid.Instant
	id  string
}

// dueHeap has the first one at its top.
type dueHeap []appointment

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due < h[j].due }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	one, _ := x.(appointment)
	*h = append(*h, one)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	one := (*h)[last]
	*h = (*h)[:last]
	return one
}
