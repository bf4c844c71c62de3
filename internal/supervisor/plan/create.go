package plan

import (
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/stream"
)

// begin has it stored where partitions begin of which nothing is published, so that the tasks that come are not the only ones who know.
func (d *decision) begin() {
	if d.Suspended || d.othersRead() {
		return
	}
	at := Offsets{}
	if d.Renamed {
		at = d.Published.Clone()
	}
	for _, p := range d.Partitions {
		if _, is := d.published(p); is {
			continue
		}
		from, known := d.beginning(p)
		if !known {
			d.trouble("Nobody can tell now where partition %s begins.", p)
			continue
		}
		at[p] = from
	}
	if len(at) > 0 {
		d.do(Begin{at})
	}
}

// published is how far a partition is published, if it is of the stream that is read.
func (d *decision) published(p string) (at stream.Sequence, is bool) {
	if d.Elsewhere {
		return "", false
	}
	at, is = d.Published[p]
	return at, is
}

// othersRead tells whether tasks are left of a stream that was read before. What they publish does not go together with what is read now.
func (d *decision) othersRead() bool {
	return slices.ContainsFunc(d.groups, func(g *group) bool { return g.elsewhere })
}

// beginning is where reading of a partition begins of which nothing is published: where its tasks have begun, and if there are none, at its first record or
// after its last. One that comes to others that are read begins with its first: it was made later than they were.
func (d *decision) beginning(p string) (at stream.Sequence, known bool) {
	for _, g := range d.groups {
		if from, reads := g.start[p]; reads && !g.elsewhere && (!known || d.compare(from, at) < 0) {
			at, known = from, true
		}
	}
	if !known {
		return d.fresh(p, d.UseEarliest || len(d.Published) > 0 && !d.Elsewhere)
	}
	return at, known
}

// fresh is the first place of a partition, or the last.
func (d *decision) fresh(p string, earliest bool) (at stream.Sequence, known bool) {
	if earliest {
		at, known = d.Known.Earliest[p]
	} else {
		at, known = d.Latest[p]
	}
	return at, known
}

// create has tasks made for partitions that nobody reads, and replicas of those that read.
func (d *decision) create() {
	if d.Suspended || d.othersRead() {
		return
	}
	d.plan.Idle = d.IdleAfter > 0 && d.Quiet != 0 && d.Now >= after(d.Quiet, d.IdleAfter)
	if d.plan.Idle {
		return
	}
	partitions := map[int][]string{}
	for _, p := range d.Partitions {
		partitions[d.numbers[p]] = append(partitions[d.numbers[p]], p)
	}
	for number := range d.TaskCount {
		if of := partitions[number]; len(of) > 0 && !d.Resting[number] {
			d.createGroup(number, of)
		}
	}
}

// createGroup has the tasks of a group made that are missing.
func (d *decision) createGroup(number int, of []string) {
	read := slices.IndexFunc(of, func(p string) bool { return d.readers[p] != nil })
	if read >= 0 {
		if g := d.readers[of[read]]; g.number == number {
			d.replicate(g)
		}
		return // who reads what belongs to others ends first
	}
	start := Offsets{}
	gone := Offsets{}
	for _, p := range of {
		at, known := d.next(p)
		if !known {
			return // it is not known yet where those will end who publish
		}
		start[p] = at
		if d.Unavailable[p] && at == d.Published[p] {
			gone[p] = at
		}
	}
	if len(gone) > 0 {
		d.leaveOut(gone)
		return
	}
	c := Create{Count: d.Replicas, Group: number, Start: start, Checkpoints: Checkpoints{At: []Offsets{start}}, Earliest: d.LateStart}
	if d.Late != nil && d.LateStart == nil {
		c.Earliest = pointer(after(d.Wall, -*d.Late))
	}
	if d.Early != nil {
		c.Latest = pointer(after(after(d.Wall, d.TaskDuration), *d.Early))
	}
	d.do(c)
}

func pointer(at druid.Instant) *druid.Instant { return &at }

// next is where reading of a partition goes on once all have published who are to.
func (d *decision) next(p string) (at stream.Sequence, known bool) {
	at, known = d.published(p)
	for _, g := range d.groups {
		if _, reads := g.start[p]; !reads || !g.ending {
			continue
		}
		end, told := g.end[p]
		if !told {
			return "", false
		}
		if !known || d.compare(end, at) > 0 {
			at, known = end, true
		}
	}
	return at, known
}

// replicate has replicas of a group made that are missing.
func (d *decision) replicate(g *group) {
	missing := d.Replicas - len(g.tasks)
	if missing <= 0 || g.due != "" || slices.ContainsFunc(g.tasks, (*Task).unheard) {
		return
	}
	d.do(Create{
		Count: missing, Group: g.number, Sequence: g.sequence, Start: g.start, Checkpoints: g.open,
		Earliest: g.tasks[0].Earliest, Latest: g.tasks[0].Latest,
	})
}

// leaveOut goes on where there are records, if the spec says so.
func (d *decision) leaveOut(gone Offsets) {
	to := Offsets{}
	for _, p := range slices.Sorted(maps.Keys(gone)) {
		if !d.ResetAutomatically {
			d.trouble("%s Reset the supervisor or the offset of the partition, or set tuningConfig.resetOffsetAutomatically.", d.why(p, gone[p]))
			return
		}
		from, known := d.fresh(p, d.UseEarliest)
		if !known {
			d.trouble("Nobody can tell now where partition %s begins.", p)
			return
		}
		to[p] = from
	}
	d.do(Reset{to})
}

// why tells why reading of a partition cannot go on at a place.
func (d *decision) why(p string, at stream.Sequence) string {
	if end, known := d.Latest[p]; known && d.compare(at, end) > 0 {
		return fmt.Sprintf("Partition %s is to be read on from offset %s, but ends at %s: the stream was made anew, or somebody has set that offset.", p, at, end)
	}
	return fmt.Sprintf("The records of partition %s from offset %s on, which come next, are not in the stream any more.", p, at)
}
