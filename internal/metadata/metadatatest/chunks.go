package metadatatest

import (
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// checkChunks holds the time chunks that the store gives for intervals of data source wiki against its used segments there.
func (b *bench) checkChunks(intervals []druid.Interval, used []metadata.SegmentRow) {
	b.Helper()
	got, err := b.store.UsedChunks(b.ctx, "wiki", intervals)
	if err != nil {
		b.Fatal(err)
	}
	want := []timeline.Chunk{}
	for _, row := range used { // in order
		if c := chunkOf(row); len(want) == 0 || want[len(want)-1] != c {
			want = append(want, c)
		}
	}
	b.same(fmt.Sprintf("chunks in %v", intervals), got, want)
}

func chunkOf(row metadata.SegmentRow) timeline.Chunk {
	return timeline.Chunk{Interval: row.Segment.Interval, Version: row.Segment.Version}
}

func testChunks(s *suite) {
	s.run("the last segment, and how many come before", func(b *bench) {
		const version = "2026-01-01T00:00:00.000Z"
		for _, interval := range []druid.Interval{hours(0, 1), druid.Eternity} {
			var rows []metadata.SegmentRow
			for _, partition := range []int{0, 1, 9, 10, 123, 40_000} {
				rows = append(rows, segment("wiki_ü_1", interval, version, partition))
			}
			unused := segment("wiki_ü_1", interval, version, 50_000)
			unused.Used = false
			b.insertSegments(append(rows, unused, segment("wiki_ü_1", interval, version+"x", 60_000), segment("wiki_ü", interval, version, 70_000))...)
			chunk := chunkOf(unused)
			for _, test := range []struct {
				used bool
				want *metadata.SegmentRow
			}{{true, &rows[5]}, {false, &unused}} {
				last, err := b.store.LastSegments(b.ctx, "wiki_ü_1", []timeline.Chunk{chunk}, test.used)
				if err != nil {
					b.Fatal(err)
				}
				b.same("last", last, map[timeline.Chunk]metadata.SegmentRow{chunk: *test.want})
			}
			for below, want := range map[int]int{0: 0, 1: 1, 2: 2, 10: 3, 11: 4, 100_000: 6} {
				n, err := b.store.CountSegments(b.ctx, "wiki_ü_1", map[timeline.Chunk]int{chunk: below})
				if err != nil {
					b.Fatal(err)
				}
				b.same(fmt.Sprint("below ", below), n[chunk], want)
			}
		}
		none, err := b.store.LastSegments(b.ctx, "wiki", []timeline.Chunk{{Interval: hours(0, 1), Version: version}}, true)
		if err != nil || len(none) > 0 {
			b.Errorf("last of an empty chunk: %+v, %v", none, err)
		}
	})
	s.run("many chunks", func(b *bench) {
		const many = 250
		var rows []metadata.SegmentRow
		var chunks []timeline.Chunk
		below := map[timeline.Chunk]int{}
		for i := range many {
			first := segment("wiki", hours(i, i+1), "v", 0)
			rows = append(rows, first)
			if i%2 == 1 {
				rows = append(rows, segment("wiki", hours(i, i+1), "v", 1))
			}
			chunks = append(chunks, chunkOf(first), timeline.Chunk{Interval: hours(i, i+1), Version: "none"})
			below[chunks[2*i]], below[chunks[2*i+1]] = 1+i%3, 1
		}
		b.insertSegments(rows...)
		last, err := b.store.LastSegments(b.ctx, "wiki", chunks, true)
		if err != nil {
			b.Fatal(err)
		}
		counts, err := b.store.CountSegments(b.ctx, "wiki", below)
		if err != nil {
			b.Fatal(err)
		}
		b.same("number of chunks with segments", len(last), many)
		for i := range many {
			row := last[chunks[2*i]]
			b.same(fmt.Sprint("last of ", i), row.Segment.Interval, hours(i, i+1))
			b.same(fmt.Sprint("last number of ", i), row.Segment.ShardSpec.PartitionNum(), i%2)
			b.same(fmt.Sprint("count of ", i), counts[chunks[2*i]], min(1+i%2, 1+i%3))
			b.same(fmt.Sprint("count of none of ", i), counts[chunks[2*i+1]], 0)
		}
		b.update(func(tx metadata.Tx) error {
			n, err := tx.MarkChunksUnused("wiki", chunks[:2*many-2], day)
			b.same("number marked", n, len(rows)-2)
			return err
		})
		used, err := b.store.UsedSegments(b.ctx, "wiki", nil)
		if err != nil {
			b.Fatal(err)
		}
		b.same("used", segmentIDs(used), segmentIDs(rows[len(rows)-2:]))
	})
	s.run("a whole chunk is marked", func(b *bench) {
		rows := []metadata.SegmentRow{segment("wiki", hours(0, 1), "v", 0), segment("wiki", hours(0, 1), "v", 1)}
		others := []metadata.SegmentRow{segment("wiki", hours(0, 1), "w", 0), segment("wiki", hours(0, 2), "v", 0)}
		b.insertSegments(append(rows, others...)...)
		for _, want := range []int{2, 0} {
			b.update(func(tx metadata.Tx) error {
				n, err := tx.MarkChunksUnused("wiki", []timeline.Chunk{chunkOf(rows[0])}, day+7)
				b.same("number marked", n, want)
				return err
			})
		}
		got, err := b.store.UsedSegments(b.ctx, "wiki", nil)
		if err != nil {
			b.Fatal(err)
		}
		b.same("still used", got, others)
	})
	s.run("marked by id", func(b *bench) {
		used, unused := segment("wiki", hours(0, 1), "v", 0), segment("wiki", hours(0, 1), "v", 1)
		unused.Used = false
		b.insertSegments(used, unused)
		ids := append(segmentIDs([]metadata.SegmentRow{used, unused}), "nothing")
		for _, to := range []bool{true, false} {
			b.update(func(tx metadata.Tx) error {
				n, err := tx.SetUsed(ids, to, day+9)
				b.same("number changed", n, map[bool]int{true: 1, false: 2}[to])
				return err
			})
		}
		used.Used, used.UsedStatusLastUpdated, unused.UsedStatusLastUpdated = false, day+9, day+9
		got, err := b.store.SegmentsByID(b.ctx, "wiki", ids)
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", got, []metadata.SegmentRow{used, unused})
	})
	s.run("marked by version", func(b *bench) {
		for _, interval := range []druid.Interval{hours(0, 1), druid.Eternity} {
			b.insertSegments(segment("wiki", interval, "v", 0), segment("wiki", interval, "w", 0), segment("wiki", interval, "x", 0))
		}
		b.update(func(tx metadata.Tx) error {
			for _, test := range []struct {
				versions []string
				want     int
			}{{[]string{}, 0}, {[]string{"v", "y"}, 2}, {manyVersions("x"), 2}, {nil, 2}} {
				n, err := tx.MarkUnused("wiki", druid.Eternity, test.versions, day)
				if err != nil {
					return err
				}
				b.same(fmt.Sprint("number marked of ", len(test.versions), " versions"), n, test.want)
			}
			return nil
		})
	})
}

// manyVersions are more than PostgreSQL and MySQL take values of a statement, and these behind them.
func manyVersions(last ...string) []string {
	versions := make([]string, 66_000, 66_000+len(last))
	for i := range versions {
		versions[i] = fmt.Sprint("none", i)
	}
	return append(versions, last...)
}
