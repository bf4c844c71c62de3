package sqlite3_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ovate/internal/metadata/sqlite/sqlite3"
)

func open(t *testing.T, path string, flags sqlite3.Flags) *sqlite3.Conn {
	t.Helper()
	c, err := sqlite3.Open(path, flags)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func inMemory(t *testing.T) *sqlite3.Conn {
	return open(t, ":memory:", sqlite3.ReadWrite|sqlite3.Create)
}

// What is bound comes back, of the same type, whatever its bytes are.
func TestValues(t *testing.T) {
	t.Parallel()
	c := inMemory(t)
	stmt, err := c.Prepare("SELECT ?, ?2")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.OneOf(
			rapid.Map(rapid.String(), toAny), rapid.Map(rapid.SliceOf(rapid.Byte()), toAny),
			rapid.Map(rapid.Int64(), toAny), rapid.Map(rapid.Bool(), toAny), rapid.Just[any](nil),
		).Draw(t, "value")
		if err := errors.Join(stmt.Reset(), stmt.Bind(1, v), stmt.Bind(2, "beside")); err != nil {
			t.Fatal(err)
		}
		if row, err := stmt.Step(); err != nil || !row {
			t.Fatal(row, err)
		}
		if got := valueOf(stmt); fmt.Sprintf("%T %[1]q", got) != fmt.Sprintf("%T %[1]q", stored(v)) {
			t.Fatalf("%#v for %#v", got, v)
		}
		if got := string(stmt.AppendColumn([]byte("and "), 1)); got != "and beside" || stmt.ColumnLen(1) != len("beside") {
			t.Fatalf("%q", got)
		}
		if row, err := stmt.Step(); err != nil || row {
			t.Fatal(row, err)
		}
	})
}

func toAny[T any](v T) any { return v }

func valueOf(stmt *sqlite3.Stmt) any {
	switch stmt.ColumnType(0) {
	case sqlite3.Text:
		return stmt.ColumnText(0)
	case sqlite3.Blob:
		return stmt.AppendColumn([]byte{}, 0)
	case sqlite3.Integer:
		return stmt.ColumnInt64(0)
	case sqlite3.Null:
		return nil
	}
	return stmt.ColumnType(0)
}

// stored is what SQLite makes of a value that it has no type for.
func stored(v any) any {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case []byte:
		return append([]byte{}, v...)
	}
	return v
}

