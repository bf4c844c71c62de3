package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/gathering"
	"ovate/internal/lockbox"
)

// SegmentAllocateAll performs many allocations, several in each transaction: a task that appends to thousands of time chunks
// does not wait for as many commits. They answer what they would one after the other. What was given before an error
// or a crash is given again to the same requests.
type SegmentAllocateAll struct {
	Requests []SegmentAllocate `json:"requests"`
}

// Type is segmentAllocateAll.
func (SegmentAllocateAll) Type() string { return "segmentAllocateAll" }

func (a SegmentAllocateAll) check(given fields) error {
	if err := given.need("requests"); err != nil {
		return err
	}
	var requests []fields
	if err := json.Unmarshal(given["requests"], &requests); err != nil {
		return err
	}
	for i, one := range a.Requests {
		if err := one.check(requests[i]); err != nil {
			return fmt.Errorf("requests[%d]: %w", i, err)
		}
	}
	return nil
}

// Perform allocates. An answer is nil where no id can be had.
func (a SegmentAllocateAll) Perform(ctx context.Context, box *Box, by Identity) ([]*Allocation, error) {
	answers := make([]*Allocation, len(a.Requests))
	for from := 0; from < len(a.Requests); from += gathering.Most {
		to := min(from+gathering.Most, len(a.Requests))
		if err := together(ctx, box, by, a.Requests[from:to], answers[from:to]); err != nil {
			return nil, err
		}
	}
	for i, answer := range answers {
		if answer != nil {
			continue
		}
		var err error
		if answers[i], err = a.Requests[i].Perform(ctx, box, by); err != nil { // which looks for finer intervals, too
			return nil, err
		}
		if answers[i] == nil {
			return answers, nil
		}
	}
	return answers, nil
}

// isApart tells whether a request is none for the next number of a chunk that is locked as a whole.
func (a SegmentAllocate) isApart() bool { return a.locksSegment() || a.Partial.overwrites() }

// together allocates in one transaction what lies in the time chunks that were asked for. All other answers stay nil.
func together(ctx context.Context, box *Box, by Identity, requests []SegmentAllocate, answers []*Allocation) error {
	mine := func(a SegmentAllocate) bool { return a.DataSource == by.DataSource && by.Allocates && !a.isApart() }
	var locks []chunkLock
	for _, one := range requests {
		if mine(one) {
			locks = append(locks, chunkLock{one.LockType, one.preferred()})
		}
	}
	versions, err := lockAll(ctx, box, by, locks)
	if err != nil {
		return err
	}
	var wishes []*wish
	var places []int // in answers
	for i, one := range requests {
		interval := one.preferred()
		if version := versions[interval]; version != "" && mine(one) && interval.Encloses(one.row()) {
			wishes, places = append(wishes, &wish{SegmentAllocate: one, by: by, interval: interval, version: version}), append(places, i)
		}
	}
	if err := allocateTogether(ctx, box, wishes); err != nil {
		return err
	}
	for i, place := range places {
		if wishes[i].inactive != nil {
			return wishes[i].inactive
		}
		answers[place] = wishes[i].got
	}
	return nil
}

// chunkLock is a lock over an interval that a request needs.
type chunkLock struct {
	typ      druid.LockType
	interval druid.Interval
}

// lockAll takes the locks, as if one after the other, that can be had, and tells their versions: at once those that overlap none before them.
func lockAll(ctx context.Context, box *Box, by Identity, locks []chunkLock) (versions map[druid.Interval]string, err error) {
	versions = make(map[druid.Interval]string, len(locks))
	seen := make(map[chunkLock]bool, len(locks))
	locks = slices.DeleteFunc(locks, func(l chunkLock) bool {
		was := seen[l]
		seen[l] = true
		return was
	})
	for len(locks) > 0 {
		var later []chunkLock
		now := map[druid.LockType][]druid.Interval{}
		for i, l := range locks {
			if _, there := versions[l.interval]; there {
				continue
			}
			if slices.ContainsFunc(locks[:i], func(before chunkLock) bool { return before.interval.Overlaps(l.interval) }) {
				later = append(later, l)
			} else {
				now[l.typ] = append(now[l.typ], l.interval)
			}
		}
		for typ, intervals := range now {
			if err := lockFree(ctx, box, by, typ, intervals, versions); err != nil {
				return nil, err
			}
		}
		locks = later
	}
	return versions, nil
}

// lockFree takes the locks over those of the intervals that nobody else has. Should one be taken at the same moment, the others are tried again.
func lockFree(ctx context.Context, box *Box, by Identity, typ druid.LockType, intervals []druid.Interval, versions map[druid.Interval]string) error {
	for {
		free := slices.DeleteFunc(slices.Clone(intervals), func(i druid.Interval) bool {
			return !box.Locks.CanAcquire(by.Holder, lockRequest(typ, []druid.Interval{i}))
		})
		locks, err := box.Locks.TryAcquire(ctx, by.Holder, lockRequest(typ, free)) // of none, too: that tells of a task that is not active
		var refused *lockbox.Refused
		if errors.As(err, &refused) {
			continue
		}
		if err != nil {
			return err
		}
		for i, l := range locks {
			if l.Revoked {
				return &lockbox.Revoked{TaskID: by.TaskID, Lock: l}
			}
			versions[free[i]] = l.Version
		}
		return nil
	}
}
