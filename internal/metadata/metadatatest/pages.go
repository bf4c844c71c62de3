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

// testTaskPages compares pages with those of a plain slice, over every combination of filters.
func testTaskPages(s *suite) {
	s.run("every filter, page by page", func(b *bench) {
		random := rand.New(rand.NewPCG(3, 4))
		const tasks = 600
		var model []*metadata.TaskRow
		for i := range tasks {
			row := final(fmt.Sprintf("task%04d", i), []string{"wiki", "other"}[random.IntN(2)], []string{"index", "noop"}[random.IntN(2)], i/50+random.IntN(3))
			row.GroupID = fmt.Sprint("group", i%40)
			switch {
			case i%7 == 3:
				row.Status = ended(row.ID, druid.Failed)
				row.Status.ErrorMsg = `not ","status":"SUCCESS","duration":1`
			case i%11 == 0:
				row.Status = task(row.ID, "", "", 0).Status
			}
			model = append(model, row)
		}
		b.insertTasks(model...)
		for _, dataSource := range []string{"", "wiki", "none"} {
			for _, typ := range []string{"", "noop"} {
				for _, group := range []string{"", "group3"} {
					for _, state := range []druid.TaskState{"", druid.Success, druid.Failed} {
						for _, part := range []string{"", "k01", "K01"} {
							for _, created := range []*druid.Interval{nil, {Start: day + 3, End: day + 8}, {}, {Start: druid.MinInstant, End: druid.MaxInstant}} {
								q := metadata.TaskPageQuery{DataSource: dataSource, Type: typ, GroupID: group, State: state, IDPart: part, Created: created}
								checkPages(b, q, model, []int{1 + random.IntN(30), tasks + 1}[random.IntN(2)])
							}
						}
					}
				}
			}
		}
	})
	s.run("a page looks at so many tasks and no more", func(b *bench) {
		rows := []*metadata.TaskRow{final("wanted", "wiki", "noop", 0)}
		for i := range metadata.LookedAt + 5 {
			rows = append(rows, final(fmt.Sprint("other", i), "wiki", "noop", 1+i))
		}
		b.insertTasks(rows...)
		q := metadata.TaskPageQuery{IDPart: "wanted", Max: 10}
		page, err := b.store.TaskPage(b.ctx, q)
		if err != nil || len(page.Rows) != 0 || page.Next == nil || page.Next.ID != "other5" {
			b.Fatalf("first page: %+v, %v", page, err)
		}
		q.After = page.Next
		page, err = b.store.TaskPage(b.ctx, q)
		if err != nil || len(page.Rows) != 1 || page.Next != nil {
			b.Errorf("second page: %+v, %v", page, err)
		}
		q.After = &metadata.TaskPlace{Created: (day + 1).String(), ID: "other0"} // what comes after a task that is gone, or is not listed
		b.update(func(tx metadata.Tx) error {
			page, err := tx.TaskPage(b.ctx, q)
			if err != nil || len(page.Rows) != 1 || page.Next != nil {
				b.Errorf("last page: %+v, %v", page, err)
			}
			return nil
		})
	})
}

// checkPages reads all pages of a query, and counts.
func checkPages(b *bench, q metadata.TaskPageQuery, model []*metadata.TaskRow, size int) {
	b.Helper()
	var want []string
	for _, row := range newestFirst(model) {
		if row.Status.State != druid.Running && q.Matches(row) && (q.Created == nil || q.Created.Contains(row.Created)) {
			want = append(want, row.ID)
		}
	}
	var got []string
	q.Max = size
	for pages := 0; ; pages++ {
		page, err := b.store.TaskPage(b.ctx, q)
		if err != nil || pages > len(model) {
			b.Fatalf("%+v: page %d: %v", q, pages, err)
		}
		for _, row := range page.Rows {
			got = append(got, row.ID)
		}
		if page.Next == nil {
			break
		}
		q.After = page.Next
	}
	if !slices.Equal(got, want) {
		b.Errorf("%+v: %d rows in place of %d: %v in place of %v", q, len(got), len(want), got, want)
	}
	q.After = nil
	for _, most := range []int{-1, 0, 3} {
		q.Max = most
		wanted := len(want)
		if most >= 0 {
			wanted = min(wanted, most)
		}
		if n, err := b.store.CountTasks(b.ctx, q); err != nil || n != wanted {
			b.Errorf("%+v: counted %d in place of %d, %v", q, n, wanted, err)
		}
	}
}

func newestFirst(rows []*metadata.TaskRow) []*metadata.TaskRow {
	return slices.SortedFunc(slices.Values(rows), func(a, b *metadata.TaskRow) int {
		return cmp.Or(cmp.Compare(b.Created, a.Created), strings.Compare(b.ID, a.ID))
	})
}
