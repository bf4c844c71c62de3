package sqlite

import (
	"context"
	"errors"
	"reflect"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

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
	tls := (*libc.TLS)(reflect.ValueOf(c.db).Elem().FieldByName("tls").UnsafePointer())
	for _, stmt := range c.stmts {
		handle := uintptr(reflect.ValueOf(stmt).Elem().FieldByName("stmt").Uint())
		statements += int(lib.Xsqlite3_stmt_status(tls, handle, lib.SQLITE_STMTSTATUS_RUN, 0))
		steps += int(lib.Xsqlite3_stmt_status(tls, handle, lib.SQLITE_STMTSTATUS_VM_STEP, 0))
	}
	return statements, steps
}
