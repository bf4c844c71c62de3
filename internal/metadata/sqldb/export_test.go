package sqldb

import (
	"context"
	"database/sql"

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
