package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// settleLog copies what a process that has crashed left in the WAL into the database, and syncs it. The last commits in there may be
// in the page cache alone, if it was an error of the disk that ended that process: from here on they are as durable as all others.
//
// On a full disk, where the database cannot grow, the WAL is written once more instead, in its own place, and synced. SQLite copies it
// when a commit next succeeds. A crash meanwhile changes nothing: the bytes are those that are there.
func (s *Store) settleLog(c *conn) error {
	err := c.db.Exec("PRAGMA wal_checkpoint(FULL)")
	if isNoRoom(err) {
		s.log.Warn("the disk is full: what the last process left in the write-ahead log stays there for now", "database", s.path, "error", err)
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

// growAfter is how long a store is open before growLog runs: a start has other work for the processors, and who opens a store for a moment
// gains nothing by it.
const growAfter = time.Second

// growLog makes a short WAL as long as it will get. A commit that overwrites blocks of a file syncs nearly twice as
// fast as one that makes the file longer. SQLite has no call for it, so that a transaction writes a large row, more than the connection may
// keep in memory, and is taken back: its pages stay in the file behind what is committed, where the next commits overwrite them. Nobody
// ever sees the row, and a crash leaves nothing of it.
//
// Failing costs nothing but speed: what stood in the way, a full disk perhaps, meets the next commit as well, which
// tells of it; but for a sync that fails, after which no other can be trusted.
func (w *writer) growLog() {
	if err := w.store.checkFiles(); err != nil { // or a log that was cut off would have its length again
		w.store.fail(err)
		return
	}
	if info, err := os.Stat(w.store.path + "-wal"); err == nil && info.Size() >= logBytes {
		return
	}
	once := func(statement string, args ...any) error {
		return w.conn.db.Exec(w.conn.names.expand(statement), args...)
	}
	err := once("PRAGMA cache_size = 0")
	if err == nil {
		err = once("BEGIN IMMEDIATE")
	}
	if err == nil {
		err = once("INSERT INTO {config}(name, payload) VALUES('', zeroblob(?))", logBytes)
	}
	if w.conn.db.InTransaction() {
		err = errors.Join(err, once("ROLLBACK"))
	}
	err = errors.Join(err, once(fmt.Sprint("PRAGMA cache_size = ", cacheSize)))
	if isLostSync(err) {
		w.store.fail(errLostSync(err))
	}
}

// cacheSize is how much a connection keeps in memory, in SQLite's measure, which is that of SQLite where nobody says another: 2,000 KiB.
const cacheSize = -2000
