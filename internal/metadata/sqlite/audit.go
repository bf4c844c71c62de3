package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// Audit implements metadata.Reader.
func (c *conn) Audit(ctx context.Context, q metadata.AuditQuery, fn func(*metadata.AuditRow) error) error {
	from, to := "", beyondText
	if q.Created != nil {
		from, to = instantText(q.Created.Start), instantText(q.Created.End)
	}
	var where strings.Builder
	args := []any{from, to}
	for _, filter := range []struct{ column, value string }{{"audit_key", q.Key}, {"type", q.Type}} {
		if filter.value != "" {
			where.WriteString(" AND " + filter.column + " = ?")
			args = append(args, filter.value)
		}
	}
	var row metadata.AuditRow
	return c.query(`SELECT audit_key, type, author, comment, created_date, payload, id FROM {audit}
		WHERE created_date >= ? AND created_date < ?`+where.String()+`
		ORDER BY created_date DESC, id DESC LIMIT ?`, func(stmt *sqlite3.Stmt) (err error) {
		row.Key, row.Type, row.Author, row.Comment = stmt.ColumnText(0), stmt.ColumnText(1), stmt.ColumnText(2), stmt.ColumnText(3)
		row.Unreadable = nil
		row.Created, err = c.instant(stmt, 4)
		if row.Payload = c.bytes(stmt, 5); err == nil {
			err = metadata.CheckAudit(row.Payload)
		}
		if err != nil {
			row.Unreadable = c.bad.Tell(c.names.base+"_audit", fmt.Sprintf("%d of %s", stmt.ColumnInt64(6), row.Key), err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return fn(&row)
	}, append(args, q.Max)...)
}

// InsertAudit implements metadata.Tx.
func (c *conn) InsertAudit(rows ...metadata.AuditRow) error {
	for _, row := range rows {
		_, err := c.exec(`INSERT INTO {audit}(audit_key, type, author, comment, created_date, payload) VALUES (?, ?, ?, ?, ?, ?)`,
			row.Key, row.Type, row.Author, row.Comment, row.Created, row.Payload)
		if err != nil {
			return fmt.Errorf("insert audit entry of %s: %w", row.Key, err)
		}
	}
	return nil
}

// DeleteAuditBefore implements metadata.Tx.
func (c *conn) DeleteAuditBefore(t druid.Instant, limit int) (int, error) {
	deleted, err := c.exec(`DELETE FROM {audit} WHERE id IN
		(SELECT id FROM {audit} WHERE created_date < ? ORDER BY created_date LIMIT ?)`, instantText(t), limit)
	if err != nil {
		return 0, fmt.Errorf("delete audit entries created before %s: %w", t, err)
	}
	return deleted, nil
}

// Config implements metadata.Reader.
func (c *conn) Config(_ context.Context, name string) ([]byte, error) {
	var payload []byte
	found := false
	err := c.query(`SELECT payload FROM {config} WHERE name = ?`, func(stmt *sqlite3.Stmt) error {
		payload, found = append([]byte{}, c.bytes(stmt, 0)...), true
		return nil
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
func (c *conn) SetConfig(name string, payload []byte) error {
	_, err := c.exec(`INSERT INTO {config}(name, payload) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET payload = excluded.payload`, name, payload)
	if err != nil {
		return fmt.Errorf("store config %s: %w", name, err)
	}
	return nil
}

// SwapConfig implements metadata.Tx. No other transaction writes meanwhile.
func (c *conn) SwapConfig(name string, old, payload []byte) error {
	is, err := c.Config(context.Background(), name)
	missing := errors.Is(err, metadata.ErrNotFound)
	if err != nil && !missing {
		return err
	}
	if missing != (old == nil) || !bytes.Equal(is, old) {
		return fmt.Errorf("config %s: %w", name, metadata.ErrChanged)
	}
	return c.SetConfig(name, payload)
}
