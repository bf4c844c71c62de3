package source

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// checkStored refuses a file that is stored nowhere: the kernel makes up its content while it is read, or waits for some that never comes,
// and calls it a regular file all the same.
func checkStored(path string) error {
	var s unix.Statfs_t
	for {
		err := unix.Statfs(path, &s)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil //nolint:nilerr // opening it will tell
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
