package metadatatest

import (
	"encoding/json"
	"errors"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

func testSegments(s *suite) {
	s.run("a row comes back as it went in", func(b *bench) {
		numbered := segment("wiki ü", hours(0, 24), "2026-01-01T00:00:00.000Z", 3)
		numbered.UpgradedFrom = "parent"
		numbered.UsedStatusLastUpdated = day + 5
		tombstone := segment("wiki ü", hours(24, 48), "v", 0)
		tombstone.Segment.ShardSpec, tombstone.Segment.BinaryVersion = druid.Tombstone(), 0
		tombstone.Segment.Dimensions, tombstone.Segment.Metrics = nil, nil
		tombstone.Segment.LastCompactionState = json.RawMessage(`{"a":1}`)
		b.insertSegments(numbered, tombstone)
		got, err := b.store.UsedSegments(b.ctx, "wiki ü", nil)
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", got, []metadata.SegmentRow{numbered, tombstone})
	})
	s.run("existing ids are skipped", func(b *bench) {
		first, second := segment("wiki", hours(0, 1), "v", 0), segment("wiki", hours(0, 1), "v", 1)
		b.insertSegments(first)
		changed := first
		changed.Segment.Size = 99
		b.update(func(tx metadata.Tx) error {
			inserted, err := tx.InsertSegments([]metadata.SegmentRow{changed, second})
			b.same("inserted", inserted, []string{second.Segment.ID().String()})
			return err
		})
		got, err := b.store.UsedSegments(b.ctx, "wiki", nil)
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", got, []metadata.SegmentRow{first, second})
	})
	s.run("marked unused only once", func(b *bench) {
		b.insertSegments(segment("wiki", hours(0, 1), "v", 0), segment("wiki", hours(0, 2), "v", 0), segment("other", hours(0, 1), "v", 0))
		for i, want := range []int{1, 0} {
			b.update(func(tx metadata.Tx) error {
				marked, err := tx.MarkUnused("wiki", hours(0, 1), nil, day+druid.Instant(10+i))
				b.same("number marked", marked, want)
				return err
			})
		}
		got, err := b.store.UnusedSegments(b.ctx, metadata.UnusedQuery{DataSource: "wiki", Interval: druid.Eternity})
		if err != nil {
			b.Fatal(err)
		}
		want := segment("wiki", hours(0, 1), "v", 0)
		want.Used, want.UsedStatusLastUpdated = false, day+10
		b.same("unused", got, []metadata.SegmentRow{want})
	})
	s.run("all there are", func(b *bench) {
		unused := segment("a", hours(0, 1), "v", 1)
		unused.Used = false
		b.insertSegments(segment("b", hours(0, 1), "v", 0), unused, segment("a", hours(0, 1), "v", 0))
		got := map[string]bool{}
		all := func(row *metadata.SegmentRow) error { got[row.Segment.ID().String()] = row.Used; return nil }
		if err := b.store.AllSegments(b.ctx, all); err != nil {
			b.Fatal(err)
		}
		want := map[string]bool{unused.Segment.ID().String(): false}
		for _, name := range []string{"a", "b"} {
			used := segment(name, hours(0, 1), "v", 0)
			want[used.Segment.ID().String()] = true
		}
		b.same("segments", got, want)
		enough := errors.New("enough")
		if err := b.store.AllSegments(b.ctx, func(*metadata.SegmentRow) error { return enough }); !errors.Is(err, enough) {
			b.Errorf("the callback's error became %v", err)
		}
	})
	s.run("those whose files may lie elsewhere", func(b *bench) {
		at := func(name string, partition int, path string, used bool) metadata.SegmentRow {
			row := segment(name, hours(0, 1), "v", partition)
			row.Segment.LoadSpec, row.Used = json.RawMessage(`{"type":"local","path":"`+path+`"}`), used
			return row
		}
		folder := "/" + hours(0, 1).Start.String() + "_" + hours(0, 1).End.String() + "/v/"
		own, ownZip := at("wiki", 0, "/deep/wiki"+folder+"0/index/", true), at("wiki", 1, "/deep/wiki"+folder+"1/0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001/index.zip", false)
		noted := at("wiki", 5, "/deep/wiki"+folder+"1/index/", true)
		noted.Segment.LoadSpec = append(noted.Segment.LoadSpec[:len(noted.Segment.LoadSpec)-1], `,"note":"/deep/wiki`+folder+`5/index/"}`...)
		twice := at("wiki", 6, "/deep/wiki"+folder+"6/index/other/"+folder+"1/index/", true)
		far := at("wiki", 3, "/deep/wiki"+folder+"3/index/", true)
		far.Segment.Interval = druid.Eternity
		lost := at("wiki", 4, "/deep/wiki"+folder+"4/../9/index/", true)
		thief, other := at("wiki", 2, "/deep/wiki"+folder+"1/index/", false), at("other", 0, "/deep/wiki"+folder+"0/index/", true)
		inBucket := func(partition int, bucket, key, schema string) metadata.SegmentRow {
			row := segment("wiki", hours(0, 1), "v", partition)
			row.Segment.LoadSpec = json.RawMessage(`{"type":"s3_zip","bucket":"` + bucket + `","key":"` + key + `","S3Schema":"` + schema + `"}`)
			return row
		}
		const unique = "0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001"
		inPlace := []metadata.SegmentRow{
			own, ownZip,
			inBucket(20, "deep", "druid/segments/wiki"+folder+"20/"+unique+"/index.zip", "s3n"),
			inBucket(21, "deep", "druid/segments/wiki"+folder+"21/index.zip", "s3a"),
			inBucket(22, "deep", "wiki"+folder+"22/index.zip", "s3n"),
			inBucket(23, "deep", "wiki"+folder+"23/"+unique+"/index.zip", "s3n"),
		}
		outOfPlace := []metadata.SegmentRow{
			thief, other, far, lost, noted, twice,
			inBucket(30, "deep", "druid/segments/wiki"+folder+"1/index.zip", "s3n"),
			inBucket(31, "deep", "wiki"+folder+"1/"+unique+"/index.zip", "s3n"),
			inBucket(32, "a/wiki"+folder+"32", "index.zip", "s3n"),
			inBucket(33, "deep", "x/wiki"+folder+"33/descriptor.json", "s3n"),
			inBucket(34, "deep", "x/wiki"+folder+"34/index.zip", "other"),
			inBucket(35, "deep", "x/wiki"+folder+"35/index.zip", `s3n","note":"/wiki`+folder+`1/index.zip`),
			inBucket(36, `deep\"`, "x/wiki"+folder+"36/index.zip", "s3n"),
			inBucket(37, "deep", "", "s3n"),
			inBucket(38, "deep", "otherwiki"+folder+"38/index.zip", "s3n"),
		}
		b.insertSegments(append(slices.Clone(inPlace), outOfPlace...)...)
		got := map[string]bool{}
		err := b.store.SegmentsElsewhere(b.ctx, func(row *metadata.SegmentRow) error {
			got[row.Segment.ID().String()] = row.Used
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		want := map[string]bool{}
		for _, row := range outOfPlace {
			want[row.Segment.ID().String()] = row.Used
		}
		b.same("segments", got, want)
	})
	s.run("the data sources that have used segments", func(b *bench) {
		unused := segment("b", hours(0, 1), "v", 0)
		unused.Used = false
		b.insertSegments(segment("c", hours(0, 1), "v", 0), segment("a", hours(0, 1), "v", 0), segment("c", hours(1, 2), "v", 0), unused, segment("b2", hours(0, 1), "v", 0))
		got, err := b.store.DataSources(b.ctx, true)
		if err != nil {
			b.Fatal(err)
		}
		b.same("names", got, []string{"a", "b2", "c"})
		if got, err = b.store.DataSources(b.ctx, false); err != nil {
			b.Fatal(err)
		}
		b.same("names of those with unused ones", got, []string{"b"})
	})
	s.run("by id, used or not", func(b *bench) {
		used, unused, other := segment("wiki", hours(0, 1), "v", 0), segment("wiki", hours(0, 1), "v", 1), segment("other", hours(0, 1), "v", 0)
		unused.Used = false
		b.insertSegments(used, unused, other)
		ids := append(segmentIDs([]metadata.SegmentRow{unused, used}), "nothing", other.Segment.ID().String())
		got, err := b.store.SegmentsByID(b.ctx, "wiki", ids)
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", got, []metadata.SegmentRow{unused, used})
		b.update(func(tx metadata.Tx) error {
			deleted, err := tx.DeleteSegments(ids[:3])
			b.same("number deleted", deleted, 1)
			return err
		})
		if got, err = b.store.SegmentsByID(b.ctx, "wiki", ids); err != nil {
			b.Fatal(err)
		}
		b.same("left", got, []metadata.SegmentRow{used})
	})
}

func testSegmentIntervals(s *suite) {
	fill := func(b *bench) (ids []string) {
		var rows []metadata.SegmentRow
		for _, row := range []metadata.SegmentRow{
			segment("wiki", hours(0, 1), "v", 0), segment("wiki", hours(0, 24), "v", 0), segment("wiki", hours(1, 2), "v", 0),
			segment("wiki", hours(1, 2), "v", 1), segment("wiki", hours(1, 2), "w", 0), segment("wiki", hours(2, 3), "v", 0),
		} {
			rows = append(rows, row)
			unused := row
			unused.Segment.DataSource, unused.Used = "unused", false
			rows = append(rows, unused)
			ids = append(ids, row.Segment.ID().String())
		}
		b.insertSegments(rows...)
		return ids
	}
	pick := func(ids []string, indexes ...int) []string {
		picked := []string{}
		for _, i := range indexes {
			picked = append(picked, ids[i])
		}
		return picked
	}
	s.run("used segments that overlap", func(b *bench) {
		ids := fill(b)
		for _, test := range []struct {
			intervals []druid.Interval
			want      []string
		}{
			{nil, ids},
			{[]druid.Interval{}, nil},
			{[]druid.Interval{druid.Eternity}, ids},
			{[]druid.Interval{hours(1, 2)}, pick(ids, 1, 2, 3, 4)},
			{[]druid.Interval{hours(2, 3), hours(0, 1)}, pick(ids, 0, 1, 5)},
			{[]druid.Interval{hours(1, 2), hours(1, 2), hours(0, 3)}, ids},
			{[]druid.Interval{hours(24, 25)}, nil},
			{[]druid.Interval{hours(-1, 0)}, nil},
		} {
			got, err := b.store.UsedSegments(b.ctx, "wiki", test.intervals)
			if err != nil {
				b.Fatal(err)
			}
			b.same("ids", segmentIDs(got), append([]string{}, test.want...))
			b.checkChunks(test.intervals, got)
		}
	})
	s.run("unused segments within", func(b *bench) {
		fill(b)
		before, after := day-1, day
		for _, test := range []struct {
			name string
			q    metadata.UnusedQuery
			want int
		}{
			{"all", metadata.UnusedQuery{Interval: druid.Eternity}, 6},
			{"an hour", metadata.UnusedQuery{Interval: hours(1, 2)}, 3},
			{"half an hour", metadata.UnusedQuery{Interval: druid.Interval{Start: day, End: day + hour/2}}, 0},
			{"versions", metadata.UnusedQuery{Interval: druid.Eternity, Versions: []string{"w", "x"}}, 1},
			{"more versions than a statement has values", metadata.UnusedQuery{Interval: druid.Eternity, Versions: manyVersions("w", "x")}, 1},
			{"limit of many versions", metadata.UnusedQuery{Interval: druid.Eternity, Versions: manyVersions("v"), Max: 2}, 2},
			{"no version", metadata.UnusedQuery{Interval: druid.Eternity, Versions: []string{}}, 0},
			{"limit", metadata.UnusedQuery{Interval: druid.Eternity, Max: 2}, 2},
			{"limit of a version", metadata.UnusedQuery{Interval: druid.Eternity, Versions: []string{"w"}, Max: 2}, 1},
			{"not old enough", metadata.UnusedQuery{Interval: druid.Eternity, UpdatedUntil: &before}, 0},
			{"old enough", metadata.UnusedQuery{Interval: druid.Eternity, UpdatedUntil: &after}, 6},
		} {
			test.q.DataSource = "unused"
			got, err := b.store.UnusedSegments(b.ctx, test.q)
			if err != nil {
				b.Fatal(err)
			}
			b.same(test.name, len(got), test.want)
		}
	})
}
