package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
)

// conn runs statements: in a transaction, or each for itself on any connection.
type conn struct {
	store *Store
	ctx   context.Context // of the statements
	db    database
	// failed is called with each fault of a statement, unless it is nil.
	failed func(error)
}

// database is a connection, or all there are.
type database interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

// scan reads the columns of a row.
type scan func(columns ...any) error

// errStop, returned by the fn of query, ends the reading without an error.
var errStop = errors.New("stop reading")

// query calls fn for each row. No other statement may run in fn: the connection is at work. The database has its time for each row anew: how long
// all of them take depends on how many there are, and on fn.
func (c conn) query(statement string, fn func(scan) error, args ...any) (err error) {
	ctx, cancel := context.WithCancelCause(c.ctx)
	defer cancel(nil)
	timer := time.AfterFunc(c.store.patience, func() { cancel(context.DeadlineExceeded) })
	defer timer.Stop()
	rows, err := c.db.QueryContext(ctx, c.store.statement(statement), c.store.arguments(args)...)
	if err != nil {
		return c.fault(slow(ctx, err))
	}
	defer rows.Close()
	for rows.Next() {
		timer.Stop()
		if err := fn(rows.Scan); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
		timer.Reset(c.store.patience)
	}
	return c.fault(slow(ctx, rows.Err()))
}

