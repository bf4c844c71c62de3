package sqlite

import (
	"os"

	"zombiezen.com/go/sqlite/sqlitex"
)

// logBytes is about how long the WAL gets before SQLite copies it into the database (1,000 pages) and begins again
// at its front.
const logBytes = 4 << 20

// reserveName is a row of the config table that is there only while growLog runs, or after a crash in it.
const reserveName = "ovate.reserve"

// growLog makes a short WAL as long as it will get. A commit that overwrites blocks of a file syncs nearly twice as
// fast as one that makes the file longer. SQLite has no call for it, so that a large row is written and removed.
//
// Failing costs nothing but speed: what stood in the way, a full disk perhaps, meets the next commit as well, which
// tells of it. A crash leaves at most the row, which the next call removes.
func (w *writer) growLog() {
	if info, err := os.Stat(w.path + "-wal"); err == nil && info.Size() >= logBytes {
		return
	}
	if _, err := w.conn.exec("INSERT OR REPLACE INTO {config}(name, payload) VALUES(?, zeroblob(?))", reserveName, logBytes); err != nil {
		return
	}
	if _, err := w.conn.exec("DELETE FROM {config} WHERE name = ?", reserveName); err != nil {
		return
	}
	if err := sqlitex.ExecuteTransient(w.conn.db, "PRAGMA wal_checkpoint(RESTART)", nil); err != nil {
		return // the next checkpoint does it
	}
}
