package sqldb

import (
	"context"
	"fmt"
	"math"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/metadata"
)

// reader is metadata.Reader, in a transaction or outside of one.
type reader struct {
	store *Store
	// with runs fn, which reads, perhaps more than once.
	with func(ctx context.Context, fn func(conn) error) error
}

// names reads rows that are one text each.
func (r reader) names(ctx context.Context, query string, args ...any) (names []string, err error) {
	err = r.with(ctx, func(c conn) error {
		names = nil
		return c.query(query, func(scan scan) error {
			var name string
			err := scan(&name)
			names = append(names, name)
			return err
		}, args...)
	})
	return names, err
}

// taskColumns has the payload of rows that an older version of Druid wrote, which have type and group in it alone.
func (s *Store) taskColumns() string {
	const common = `id, created_date, datasource, status_payload, active, `
	if !s.found.has("tasks", "type") || !s.found.has("tasks", "group_id") {
		return common + `NULL, NULL, payload`
	}
	return common + `type, group_id, CASE WHEN type IS NULL OR group_id IS NULL THEN payload END`
}

// taskRow is the row of taskColumns; more are the columns behind them.
func (s *Store) taskRow(scan scan, texts metadata.Texts, more ...any) (row metadata.TaskRow, err error) {
	var (
		created       string
		status, whole []byte
		active        bool
		typ, group    *string
		fromPayload   struct {
			Type    string `json:"type"`
			GroupID string `json:"groupId"`
		}
		columns        = []any{&row.ID, &created, &row.DataSource, &status, &active, &typ, &group, &whole}
		unreadable     error
		unreadableTask = func(err error) {
			if unreadable == nil {
				unreadable = err
			}
		}
	)
	if err := scan(append(columns, more...)...); err != nil {
		return row, err
	}
	row.DataSource = texts.Of([]byte(row.DataSource))
	if whole != nil {
		_ = jsontext.Unmarshal(whole, &fromPayload) // what cannot be read has neither
		typ, group = &fromPayload.Type, &fromPayload.GroupID
	}
	if typ != nil {
		row.Type = texts.Of([]byte(*typ))
	}
	if group != nil {
		row.GroupID = *group
	}
	if row.Created, err = druid.ParseInstant(created); err != nil {
		unreadableTask(fmt.Errorf("column created_date: %w", err))
	}
	row.Status.ID = row.ID
	if err := metadata.DecodeStatus(status, texts, &row.Status); err != nil {
		unreadableTask(err)
	}
	if unreadable == nil {
		return row, nil
	}
	row.Unreadable = s.bad.Tell(s.names.table("tasks"), row.ID, unreadable)
	row.Status = druid.TaskStatus{
		ID: row.ID, Duration: -1, ErrorMsg: druid.TruncateErrorMsg(row.Unreadable.Error()), Location: druid.UnknownLocation,
	}
	if active {
		row.Status.State = druid.Running
	}
	return row, nil
}

// Task implements metadata.Reader.
func (r reader) Task(ctx context.Context, id string) (*metadata.TaskRow, error) {
	var row *metadata.TaskRow
	err := r.with(ctx, func(c conn) error {
		return c.query(`SELECT `+r.store.taskColumns()+`, payload FROM {tasks} WHERE {is id}`, func(scan scan) error {
			var payload []byte
			read, err := r.store.taskRow(scan, metadata.Texts{}, &payload)
			read.Payload = payload
			row = &read
			return err
		}, name(id))
	})
	if err != nil {
		return nil, fmt.Errorf("read task %s: %w", id, err)
	}
	if row == nil {
		return nil, fmt.Errorf("task %s: %w", id, metadata.ErrNotFound)
	}
	return row, nil
}

// PayloadSize implements metadata.Reader.
func (r reader) PayloadSize(ctx context.Context, id string) (int64, error) {
	size := int64(-1)
	err := r.with(ctx, func(c conn) error {
		return c.query(`SELECT octet_length(payload) FROM {tasks} WHERE {is id}`, func(scan scan) error { return scan(&size) }, name(id))
	})
	if err != nil {
		return 0, fmt.Errorf("read the size of task %s: %w", id, err)
	}
	if size < 0 {
		return 0, fmt.Errorf("task %s: %w", id, metadata.ErrNotFound)
	}
	return size, nil
}

