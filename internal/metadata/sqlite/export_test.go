package sqlite

import (
	"context"
	"errors"

	"ovate/internal/metadata"
)

// Ran tells how many statements the connections have executed, and how many steps SQLite's machine took for them: a walk over rows or
// over entries of an index shows there, also if nothing of it comes out. Nothing else may use the store. Each call counts the statements of
// a transaction of its own, within which the writer does nothing else.
func (s *Store) Ran() (statements, steps int) {
	errDone := errors.New("there is nothing to write")
	err := s.Update(context.Background(), func(metadata.Tx) error {
		for _, c := range s.all {
			ran, took := c.ran()
			statements, steps = statements+ran, steps+took
		}
		return errDone
	})
	if !errors.Is(err, errDone) {
		panic(err)
	}
	return statements, steps
}

func (c *conn) ran() (statements, steps int) {
	for _, stmt := range c.stmts {
		runs, took := stmt.Cost()
		statements, steps = statements+runs, steps+took
	}
	return statements, steps
}
