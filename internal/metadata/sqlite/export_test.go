package sqlite

import (
	"reflect"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Ran tells how many statements the connections have executed, and how many steps SQLite's machine took for them: a walk over rows or
// over entries of an index shows there, also if nothing of it comes out. Nothing else may use the store.
func (s *Store) Ran() (statements, steps int) {
	for _, c := range s.all {
		tls := (*libc.TLS)(reflect.ValueOf(c.db).Elem().FieldByName("tls").UnsafePointer())
		for _, stmt := range c.stmts {
			handle := uintptr(reflect.ValueOf(stmt).Elem().FieldByName("stmt").Uint())
			statements += int(lib.Xsqlite3_stmt_status(tls, handle, lib.SQLITE_STMTSTATUS_RUN, 0))
			steps += int(lib.Xsqlite3_stmt_status(tls, handle, lib.SQLITE_STMTSTATUS_VM_STEP, 0))
		}
	}
	return statements, steps
}
