package sqlite

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lookCloser adds what not every system tells.
func (p *place) lookCloser(file *os.File) error {
	var system unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &system); err != nil {
		return fmt.Errorf("look at the file system of %s: %w", file.Name(), err)
	}
	p.filesystem = fmt.Sprint(system.Fsid.Val)
	var stat unix.Statx_t
	switch err := unix.Statx(int(file.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &stat); {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM): // an old kernel, or a sandbox that does not know the call
	case err != nil:
		return fmt.Errorf("look when %s was made: %w", file.Name(), err)
	case stat.Mask&unix.STATX_BTIME != 0:
		p.born = fmt.Sprint(stat.Btime.Sec, ".", stat.Btime.Nsec)
	}
	return nil
}
