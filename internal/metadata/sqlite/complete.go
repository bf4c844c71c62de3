package sqlite

import (
	"context"
	"fmt"
	"math"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// completeReader reads the final tasks of a query, newest first. It reads them in pages so that whoever is slow to take them (a client
// behind a thin line) keeps no connection and no state of the database meanwhile.
type completeReader struct {
	query metadata.TaskQuery
	with  func(func(*conn) error) error // gives a connection, for one page each
	// The next row comes after (created, id) in the order of the list, and was not created before oldest.
	created, id any
	oldest      string
	told        map[string]bool // already
}

// each has the pages taken by take. Rows that come before all others are for fn.
func (r *completeReader) each(ctx context.Context, in pages, take func(*taskPage) error, fn func(*metadata.TaskRow) error) error {
	left := r.query.Max
	if left < 0 {
		left = math.MaxInt
	}
	r.created, r.oldest = beyondText, ""
	if created := r.query.Created; created != nil {
		r.created, r.oldest = instantText(created.End), instantText(created.Start)
	}
	if r.created == beyondText && left > 0 {
		if err := r.tellUndated(ctx, left, fn); err != nil {
			return err
		}
		left -= len(r.told)
	}
	return in(func(page *taskPage, hand handPage) error {
		for left > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			var all bool
			err := r.with(func(c *conn) (err error) {
				all, err = r.read(c, page, min(left, pageRows))
				return err
			})
			if err != nil {
				return err
			}
			left -= len(page.rows)
			if page, err = hand(page); err != nil || all {
				return err
			}
		}
		return nil
	}, take)
}

// tellUndated tells of final tasks that were submitted nobody knows when: they are in no order of time, and come first. There are hardly
// ever any.
func (r *completeReader) tellUndated(ctx context.Context, most int, fn func(*metadata.TaskRow) error) error {
	q := &r.query
	var rows []metadata.TaskRow
	err := r.with(func(c *conn) error {
		return c.query(`SELECT `+taskColumns+` FROM {tasks} WHERE `+isUndated+` ORDER BY id`, func(stmt *sqlite3.Stmt) error {
			var row metadata.TaskRow
			c.taskRow(stmt, &row)
			at := row.Unreadable != nil || q.Created == nil || q.Created.Contains(row.Created)
			if at && (q.DataSource == "" || q.DataSource == row.DataSource) && (q.Type == "" || q.Type == row.Type) {
				rows = append(rows, row)
			}
			if len(rows) == most {
				return errStop
			}
			return ctx.Err()
		})
	})
	if err != nil {
		return fmt.Errorf("list complete tasks without a time: %w", err)
	}
	for i := range rows {
		if r.told == nil {
			r.told = map[string]bool{}
		}
		r.told[rows[i].ID] = true
		if err := fn(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// isUndated is what the index of such tasks has.
const isUndated = `active = 0 AND (typeof(created_date) <> 'text' OR created_date NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-*')`

// read adds the next rows to a page, and tells whether they are all that is left. Those that were created at the same time as the last
// row come first, by a statement of their own: in one statement for all, each row would be compared with that twice.
func (r *completeReader) read(c *conn, page *taskPage, most int) (all bool, err error) {
	n := 0
	if r.id != nil {
		n, err = r.walk(c, page, most, `created_date = ? AND id < ?`, r.created, r.id)
	}
	if err == nil && n < most {
		var older int
		older, err = r.walk(c, page, most-n, `created_date >= ? AND created_date < ?`, r.oldest, r.created)
		n += older
	}
	if err != nil {
		return false, fmt.Errorf("list complete tasks: %w", err)
	}
	return n < most, nil
}

// walk is read for rows created within certain bounds; it tells how many there are. Whatever the filters, an index has the rows in this
// very order, so that reading ends where the rows do; SQLite is told which, because it cannot know how much shorter the walk is.
func (r *completeReader) walk(c *conn, page *taskPage, most int, bounds string, from, to any) (n int, err error) {
	filter, index := "", "{idx_tasks_complete}"
	args := []any{from, to}
	switch dataSource, typ := r.query.DataSource, r.query.Type; {
	case dataSource != "" && typ != "":
		filter, index, args = " AND datasource = ? AND type = ?", "{idx_tasks_complete_both}", append(args, dataSource, typ)
	case dataSource != "":
		filter, index, args = " AND datasource = ?", "{idx_tasks_complete_datasource}", append(args, dataSource)
	case typ != "":
		filter, index, args = " AND type = ?", "{idx_tasks_complete_type}", append(args, typ)
	}
	err = c.query(`SELECT `+taskColumns+` FROM {tasks} INDEXED BY `+index+`
		WHERE active = 0 AND `+bounds+filter+` ORDER BY created_date DESC, id DESC LIMIT ?`, func(stmt *sqlite3.Stmt) error {
		if n++; n == most {
			r.id, r.created = key(stmt, 0), key(stmt, 1)
		}
		if len(r.told) == 0 || !r.told[string(c.bytes(stmt, 0))] {
			page.add(stmt, false)
		}
		return nil
	}, append(args, most)...)
	return n, err
}
