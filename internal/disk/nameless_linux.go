package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func openNameless(dir string) (*os.File, error) {
	for {
		fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, os.NewSyscallError("open", err)
		}
		return os.NewFile(uintptr(fd), dir+"/(no name)"), nil
	}
}
