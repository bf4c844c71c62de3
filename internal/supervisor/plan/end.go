package plan

import (
	"slices"
	"time"
)

// end ends tasks that are of no use, or do harm.
func (d *decision) end() {
	for _, g := range d.groups {
		for _, t := range g.tasks {
			if t.Lost {
				d.kill(t, "it does not answer, however often its supervisor asks (tuningConfig.chatRetries)")
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
