package disktest

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// FileSystem is the folder of a fresh file system of 20 MB, which goes with the test. It takes a superuser to make: without one the test is skipped.
func FileSystem(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=20m"); errors.Is(err, unix.EPERM) {
		t.Skip("only a superuser can make a file system:", err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// A process that a test beside this one begins has what is open here as well, until it is another program.
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}
