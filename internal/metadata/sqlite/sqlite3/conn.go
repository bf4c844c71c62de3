// Package sqlite3 is connections to a SQLite database and their statements, as thin as they can be over SQLite's C interface, which
// modernc.org/sqlite/lib is in Go (https://www.sqlite.org/c3ref/intro.html). It does without database/sql, which hands every value of a row on in memory
// of its own, and so takes twice as long for the rows of a table.
package sqlite3

import (
	"fmt"
	"sync"
	"time"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Flags say how a database is opened.
type Flags int32

const (
	// ReadOnly opens a database that is there, to look at it.
	ReadOnly Flags = lib.SQLITE_OPEN_READONLY
	// ReadWrite opens a database that is there.
	ReadWrite Flags = lib.SQLITE_OPEN_READWRITE
	// Create, beside ReadWrite, makes it if it is not there.
	Create Flags = lib.SQLITE_OPEN_CREATE
	// URI takes the path for a URI, which may have parameters (https://www.sqlite.org/uri.html).
	URI Flags = lib.SQLITE_OPEN_URI
)

// Conn is a connection. One goroutine at a time uses it, with its statements.
type Conn struct {
	tls   *libc.TLS
	db    uintptr
	stmts map[*Stmt]struct{} // those that Close has to finalize
}

// initialize comes before the first connection: those that open at the same time would race for it.
var initialize = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	lib.Xsqlite3_initialize(tls)
})

// Open opens the database at a path. A text in double quotes is a name there, never a value.
func Open(path string, flags Flags) (_ *Conn, err error) {
	initialize()
	c := &Conn{tls: libc.NewTLS(), stmts: map[*Stmt]struct{}{}}
	defer func() {
		if err != nil {
			lib.Xsqlite3_close(c.tls, c.db) // of a database that could not be opened, too; nothing if there is none
			c.tls.Close()
			err = fmt.Errorf("open: %w", err)
		}
	}()
	name, err := c.cString(path)
	if err != nil {
		return nil, err
	}
	defer c.free(name)
	handle, err := c.alloc(int(unsafe.Sizeof(c.db)))
	if err != nil {
		return nil, err
	}
	defer c.free(handle)
	rc := lib.Xsqlite3_open_v2(c.tls, name, handle, int32(flags)|lib.SQLITE_OPEN_NOMUTEX|lib.SQLITE_OPEN_EXRESCODE, 0)
	c.db = *(*uintptr)(pointer(handle))
	if rc != lib.SQLITE_OK {
		return nil, c.failed(rc)
	}
	c.SetBusyTimeout(busyTimeout)
	return c, c.namesInDoubleQuotes()
}

// busyTimeout is how long a statement waits for another connection, unless SetBusyTimeout says otherwise: longer than most transactions take.
const busyTimeout = time.Minute

// namesInDoubleQuotes turns off that a name in double quotes which nobody knows is taken for a text.
func (c *Conn) namesInDoubleQuotes() error {
	off := libc.NewVaList(int32(0), uintptr(0))
	if off == 0 {
		return &Error{Code: NoMem}
	}
	defer c.free(off)
	for _, where := range []int32{lib.SQLITE_DBCONFIG_DQS_DDL, lib.SQLITE_DBCONFIG_DQS_DML} {
		if rc := lib.Xsqlite3_db_config(c.tls, c.db, where, off); rc != lib.SQLITE_OK {
			return c.failed(rc)
		}
	}
	return nil
}

// Close finalizes all statements and closes the connection. What a transaction that is open has written is taken back.
func (c *Conn) Close() (err error) {
	for stmt := range c.stmts {
		stmt.Finalize()
	}
	if rc := lib.Xsqlite3_close(c.tls, c.db); rc != lib.SQLITE_OK {
		err = fmt.Errorf("close: %w", c.failed(rc))
	}
	c.db = 0
	c.tls.Close()
	return err
}

// SetBusyTimeout is how long a statement waits for another connection that has locked the database.
func (c *Conn) SetBusyTimeout(d time.Duration) {
	lib.Xsqlite3_busy_timeout(c.tls, c.db, int32(d/time.Millisecond))
}

// InTransaction tells whether a transaction is open.
func (c *Conn) InTransaction() bool { return lib.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// Changes is how many rows the last INSERT, UPDATE or DELETE has changed.
func (c *Conn) Changes() int { return int(lib.Xsqlite3_changes64(c.tls, c.db)) }

// LastInsertRowID is the rowid of the last row that was inserted.
func (c *Conn) LastInsertRowID() int64 { return lib.Xsqlite3_last_insert_rowid(c.tls, c.db) }

// Exec runs one statement and lets its rows be.
func (c *Conn) Exec(query string, args ...any) error {
	return c.Query(query, func(*Stmt) error { return nil }, args...)
}

// Query runs one statement, once, and calls fn for each row. An error of fn ends it.
func (c *Conn) Query(query string, fn func(row *Stmt) error, args ...any) error {
	stmt, err := c.Prepare(query)
	if err != nil {
		return err
	}
	defer stmt.Finalize()
	for i, arg := range args {
		if err := stmt.Bind(i+1, arg); err != nil {
			return err
		}
	}
	for {
		row, err := stmt.Step()
		if err != nil || !row {
			return err
		}
		if err := fn(stmt); err != nil {
			return err
		}
	}
}

// Int64 runs a query whose answer is one row of one number.
func (c *Conn) Int64(query string, args ...any) (n int64, err error) {
	err = c.Query(query, func(row *Stmt) error {
		n = row.ColumnInt64(0)
		return nil
	}, args...)
	return n, err
}

// Script runs statements that end in semicolons, up to the first that fails.
func (c *Conn) Script(script string) error {
	text, err := c.cString(script)
	if err != nil {
		return err
	}
	defer c.free(text)
	if rc := lib.Xsqlite3_exec(c.tls, c.db, text, 0, 0, 0); rc != lib.SQLITE_OK {
		return c.failed(rc)
	}
	return nil
}
