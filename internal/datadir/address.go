package datadir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// AddressFile is the file in a data folder in which its server says where it is reached.
const AddressFile = "ovate.address"

// Address is what a running server says of where it is reached. It holds the file locked, so that an address of a server that is
// gone, however it ended, is not taken for one. It need not survive anything: after a crash of the machine no server runs.
type Address struct{ file *os.File }

// Announce writes where the server of a data folder is reached. The file is locked before it gets its name, so that
// nobody finds an address without the lock; what a crash leaves in between is written over by the next server.
func Announce(dir, url string) (_ *Address, err error) {
	file, err := os.OpenFile(filepath.Join(dir, AddressFile+".new"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("announce the address: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("announce the address: %w", err), file.Close())
		}
	}()
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil && !cannotLock(err) {
		return nil, err
	}
	if err := file.Truncate(0); err != nil {
		return nil, err
	}
	if _, err := file.WriteString(url + "\n"); err != nil {
		return nil, err
	}
	if err := os.Rename(file.Name(), filepath.Join(dir, AddressFile)); err != nil {
		return nil, err
	}
	return &Address{file}, nil
}

// Withdraw lets the address go. The file stays, as another server may have put its own there.
func (a *Address) Withdraw() error {
	return errors.Join(unix.Flock(int(a.file.Fd()), unix.LOCK_UN), a.file.Close())
}

// Find is where the running server of a data folder is reached, or "" if none runs. Where a file system has no locks, it may be
// the address of one that is gone.
func Find(dir string) (url string, err error) {
	file, err := os.Open(filepath.Join(dir, AddressFile))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	switch err := unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB); {
	case err == nil:
		return "", unix.Flock(int(file.Fd()), unix.LOCK_UN)
	case !errors.Is(err, unix.EWOULDBLOCK) && !cannotLock(err):
		return "", fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	text, err := io.ReadAll(io.LimitReader(file, 1<<10))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", file.Name(), err)
	}
	return strings.TrimSpace(string(text)), nil
}

// cannotLock tells whether the file system has no locks for such files.
func cannotLock(err error) bool {
	return errors.Is(err, unix.EBADF) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOLCK) || errors.Is(err, unix.EOPNOTSUPP)
}
