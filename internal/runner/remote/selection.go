package remote

import "math"

// Selection is how a worker is chosen for a task. The zero value is Druid's equalDistribution.
type Selection struct {
	// Fill chooses the worker that is used most, else it is the one with the most free slots.
	Fill       bool
	Affinity   *Affinity   // nil: any data source goes anywhere
	Categories *Categories // nil: any type goes anywhere
	Limits     Limits
}

// Affinity keeps workers for data sources.
type Affinity struct {
	Workers map[string][]string // by data source
	Strong  bool                // a data source waits for its workers

	preferences map[string][]preference // by data source, made of that by ready
	others      []preference            // of data sources that are not listed
}

// Categories sends types of tasks to workers of a category.
type Categories struct {
	ByType map[string]CategoryOfType
	Strong bool // a task waits for workers of its category
}

// CategoryOfType is where the tasks of a type go.
type CategoryOfType struct {
	Default      string            // empty: anywhere
	ByDataSource map[string]string // counts before the default
}

// Limits bound the slots that the tasks of a type take of all workers together. Of two limits the lower one counts.
type Limits struct {
	Slots  map[string]int
	Ratios map[string]float64
}

// Rules are what Druid's properties say, beside the selection.
type Rules struct {
	MinVersion    string
	ParallelRatio float64 // of a worker's slots, for parallel tasks
}

// Demand is what a task asks of a worker.
type Demand struct {
	Type, DataSource string
	Group            string // of which a worker runs one at a time; empty: of any
	Slots            int
	Parallel         bool // it has others run parts of it
}

// Load is what a worker is busy with.
type Load struct {
	Used, Parallel int // slots
	ByType         map[string]int
	Groups         map[string]bool
}

// add adds a task.
func (l *Load) add(d Demand) {
	if l.ByType == nil {
		l.ByType, l.Groups = map[string]int{}, map[string]bool{}
	}
	l.Used += d.Slots
	l.ByType[d.Type] += d.Slots
	l.Groups[d.Group] = true
	if d.Parallel {
		l.Parallel += d.Slots
	}
}

// Candidate is a worker that may be chosen.
type Candidate struct {
	Host, Category, Version string
	Capacity                int
	Load
	Unusable bool // it counts among the slots of all, but can have no task
	Closed   bool // it can have no task now
}

func (c *Candidate) free() int { return c.Capacity - c.Used }

// takes tells whether the worker could take a task if all of its slots were free.
func (c *Candidate) takes(d Demand, rules Rules) bool {
	if c.Unusable || c.Version < rules.MinVersion || c.Capacity < d.Slots || d.Group != "" && c.Groups[d.Group] {
		return false
	}
	return !d.Parallel || share(rules.ParallelRatio, c.Capacity)-c.Parallel >= d.Slots
}

// share is a part of some slots: at least one, at most all.
func share(ratio float64, slots int) int {
	return max(1, min(slots, int(math.Floor(ratio*float64(slots)))))
}

// Choose is the index of the worker that a task goes to, among those that are allowed; -1 if it has to wait. Of workers that are as
// good as each other it is the first.
func (s Selection) Choose(d Demand, rules Rules, workers []Candidate, allowed func(int) bool) int {
	if !s.Limits.permit(d, workers) {
		return -1
	}
	return s.best(d, workers, s.better, func(i int) bool {
		c := &workers[i]
		return !c.Closed && c.free() >= d.Slots && c.takes(d, rules) && allowed(i)
	})
}

// Await is the index of the worker that a task which has to wait lacks nothing of but free slots, and that has most of them; -1 if
// there is none.
func (s Selection) Await(d Demand, rules Rules, workers []Candidate, allowed func(int) bool) int {
	if !s.Limits.permit(d, workers) {
		return -1
	}
	return s.best(d, workers, freer, func(i int) bool {
		c := &workers[i]
		return c.free() < d.Slots && c.takes(d, rules) && allowed(i)
	})
}

// best is the best of the workers that fit, of those that are preferred for the task if one of them does.
func (s Selection) best(d Demand, workers []Candidate, better func(a, b *Candidate) bool, fits func(int) bool) int {
	for _, preferred := range s.preferences(d) {
		best := -1
		for i := range workers {
			if fits(i) && preferred(&workers[i]) && (best < 0 || better(&workers[i], &workers[best])) {
				best = i
			}
		}
		if best >= 0 {
			return best
		}
	}
	return -1
}

// better tells whether the first of two workers is chosen before the other.
func (s Selection) better(a, b *Candidate) bool {
	if !s.Fill {
		return freer(a, b)
	}
	if a.Used != b.Used {
		return a.Used > b.Used
	}
	return a.free() < b.free()
}

func freer(a, b *Candidate) bool { return a.free() > b.free() }

// A preference is a kind of workers.
type preference func(*Candidate) bool

// ready is the selection with what is needed for each task made once.
func (s Selection) ready() Selection {
	if s.Affinity != nil && s.Affinity.preferences == nil {
		s.Affinity = s.Affinity.ready()
	}
	return s
}

// anywhere is what a task prefers that may go to any worker.
var anywhere = []preference{func(*Candidate) bool { return true }}

// preferences tell which workers a task may go to: one of the first kind, or else of the next.
func (s Selection) preferences(d Demand) []preference {
	switch {
	case s.Affinity != nil:
		if p, listed := s.Affinity.preferences[d.DataSource]; listed {
			return p
		}
		return s.Affinity.others
	case s.Categories != nil:
		return s.Categories.preferences(d)
	}
	return anywhere
}

// ready makes the preferences of all data sources.
func (a *Affinity) ready() *Affinity {
	owned := map[string]bool{} // by any data source
	for _, hosts := range a.Workers {
		for _, host := range hosts {
			owned[host] = true
		}
	}
	free := func(c *Candidate) bool { return !owned[c.Host] }
	r := &Affinity{Workers: a.Workers, Strong: a.Strong, preferences: map[string][]preference{}, others: []preference{free}}
	for dataSource, hosts := range a.Workers {
		own := map[string]bool{}
		for _, host := range hosts {
			own[host] = true
		}
		ours := func(c *Candidate) bool { return own[c.Host] }
		if a.Strong {
			r.preferences[dataSource] = []preference{ours}
		} else {
			r.preferences[dataSource] = []preference{ours, free}
		}
	}
	return r
}

func (s *Categories) preferences(d Demand) []preference {
	of := s.ByType[d.Type]
	category := of.Default
	if c, ok := of.ByDataSource[d.DataSource]; ok {
		category = c
	}
	if category == "" {
		return anywhere
	}
	right := func(c *Candidate) bool { return c.Category == category }
	if s.Strong {
		return []preference{right}
	}
	return []preference{right, anywhere[0]}
}

// permit tells whether a task keeps within the limits of its type.
func (l Limits) permit(d Demand, workers []Candidate) bool {
	most, counted := l.Slots[d.Type]
	ratio, rated := l.Ratios[d.Type]
	if !counted && !rated {
		return true
	}
	all, used := 0, 0
	for i := range workers {
		all += workers[i].Capacity
		used += workers[i].ByType[d.Type]
	}
	if rated && (!counted || share(ratio, all) < most) {
		most = share(ratio, all)
	}
	return most-used >= d.Slots
}
