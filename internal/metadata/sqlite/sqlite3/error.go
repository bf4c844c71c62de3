package sqlite3

import (
	"errors"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Code tells what went wrong: an extended result code (https://www.sqlite.org/rescode.html).
type Code int32

// The codes that are told apart here.
const (
	Failed     Code = lib.SQLITE_ERROR
	Busy       Code = lib.SQLITE_BUSY
	Locked     Code = lib.SQLITE_LOCKED
	NoMem      Code = lib.SQLITE_NOMEM
	Interrupt  Code = lib.SQLITE_INTERRUPT
	IOErr      Code = lib.SQLITE_IOERR
	Corrupt    Code = lib.SQLITE_CORRUPT
	Full       Code = lib.SQLITE_FULL
	CantOpen   Code = lib.SQLITE_CANTOPEN
	Protocol   Code = lib.SQLITE_PROTOCOL
	Constraint Code = lib.SQLITE_CONSTRAINT
	NotADB     Code = lib.SQLITE_NOTADB

	IOErrWrite           Code = lib.SQLITE_IOERR_WRITE
	IOErrFsync           Code = lib.SQLITE_IOERR_FSYNC
	IOErrDirFsync        Code = lib.SQLITE_IOERR_DIR_FSYNC
	IOErrSHMSize         Code = lib.SQLITE_IOERR_SHMSIZE
	ConstraintUnique     Code = lib.SQLITE_CONSTRAINT_UNIQUE
	ConstraintPrimaryKey Code = lib.SQLITE_CONSTRAINT_PRIMARYKEY
)

// Primary is the code without its extension.
func (c Code) Primary() Code { return c & 0xff }

// Error is an error of SQLite's.
type Error struct {
	Code    Code
	Message string // what SQLite says of it, if it says anything
}

func (e *Error) Error() string {
	tls := libc.NewTLS()
	defer tls.Close()
	means := libc.GoString(lib.Xsqlite3_errstr(tls, int32(e.Code)))
	if e.Message == "" || e.Message == means {
		return means
	}
	return means + ": " + e.Message
}

// CodeOf is the code of an error that is one of SQLite's, or holds one. It is Failed of others, and 0 of none.
func CodeOf(err error) Code {
	if err == nil {
		return lib.SQLITE_OK
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return Failed
}

// failed is the error that the last call has met.
func (c *Conn) failed(rc int32) error {
	if c.db == 0 {
		return &Error{Code: Code(rc)}
	}
	code := Code(lib.Xsqlite3_extended_errcode(c.tls, c.db))
	if code.Primary() != Code(rc).Primary() {
		code = Code(rc) // the call has met it before SQLite came to the database
	}
	return &Error{Code: code, Message: libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db))}
}
