package action

import (
	"context"
	"encoding/json"
	"fmt"

	"ovate/druid"
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

// allocateTogether is how many allocations share a transaction, for which everybody else waits.
const allocateTogether = 500

// Perform allocates. An answer is nil where no id can be had.
func (a SegmentAllocateAll) Perform(ctx context.Context, box *Box, by Identity) ([]*Allocation, error) {
	answers := make([]*Allocation, len(a.Requests))
	for from := 0; from < len(a.Requests); from += allocateTogether {
		to := min(from+allocateTogether, len(a.Requests))
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
	versions := map[druid.Interval]string{} // of the locks; empty where there is none
	for _, one := range requests {
		interval := one.preferred()
		if _, seen := versions[interval]; seen || one.DataSource != by.DataSource || !by.Allocates || one.isApart() {
			continue
		}
		lock, err := atOnce(ctx, box, by, lockRequest(one.LockType, []druid.Interval{interval}))
		if err != nil {
			return err
		}
		if lock != nil {
			versions[interval] = lock.Version
		}
	}
	var wishes []*wish
	at := map[*wish]int{} // where its answer goes
	for i, one := range requests {
		interval := one.preferred()
		version := versions[interval]
		if version == "" || !interval.Encloses(one.row()) || one.isApart() {
			continue
		}
		w := &wish{SegmentAllocate: one, by: by, interval: interval, version: version}
		wishes, at[w] = append(wishes, w), i
	}
	if err := transact(ctx, box, wishes); err != nil {
		return err
	}
	for _, w := range wishes {
		answers[at[w]] = w.got
	}
	return nil
}
