package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncFilesystem makes everything on the file system of dir survive a crash. It tells of a write that failed since dir was opened.
func syncFilesystem(f *os.File) error {
	for {
		if err := unix.Syncfs(int(f.Fd())); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