// TaskStatuses implements metadata.Reader.
func (r reader) TaskStatuses(ctx context.Context, ids []string) ([]metadata.TaskRow, error) {
	found := map[string]metadata.TaskRow{}
	texts := metadata.Texts{}
	err := inChunks(ids, someKeys, func(ids []string) error {
		return r.with(ctx, func(c conn) error {
			return c.query(`SELECT `+r.store.taskColumns()+` FROM {tasks} WHERE id IN (`+marks(len(ids))+`)`, func(scan scan) error {
				row, err := r.store.taskRow(scan, texts)
				found[row.ID] = row
				return err
			}, anys(ids)...)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the statuses of %d tasks: %w", len(ids), err)
	}
	rows := make([]metadata.TaskRow, 0, len(found))
	for _, id := range ids {
		if row, there := found[id]; there {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// ActiveTaskIDs implements metadata.Reader.
func (r reader) ActiveTaskIDs(ctx context.Context) (ids []string, err error) {
	ids, err = r.names(ctx, `SELECT id FROM {tasks} WHERE active = TRUE`)
	if err != nil {
		return nil, fmt.Errorf("list the ids of active tasks: %w", err)
	}
	return ids, nil
}

// ActiveTasks implements metadata.Reader. Each page is a statement of its own; a task that becomes active meanwhile may be missing.
func (r reader) ActiveTasks(ctx context.Context, fn func(*metadata.TaskRow) error) error {
	texts := metadata.Texts{}
	var created, id string
	for first, most := true, pageRows/10; ; first = false {
		var after condition
		if !first {
			after.add(` AND created_date >= ? AND (created_date > ? OR id > ?)`, created, created, id)
		}
		var page []metadata.TaskRow
		var text []string // created_date of each, as it is stored
		bytes := 0
		err := r.with(ctx, func(c conn) error {
			page, text, bytes = page[:0], text[:0], 0
			return c.query(`SELECT `+r.store.taskColumns()+`, payload, created_date FROM {tasks} WHERE active = TRUE`+after.text.String()+`
				ORDER BY created_date, id LIMIT ?`, func(scan scan) error {
				var payload []byte
				var at string
				row, err := r.store.taskRow(scan, texts, &payload, &at)
				row.Payload = payload
				page, text, bytes = append(page, row), append(text, at), bytes+len(payload)
				return err
			}, append(after.args, most)...)
		})
		if err != nil {
			return fmt.Errorf("list active tasks: %w", err)
		}
		if err := handOn(ctx, page, fn); err != nil {
			return err
		}
		if len(page) < most {
			return nil
		}
		created, id = text[len(text)-1], page[len(page)-1].ID
		most = max(1, min(pageRows, pageBytes*most/max(bytes, 1)))
	}
}

// CompleteTasks implements metadata.Reader.
func (r reader) CompleteTasks(ctx context.Context, q metadata.TaskQuery, fn func(*metadata.TaskRow) error) error {
	texts := metadata.Texts{}
	left := q.Max
	if left < 0 {
		left = math.MaxInt
	}
	typed := r.store.found.has("tasks", "type")
	var created, id string
	most := min(left, pageRows)
	for first := true; left > 0; first = false {
		var where condition
		if q.DataSource != "" {
			where.add(` AND {is datasource}`, name(q.DataSource))
		}
		if q.Type != "" && typed {
			where.add(` AND (type = ? OR type IS NULL)`, q.Type)
		}
		if q.Created != nil {
			where.compare(` AND created_date >=`, q.Created.Start)
			where.compare(` AND created_date <`, q.Created.End)
		}
		if where.none {
			return nil
		}
		if !first {
			where.behind(created, id)
		}
		if !first {
			most = min(left, statusRows)
		}
		page, last := make([]metadata.TaskRow, 0, most), ""
		err := r.with(ctx, func(c conn) error {
			page = page[:0]
			return c.query(`SELECT `+r.store.taskColumns()+`, created_date FROM {tasks} WHERE active = FALSE`+where.text.String()+`
				ORDER BY created_date DESC, id DESC LIMIT ?`, func(scan scan) error {
				row, err := r.store.taskRow(scan, texts, &last)
				page = append(page, row)
				return err
			}, append(where.args, most)...)
		})
		if err != nil {
			return fmt.Errorf("list complete tasks: %w", err)
		}
		err = handOn(ctx, page, func(row *metadata.TaskRow) error {
			if q.Type != "" && row.Type != q.Type { // of a row without a type of its own
				return nil
			}
			left--
			return fn(row)
		})
		if err != nil {
			return err
		}
		if len(page) < most {
			return nil
		}
		created, id = last, page[len(page)-1].ID
	}
	return nil
}
