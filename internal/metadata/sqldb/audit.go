package sqldb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Audit implements metadata.Reader.
func (r reader) Audit(ctx context.Context, q metadata.AuditQuery, fn func(*metadata.AuditRow) error) error {
	left := q.Max
	if left < 0 {
		left = math.MaxInt
	}
	lastCreated, lastID := "", int64(0)
	for first := true; left > 0; first = false {
		var where condition
		where.add(`TRUE`)
		for _, filter := range []struct{ column, value string }{{"audit_key", q.Key}, {"type", q.Type}} {
			if filter.value != "" {
				where.add(` AND {is `+filter.column+`}`, name(filter.value))
			}
		}
		if q.Created != nil {
			where.compare(` AND created_date >=`, q.Created.Start)
			where.compare(` AND created_date <`, q.Created.End)
		}
		if where.none {
			return nil
		}
		if !first {
			where.behind(lastCreated, lastID)
		}
		most := min(left, pageRows)
		var page []metadata.AuditRow
		err := r.with(ctx, func(c conn) error {
			page = page[:0]
			return c.query(`SELECT audit_key, type, author, comment, payload, created_date, id FROM {audit} WHERE `+where.text.String()+`
				ORDER BY created_date DESC, id DESC LIMIT ?`, func(scan scan) (err error) {
				var row metadata.AuditRow
				if err := scan(&row.Key, &row.Type, &row.Author, &row.Comment, &row.Payload, &lastCreated, &lastID); err != nil {
					return err
				}
				if row.Created, err = druid.ParseInstant(lastCreated); err == nil {
					err = metadata.CheckAudit(row.Payload)
				}
				if err != nil {
					row.Unreadable = r.store.bad.Tell(r.store.names.table("audit"), fmt.Sprintf("%d of %s", lastID, row.Key), err)
				}
				page = append(page, row)
				return nil
			}, append(where.args, most)...)
		})
		if err != nil {
			return fmt.Errorf("read audit entries: %w", err)
		}
		if err := handOn(ctx, page, fn); err != nil {
			return err
		}
		if left -= len(page); len(page) < most {
			return nil
		}
	}
	return nil
}

// InsertAudit implements metadata.Tx. The columns take what fits; the payload has all of it.
func (t *transaction) InsertAudit(rows ...metadata.AuditRow) error {
	const name, comment = 255, 2048
	return inStatements(rows, func(row metadata.AuditRow) int { return len(row.Payload) }, func(rows []metadata.AuditRow) error {
		var args []any
		for _, row := range rows {
			args = append(args, cut(row.Key, name), cut(row.Type, name), cut(row.Author, name), cut(row.Comment, comment), row.Created, row.Payload)
		}
		err := t.conn.mustExec(len(rows), `INSERT INTO {audit}(audit_key, type, author, comment, created_date, payload) VALUES `+tuples(6, len(rows)), args...)
		if err != nil {
			return fmt.Errorf("insert audit entry of %s and %d others: %w", rows[0].Key, len(rows)-1, err)
		}
		return nil
	})
}

// cut is the first characters of a text.
func cut(text string, most int) string {
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i]
		}
	}
	return text
}

// DeleteAuditBefore implements metadata.Tx.
func (t *transaction) DeleteAuditBefore(before druid.Instant, limit int) (int, error) {
	var where condition
	where.compare(` AND created_date <`, before)
	if where.none {
		return 0, nil
	}
	// The derived table is for MySQL, which does not delete from a table that it reads in a subquery.
	deleted, err := t.conn.exec(`DELETE FROM {audit} WHERE id IN (SELECT id FROM
		(SELECT id FROM {audit} WHERE TRUE`+where.text.String()+` ORDER BY created_date LIMIT ?) oldest)`, append(where.args, limit)...)
	if err != nil {
		return 0, fmt.Errorf("delete audit entries created before %s: %w", before, err)
	}
	return deleted, nil
}

// Config implements metadata.Reader.
func (r reader) Config(ctx context.Context, name string) (payload []byte, err error) {
	err = r.with(ctx, func(c conn) (err error) {
		payload, err = c.config(name, "")
		return err
	})
	return payload, err
}

// config reads a row of druid_config, and locks it if lock says so.
func (c conn) config(name, lock string) (payload []byte, err error) {
	found := false
	err = c.query(`SELECT payload FROM {config} WHERE name = ?`+lock, func(scan scan) error {
		found = true
		return scan(&payload)
	}, name)
	if err != nil {
		return nil, fmt.Errorf("read config %s: %w", name, err)
	}
	if !found {
		return nil, fmt.Errorf("config %s: %w", name, metadata.ErrNotFound)
	}
	return payload, nil
}

// SetConfig implements metadata.Tx.
func (t *transaction) SetConfig(name string, payload []byte) error {
	changed, err := t.conn.exec(`UPDATE {config} SET payload = ? WHERE name = ?`, payload, name)
	if err == nil && changed == 0 {
		err = t.conn.mustExec(1, `INSERT INTO {config}(name, payload) VALUES (?, ?)`, name, payload)
	}
	if err != nil {
		return fmt.Errorf("store config %s: %w", name, err)
	}
	return nil
}

// SwapConfig implements metadata.Tx. A row that is not there cannot be locked: of two that insert it one finds it taken.
func (t *transaction) SwapConfig(name string, old, payload []byte) error {
	is, err := t.conn.config(name, " FOR UPDATE")
	missing := errors.Is(err, metadata.ErrNotFound)
	switch {
	case err != nil && !missing:
		return err
	case missing != (old == nil) || !bytes.Equal(is, old):
		return fmt.Errorf("config %s: %w", name, metadata.ErrChanged)
	case !missing:
		return t.SetConfig(name, payload)
	}
	free, err := t.conn.insert(`INSERT INTO {config}(name, payload) VALUES (?, ?)`, []any{name, payload}, `SELECT name FROM {config} WHERE name = ?`, name)
	if err == nil && !free {
		err = metadata.ErrChanged
	}
	if err != nil {
		return fmt.Errorf("store config %s: %w", name, err)
	}
	return nil
}
