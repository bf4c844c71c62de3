package plan

import (
	"fmt"
	"slices"

	"ovate/internal/stream"
)

// Decide is what is to be done by what is known. It gives the same for the same, in whatever order tasks are known.
func Decide(k *Known) Plan {
	d := &decision{Known: k, groups: groups(k), killed: map[string]bool{}, plan: Plan{Full: k.Full}, numbers: k.GroupsOf(k.Partitions, k.TaskCount)}
	d.sortReaders()
	for _, g := range d.groups {
		g.due, g.forAge = d.due(g)
		d.plan.Grown = d.plan.Grown || !g.ending && !g.elsewhere && d.grows(g)
	}
	// Each of these is decided upon once what comes before it is done, and known.
	for _, decide := range []func(){d.end, d.resume, d.finish, d.checkPoint, d.begin, d.create} {
		if decide(); len(d.plan.Steps) > 0 {
			break
		}
	}
	return d.plan
}

type decision struct {
	*Known
	plan   Plan
	groups []*group
	killed map[string]bool // tasks, so that each has one step
	// numbers are those of the groups to which partitions belong.
	numbers map[string]int
	// readers are the groups that read partitions of the stream, by partition, but for those that are in the way of others.
	readers map[string]*group
}

func (d *decision) do(s Step) { d.plan.Steps = append(d.plan.Steps, s) }

// trouble notes the first thing that cannot go on.
func (d *decision) trouble(format string, args ...any) {
	if d.plan.Trouble == "" {
		d.plan.Trouble = fmt.Sprintf(format, args...)
	}
}

func (d *decision) kill(t *Task, format string, args ...any) {
	if !d.killed[t.ID] {
		d.killed[t.ID] = true
		d.do(Kill{t.ID, fmt.Sprintf(format, args...)})
	}
}

// sortReaders finds out who reads which partition. Two groups never read the same for long: of two the one stays that follows on what is published, does what
// the spec says, reads already, and was made first; and whoever has begun before where others end, who publish, reads what they have read.
func (d *decision) sortReaders() {
	d.readers = map[string]*group{}
	rank := func(g *group) (r int) {
		if g.anchored {
			r += 4
		}
		if d.current(g) {
			r += 2
		}
		if slices.ContainsFunc(g.tasks, (*Task).reads) {
			r++
		}
		return -r
	}
	reading := slices.DeleteFunc(slices.Clone(d.groups), func(g *group) bool { return g.ending || g.elsewhere })
	slices.SortStableFunc(reading, func(a, b *group) int { return rank(a) - rank(b) })
	for _, g := range reading {
		for p, from := range g.open.At[0] {
			g.inWay = g.inWay || d.readers[p] != nil || d.readAlready(p, from)
		}
		if g.inWay {
			continue
		}
		for p := range g.start {
			d.readers[p] = g
		}
	}
}

// readAlready tells whether tasks have read a partition beyond a place, who are about to publish.
func (d *decision) readAlready(p string, from stream.Sequence) bool {
	return slices.ContainsFunc(d.groups, func(g *group) bool {
		end, told := g.end[p]
		return told && g.anchored && !g.elsewhere && d.compare(end, from) > 0
	})
}

func (d *decision) current(g *group) bool {
	return !slices.ContainsFunc(g.tasks, func(t *Task) bool { return !t.Current })
}
