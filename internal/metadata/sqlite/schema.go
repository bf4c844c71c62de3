package sqlite

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"ovate/internal/metadata/sqlite/sqlite3"
)

// schemaVersion is kept in PRAGMA user_version.
//
// Version 1 is the first: the tables of Druid 33. Version 2 adds what finds time chunks,
// version 3 what finds odd tasks, version 4 odd segments, version 5 the active tasks of a group, version 6 pending segments by time,
// versions 7 and 8 segments that may share their files, version 9 more that is odd, version 10 what is known of rows that this program writes,
// version 11 where segments in S3 are, version 12 pages of tasks.
const schemaVersion = 12

// applicationID, in PRAGMA application_id, marks the file as ours ("ovat").
const applicationID = 0x6f766174

// steps lead from each version to the next, beginning with the first: an older database takes those it lacks, in place of schema.
var steps = [schemaVersion - 1]string{schema2, schema3, schema4, schema5, schema6, schema7, schema8, schema9, schema10, schema11, schema12}

var (
	//go:embed schema.sql
	schema string // what a new database takes
	//go:embed schema2.sql
	schema2 string
	//go:embed schema3.sql
	schema3 string
	//go:embed schema4.sql
	schema4 string
	//go:embed schema5.sql
	schema5 string
	//go:embed schema6.sql
	schema6 string
	//go:embed schema7.sql
	schema7 string
	//go:embed schema8.sql
	schema8 string
	//go:embed schema9.sql
	schema9 string
	//go:embed schema10.sql
	schema10 string
	//go:embed schema11.sql
	schema11 string
	//go:embed schema12.sql
	schema12 string
)

// migrate brings the database to schemaVersion, in one transaction.
func migrate(c *conn) (err error) {
	if err := c.db.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		end := "COMMIT"
		if err != nil {
			end = "ROLLBACK"
		}
		if c.db.InTransaction() { // SQLite ends it by itself after some errors
			err = errors.Join(err, c.db.Exec(end))
		}
	}()
	version, err := knownVersion(c)
	if err != nil {
		return err
	}
	if version == schemaVersion {
		return nil
	}
	script := schema
	if version > 0 {
		script = strings.Join(steps[version-1:], "")
	}
	return c.db.Script(c.names.expand(script) + fmt.Sprintf(
		"PRAGMA user_version=%d; PRAGMA application_id=%d;", schemaVersion, applicationID))
}

// knownVersion is the version of the schema that the database has, 0 if it has none. The database of another program, or of a newer
// version of this one, is an error.
func knownVersion(c *conn) (int64, error) {
	version, err := pragma(c.db, "user_version")
	if err != nil {
		return 0, err
	}
	application, err := pragma(c.db, "application_id")
	if err != nil {
		return 0, err
	}
	tables, err := c.db.Int64("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return 0, err
	}
	switch {
	case tables > 0 && application != applicationID:
		return 0, fmt.Errorf("this is the SQLite database of another program (application id %d)", application)
	case version > schemaVersion:
		return 0, fmt.Errorf("its schema has version %d, and this program knows versions up to %d: use the newer program", version, schemaVersion)
	}
	return version, checkTables(c, tables > 0)
}

// checkTables refuses a database whose tables were made under another base name: a second, empty set of tables would
// look as if everything were lost.
func checkTables(c *conn, created bool) error {
	if !created {
		return nil
	}
	found, err := c.db.Int64(c.names.expand("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND '\"' || name || '\"' = '{tasks}'"))
	if err != nil {
		return err
	}
	if found == 0 {
		return fmt.Errorf("its tables have another base name than %q (druid.metadata.storage.tables.base)", c.names.base)
	}
	return nil
}

func pragma(db *sqlite3.Conn, name string) (int64, error) {
	value, err := db.Int64("PRAGMA " + name)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", name, err)
	}
	return value, nil
}

// tableNames turns {tasks} and {idx_tasks_active} into "druid_tasks" and "idx_druid_tasks_active".
type tableNames struct{ base string }

var (
	baseName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	placeholder = regexp.MustCompile(`\{(idx_)?([A-Za-z_]+)\}`)
)

func newTableNames(base string) (*tableNames, error) {
	if base == "" {
		base = "druid"
	}
	if !baseName.MatchString(base) {
		return nil, fmt.Errorf("druid.metadata.storage.tables.base is %q: it may hold letters, digits and '_' only, and no digit first", base)
	}
	return &tableNames{base}, nil
}

func (n *tableNames) expand(query string) string {
	return placeholder.ReplaceAllString(query, `"${1}`+n.base+`_${2}"`)
}
