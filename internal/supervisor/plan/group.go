package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/stream"
)

// group is the tasks that read the same: they are replicas. Those that were told where to end are a group of their own, as the next ones may have the same
// name: they begin at the same place if nothing came.
type group struct {
	sequence  string
	number    int
	elsewhere bool // it reads another stream
	tasks     []*Task
	start     Offsets
	// ending tells that its tasks were told where to end, and end where; nil: that is not known yet.
	ending bool
	end    Offsets
	// anchored tells that what it has read follows on what is published, or will be by the groups before it. Then open is where those of its parts begin
	// that are not published.
	anchored bool
	open     Checkpoints
	// inWay tells that another one reads the same, or has read it and publishes.
	inWay bool
	// due is why it is to end if it reads; empty: it is not. If it is for its age alone it waits until few others publish.
	due    string
	forAge bool
}

// groups are those of the active tasks, in the order in which they were made.
func groups(k *Known) []*group {
	type key struct {
		sequence string
		ending   bool
		end      string
	}
	known := map[key]*group{}
	var all []*group
	for i := range k.Tasks {
		t := &k.Tasks[i]
		as := key{sequence: t.Sequence}
		if t.ending() {
			as.ending, as.end = true, fmt.Sprint(t.Heard.End) // maps are printed in order
		}
		g := known[as]
		if g == nil {
			g = &group{sequence: t.Sequence, number: t.Group, ending: as.ending, start: t.Start, elsewhere: t.Elsewhere}
			known[as] = g
			all = append(all, g)
		}
		g.tasks = append(g.tasks, t)
		if g.ending {
			g.end = t.Heard.End
		}
	}
	for _, g := range all {
		slices.SortFunc(g.tasks, func(a, b *Task) int { return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.ID, b.ID)) })
	}
	slices.SortFunc(all, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.tasks[0].Created, b.tasks[0].Created), cmp.Compare(a.tasks[0].ID, b.tasks[0].ID))
	})
	anchor(k, all)
	return all
}

// began is when the first of its tasks began to read; false: none has.
func (g *group) began() (at druid.Instant, has bool) {
	for _, t := range g.tasks {
		if t.Heard != nil && t.Heard.Began != 0 && (!has || t.Heard.Began < at) {
			at, has = t.Heard.Began, true
		}
	}
	return at, has
}

// ending tells whether a task was told where to end.
func (t *Task) ending() bool {
	return t.Heard != nil && (t.Heard.End != nil || t.Heard.Phase == Publishing)
}

// reads tells whether a task has been heard to read, with no end.
func (t *Task) reads() bool {
	return t.Heard != nil && !t.ending() && (t.Heard.Phase == Reading || t.Heard.Phase == Paused)
}

// unheard tells whether nobody knows what a task is at that was given to a worker.
func (t *Task) unheard() bool { return t.Placed && t.Heard == nil }

// checkpoints are those that a task has told, or else was made with.
func (t *Task) checkpoints() Checkpoints {
	switch {
	case t.Heard != nil && len(t.Heard.Checkpoints.At) > 0:
		return t.Heard.Checkpoints
	case len(t.Checkpoints.At) > 0:
		return t.Checkpoints
	}
	return Checkpoints{At: []Offsets{t.Start}}
}

// anchor finds out which groups follow on what is published: directly, or on one that is being published and does so itself.
func anchor(k *Known, all []*group) {
	next := places{} // where groups may begin
	for p, at := range k.Published {
		next.add(p, at)
	}
	waiting := slices.Clone(all)
	for {
		found := false
		waiting = slices.DeleteFunc(waiting, func(g *group) bool {
			if !g.follows(k, next) {
				return false
			}
			g.anchored, found = true, true
			if g.ending && !g.elsewhere {
				for p, at := range g.end {
					next.add(p, at)
				}
			}
			return true
		})
		if !found {
			return
		}
	}
}

// follows tells whether a group may go on, and notes which of its parts are open. Nothing is known of another stream, nor of one that tells nothing yet.
func (g *group) follows(k *Known, next places) bool {
	tasks := slices.Clone(g.tasks)
	slices.SortStableFunc(tasks, func(a, b *Task) int { return cmp.Compare(b.checkpoints().First, a.checkpoints().First) })
	for _, t := range tasks {
		c := t.checkpoints()
		for i := len(c.At) - 1; i >= 0; i-- { // what comes later is what is published, if both look like it
			if next.fit(c.At[i]) {
				g.open = Checkpoints{c.First + i, c.At[i:]}
				return true
			}
		}
	}
	g.open = tasks[0].checkpoints()
	return g.elsewhere || slices.ContainsFunc(tasks, (*Task).unheard) || g.ending && (g.end == nil || g.published(k))
}

// published tells whether all that a group has read is published.
func (g *group) published(k *Known) bool { return k.Reached(k.Published, g.end) }

// Reached tells whether places are those of an end, or beyond, in all of its partitions; false if it has none.
func (r *Rules) Reached(at, end Offsets) bool {
	for p, to := range end {
		from, is := at[p]
		if !is || r.compare(from, to) < 0 {
			return false
		}
	}
	return len(end) > 0
}

// compare is that of two places. Where they are none that can be compared they are told apart by their text.
func (r *Rules) compare(a, b stream.Sequence) int {
	if order, err := r.Order.Compare(a, b); err == nil {
		return order
	}
	return cmp.Compare(a, b)
}

// places are some in each partition.
type places map[string][]stream.Sequence

func (p places) add(partition string, at stream.Sequence) { p[partition] = append(p[partition], at) }

// fit tells whether reading may begin at some offsets: anywhere in partitions of which nothing is known.
func (p places) fit(at Offsets) bool {
	for partition, offset := range at {
		if known := p[partition]; known != nil && !slices.Contains(known, offset) {
			return false
		}
	}
	return true
}

// agrees tells whether a task has the parts that its group has open, and no others.
func (g *group) agrees(t *Task) bool {
	if t.Heard == nil || len(t.Heard.Checkpoints.At) == 0 {
		return true // it has told none
	}
	c, open := t.checkpoints(), g.open
	skip := open.First - c.First
	return skip >= 0 && len(c.At)-skip == len(open.At) && maps.Equal(c.At[skip], open.At[0])
}
