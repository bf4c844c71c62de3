package chunk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/chunk"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/timeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestLikeTheTimeline compares what the summaries of chunks tell with what all their segments do.
func TestLikeTheTimeline(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		dataSource := fmt.Sprint("d", n)
		segments := draw(r, dataSource)
		rows := make([]metadata.SegmentRow, len(segments))
		for i, s := range segments {
			rows[i] = metadata.SegmentRow{Segment: s, Used: true}
		}
		if err := store.Update(t.Context(), func(tx metadata.Tx) error { _, err := tx.InsertSegments(rows); return err }); err != nil {
			r.Fatal(err)
		}
		within := interval(r)
		got, err := chunk.Slices(t.Context(), store, dataSource, within)
		if err != nil {
			r.Fatal(err)
		}
		var have, want []string
		describe := func(i druid.Interval, c timeline.Chunk, last druid.DataSegment) string {
			seen := druid.Interval{Start: max(i.Start, within.Start), End: min(i.End, within.End)}
			return fmt.Sprint(seen, c, last.ShardSpec.PartitionNum())
		}
		for _, s := range got {
			have = append(have, describe(s.Interval, s.Chunk.Chunk, s.Chunk.Last))
		}
		line := timeline.New(segments)
		for _, s := range line.Lookup(within) {
			for _, set := range line.Shown([]druid.Interval{s.Interval}) {
				want = append(want, describe(s.Interval, s.Chunk, set.Segments[len(set.Segments)-1]))
			}
		}
		if !slices.Equal(have, want) {
			r.Errorf("visible in %v of %v:\n%s\nwant\n%s", within, segments, strings.Join(have, "\n"), strings.Join(want, "\n"))
		}
		hidden, _, err := chunk.Overshadowed(t.Context(), store, dataSource, []druid.Interval{druid.Eternity})
		if err != nil {
			r.Fatal(err)
		}
		overshadowed, gone := map[timeline.Chunk]bool{}, map[druid.SegmentID]bool{}
		for _, s := range timeline.Overshadowed(segments) {
			gone[s.ID()] = true
			overshadowed[timeline.Chunk{Interval: s.Interval, Version: s.Version}] = true
		}
		for _, s := range segments {
			if !gone[s.ID()] { // others of its chunk may be hidden by partitions that overwrite them
				delete(overshadowed, timeline.Chunk{Interval: s.Interval, Version: s.Version})
			}
		}
		for _, c := range hidden {
			if !overshadowed[c] {
				r.Errorf("%v is not overshadowed in %v", c, segments)
			}
			delete(overshadowed, c)
		}
		if len(overshadowed) > 0 {
			r.Errorf("%v is overshadowed in %v", overshadowed, segments)
		}
	})
}

func interval(r *rapid.T) druid.Interval {
	start := rapid.IntRange(0, 7).Draw(r, "start")
	end := rapid.IntRange(start+1, 8).Draw(r, "end")
	return druid.Interval{Start: druid.Instant(start) * 3_600_000, End: druid.Instant(end) * 3_600_000}
}

// draw makes chunks with core partitions that may be missing, and partitions appended to them.
func draw(r *rapid.T, dataSource string) (segments []druid.DataSegment) {
	seen := map[timeline.Chunk]bool{}
	for range rapid.IntRange(0, 6).Draw(r, "chunks") {
		c := timeline.Chunk{Interval: interval(r), Version: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "version")}
		if seen[c] {
			continue
		}
		seen[c] = true
		core := rapid.IntRange(0, 3).Draw(r, "core")
		typ := rapid.SampledFrom([]string{"numbered", "hashed", "range", "single", "linear"}).Draw(r, "type")
		for _, partition := range rapid.SliceOfDistinct(rapid.IntRange(0, 4), rapid.ID).Draw(r, "partitions") {
			segments = append(segments, druid.DataSegment{
				DataSource: dataSource, Interval: c.Interval, Version: c.Version, ShardSpec: shard(r, typ, partition, core),
				LoadSpec: []byte(`{}`), BinaryVersion: 9,
			})
		}
		for n := range rapid.SampledFrom([]int{0, 0, 0, 2}).Draw(r, "overwriting") {
			segments = append(segments, druid.DataSegment{
				DataSource: dataSource, Interval: c.Interval, Version: c.Version, ShardSpec: overwriting(r, n),
				LoadSpec: []byte(`{}`), BinaryVersion: 9,
			})
		}
	}
	return segments
}

// shard is a partition of one of the types that number them; those after the core are appended ones.
func shard(r *rapid.T, typ string, partition, core int) (s druid.ShardSpec) {
	if typ == "numbered" || typ != "linear" && partition >= core {
		return druid.Numbered(partition, core)
	}
	text := fmt.Sprintf(`{"type":"%s","partitionNum":%d,"partitions":%d,"numCorePartitions":%d}`, typ, partition, core, core)
	if err := s.UnmarshalJSON([]byte(text)); err != nil {
		r.Fatal(err)
	}
	return s
}

// overwriting is a partition that takes the place of others of its chunk.
func overwriting(r *rapid.T, n int) (s druid.ShardSpec) {
	start := rapid.IntRange(0, 2).Draw(r, "first root")
	text := fmt.Sprintf(`{"type":"numbered_overwrite","partitionId":%d,"startRootPartitionId":%d,"endRootPartitionId":%d,"minorVersion":%d,"atomicUpdateGroupSize":%d}`,
		32768+n, start, rapid.IntRange(start+1, 4).Draw(r, "last root"), n+1, rapid.IntRange(1, 2).Draw(r, "group"))
	if err := s.UnmarshalJSON([]byte(text)); err != nil {
		r.Fatal(err)
	}
	return s
}
