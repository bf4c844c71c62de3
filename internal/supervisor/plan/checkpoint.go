package plan

import "slices"

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
			d.trouble("A task of group %d asks for a checkpoint from %s, where none of its parts begins.", f.Group, f.From.text())
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
	d.do(CheckPoint{g.sequence, g.ids()})
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
