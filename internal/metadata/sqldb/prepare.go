package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"ovate/internal/metadata"
)

// found is what a database has of what came later, or is ovate's own. It changes while the store is open.
type found struct {
	now   atomic.Pointer[map[string]int] // by table.column and table.index, in lower case: the width of the column
	stale atomic.Bool                    // a statement was refused: perhaps something is gone
}

func (f *found) has(table, name string) bool {
	_, has := (*f.now.Load())[strings.ToLower(table+"."+name)]
	return has
}

// width is how many characters a column holds, 0 if that is not known.
func (f *found) width(table, column string) int {
	return (*f.now.Load())[strings.ToLower(table+"."+column)]
}

// prepare makes the tables that are missing, if it may, looks at those that are there, and asks the server what it is. The tables that are there stay as
// they are: a Java Overlord may lead on them. Another program may be making the same at the same time, and connections break: what fails is done again,
// unless nobody answers at that address, which whoever has mistyped it is told at once. A server that takes connections and is silent is given up
// after three times what connecting may take.
func (s *Store) prepare(ctx context.Context, connect time.Duration) error {
	const tries, connects = 3, 12
	begun := time.Now()
	for try := 1; ; try++ {
		err := s.prepareOnce(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch waited := time.Since(begun).Round(time.Second); {
		case s.dialect.fault(err).kind != unreachable:
			if try >= tries {
				return err
			}
		case !isBroken(err) || try >= connects:
			return err
		case waited >= tries*connect:
			return fmt.Errorf("it was waited for in vain for %v: %w", waited, err)
		default:
			s.log.Warn("the metadata database does not answer; trying again", "in", s.where, "waited", waited, "error", err)
			_ = s.pause(ctx, min(try, maxConnects-1), unreachable) // one that has ended is seen above
		}
	}
}

// isBroken tells of an error of the way to the server that there was a connection, or nearly. A table that is missing is no such error.
func isBroken(err error) bool {
	var failed *net.OpError
	return !errors.Is(err, fs.ErrNotExist) && (!errors.As(err, &failed) || failed.Op != "dial")
}

// prepareOnce prepares the tables, and what is known of the server.
func (s *Store) prepareOnce(ctx context.Context) (err error) {
	if err = s.prepareTables(ctx); err == nil {
		s.identity, err = s.identify(ctx)
	}
	if err == nil {
		err = s.warn(ctx)
	}
	return err
}

func (s *Store) prepareTables(ctx context.Context) error {
	for i := range tables {
		t := &tables[i]
		name := s.names.table(t.suffix)
		columns, err := s.columnsOf(ctx, t.suffix)
		switch {
		case err != nil:
			return fmt.Errorf("look for table %s: %w", name, err)
		case len(columns) > 0, t.own:
		case s.create:
			if err := s.makeTable(ctx, t); err != nil {
				return err
			}
		case t.needed:
			return fmt.Errorf("there is no table %s, and druid.metadata.storage.connector.createTables is false: "+
				"set it to true, make the table, or check druid.metadata.storage.tables.base: %w", name, fs.ErrNotExist)
		}
	}
	return s.look(ctx)
}

// look notes which columns and indexes there are.
func (s *Store) look(ctx context.Context) error {
	there := map[string]int{}
	for i := range tables {
		t := &tables[i]
		columns, err := s.columnsOf(ctx, t.suffix)
		var indexes []string
		if err == nil {
			indexes, err = s.list(ctx, s.dialect.indexes, s.names.table(t.suffix))
		}
		if err != nil {
			return fmt.Errorf("look for columns and indexes of table %s: %w", s.names.table(t.suffix), err)
		}
		if len(columns) == 0 && t.needed { // what it had is asked again once it is back
			s.found.stale.Store(true)
			return &metadata.TransientError{Err: fmt.Errorf("table %s is gone", s.names.table(t.suffix))}
		}
		for name, width := range columns {
			there[strings.ToLower(t.suffix+"."+name)] = width
		}
		for _, name := range indexes {
			there[strings.ToLower(t.suffix+"."+name)] = 0
		}
	}
	s.found.now.Store(&there)
	return nil
}

// columnsOf are the columns of a table, in lower case, and their widths; none if there is no such table. MariaDB lists none either while somebody changes the table: whoever reads
// it waits for that.
func (s *Store) columnsOf(ctx context.Context, suffix string) (columns map[string]int, err error) {
	const tries = 3
	ctx, cancel := context.WithTimeout(ctx, tries*s.patience)
	defer cancel()
	for range tries {
		columns, err = s.widths(ctx, s.names.table(suffix))
		if err != nil || len(columns) > 0 || s.define(ctx, "SELECT 1 FROM {"+suffix+"} WHERE FALSE") != nil {
			break
		}
	}
	return columns, err
}

func (s *Store) widths(ctx context.Context, table string) (columns map[string]int, err error) {
	columns = map[string]int{}
	c := conn{ctx: ctx, db: s.db, store: s}
	err = c.query(s.dialect.columns, func(scan scan) error {
		var name string
		var width int64
		err := scan(&name, &width)
		columns[strings.ToLower(name)] = int(width)
		return err
	}, table)
	return columns, err
}

// makeTable makes a table with all its columns and indexes. Two servers that start together on an empty database make the same: what the other one was
// faster with is there.
func (s *Store) makeTable(ctx context.Context, t *table) error {
	name := s.names.table(t.suffix)
	s.log.Info("a table of the metadata is made", "table", name)
	ctx, cancel := context.WithTimeout(ctx, s.patience) // nothing of an empty table takes long
	defer cancel()
	failed := s.define(ctx, "CREATE TABLE "+name+" ("+t.columns+")")
	columns, err := s.columnsOf(ctx, t.suffix)
	switch {
	case err != nil:
		return fmt.Errorf("look for table %s: %w", name, errors.Join(err, failed))
	case len(columns) == 0 && failed != nil:
		return fmt.Errorf("create table %s: %w", name, failed)
	}
	for _, c := range t.added {
		if _, there := columns[c.name]; there {
			continue
		}
		if err := s.addColumn(ctx, t.suffix, c.name+" "+c.kind); err != nil && !s.hasColumn(ctx, t.suffix, c.name) {
			return err
		}
	}
	for _, i := range s.indexesOf(t) {
		if err := s.makeIndex(ctx, i, "CREATE INDEX "); err != nil { // Druid does not stop for it either
			s.log.Warn("an index cannot be made, without which queries are slower", "table", name, "error", err)
		}
	}
	return nil
}

// hasColumn tells whether a table has a column now; not so if that cannot be found out.
func (s *Store) hasColumn(ctx context.Context, suffix, name string) bool {
	columns, err := s.columnsOf(ctx, suffix)
	_, there := columns[name]
	return err == nil && there
}

// complete adds what tables of an older version of Druid lack. That is for who leads alone: in a cluster whose Overlord is another one nothing changes. It
// waits for columns, which take no time, and not for indexes, which are made while everybody writes to the tables.
func (s *Store) complete(ctx context.Context) {
	if !s.create {
		if err := s.look(ctx); err != nil { // whoever led before may have made a table
			s.log.Warn("it is not known which tables the metadata have by now", "error", err)
		}
		return
	}
	if err := errors.Join(s.addColumns(ctx), s.look(ctx)); err != nil {
		s.log.Warn("the tables of the metadata lack a column, which cannot be added now; the next start tries again", "error", err)
	}
	if s.indexing.Swap(true) || s.start() != nil {
		return
	}
	s.background.Go(func() {
		defer s.indexing.Store(false)
		defer s.calls.Done()
		if err := errors.Join(s.addIndexes(s.closing), s.look(s.closing)); err != nil && s.closing.Err() == nil {
			s.log.Warn("an index cannot be made, without which queries are slower; the next start tries again", "error", err)
		}
	})
}

func (s *Store) addColumns(ctx context.Context) error {
	for i := range tables {
		for _, c := range tables[i].added {
			if s.found.has(tables[i].suffix, c.name) {
				continue
			}
			if err := s.addColumn(ctx, tables[i].suffix, c.name+" "+c.kind); err != nil {
				return err
			}
		}
	}
	return nil
}

// addColumn adds a column, unless others keep the table for long: who waits for that keeps everybody from it.
func (s *Store) addColumn(ctx context.Context, suffix, definition string) error {
	if err := s.define(ctx, s.dialect.impatient+"ALTER TABLE "+s.names.table(suffix)+" ADD COLUMN "+definition); err != nil {
		return fmt.Errorf("add a column to table %s: %s: %w", s.names.table(suffix), definition, err)
	}
	return nil
}

// define runs a statement that changes the schema, for as long as that takes.
func (s *Store) define(ctx context.Context, statement string) error {
	_, err := s.db.ExecContext(ctx, s.names.expand(statement))
	return err
}

// list runs a query for texts.
func (s *Store) list(ctx context.Context, query string, args ...any) (found []string, err error) {
	c := conn{ctx: ctx, db: s.db, store: s}
	err = c.query(query, func(scan scan) error {
		var name string
		err := scan(&name)
		found = append(found, name)
		return err
	}, args...)
	return found, err
}
