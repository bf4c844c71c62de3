package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"

	"zombiezen.com/go/sqlite/sqlitex"
)

// settleLog copies what a process that has crashed left in the WAL into the database, and syncs it. The last commits in there may be
// in the page cache alone, if it was an error of the disk that ended that process: from here on they are as durable as all others.
//
// On a full disk, where the database cannot grow, the WAL is written once more instead, in its own place, and synced. SQLite copies it
// when a commit next succeeds. A crash meanwhile changes nothing: the bytes are those that are there.
func (s *Store) settleLog(c *conn) error {
	err := sqlitex.ExecuteTransient(c.db, "PRAGMA wal_checkpoint(FULL)", nil)
	if isNoRoom(err) {
		s.bad.log.Warn("the disk is full: what the last process left in the write-ahead log stays there for now", "database", s.path, "error", err)
		err = rewrite(s.path + "-wal")
	}
	if err != nil {
		return fmt.Errorf("settle what the last process left in the write-ahead log: %w", noRoom(err))
	}
	return nil
}

// rewrite writes a file with what it holds, and syncs it. A sync alone could leave out what an earlier one failed to bring to the disk.
func rewrite(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buf := make([]byte, 1<<16)
	for at := int64(0); ; {
		n, err := f.ReadAt(buf, at)
		if _, err := f.WriteAt(buf[:n], at); err != nil {
			return err
		}
		if at += int64(n); err == io.EOF {
			return f.Sync()
		} else if err != nil {
			return err
		}
	}
}

// logBytes is about how long the WAL gets before SQLite copies it into the database (1,000 pages) and begins again
// at its front.
const logBytes = 4 << 20

// reserveName is a row of the config table that is there only while growLog runs, or after a crash in it.
const reserveName = "ovate.reserve"

// growLog makes a short WAL as long as it will get. A commit that overwrites blocks of a file syncs nearly twice as
// fast as one that makes the file longer. SQLite has no call for it, so that a large row is written and removed.
//
// Failing costs nothing but speed: what stood in the way, a full disk perhaps, meets the next commit as well, which
// tells of it; but for a sync that fails, after which no other can be trusted. A crash leaves at most the row, which the next call removes.
func (w *writer) growLog() {
	if info, err := os.Stat(w.store.path + "-wal"); err == nil && info.Size() >= logBytes {
		return
	}
	_, err := w.conn.exec("INSERT OR REPLACE INTO {config}(name, payload) VALUES(?, zeroblob(?))", reserveName, logBytes)
	if err == nil {
		_, err = w.conn.exec("DELETE FROM {config} WHERE name = ?", reserveName)
	}
	if err == nil {
		err = sqlitex.ExecuteTransient(w.conn.db, "PRAGMA wal_checkpoint(RESTART)", nil) // or the next checkpoint does it
	}
	if isLostSync(err) {
		w.store.fail(errLostSync(err))
	}
}
