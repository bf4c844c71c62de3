package source

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// openAtOnce opens a file to be read. It waits for nobody at the other end of a pipe or a device, and takes no terminal for its own.
const openAtOnce = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY

// checkStored refuses a file that is stored nowhere: the kernel makes up its content while it is read, or waits for some that never comes,
// and calls it a regular file all the same.
func checkStored(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var found error
	err = raw.Control(func(fd uintptr) {
		found = checkFileSystem(func(s *unix.Statfs_t) error { return unix.Fstatfs(int(fd), s) })
	})
	return errors.Join(err, found)
}

// checkPathStored is checkStored for a file that is not opened yet.
func checkPathStored(path string) error {
	return checkFileSystem(func(s *unix.Statfs_t) error { return unix.Statfs(path, s) })
}

func checkFileSystem(stat func(*unix.Statfs_t) error) error {
	var s unix.Statfs_t
	for {
		err := stat(&s)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil //nolint:nilerr // opening and reading it will tell
		}
		break
	}
	var name string
	switch int64(s.Type) {
	case unix.PROC_SUPER_MAGIC:
		name = "proc"
	case unix.SYSFS_MAGIC:
		name = "sysfs"
	case unix.DEBUGFS_MAGIC:
		name = "debugfs"
	case unix.TRACEFS_MAGIC:
		name = "tracefs"
	case unix.SECURITYFS_MAGIC:
		name = "securityfs"
	case unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC:
		name = "cgroup"
	case unix.BPF_FS_MAGIC:
		name = "bpf"
	default:
		return nil
	}
	return fmt.Errorf("it lies in a file system of the kernel (%s) that stores nothing and makes content up while it is read; copy what it says to a file (cat), and name that", name)
}