func TestStatements(t *testing.T) {
	t.Parallel()
	c := inMemory(t)
	if err := c.Script("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE); INSERT INTO t VALUES(7, 'a'), (8, 'b');"); err != nil {
		t.Fatal(err)
	}
	if err := c.Exec("INSERT INTO t(name) VALUES(?)", "c"); err != nil {
		t.Fatal(err)
	}
	if id := c.LastInsertRowID(); id != 9 {
		t.Errorf("the id is %d, not 9", id)
	}
	if err := c.Exec("UPDATE t SET name = name || ? WHERE id < 9", "!"); err != nil || c.Changes() != 2 {
		t.Errorf("%d rows changed: %v", c.Changes(), err)
	}
	var names []string
	enough := errors.New("enough")
	err := c.Query("SELECT id, name FROM t WHERE id >= ? ORDER BY id", func(row *sqlite3.Stmt) error {
		if names = append(names, row.ColumnName(1)+row.ColumnText(1)); len(names) == 2 {
			return enough
		}
		return nil
	}, 7)
	if got := strings.Join(names, " "); got != "namea! nameb!" || !errors.Is(err, enough) {
		t.Errorf("%s, %v", got, err)
	}
	if err := c.Exec("BEGIN IMMEDIATE"); err != nil || !c.InTransaction() {
		t.Errorf("no transaction: %v", err)
	}
	if err := c.Exec("ROLLBACK"); err != nil || c.InTransaction() {
		t.Errorf("a transaction: %v", err)
	}
	if n, err := c.Int64("SELECT count(*) FROM t"); n != 3 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	c := inMemory(t)
	stmt, err := c.Prepare("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT max(i) FROM n")
	if err != nil {
		t.Fatal(err)
	}
	steps := func(of int) int {
		_, before := stmt.Cost()
		if err := errors.Join(stmt.Reset(), stmt.Bind(1, of)); err != nil {
			t.Fatal(err)
		}
		if _, err := stmt.Step(); err != nil {
			t.Fatal(err)
		}
		_, after := stmt.Cost()
		return after - before
	}
	if few, many := steps(10), steps(1000); many < 50*few {
		t.Errorf("%d steps for 10 rows, %d for 1,000", few, many)
	}
	if runs, _ := stmt.Cost(); runs != 2 {
		t.Errorf("%d runs", runs)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, filepath.Join(dir, "a.db"), sqlite3.ReadWrite|sqlite3.Create)
	if err := c.Script("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL); INSERT INTO t VALUES(1, 'a');"); err != nil {
		t.Fatal(err)
	}
	other := open(t, filepath.Join(dir, "a.db"), sqlite3.ReadWrite)
	other.SetBusyTimeout(0)
	noDatabase := filepath.Join(dir, "b.db")
	if err := os.WriteFile(noDatabase, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		err  error
		code sqlite3.Code
		text string
	}{
		{"none", nil, 0, ""},
		{"of others", errors.New("other"), sqlite3.Failed, "other"},
		{"taken", c.Exec("INSERT INTO t VALUES(2, 'a')"), sqlite3.ConstraintUnique, "UNIQUE constraint failed: t.name"},
		{"taken key", c.Exec("INSERT INTO t VALUES(1, 'b')"), sqlite3.ConstraintPrimaryKey, "t.id"},
		{"missing", c.Exec("INSERT INTO t VALUES(3, ?)", nil), sqlite3.Constraint, "NOT NULL constraint failed: t.name"},
		{"syntax", c.Exec("SELEC"), sqlite3.Failed, `near "SELEC"`},
		{"double quotes are names", c.Exec(`SELECT "nobody"`), sqlite3.Failed, "no such column"},
		{"two statements", c.Exec("SELECT 1; SELECT 2"), sqlite3.Failed, "SELECT 2"},
		{"no statement", c.Exec(" -- nothing"), sqlite3.Failed, "no statement"},
		{"NUL", c.Exec("SELECT '\x00'"), sqlite3.Failed, "NUL"},
		{"parameter", c.Exec("SELECT ?", 1, 2), 25, "parameter 2"},
		{"kind of parameter", c.Exec("SELECT ?", struct{}{}), sqlite3.Failed, "struct {}"},
		{"script", c.Script("SELECT 1; nonsense;"), sqlite3.Failed, "nonsense"},
		{"no number", func() error { _, err := c.Int64("SELECT x"); return err }(), sqlite3.Failed, "no such column: x"},
		{"not there", openError(filepath.Join(dir, "nothing.db"), sqlite3.ReadWrite), sqlite3.CantOpen, "unable to open"},
		{"no database", func() error { return open(t, noDatabase, sqlite3.ReadWrite).Exec("SELECT * FROM sqlite_schema") }(), sqlite3.NotADB, "not a database"},
		{"locked", func() error {
			if err := c.Exec("BEGIN IMMEDIATE"); err != nil {
				return err
			}
			defer c.Exec("ROLLBACK")
			return other.Exec("BEGIN IMMEDIATE")
		}(), sqlite3.Busy, "database is locked"},
		{"to read", open(t, filepath.Join(dir, "a.db"), sqlite3.ReadOnly).Exec("DELETE FROM t"), 8, "readonly"},
	} {
		if code := sqlite3.CodeOf(test.err); code != test.code && code.Primary() != test.code {
			t.Errorf("%s: %v has code %d, not %d", test.name, test.err, code, test.code)
		}
		if got := fmt.Sprint(test.err); test.err != nil && !strings.Contains(got, test.text) {
			t.Errorf("%s: %q, not %q", test.name, got, test.text)
		}
	}
	if n, err := c.Int64("SELECT count(*) FROM t"); n != 1 || err != nil {
		t.Errorf("%d rows after all that, %v", n, err)
	}
}

func openError(path string, flags sqlite3.Flags) error {
	c, err := sqlite3.Open(path, flags)
	if err == nil {
		return c.Close()
	}
	return err
}

// A statement that has failed can run again.
func TestRunsAgainAfterAnError(t *testing.T) {
	t.Parallel()
	c := inMemory(t)
	if err := c.Script("CREATE TABLE t(name TEXT UNIQUE)"); err != nil {
		t.Fatal(err)
	}
	stmt, err := c.Prepare("INSERT INTO t VALUES(?)")
	if err != nil {
		t.Fatal(err)
	}
	run := func(name string) error {
		if err := errors.Join(stmt.Reset(), stmt.Bind(1, name)); err != nil {
			t.Fatal(err)
		}
		_, err := stmt.Step()
		return err
	}
	if err := run("a"); err != nil {
		t.Fatal(err)
	}
	if err := run("a"); sqlite3.CodeOf(err) != sqlite3.ConstraintUnique {
		t.Fatal(err)
	}
	if err := run("b"); err != nil {
		t.Fatal(err)
	}
}

// Many connections may be opened, used and closed at the same time, the first of a process among them.
func TestAtTheSameTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			c, err := sqlite3.Open(path, sqlite3.ReadWrite|sqlite3.Create)
			if err != nil {
				t.Error(err)
				return
			}
			c.SetBusyTimeout(10 * time.Minute)
			err = c.Exec("CREATE TABLE IF NOT EXISTS t(i)")
			for range 20 {
				err = errors.Join(err, c.Exec("INSERT INTO t VALUES(?)", i))
			}
			if err := errors.Join(err, c.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n, err := open(t, path, sqlite3.ReadOnly).Int64("SELECT count(*) FROM t"); n != 160 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
}
