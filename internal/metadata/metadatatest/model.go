package metadatatest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// testTaskListsByModel compares lists with those of a plain slice, over every combination of filters. There are more
// rows than a store is likely to read at once, and many were created in the same millisecond.
func testTaskListsByModel(s *suite) {
	s.run("every filter", func(b *bench) {
		random := rand.New(rand.NewPCG(1, 2))
		const tasks = 2500
		dataSources, types := []string{"wiki", "other", "rare"}, []string{"index", "noop", "kill"}
		var model []*metadata.TaskRow
		for i := range tasks {
			row := final(fmt.Sprintf("task%04d", i), dataSources[random.IntN(2)], types[random.IntN(2)], i/100+random.IntN(3))
			switch {
			case i%50 == 7:
				row.DataSource, row.Type = "rare", "kill"
			case i%9 == 0:
				row.Status = task(row.ID, "", "", 0).Status
			}
			model = append(model, row)
		}
		b.insertTasks(model...)
		for _, dataSource := range append(dataSources, "", "none") {
			for _, typ := range append(types, "", "none") {
				for _, created := range []*druid.Interval{nil, {Start: day + 5, End: day + 9}, {Start: day + 9, End: day + 9}, {}, {Start: druid.MinInstant, End: druid.MaxInstant}} {
					for _, limit := range []int{-1, 0, 1, 100, 600, tasks} {
						q := metadata.TaskQuery{DataSource: dataSource, Type: typ, Created: created, Max: limit}
						checkList(b, q, model)
					}
				}
			}
		}
	})
}

// checkList compares one list with the model. The order of tasks created in the same millisecond is free, and so is
// which of them a limit leaves out.
func checkList(b *bench, q metadata.TaskQuery, model []*metadata.TaskRow) {
	b.Helper()
	matches := slices.DeleteFunc(slices.Clone(model), func(row *metadata.TaskRow) bool {
		return row.Status.State == druid.Running ||
			q.DataSource != "" && row.DataSource != q.DataSource || q.Type != "" && row.Type != q.Type ||
			q.Created != nil && !q.Created.Contains(row.Created)
	})
	slices.SortStableFunc(matches, func(a, b *metadata.TaskRow) int { return cmp.Compare(b.Created, a.Created) })
	byID := map[string]*metadata.TaskRow{}
	for _, row := range matches {
		byID[row.ID] = row
	}
	if q.Max >= 0 && q.Max < len(matches) {
		matches = matches[:q.Max]
	}
	n := 0
	err := b.store.CompleteTasks(b.ctx, q, func(row *metadata.TaskRow) error {
		want := byID[row.ID]
		switch {
		case n >= len(matches):
			return fmt.Errorf("more than %d rows", len(matches))
		case want == nil:
			return fmt.Errorf("row %d is %s, which does not match or came before", n, row.ID)
		case row.Created != matches[n].Created || row.Type != want.Type || row.DataSource != want.DataSource || row.Status != want.Status:
			return fmt.Errorf("row %d is %+v, want %+v", n, row, want)
		}
		delete(byID, row.ID)
		n++
		return nil
	})
	if err == nil && n < len(matches) {
		err = fmt.Errorf("%d rows in place of %d", n, len(matches))
	}
	if err != nil {
		b.Errorf("%+v: %v", q, err)
	}
}

// testSegmentsByModel compares queries by interval with the definition, on random intervals, far ones among them.
func testSegmentsByModel(s *suite) {
	s.run("every interval", func(b *bench) {
		random := rand.New(rand.NewPCG(3, 4))
		ends := []druid.Instant{
			druid.MinInstant, -70_000_000_000_000, -62_167_219_200_001, -62_167_219_200_000, 0, day, day + 60_000, day + hour, day + 2*hour, day + 24*hour,
			day + 8*24*hour, day + 33*24*hour, day + 100*24*hour, day + 500*24*hour,
			253_402_300_799_999, 253_402_300_800_000, 300_000_000_000_000, druid.MaxInstant,
		}
		interval := func() druid.Interval {
			i := random.IntN(len(ends) - 1)
			return druid.Interval{Start: ends[i], End: ends[i+1+random.IntN(len(ends)-1-i)]}
		}
		var model []metadata.SegmentRow
		for i := range 150 {
			row := segment([]string{"wiki", "other"}[i%2], interval(), fmt.Sprint("v", i), i%3)
			row.Used = i%5 != 0
			model = append(model, row)
		}
		b.insertSegments(model...)
		for range 150 {
			wanted := []druid.Interval{interval(), interval()}
			rows, err := b.store.UsedSegments(b.ctx, "wiki", wanted)
			if err != nil {
				b.Fatal(err)
			}
			b.same(fmt.Sprintf("used segments of %v", wanted), sorted(rows), sorted(where(model, func(row *metadata.SegmentRow) bool {
				i := row.Segment.Interval
				return row.Used && row.Segment.DataSource == "wiki" && (i.Overlaps(wanted[0]) || i.Overlaps(wanted[1]))
			})))
			b.checkChunks(wanted, rows)
			rows, err = b.store.UnusedSegments(b.ctx, metadata.UnusedQuery{DataSource: "wiki", Interval: wanted[0]})
			if err != nil {
				b.Fatal(err)
			}
			b.same(fmt.Sprintf("unused segments of %v", wanted[0]), sorted(rows), sorted(where(model, func(row *metadata.SegmentRow) bool {
				return !row.Used && row.Segment.DataSource == "wiki" && wanted[0].Encloses(row.Segment.Interval)
			})))
		}
		// Marking in small steps, each step checked: a row must be marked exactly when it lies within.
		for range 30 {
			within, now := interval(), day+druid.Instant(random.IntN(1000))
			want := 0
			for i := range model {
				if model[i].Used && model[i].Segment.DataSource == "other" && within.Encloses(model[i].Segment.Interval) {
					model[i].Used, model[i].UsedStatusLastUpdated = false, now
					want++
				}
			}
			b.update(func(tx metadata.Tx) error {
				marked, err := tx.MarkUnused("other", within, nil, now)
				b.same("number marked", marked, want)
				return err
			})
		}
		rows, err := b.store.UnusedSegments(b.ctx, metadata.UnusedQuery{DataSource: "other", Interval: druid.Eternity})
		if err != nil {
			b.Fatal(err)
		}
		want := where(model, func(row *metadata.SegmentRow) bool { return !row.Used && row.Segment.DataSource == "other" })
		b.same("unused segments in the end", sorted(rows), sorted(want))
	})
}

func where(rows []metadata.SegmentRow, keep func(*metadata.SegmentRow) bool) []metadata.SegmentRow {
	return slices.DeleteFunc(slices.Clone(rows), func(row metadata.SegmentRow) bool { return !keep(&row) })
}

// sorted prints what a query must get right about each row, in an order of its own.
func sorted(rows []metadata.SegmentRow) string {
	var lines []string
	for _, row := range rows {
		lines = append(lines, fmt.Sprint(row.Segment.ID(), row.Used, row.UsedStatusLastUpdated))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
