package sqldb

import (
	"context"
	"fmt"
	"math"

	"ovate/internal/metadata"
)

// TaskPage implements metadata.Reader. Druid's indexes lead to the final tasks by time, or to those of a data source; the other filters are looked at here,
// so that a statement never reads more rows than it returns.
func (r reader) TaskPage(ctx context.Context, q metadata.TaskPageQuery) (page metadata.TaskPage, err error) {
	texts := metadata.Texts{}
	place := q.After
	for looked, most := 0, q.Max+1; ; most = pageRows {
		where := createdIn(&q)
		if where.none {
			return page, nil
		}
		if place != nil {
			where.behind(place.Created, place.ID)
		}
		most = min(most, metadata.LookedAt-looked+1)
		var rows []metadata.TaskRow
		var created []string
		err := r.with(ctx, func(c conn) error {
			rows, created = rows[:0], created[:0]
			return c.query(`SELECT `+r.store.taskColumns()+`, created_date FROM {tasks} WHERE active = FALSE`+where.text.String()+`
				ORDER BY created_date DESC, id DESC LIMIT ?`, func(scan scan) error {
				var text string
				row, err := r.store.taskRow(scan, texts, &text)
				rows, created = append(rows, row), append(created, text)
				return err
			}, append(where.args, most)...)
		})
		if err != nil {
			return metadata.TaskPage{}, fmt.Errorf("read a page of complete tasks: %w", err)
		}
		for i := range rows {
			if len(page.Rows) == q.Max || looked == metadata.LookedAt {
				page.Next = place
				return page, nil
			}
			looked++
			place = &metadata.TaskPlace{Created: created[i], ID: rows[i].ID}
			if q.Matches(&rows[i]) {
				page.Rows = append(page.Rows, rows[i])
			}
		}
		if len(rows) < most {
			return page, nil
		}
	}
}

// createdIn is the condition for the data source and the time of a page's tasks.
func createdIn(q *metadata.TaskPageQuery) *condition {
	where := new(condition)
	if q.DataSource != "" {
		where.add(` AND {is datasource}`, name(q.DataSource))
	}
	if q.Created != nil {
		where.compare(` AND created_date >=`, q.Created.Start)
		where.compare(` AND created_date <`, q.Created.End)
	}
	return where
}

// CountTasks implements metadata.Reader. Where an older version of Druid has made the table, without columns for type and group, the rows are read. In a table that has
// them, rows which such a version left without are on pages, and are not counted by type or group.
func (r reader) CountTasks(ctx context.Context, q metadata.TaskPageQuery) (n int, err error) {
	if q.Type != "" && !r.store.found.has("tasks", "type") || q.GroupID != "" && !r.store.found.has("tasks", "group_id") {
		return r.countPages(ctx, q)
	}
	where := createdIn(&q)
	if where.none {
		return 0, nil
	}
	if q.Type != "" {
		where.add(` AND {is type}`, name(q.Type))
	}
	if q.GroupID != "" {
		where.add(` AND {is group_id}`, name(q.GroupID))
	}
	if q.IDPart != "" {
		where.add(` AND ` + find(r.store.dialect.constant(q.IDPart), r.store.dialect.bytesOf("id")) + ` > 0`)
	}
	if q.State != "" { // as Druid and this program write it; no other text can look like that
		where.add(` AND ` + find(r.store.dialect.constant(`","status":"`+string(q.State)+`","duration":`), "status_payload") + ` > 0`)
	}
	most := q.Max
	if most < 0 {
		most = math.MaxInt32
	}
	err = r.with(ctx, func(c conn) error {
		return c.query(`SELECT count(*) FROM (SELECT 1 FROM {tasks} WHERE active = FALSE`+where.text.String()+` LIMIT ?) matching`,
			func(scan scan) error { return scan(&n) }, append(where.args, most)...)
	})
	if err != nil {
		return 0, fmt.Errorf("count complete tasks: %w", err)
	}
	return n, nil
}

// countPages counts what pages have.
func (r reader) countPages(ctx context.Context, q metadata.TaskPageQuery) (n int, err error) {
	most := q.Max
	for q.After, q.Max = nil, pageRows; most < 0 || n < most; {
		page, err := r.TaskPage(ctx, q)
		if err != nil {
			return 0, err
		}
		if n += len(page.Rows); page.Next == nil {
			break
		}
		q.After = page.Next
	}
	if most >= 0 {
		n = min(n, most)
	}
	return n, nil
}
