package sqlite

import (
	"errors"
	"fmt"

	"ovate/internal/metadata/sqlite/sqlite3"
)

// Vacuum writes the file of a database anew, without what was deleted or replaced in it: else that stays in pages that are free. It takes as much room again
// meanwhile. Nobody may have the database open.
func Vacuum(path string) (err error) {
	db, err := sqlite3.Open(path, sqlite3.ReadWrite)
	if err != nil {
		return noRoom(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetBusyTimeout(busyTimeout)
	for _, statement := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if err := db.Exec(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, noRoom(err))
		}
	}
	return nil
}
