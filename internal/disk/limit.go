package disk

import (
	"errors"
	"math"
	"syscall"

	"golang.org/x/sys/unix"
)

// FileLimit is how many files, connections among them, this process may have open. The soft limit is the hard one, as Go's runtime
// raises it when a process starts.
func FileLimit() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 256 // the least that systems give
	}
	return int(min(limit.Cur, math.MaxInt32))
}

// Full tells whether something failed since the disk has no room left, or whoever runs this process may have no more of it.
func Full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// OutOfFiles tells whether something failed since as many files are open as the process, or the machine, may have. That passes.
func OutOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
