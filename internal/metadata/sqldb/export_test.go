package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync/atomic"

	"ovate/internal/metadata"
)

// Texts are what a query of the store's own finds.
func (s *Store) Texts(ctx context.Context, query string) ([]string, error) { return s.list(ctx, query) }

// Connections is how many there are.
func (s *Store) Connections() int { return s.db.Stats().OpenConnections }

// KeptStatements is how many statements the store keeps.
func (s *Store) KeptStatements() (n int) {
	s.statements.Range(func(any, any) bool {
		n++
		return true
	})
	return n
}

// TextsOf are what a query finds within a transaction.
func TextsOf(tx metadata.Tx, query string) (found []string, err error) {
	err = tx.(*transaction).conn.query(query, func(scan scan) error {
		var text string
		err := scan(&text)
		found = append(found, text)
		return err
	})
	return found, err
}

// WaitForIndexes waits until those are made that were missing.
func (s *Store) WaitForIndexes() { s.background.Wait() }

// Each calls fn for each row of a query.
func (s *Store) Each(ctx context.Context, query string, fn func() error) error {
	return s.read(ctx, func(c conn) error { return c.query(query, func(scan) error { return fn() }) })
}

// StatementsOf is how many statements run in a transaction within fn.
func StatementsOf(tx metadata.Tx, fn func() error) (n int, err error) {
	t := tx.(*transaction)
	inner := t.conn.db
	defer func() { t.conn.db = inner }()
	t.conn.db = counting{inner, &n}
	err = fn()
	return n, err
}

// counting counts statements.
type counting struct {
	database
	n *int
}

func (c counting) QueryContext(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	*c.n++
	return c.database.QueryContext(ctx, statement, args...)
}

func (c counting) ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	*c.n++
	return c.database.ExecContext(ctx, statement, args...)
}

// OpenCounting opens a store that counts the statements which it sends, each of which is a way to the server and back.
func OpenCounting(ctx context.Context, o Config) (s *Store, sent *atomic.Int64, err error) {
	r, err := resolve(o)
	if err != nil {
		return nil, nil, err
	}
	if s, err = Open(ctx, o); err != nil {
		return nil, nil, err
	}
	s.WaitForIndexes()
	sent = &atomic.Int64{}
	if err := s.db.Close(); err != nil {
		return nil, nil, err
	}
	s.db = sql.OpenDB(connector{countingConnector{r.connector, sent}, s.dialect, longestIdle, s.patience})
	s.db.SetMaxIdleConns(maxWriters)
	return s, sent, nil
}

type countingConnector struct {
	driver.Connector
	sent *atomic.Int64
}

func (c countingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countingConn{made.(driverConn), c.sent}, nil
}

type countingConn struct {
	driverConn
	sent *atomic.Int64
}

func (c countingConn) QueryContext(ctx context.Context, statement string, args []driver.NamedValue) (driver.Rows, error) {
	c.sent.Add(1)
	return c.driverConn.QueryContext(ctx, statement, args)
}

func (c countingConn) ExecContext(ctx context.Context, statement string, args []driver.NamedValue) (driver.Result, error) {
	c.sent.Add(1)
	return c.driverConn.ExecContext(ctx, statement, args)
}
