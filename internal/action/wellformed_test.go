package action

import (
	"strings"
	"testing"

	"ovate/druid"
)

// The error names the field of the segment that is wrong.
func TestCheckSegments(t *testing.T) {
	t.Parallel()
	day := func(n int, s druid.ShardSpec) druid.DataSegment {
		start := druid.Instant(n * 86_400_000)
		return druid.DataSegment{DataSource: "wiki", Interval: druid.Interval{Start: start, End: start + 86_400_000}, Version: "v", ShardSpec: s, Size: 1}
	}
	larger := day(1, druid.Numbered(0, 1))
	larger.Size++
	long := day(1, druid.Numbered(0, 1))
	long.Interval.End++
	var building druid.ShardSpec
	if err := building.UnmarshalJSON([]byte(`{"type":"building_numbered","partitionNum":0}`)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		segments []druid.DataSegment
		because  string
	}{
		{nil, ""},
		{[]druid.DataSegment{day(1, druid.Numbered(0, 2)), day(1, druid.Numbered(maxPartition, 2)), day(2, druid.Tombstone())}, ""},
		{[]druid.DataSegment{day(1, druid.Numbered(0, 1)), day(2, druid.Numbered(-1, 0))}, "field [segments[1].shardSpec.partitionNum] is -1, but must be from 0 to 2147483646"},
		{[]druid.DataSegment{day(1, building)}, "field [segments[0].shardSpec.type] is [building_numbered], but must be one of [\"none\" \"linear\" "},
		{[]druid.DataSegment{day(1, druid.Numbered(maxPartition+1, 0))}, "field [segments[0].shardSpec.partitionNum] is 2147483647"},
		{[]druid.DataSegment{day(1, druid.Numbered(0, maxPartition+1))}, "field [segments[0].shardSpec.partitions] is 2147483647"},
		{[]druid.DataSegment{day(1, druid.Numbered(0, maxPartialCores))}, ""},
		{[]druid.DataSegment{day(1, druid.Numbered(0, maxPartialCores+1))}, "field [segments[0].shardSpec.partitions] is 32769, but the request has 1 of the time chunk"},
		{[]druid.DataSegment{day(1, druid.Numbered(maxPartialCores+1, maxPartialCores+1))}, ""}, // appended
		{[]druid.DataSegment{day(1, druid.Numbered(0, 1)), larger}, "field [segments[1]] has the id of [segments[0]], wiki_1970-01-02"},
		{[]druid.DataSegment{day(2, druid.Numbered(0, 1)), day(3, druid.Numbered(0, 1)), long}, "field [segments.interval]: there would be segments of version[v] over ["},
	} {
		if err := checkSegments(c.segments); (err == nil) != (c.because == "") || err != nil && !strings.Contains(err.Error(), c.because) {
			t.Errorf("%+v: %v, want %q", c.segments, err, c.because)
		}
	}
}
