package action_test

import (
	"fmt"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
)

// Segments that contradict each other, or that no query could ever see, are refused before anything is written.
func TestInsertRefuses(t *testing.T) {
	t.Parallel()
	larger := func(s druid.DataSegment) druid.DataSegment { s.Size++; return s }
	of := func(json string) (s druid.ShardSpec) {
		if err := s.UnmarshalJSON([]byte(json)); err != nil {
			t.Fatal(err)
		}
		return s
	}
	one := segment(days(1, 2), version, druid.Numbered(0, 1))
	for name, c := range map[string]struct {
		segments []druid.DataSegment
		because  string // empty: they are published
	}{
		"overlapping":          {[]druid.DataSegment{one, segment(days(1, 3), version, druid.Numbered(0, 1))}, "overlap"},
		"overlapping a stored": {[]druid.DataSegment{segment(days(7, 9), version, druid.Numbered(0, 1))}, "field [segments.interval]: there would be segments of version["},
		"beside a stored":      {[]druid.DataSegment{segment(days(7, 8), version, druid.Numbered(1, 1))}, ""},
		"of unlike versions":   {[]druid.DataSegment{one, segment(days(1, 3), "2019-01-01T00:00:00.000Z", druid.Numbered(0, 1))}, ""},
		"cores below 0":        {[]druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, -1))}, "field [segments[0].shardSpec.partitions] is -1"},
		"cores of a range":     {[]druid.DataSegment{segment(days(1, 2), version, of(`{"type":"range","partitionNum":0,"numCorePartitions":-1}`))}, "field [segments[0].shardSpec.numCorePartitions] is -1"},
		"no root":              {[]druid.DataSegment{segment(days(1, 2), version, of(overwrites(0, 0, 0, 1, 1)))}, "field [segments[0].shardSpec]: field [partitionId] is 0"},
		"no range":             {[]druid.DataSegment{segment(days(1, 2), version, of(overwrites(32768, 3, 3, 1, 1)))}, "field [endRootPartitionId] is 3, but must be from 4 to 32767"},
		"range below 0":        {[]druid.DataSegment{segment(days(1, 2), version, of(overwrites(32768, -1, 3, 1, 1)))}, "field [startRootPartitionId] is -1"},
		"range of all":         {[]druid.DataSegment{segment(days(1, 2), version, of(overwrites(32768, 0, 1<<31-1, 1, 1)))}, "field [endRootPartitionId] is 2147483647"},
		"no minor version":     {[]druid.DataSegment{segment(days(1, 2), version, of(overwrites(32768, 0, 1, 0, 1)))}, "field [minorVersion] is 0"},
		"no group":             {[]druid.DataSegment{segment(days(1, 2), version, of(overwrites(32768, 0, 1, 1, 0)))}, "field [atomicUpdateGroupSize] is 0"},
		"overwrites":           {[]druid.DataSegment{segment(days(1, 2), version, of(overwrites(32768, 0, 1, 1, 1)))}, ""},
		"cores not counted":    {[]druid.DataSegment{segment(days(1, 2), version, of(`{"type":"single","partitionNum":0,"numCorePartitions":-1}`))}, ""},
		"too many cores":       {[]druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1_000_000_000))}, "field [segments[0].shardSpec.partitions] is 1000000000, but the request has 1 of the time chunk"},
		"a part of the cores":  {[]druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 2))}, ""},
		"one id, two segments": {[]druid.DataSegment{one, larger(one)}, one.ID().String()},
		"the same twice":       {[]druid.DataSegment{one, one}, "segment"},
		"no time":              {[]druid.DataSegment{segment(days(1, 1), version, druid.Numbered(0, 1))}, "field [segments[0].interval] is [1970-01-02"},
		"no lock":              {[]druid.DataSegment{segment(days(11, 12), version, druid.Numbered(0, 1))}, "holds no valid lock over segment[wiki_1970-01-12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.publish(segment(days(7, 8), version, druid.Numbered(0, 1)))
			task := b.task("t", "g")
			do(b, task, tryLock(druid.Exclusive, []druid.Interval{days(0, 9)}))
			insert := action.SegmentTransactionalInsert{Segments: c.segments}
			if c.because != "" {
				refuse(b, task, insert, c.because)
				b.expectSegments(1, 0)
				return
			}
			ids := map[druid.SegmentID]bool{}
			for _, s := range c.segments {
				ids[s.ID()] = true
			}
			if r := do(b, task, insert); !r.Success || len(r.Segments) != len(ids) {
				t.Errorf("published %+v", r)
			}
			if r := do(b, task, insert); !r.Success || len(r.Segments) != 0 {
				t.Errorf("published again %+v", r)
			}
		})
	}
}

func overwrites(id, start, end, minor, size int) string {
	return fmt.Sprintf(`{"type":"numbered_overwrite","partitionId":%d,"startRootPartitionId":%d,"endRootPartitionId":%d,"minorVersion":%d,"atomicUpdateGroupSize":%d}`,
		id, start, end, minor, size)
}

// What newer segments hide is published, as in Druid.
func TestInsertOfWhatIsHidden(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.publish(segment(days(1, 2), "2100-01-01T00:00:00.000Z", druid.Numbered(0, 1)))
	task := b.task("t", "g")
	do(b, task, tryLock(druid.Exclusive, []druid.Interval{days(1, 2)}))
	if r := do(b, task, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1))}}); !r.Success {
		t.Errorf("published %+v", r)
	}
	if seen := do(b, task, action.SegmentListUsed{DataSource: "wiki", Intervals: []druid.Interval{days(0, 9)}}); len(seen) != 1 || seen[0].Version[:4] != "2100" {
		t.Errorf("queries see %+v", seen)
	}
	b.expectSegments(2, 0)
}

// No id is handed out whose number Druid could not read.
func TestAllocateStopsAtTheLastNumber(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.publish(segment(days(1, 2), version, druid.Numbered(1<<31-2, 0)))
	if got := do(b, b.task("t", "g"), at(1, "s", "")); got != nil {
		t.Errorf("allocated %+v", got)
	}
}
