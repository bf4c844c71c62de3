package choice

import (
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/compaction/goal"
)

// Verdict is what becomes of a candidate.
type Verdict uint8

// The verdicts, in Druid's words: COMPLETE, PENDING, SKIPPED.
const (
	Complete Verdict = iota
	Waiting
	Skipped
)

// Trial is a task that has failed to compact an interval.
type Trial struct {
	Failures int // in turn
	// Until is when it is tried again.
	Until druid.Instant
}

// Circumstances are what holds for a data source beside its segments.
type Circumstances struct {
	Policy *compaction.Policy
	// Busy are where a compact task is, or a lock that it could not have, in order and apart.
	Busy []druid.Interval
	// Failed are the intervals whose last task has failed.
	Failed map[druid.Interval]Trial
	Now    druid.Instant
}

// Judgement is what becomes of the candidates of a data source.
type Judgement struct {
	Goal *goal.Goal
	// Waiting are those to be compacted, the first one first.
	Waiting []*Candidate
	// Complete, Awaiting and Skipped sum up the candidates.
	Complete, Awaiting, Skipped Tally
	// Next is when there may be another judgement without that anything changes; druid.MaxInstant: never.
	Next druid.Instant
}

// Tally sums up candidates.
type Tally struct{ Bytes, Segments, Intervals int64 }

// Add counts a candidate.
func (t *Tally) Add(c *Candidate) {
	t.Bytes += c.Bytes
	t.Segments += int64(c.Segments)
	t.Intervals += int64(len(c.Intervals))
}

// Remove takes a candidate off again.
func (t *Tally) Remove(c *Candidate) {
	t.Bytes -= c.Bytes
	t.Segments -= int64(c.Segments)
	t.Intervals -= int64(len(c.Intervals))
}

// Judge decides about the candidates of a survey. Unless it is nil each is called for every one of them.
func Judge(s *Survey, by *Circumstances, each func(c *Candidate, v Verdict, why string)) *Judgement {
	j := &Judgement{Goal: s.Goal, Next: druid.MaxInstant}
	for i := range s.Candidates {
		c := &s.Candidates[i]
		v, why := by.judge(s, c)
		switch v {
		case Complete:
			j.Complete.Add(c)
		case Waiting:
			j.Awaiting.Add(c)
			j.Waiting = append(j.Waiting, c)
		default:
			j.Skipped.Add(c)
		}
		if each != nil {
			each(c, v, why)
		}
	}
	for _, trial := range by.Failed {
		if trial.Until > by.Now {
			j.Next = min(j.Next, trial.Until)
		}
	}
	slices.SortStableFunc(j.Waiting, func(a, b *Candidate) int { return compare(by.Policy, a, b) })
	return j
}

func (by *Circumstances) judge(s *Survey, c *Candidate) (Verdict, string) {
	switch trial := by.Failed[c.Interval]; {
	case c.Interval.End > s.SkipFrom:
		return Skipped, fmt.Sprintf("skip offset from latest[%s]", s.Goal.SkipOffset)
	case Overlaps(by.Busy, c.Reach):
		return Skipped, "interval locked by another task"
	case c.Missed == "":
		return Complete, ""
	case c.Bytes > s.Goal.MostBytes:
		return Skipped, fmt.Sprintf("'inputSegmentSize' exceeded: Total segment size[%d] is larger than allowed inputSegmentSize[%d]", c.Bytes, s.Goal.MostBytes)
	case !eligible(by.Policy, c):
		return Skipped, "Rejected by search policy"
	case trial.Until > by.Now:
		return Skipped, fmt.Sprintf("the last %d tasks for the interval have failed: it is tried again at %s", trial.Failures, trial.Until)
	}
	return Waiting, c.Missed
}

// Overlaps tells whether an interval overlaps one of those that are in order and apart.
func Overlaps(all []druid.Interval, i druid.Interval) bool {
	at, _ := slices.BinarySearchFunc(all, i.Start, func(one druid.Interval, start druid.Instant) int {
		if one.End <= start {
			return -1
		}
		return 1
	})
	return at < len(all) && all[at].Overlaps(i)
}

// Choose is what is to be compacted now, of all data sources, where so many slots are free. The last task may take more than are left of these, as in Druid.
func Choose(all []*Judgement, p *compaction.Policy, free int) (chosen []*Candidate) {
	rest := make([][]*Candidate, len(all))
	for i, j := range all {
		rest[i] = j.Waiting
	}
	for free > 0 {
		first := -1
		for i := range rest {
			if len(rest[i]) > 0 && (first < 0 || compare(p, rest[i][0], rest[first][0]) < 0) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		chosen = append(chosen, rest[first][0])
		rest[first] = rest[first][1:]
		free -= all[first].Goal.Slots()
	}
	return chosen
}

// FreeSlots is how many slots tasks may take beside those of others, of all slots that there are. As in Druid there is one for a first task at any time.
func FreeSlots(c *compaction.Cluster, all, taken int) int {
	if c.MaxSlots <= 0 {
		return 0
	}
	most := min(int(float64(all)*c.SlotRatio), c.MaxSlots)
	if taken > 0 {
		return max(0, most-taken)
	}
	return max(1, most)
}
