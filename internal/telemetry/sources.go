package telemetry

import (
	"container/list"
	"maps"
	"slices"
	"sync"

	"ovate/druid"
)

// mostSources is how many data sources have figures of their own.
const mostSources = 200

// others is the label under which the rest is counted. It is no name of a data source, which has no brackets.
const others = "(others)"

// states of tasks that count as active, in the order of tally.active.
var states = [...]druid.RunnerState{druid.Waiting, druid.Pending, druid.RunnerRunning}

// tally is what is counted of the tasks of one data source.
type tally struct {
	name              string
	active            [len(states)]int
	succeeded, failed int64
	// What the monitor has not told yet.
	newSucceeded, newFailed int64
	idle                    *list.Element // in sources.idle, while no task is active
}

func (t *tally) tasks() (n int) {
	for _, in := range t.active {
		n += in
	}
	return n
}

// sources counts tasks by data source. As many of these have figures of their own as there is room for: one with active tasks takes the place of the
// one that has been without any for the longest time, or, if there is none, counts among the others until none of its tasks is active.
// So memory, and what a scrape costs, do not grow with the number of data sources.
type sources struct {
	most int

	mu     sync.Mutex
	own    map[string]*tally
	idle   *list.List     // of *tally, those without active tasks, the longest first
	rest   *tally         // of the others
	among  map[string]int // how many active tasks of data sources count there
	all    [len(states)]int
	holder *Tasks // whose tasks are counted
}

func newSources(most int) *sources {
	return &sources{most: most, own: map[string]*tally{}, idle: list.New(), rest: &tally{name: others}, among: map[string]int{}}
}

// begin forgets which tasks are active: whoever leads from now on tells of all of them.
func (s *sources) begin(holder *Tasks) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holder, s.all, s.rest.active, s.among = holder, [len(states)]int{}, [len(states)]int{}, map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(s.own)) {
		t := s.own[name]
		t.active = [len(states)]int{}
		s.noteIdle(t)
	}
}

// moved counts a task from one state to another, for whoever leads.
func (s *sources) moved(holder *Tasks, name string, from, to druid.RunnerState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder != holder {
		return // of a term that is over
	}
	t := s.tally(name)
	if at := slices.Index(states[:], from); at >= 0 {
		t.active[at]--
		s.all[at]--
	}
	if at := slices.Index(states[:], to); at >= 0 {
		t.active[at]++
		s.all[at]++
	}
	if t == s.rest {
		switch {
		case from == "":
			s.among[name]++
		case to == "":
			if s.among[name]--; s.among[name] <= 0 {
				delete(s.among, name)
			}
		}
		return
	}
	s.noteIdle(t)
}

// ended counts a task that has ended.
func (s *sources) ended(name string, succeeded bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tally(name)
	if succeeded {
		t.succeeded++
		t.newSucceeded++
	} else {
		t.failed++
		t.newFailed++
	}
	if t != s.rest {
		s.noteIdle(t)
	}
}

// tally is where a data source is counted. The caller holds mu.
func (s *sources) tally(name string) *tally {
	if s.among[name] > 0 {
		return s.rest
	}
	if t := s.own[name]; t != nil {
		return t
	}
	if len(s.own) >= s.most {
		longest := s.idle.Front()
		if longest == nil {
			return s.rest
		}
		s.evict(s.idle.Remove(longest).(*tally))
	}
	t := &tally{name: name}
	s.own[name] = t
	return t
}

// evict takes the figures of a data source from it. What nobody was told yet counts for the others.
func (s *sources) evict(t *tally) {
	delete(s.own, t.name)
	s.rest.newSucceeded += t.newSucceeded
	s.rest.newFailed += t.newFailed
}

// noteIdle notes whether a data source has active tasks. The caller holds mu.
func (s *sources) noteIdle(t *tally) {
	switch busy := t.tasks() > 0; {
	case busy && t.idle != nil:
		s.idle.Remove(t.idle)
		t.idle = nil
	case !busy && t.idle == nil:
		t.idle = s.idle.PushBack(t)
	}
}

// snapshot copies the figures, and those of all data sources together.
func (s *sources) snapshot() (tallies []tally, all [len(states)]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copied(), s.all
}

// news is snapshot, but newSucceeded and newFailed are told once.
func (s *sources) news() []tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	tallies := s.copied()
	for _, t := range s.own {
		t.newSucceeded, t.newFailed = 0, 0
	}
	s.rest.newSucceeded, s.rest.newFailed = 0, 0
	return tallies
}

func (s *sources) copied() []tally {
	tallies := make([]tally, 0, len(s.own)+1)
	for _, t := range s.own {
		tallies = append(tallies, *t)
	}
	if r := s.rest; r.tasks() > 0 || r.succeeded+r.failed+r.newSucceeded+r.newFailed > 0 {
		tallies = append(tallies, *r)
	}
	return tallies
}
