package sqlite

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A database file may have other names, hard links in other folders, which no lock on a folder knows. SQLite keeps what is not in the file yet beside the
// name by which it was opened: two processes by two names write past each other. But they share the locks that SQLite has on the file itself:
// whoever has a database in WAL mode open holds these bytes of it locked (sqlite.org/fileformat2.html, "The WAL-Index", and os.h of SQLite).
const (
	sharedFirst = 0x40000000 + 2
	sharedSize  = 510
)

// openFile opens the database file to look at its locks. It must stay open as long as this process has connections: closing it gives up all locks
// that the process has on the file.
func openFile(path string) (*os.File, error) { return os.OpenFile(path, os.O_RDWR, 0) }

// checkNames refuses a file with several names that another process has open.
func checkNames(file *os.File) error {
	var info unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &info); err != nil {
		return err
	}
	if info.Nlink < 2 {
		return nil
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK, Start: sharedFirst, Len: sharedSize}
	switch err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock); {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EINVAL): // a file system without such locks
		return nil
	case err != nil:
		return fmt.Errorf("look for other users: %w", err)
	case lock.Type == unix.F_UNLCK:
		return nil
	}
	return fmt.Errorf("the file has %d names (hard links), and process %d has it open by another one: what one of the two stores the other would not see. "+
		"Stop that one first, or give this one a database of its own", info.Nlink, lock.Pid)
}
