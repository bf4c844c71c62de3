package sqlite3

import (
	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// Type is what a value is stored as, whatever its column was declared to be.
type Type int32

// The types that SQLite has.
const (
	Integer Type = lib.SQLITE_INTEGER
	Float   Type = lib.SQLITE_FLOAT
	Text    Type = lib.SQLITE_TEXT
	Blob    Type = lib.SQLITE_BLOB
	Null    Type = lib.SQLITE_NULL
)

// ColumnCount is how many columns the rows have.
func (s *Stmt) ColumnCount() int { return int(lib.Xsqlite3_column_count(s.conn.tls, s.handle)) }

// ColumnName is the name of a column.
func (s *Stmt) ColumnName(col int) string {
	return libc.GoString(lib.Xsqlite3_column_name(s.conn.tls, s.handle, int32(col)))
}

// ColumnType is the type of a column's value.
func (s *Stmt) ColumnType(col int) Type {
	return Type(lib.Xsqlite3_column_type(s.conn.tls, s.handle, int32(col)))
}

// ColumnInt64 is a column's value as a number: 0 of what is none.
func (s *Stmt) ColumnInt64(col int) int64 {
	return lib.Xsqlite3_column_int64(s.conn.tls, s.handle, int32(col))
}

// ColumnInt is ColumnInt64 as an int.
func (s *Stmt) ColumnInt(col int) int { return int(s.ColumnInt64(col)) }

// ColumnText is a column's value as a text.
func (s *Stmt) ColumnText(col int) string {
	text := lib.Xsqlite3_column_text(s.conn.tls, s.handle, int32(col))
	return string(bytesAt(text, s.ColumnLen(col)))
}

// AppendColumn appends the bytes of a column's value to dst.
func (s *Stmt) AppendColumn(dst []byte, col int) []byte {
	blob := lib.Xsqlite3_column_blob(s.conn.tls, s.handle, int32(col))
	return append(dst, bytesAt(blob, s.ColumnLen(col))...)
}

// ColumnLen is the length of a column's value in bytes.
func (s *Stmt) ColumnLen(col int) int {
	return int(lib.Xsqlite3_column_bytes(s.conn.tls, s.handle, int32(col)))
}
