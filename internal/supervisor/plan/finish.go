package plan

import (
	"cmp"
	"slices"
	"time"

	"ovate/druid"
)

// due is why a group that reads is to end.
func (d *decision) due(g *group) (why string, forAge bool) {
	began, has := g.began()
	switch {
	case d.Suspended:
		return "the supervisor is suspended, ends, or goes on by another spec", false
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
	case has && d.Wall > after(began, d.TaskDuration):
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
		d.do(Finish{g.sequence, g.ids(), g.due})
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
