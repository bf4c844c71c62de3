package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/stream"
)

// Decide is what is to be done by what is known. It gives the same for the same, in whatever order tasks are known.
func Decide(k *Known) Plan {
	d := &decision{Known: k, groups: groups(k), killed: map[string]bool{}, plan: Plan{Full: k.Full}, numbers: map[string]int{}}
	for _, p := range k.Partitions {
		d.numbers[p] = k.GroupOf(p, k.TaskCount)
	}
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

// end ends tasks that are of no use, or do harm.
func (d *decision) end() {
	for _, g := range d.groups {
		for _, t := range g.tasks {
			if t.Lost {
				d.kill(t, "it does not answer any more")
			}
		}
		switch {
		case d.Succeeded[g.sequence] && g.ending && g.published(d.Known):
			for _, t := range g.tasks {
				if !d.killed[t.ID] {
					d.do(Succeed{t.ID, "a replica of it has published what both have read"})
				}
			}
		case !g.anchored:
			for _, t := range g.tasks {
				d.kill(t, "what it has read does not follow on what is published: what came before it was not published, or somebody has set other offsets")
			}
		case g.inWay:
			for _, t := range g.tasks {
				d.kill(t, "another task reads the same, or has read it and publishes")
			}
		case g.ending:
			d.endEnding(g)
		default:
			d.endReading(g)
		}
	}
}

// endEnding ends those of a group that publishes who take too long.
func (d *decision) endEnding(g *group) {
	for _, t := range g.tasks {
		if since, known := d.Ending[t.ID]; known && d.Now > after(since, d.CompletionTimeout) {
			d.kill(t, "it was told to publish %s ago, which is longer than completionTimeout", time.Duration(d.Now-since)*time.Millisecond)
		}
	}
}

// endReading ends those of a group that reads who have other parts than it, who are too many, and, if the group is to end, who have not begun.
func (d *decision) endReading(g *group) {
	var rest []*Task
	for _, t := range g.tasks {
		if !g.agrees(t) {
			d.kill(t, "its checkpoints are not those of its replicas, or of what is published")
		} else if !d.killed[t.ID] {
			rest = append(rest, t)
		}
	}
	if g.due != "" {
		reads := slices.ContainsFunc(rest, (*Task).reads)
		for _, t := range rest {
			if !t.reads() && (reads || !t.unheard()) {
				d.kill(t, "it is to end, as %s, and has not begun to read", g.due)
			}
		}
		return
	}
	slices.SortStableFunc(rest, func(a, b *Task) int { return hold(b) - hold(a) })
	for i := d.Replicas; i < len(rest); i++ {
		d.kill(rest[i], "there are more than %d replicas", d.Replicas)
	}
}

// hold is how far a task is.
func hold(t *Task) (h int) {
	if t.Placed {
		h++
	}
	if t.reads() {
		h++
	}
	return h
}

// due is why a group that reads is to end.
func (d *decision) due(g *group) (why string, forAge bool) {
	began, has := g.began()
	switch {
	case d.Suspended:
		return "the supervisor is suspended", false
	case g.elsewhere:
		return "the supervisor reads another stream", false
	case !d.current(g):
		return "the spec has changed", false
	case d.regrouped(g):
		return "partitions belong to other groups", false
	case d.Handoff[g.number]:
		return "it was told to end early", false
	case d.Grown != 0 && d.Now > after(d.Grown, d.RepartitionDelay) && d.grows(g):
		return "there are new partitions", false
	case has && d.Now > after(began, d.TaskDuration):
		return "taskDuration is over", true
	}
	return "", false
}

// regrouped tells whether a group reads what belongs to others.
func (d *decision) regrouped(g *group) bool {
	for p := range g.start {
		if number, is := d.numbers[p]; is && number != g.number {
			return true
		}
	}
	return false
}

// grows tells whether there are partitions for a group that it does not read.
func (d *decision) grows(g *group) bool {
	for p, number := range d.numbers {
		if _, reads := g.start[p]; !reads && number == g.number {
			return true
		}
	}
	return false
}

// after is a moment that comes some time after another.
func after(at druid.Instant, by time.Duration) druid.Instant {
	return at + druid.Instant(by.Milliseconds())
}

// resume has those read on who are paused, and whom nobody remembers.
func (d *decision) resume() {
	for _, g := range d.groups {
		if g.due != "" || slices.ContainsFunc(d.Full, func(f Full) bool { return f.Group == g.number }) {
			continue
		}
		for _, t := range g.tasks {
			if t.reads() && t.Heard.Phase == Paused && d.Paused[t.ID] {
				d.do(Resume{t.ID})
			}
		}
	}
}

// finish ends groups that have read long enough, the oldest first.
func (d *decision) finish() {
	publishing := 0
	var due []*group
	for _, g := range d.groups {
		switch {
		case g.ending:
			publishing++
		case g.due != "" && slices.ContainsFunc(g.tasks, (*Task).reads):
			due = append(due, g)
		}
	}
	slices.SortStableFunc(due, func(a, b *group) int {
		x, _ := a.began()
		y, _ := b.began()
		return cmp.Compare(x, y)
	})
	for _, g := range due {
		if g.forAge && publishing >= d.StopTaskCount {
			continue
		}
		publishing++
		d.do(Finish{g.sequence, g.ids(), g.last(), g.due})
	}
}

func (g *group) ids() (ids []string) {
	for _, t := range g.tasks {
		if t.Placed {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// checkPoint answers tasks that have read as much as they may, once all of their replicas read that were given to a worker.
func (d *decision) checkPoint() {
	asked := map[*group]bool{}
	d.plan.Full = nil
	for _, f := range d.Full {
		at := slices.IndexFunc(d.groups, func(g *group) bool { return g.number == f.Group && !g.ending && !g.elsewhere && !g.inWay })
		if at < 0 {
			if !slices.ContainsFunc(d.groups, func(g *group) bool { return g.number == f.Group }) {
				d.trouble("A task of group %d asks for a checkpoint, which is not there.", f.Group)
			}
			continue
		}
		g := d.groups[at]
		switch d.part(g, f.From) {
		case latest:
			if g.due != "" || asked[g] {
				continue
			}
			asked[g] = true
			d.checkPointGroup(g, f)
		case none:
			d.trouble("A task of group %d asks for a checkpoint from %v, where none of its parts begins.", f.Group, f.From)
		}
	}
}

func (d *decision) checkPointGroup(g *group, f Full) {
	if slices.ContainsFunc(g.tasks, func(t *Task) bool { return t.Placed && !t.reads() }) {
		d.plan.Full = append(d.plan.Full, f)
		return
	}
	for _, t := range g.tasks {
		if !t.Placed {
			d.kill(t, "its replicas go on with another part, and no worker has taken it yet")
		}
	}
	d.do(CheckPoint{g.sequence, g.ids(), g.last()})
}

// The parts of a group that begin at a place.
const (
	latest  = iota // the one that is being read
	earlier        // one before that
	none
)

func (d *decision) part(g *group, from Offsets) int {
	switch at := slices.IndexFunc(g.open.At, func(o Offsets) bool { return d.same(o, from) }); {
	case at == len(g.open.At)-1:
		return latest
	case at >= 0 || g.open.First > 0: // those that are published are not told any more
		return earlier
	}
	return none
}

// same tells whether offsets are the same.
func (d *decision) same(a, b Offsets) bool {
	if len(a) != len(b) {
		return false
	}
	for p, at := range a {
		if other, is := b[p]; !is || d.compare(at, other) != 0 {
			return false
		}
	}
	return true
}