// slow tells that an error is of a statement that took too long.
func slow(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// exec runs a statement and tells how many rows it changed.
func (c conn) exec(statement string, args ...any) (int, error) {
	result, err := c.run(statement, args)
	if err != nil {
		return 0, c.fault(err)
	}
	n, err := result.RowsAffected()
	return int(n), c.fault(err)
}

func (c conn) run(statement string, args []any) (sql.Result, error) {
	ctx, cancel := context.WithTimeout(c.ctx, c.store.patience)
	defer cancel()
	return c.db.ExecContext(ctx, c.store.statement(statement), c.store.arguments(args)...)
}

// insert adds a row, and tells whether its key was free. there is a query that finds who has one of its keys.
func (c conn) insert(statement string, args []any, there string, keys ...any) (bool, error) {
	result, err := c.run(statement+c.store.dialect.skipTaken, args)
	if err != nil && c.store.dialect.skipTaken == "" && c.store.dialect.fault(err).kind == taken {
		return false, nil
	}
	if err != nil {
		return false, c.fault(err)
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return n > 0, c.fault(err)
	}
	has := false
	err = c.query(there, func(scan) error {
		has = true
		return nil
	}, keys...)
	if err == nil && !has {
		err = metadata.NotStored()
	}
	return false, err
}

// insertMany adds the rows of these ids, and tells of which ids it has. Where the key of one is taken, all others are added, or none.
func (c conn) insertMany(statement string, args []any, ids []string) (stored map[string]bool, err error) {
	stored = make(map[string]bool, len(ids))
	if c.store.dialect.skipTaken != "" {
		err := c.query(statement+c.store.dialect.skipTaken+" RETURNING id", func(scan scan) error {
			var id string
			err := scan(&id)
			stored[id] = true
			return err
		}, args...)
		return stored, err
	}
	_, err = c.run(statement, args)
	if err != nil && c.store.dialect.fault(err).kind == taken {
		return stored, nil
	}
	for _, id := range ids {
		stored[id] = true
	}
	return stored, c.fault(err)
}

// insertNumbered adds so many rows to a table that counts its rows, and returns their numbers, which go up from row to row.
func (c conn) insertNumbered(rows int, statement string, args ...any) (ids []int64, err error) {
	if c.store.dialect.returnsID {
		err := c.query(statement+" RETURNING id", func(scan scan) error {
			var id int64
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, args...)
		if err == nil && len(ids) < rows {
			err = metadata.NotStored()
		}
		slices.Sort(ids)
		return ids, err
	}
	result, err := c.run(statement, args)
	if err != nil {
		return nil, c.fault(err)
	}
	first, err := result.LastInsertId()
	if err != nil {
		return nil, c.fault(err)
	}
	step := int64(1) // from row to row of one statement: more where several servers number their rows beside each other
	if rows > 1 {
		err = c.query(`SELECT @@auto_increment_increment`, func(scan scan) error { return scan(&step) })
	}
	for i := range rows {
		ids = append(ids, first+int64(i)*step)
	}
	return ids, err
}

// payload is what is to be stored in the row of an id.
type payload[K any] struct {
	id   K
	made func() []byte
}

const (
	// somePayloads is how many payloads, which may be large, a statement has.
	somePayloads = 100
	// largeStatement is how many bytes of payloads a statement has that has more than one of them. MySQL takes no statement of more than
	// max_allowed_packet, which is 16 MiB on some servers.
	largeStatement = 1 << 20
)

// replacePayloads puts payloads into those of the rows that are there, and tells how many there were.
func replacePayloads[K any](c conn, table, column string, payloads []payload[K]) (replaced int, err error) {
	err = inChunks(payloads, somePayloads, func(payloads []payload[K]) error {
		var ids []K
		var args []any
		for _, p := range payloads {
			ids, args = append(ids, p.id), append(args, p.id, p.made())
		}
		among, keys := in(c.store.dialect, "id", ids)
		n, err := c.exec(`UPDATE {`+table+`} SET `+column+` = CASE `+c.store.dialect.exactly("id")+strings.Repeat(` WHEN ? THEN ?`, len(ids))+` ELSE `+column+` END WHERE `+among, append(args, keys...)...)
		replaced += n
		return err
	})
	return replaced, err
}

// mustExec runs a statement that adds so many rows.
func (c conn) mustExec(rows int, statement string, args ...any) error {
	n, err := c.exec(statement, args...)
	if err == nil && n < rows {
		err = metadata.NotStored()
	}
	return err
}

// fault gives an error of the database its type, and tells of it.
func (c conn) fault(err error) error {
	if err == nil {
		return nil
	}
	if c.failed != nil {
		c.failed(err)
	}
	if c.store.dialect.fault(err).kind == other {
		c.store.found.stale.Store(true)
	}
	return c.store.typed(err)
}

// arguments makes what drivers take of what this package has.
func (s *Store) arguments(args []any) []any {
	made := make([]any, 0, len(args))
	for _, arg := range args {
		switch v := arg.(type) {
		case druid.Instant:
			made = append(made, v.String())
		case []byte:
			if v == nil {
				v = []byte{}
			}
			made = append(made, v)
		case name:
			if made = append(made, string(v)); s.dialect.loose {
				made = append(made, string(v))
			}
		default:
			made = append(made, arg)
		}
	}
	return made
}

// textOrNull is an empty text as NULL, as Druid stores what is not set.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

const (
	// someKeys is how many keys a statement names that finds a row by each.
	someKeys = 500
	// mostValues is how many values a statement has: PostgreSQL and MySQL take 65,535.
	mostValues = 10_000
)

// inChunks calls fn with so many keys at a time, so that no statement has too many values.
func inChunks[T any](keys []T, most int, fn func([]T) error) error {
	for len(keys) > 0 {
		n := min(len(keys), most)
		if err := fn(keys[:n]); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// inStatements calls fn with so many rows at a time as one statement may insert. size is that of a row's payload.
func inStatements[T any](rows []T, size func(T) int, fn func([]T) error) error {
	for len(rows) > 0 {
		n, bytes := 1, size(rows[0])
		for ; n < min(len(rows), somePayloads); n++ {
			if bytes += size(rows[n]); bytes > largeStatement {
				break
			}
		}
		if err := fn(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// anys appends keys to args.
func anys[K any](keys []K, args ...any) []any {
	args = slices.Grow(slices.Clip(args), len(keys))
	for _, key := range keys {
		args = append(args, key)
	}
	return args
}
