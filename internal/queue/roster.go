package queue

import (
	"sort"

	"ovate/internal/metadata"
)

// dataSource is the part of the queue that belongs to one data source.
type dataSource struct {
	name     string
	active   roster
	arrivals []*entry // not looked at yet
	again    []*entry // looked at while the store failed
	refused  roster   // a lock
	freed    bool     // a lock was freed since those refused one were looked at
	busy     bool     // a goroutine is at it
}

// source returns the data source's part, made if it is missing. The caller holds mu.
func (q *Queue) source(name string) *dataSource {
	s := q.sources[name]
	if s == nil {
		s = &dataSource{name: name, active: roster{which: siblings}, refused: roster{which: refused}}
		q.sources[name] = s
	}
	return s
}

// find is the task of an id, one on its way into the store, too; nil if there is none.
func (q *Queue) find(id string) *entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.tasks[id]
}

// enlist puts a task that is in the store into the lists, to be looked at. The caller holds mu.
func (q *Queue) enlist(e *entry) *dataSource {
	s := q.source(e.identity.DataSource)
	e.move(waiting)
	q.tasks[e.id] = e
	q.all.add(e)
	s.active.add(e)
	s.arrivals = append(s.arrivals, e)
	return s
}

// remove takes a task that has ended out of the lists.
func (q *Queue) remove(e *entry) {
	if q.takeOut(e) {
		q.options.Log.Debug("task ended", "task", e.id)
		q.options.Logs.Ended(e.id)
	}
}

// takeOut is remove; it tells whether the task was still in the lists.
func (q *Queue) takeOut(e *entry) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !e.leave() {
		return false
	}
	delete(q.tasks, e.id)
	q.all.remove(e)
	s := q.sources[e.identity.DataSource]
	s.active.remove(e)
	s.refused.remove(e)
	q.dropIfEmpty(s)
	return true
}

// dropIfEmpty forgets a data source of which nothing is left, nor anybody who would come back to it. The caller holds mu.
func (q *Queue) dropIfEmpty(s *dataSource) {
	if s.active.len() == 0 && !s.busy && len(s.again) == 0 {
		delete(q.sources, s.name)
	}
}

// roster lists entries: those that were refused a lock in the order in which they came, others the oldest first. Leaving costs the same wherever an entry stands.
type roster struct {
	which   which
	entries []*entry // nil where one has left, which is not at the end
	gaps    int
}

// which tells the rosters apart that an entry may be in.
type which int

const (
	everyone which = iota // all active tasks
	siblings              // those of the data source
	refused               // those of them that were refused a lock
)

func (r *roster) add(e *entry) {
	r.entries = append(r.entries, e)
	at := len(r.entries) - 1
	for i := at - 1; i >= 0 && r.which != refused; i-- { // hardly any is older than the last
		other := r.entries[i]
		if other == nil {
			continue
		}
		if other.olderThan(e) {
			break
		}
		r.entries[i], r.entries[at] = e, other
		other.rank[r.which], at = at+1, i
	}
	e.rank[r.which] = at + 1
}

// olderThan tells whether the task was submitted before another.
func (e *entry) olderThan(other *entry) bool {
	return e.created < other.created || e.created == other.created && e.id < other.id
}

// behind are the newest of the entries that stand behind a place in the list of the newest first, no more than so many. The roster is not of those refused.
func (r *roster) behind(place *metadata.TaskPlace, most int) (some []*entry) {
	end := len(r.entries)
	if place != nil {
		end = sort.Search(end, func(i int) bool {
			for r.entries[i] == nil { // the last is not
				i++
			}
			return !place.Before(r.entries[i].place())
		})
	}
	for i := end - 1; i >= 0 && len(some) < most; i-- {
		if e := r.entries[i]; e != nil {
			some = append(some, e)
		}
	}
	return some
}

// remove takes an entry out, if it is in.
func (r *roster) remove(e *entry) {
	at := e.rank[r.which]
	if at == 0 {
		return
	}
	e.rank[r.which] = 0
	r.entries[at-1] = nil
	r.gaps++
	for last := len(r.entries) - 1; last >= 0 && r.entries[last] == nil; last-- {
		r.entries = r.entries[:last]
		r.gaps--
	}
	if r.gaps <= len(r.entries)/2 {
		return
	}
	kept := make([]*entry, 0, len(r.entries)-r.gaps)
	for _, e := range r.entries {
		if e != nil {
			kept = append(kept, e)
			e.rank[r.which] = len(kept)
		}
	}
	r.entries, r.gaps = kept, 0
}

func (r *roster) len() int { return len(r.entries) - r.gaps }

// snapshot copies the roster, gaps included, which is all that has to happen under a lock.
func (r *roster) snapshot() []*entry {
	return append(make([]*entry, 0, len(r.entries)), r.entries...)
}
