package sqlite

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// TaskPage implements metadata.Reader. As in read, the rows that were created at the same time as the one before the page are walked by a statement of their own.
func (c *conn) TaskPage(ctx context.Context, q metadata.TaskPageQuery) (page metadata.TaskPage, err error) {
	oldest, end := createdTexts(q.Created)
	looked := 0
	var last metadata.TaskPlace
	more := func() {
		next := last
		page.Next = &next
	}
	walk := func(bounds string, values ...any) error {
		index, filter, args := walkFor(&q)
		return c.query(`SELECT `+taskColumns+` FROM {tasks} INDEXED BY `+index+` WHERE active = 0 AND `+bounds+filter+` ORDER BY created_date DESC, id DESC`,
			func(stmt *sqlite3.Stmt) error {
				if len(page.Rows) == q.Max || looked == metadata.LookedAt {
					more()
					return errStop
				}
				looked++
				last.ID, last.Created = stmt.ColumnText(0), stmt.ColumnText(1)
				var row metadata.TaskRow
				if c.taskRow(stmt, &row); q.Matches(&row) {
					page.Rows = append(page.Rows, row)
				}
				return ctx.Err()
			}, append(values, args...)...)
	}
	if after := q.After; after != nil && after.Created >= oldest && after.Created < end {
		err = walk(`created_date = ? AND id < ?`, after.Created, after.ID)
	}
	if err == nil && page.Next == nil {
		if q.After != nil {
			end = min(end, q.After.Created)
		}
		err = walk(`created_date >= ? AND created_date < ?`, oldest, end)
	}
	if err != nil {
		return metadata.TaskPage{}, fmt.Errorf("read a page of complete tasks: %w", err)
	}
	return page, nil
}

// createdTexts are the bounds of created_date for a span, of which the second is excluded.
func createdTexts(span *druid.Interval) (from, to string) {
	if span == nil {
		return "", beyondText
	}
	return instantText(span.Start), instantText(span.End)
}

// walkFor is the index that has the final tasks of a query in the order of the list, with the fewest others among them, and the condition for it.
func walkFor(q *metadata.TaskPageQuery) (index, filter string, args []any) {
	switch dataSource, typ := q.DataSource, q.Type; {
	case q.GroupID != "":
		return "{idx_tasks_complete_group}", " AND group_id = ?", []any{q.GroupID}
	case q.State == druid.Failed, q.State != "" && dataSource == "" && typ == "": // most tasks succeed
		return "{idx_tasks_complete_outcome}", " AND outcome = ?", []any{string(q.State)}
	case dataSource != "" && typ != "":
		return "{idx_tasks_complete_both}", " AND datasource = ? AND type = ?", []any{dataSource, typ}
	case dataSource != "":
		return "{idx_tasks_complete_datasource}", " AND datasource = ?", []any{dataSource}
	case typ != "":
		return "{idx_tasks_complete_type}", " AND type = ?", []any{typ}
	}
	return "{idx_tasks_complete}", "", nil
}

// CountTasks implements metadata.Reader.
func (c *conn) CountTasks(_ context.Context, q metadata.TaskPageQuery) (n int, err error) {
	from, to := createdTexts(q.Created)
	index, filter, values := walkFor(&q)
	args := append([]any{from, to}, values...)
	also := func(condition, value string) {
		if value != "" {
			filter += " AND " + condition
			args = append(args, value)
		}
	}
	also("datasource = ?", q.DataSource)
	also("type = ?", q.Type)
	also("outcome = ?", string(q.State))
	also("instr(id, ?) > 0", q.IDPart)
	err = c.query(`SELECT count(*) FROM (SELECT 1 FROM {tasks} INDEXED BY `+index+` WHERE active = 0 AND created_date >= ? AND created_date < ?`+filter+` LIMIT ?)`,
		func(stmt *sqlite3.Stmt) error {
			n = int(stmt.ColumnInt64(0))
			return nil
		}, append(args, q.Max)...)
	if err != nil {
		return 0, fmt.Errorf("count complete tasks: %w", err)
	}
	return n, nil
}
