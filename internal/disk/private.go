package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// MkdirPrivate makes a folder, in one that is there, that its owner alone can use. It is for places such as /tmp, where others could have made it
// before, to read or to change what is put there: one that is a link, that belongs to somebody else, or that others may write to, is refused.
func MkdirPrivate(dir string) error {
	info, err := made(dir)
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	refused := func(why string) error {
		return fmt.Errorf("folder %s %s, and could be a trap: have it removed, or name another place with TMPDIR", dir, why)
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return refused("is no folder, or a link to one")
	case !known || int(owner.Uid) != os.Geteuid():
		return refused("belongs to another user")
	case info.Mode().Perm()&0o022 != 0:
		return refused(fmt.Sprintf("may be written to by others (mode %o)", info.Mode().Perm()))
	}
	return nil
}

// made makes a folder, and again what another process removes in between, as it was empty.
func made(dir string) (info fs.FileInfo, err error) {
	for range 100 {
		if err = os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if info, err = os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return info, err
}
