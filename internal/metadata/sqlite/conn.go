package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// conn is one connection with the statements prepared on it, for one goroutine at a time. It has all that
// metadata.Tx asks for; the writer's conn is the Tx, and the Store reads through those of the readers.
type conn struct {
	db      *sqlite3.Conn
	names   *tableNames
	stmts   map[string]*sqlite3.Stmt // By the query as it stands in the code, with {tasks} for the table.
	buf     []byte                   // Scratch for one column's bytes.
	page    taskPage                 // Scratch for one task.
	texts   metadata.Texts
	bad     *metadata.UnreadableLog
	term    *term
	records *atomic.Bool // see Store
}

var _ metadata.Tx = (*conn)(nil)

func (c *conn) prepare(query string, args []any) (*sqlite3.Stmt, error) {
	stmt := c.stmts[query]
	if stmt == nil {
		var err error
		if stmt, err = c.db.Prepare(c.names.expand(query)); err != nil {
			return nil, fault(err)
		}
		c.stmts[query] = stmt
	} else if err := stmt.Reset(); err != nil {
		return nil, fault(err)
	}
	for i, arg := range args {
		if t, ok := arg.(druid.Instant); ok {
			arg = t.String()
		}
		if err := stmt.Bind(i+1, arg); err != nil {
			return nil, fault(err)
		}
	}
	return stmt, nil
}

// exec runs a statement that returns no rows and tells how many it changed.
func (c *conn) exec(query string, args ...any) (int, error) {
	stmt, err := c.prepare(query, args)
	if err != nil {
		return 0, err
	}
	if _, err := stmt.Step(); err != nil {
		return 0, fault(err)
	}
	changed := c.db.Changes()
	return changed, fault(stmt.Reset())
}

// errStop, returned by the fn of query, ends the reading without an error.
var errStop = errors.New("stop reading")

// leap is what a column of an index has, each text once and in its order: the query finds the first one behind another, so that rows between are not read.
func (c *conn) leap(ctx context.Context, query string) (all []string, err error) {
	last := ""
	for more := true; more; {
		more = false
		err := c.query(query, func(stmt *sqlite3.Stmt) error {
			more, last = true, stmt.ColumnText(0)
			all = append(all, last)
			return ctx.Err()
		}, last)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// query calls fn for each row. The same query must not run again inside fn. Whatever becomes of fn, a panic too, the statement is reset:
// one that is under way would keep the connection in the state that the database has now.
func (c *conn) query(query string, fn func(*sqlite3.Stmt) error, args ...any) (err error) {
	stmt, err := c.prepare(query, args)
	if err != nil {
		return err
	}
	defer func() {
		if resetErr := stmt.Reset(); err == nil {
			err = fault(resetErr)
		}
	}()
	for {
		row, err := stmt.Step()
		if err != nil {
			return fault(err)
		}
		if !row {
			return nil
		}
		if err := fn(stmt); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
}

// bytes is a column's value in a buffer that the next call reuses.
func (c *conn) bytes(stmt *sqlite3.Stmt, col int) []byte {
	c.buf = stmt.AppendColumn(c.buf[:0], col)
	return c.buf
}

// instant reads a column of Druid's timestamp text.
func (c *conn) instant(stmt *sqlite3.Stmt, col int) (druid.Instant, error) {
	t, err := druid.ParseInstant(string(c.bytes(stmt, col)))
	if err != nil {
		return 0, fmt.Errorf("column %s: %w", stmt.ColumnName(col), err)
	}
	return t, nil
}

// key reads a column for a comparison of the same query when it runs next. Bytes stay bytes: SQLite puts them after every text, so that
// a loop which goes on after their text would find them again without end.
func key(stmt *sqlite3.Stmt, col int) any {
	if stmt.ColumnType(col) != sqlite3.Blob {
		return stmt.ColumnText(col)
	}
	return stmt.AppendColumn(nil, col)
}

// textOrNull binds an empty text as NULL, as Druid stores what is not set.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// isTaken tells whether err is the refusal of a key that is there already.
func isTaken(err error) bool {
	switch sqlite3.CodeOf(err) {
	case sqlite3.ConstraintUnique, sqlite3.ConstraintPrimaryKey:
		return true
	default:
		return false
	}
}
