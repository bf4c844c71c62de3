package sqlite3

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	lib "modernc.org/sqlite/lib"
)

// Stmt is a prepared statement, and the row at which its last Step has arrived. Parameters are counted from 1, columns from 0.
type Stmt struct {
	conn   *Conn
	handle uintptr
}

// Prepare prepares the one statement that query is, for any number of runs.
func (c *Conn) Prepare(query string) (*Stmt, error) {
	text, err := c.cString(query)
	if err != nil {
		return nil, err
	}
	defer c.free(text)
	out, err := c.alloc(2 * int(unsafe.Sizeof(text)))
	if err != nil {
		return nil, err
	}
	defer c.free(out)
	rest := out + unsafe.Sizeof(text)
	if rc := lib.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, lib.SQLITE_PREPARE_PERSISTENT, out, rest); rc != lib.SQLITE_OK {
		return nil, fmt.Errorf("prepare: %w", c.failed(rc))
	}
	s := &Stmt{conn: c, handle: *(*uintptr)(pointer(out))}
	if s.handle == 0 {
		return nil, errors.New("prepare: there is no statement")
	}
	c.stmts[s] = struct{}{}
	if behind := query[*(*uintptr)(pointer(rest))-text:]; strings.TrimSpace(behind) != "" {
		s.Finalize()
		return nil, fmt.Errorf("prepare: more than one statement: %q stands behind the first", behind)
	}
	return s, nil
}

// Finalize ends the statement; twice is once. What its last run has met was told by Step.
func (s *Stmt) Finalize() {
	delete(s.conn.stmts, s)
	lib.Xsqlite3_finalize(s.conn.tls, s.handle)
	s.handle = 0
}

// Reset ends a run, so that the next Step begins another. What is bound stays bound.
func (s *Stmt) Reset() error {
	if rc := lib.Xsqlite3_reset(s.conn.tls, s.handle); rc != lib.SQLITE_OK {
		return fmt.Errorf("reset: %w", s.conn.failed(rc))
	}
	return nil
}

// Step goes on to the next row, and tells whether there is one. After an error the run is over.
func (s *Stmt) Step() (row bool, err error) {
	switch rc := lib.Xsqlite3_step(s.conn.tls, s.handle); rc {
	case lib.SQLITE_ROW:
		return true, nil
	case lib.SQLITE_DONE:
		return false, nil
	default:
		err := fmt.Errorf("step: %w", s.conn.failed(rc))
		lib.Xsqlite3_reset(s.conn.tls, s.handle) // which has the same error to tell
		return false, err
	}
}

// Bind sets a parameter, to a copy of v.
func (s *Stmt) Bind(param int, v any) error {
	tls, at := s.conn.tls, int32(param)
	rc := int32(lib.SQLITE_OK)
	switch v := v.(type) {
	case string:
		memory, err := s.conn.alloc(max(len(v), 1))
		if err != nil {
			return err
		}
		copy(bytesAt(memory, len(v)), v)
		rc = lib.Xsqlite3_bind_text64(tls, s.handle, at, memory, uint64(len(v)), freeFunction(), lib.SQLITE_UTF8)
	case []byte:
		memory, err := s.conn.alloc(max(len(v), 1))
		if err != nil {
			return err
		}
		copy(bytesAt(memory, len(v)), v)
		rc = lib.Xsqlite3_bind_blob64(tls, s.handle, at, memory, uint64(len(v)), freeFunction())
	case int:
		rc = lib.Xsqlite3_bind_int64(tls, s.handle, at, int64(v))
	case int64:
		rc = lib.Xsqlite3_bind_int64(tls, s.handle, at, v)
	case bool:
		number := int64(0)
		if v {
			number = 1
		}
		rc = lib.Xsqlite3_bind_int64(tls, s.handle, at, number)
	case float64:
		rc = lib.Xsqlite3_bind_double(tls, s.handle, at, v)
	case nil:
		rc = lib.Xsqlite3_bind_null(tls, s.handle, at)
	default:
		return fmt.Errorf("parameter %d: a %T cannot be bound", param, v)
	}
	if rc != lib.SQLITE_OK {
		return fmt.Errorf("parameter %d: %w", param, s.conn.failed(rc))
	}
	return nil
}

// Cost is how often the statement has run, and how many steps SQLite's machine took for that: a walk over rows or over entries of an index
// shows there, also if nothing of it comes out.
func (s *Stmt) Cost() (runs, steps int) {
	status := func(what int32) int { return int(lib.Xsqlite3_stmt_status(s.conn.tls, s.handle, what, 0)) }
	return status(lib.SQLITE_STMTSTATUS_RUN), status(lib.SQLITE_STMTSTATUS_VM_STEP)
}
