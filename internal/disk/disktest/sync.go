// Package disktest has what tests need of a disk: one that fails, for tests in a process of their own, one that is small, and what stands in its files.
package disktest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// FailSync makes every sync of the files that this process has open under a name with the suffix fail with EIO from now on, as a disk
// does that loses writes. It cannot be taken back, which is why the process must be one of its own. The error tells that the operating
// system does not allow it.
func FailSync(suffix string) error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	var files []uint32
	for _, e := range entries {
		fd, err := strconv.ParseUint(e.Name(), 10, 32)
		if path, linkErr := os.Readlink(filepath.Join("/proc/self/fd", e.Name())); err == nil && linkErr == nil && strings.HasSuffix(path, suffix) {
			files = append(files, uint32(fd))
		}
	}
	if len(files) == 0 {
		return fmt.Errorf("no open file has a name that ends with %q", suffix)
	}
	return refuseSync(files)
}

// refuseSync installs a filter of system calls for all threads: fsync and fdatasync of the files give EIO.
func refuseSync(files []uint32) error {
	const (
		numberAt, firstArgAt = 0, 16 // in struct seccomp_data
		setModeFilter        = 1
		allThreads           = 1
		allow                = 0x7fff0000
		fail                 = 0x00050000 | uint32(unix.EIO)
	)
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	equal := func(k uint32, then, otherwise int) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jt: uint8(then), Jf: uint8(otherwise)}
	}
	answer := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
	program := []unix.SockFilter{
		load(numberAt),
		equal(unix.SYS_FSYNC, 2, 0),
		equal(unix.SYS_FDATASYNC, 1, 0),
		answer(allow),
		load(firstArgAt),
	}
	for i, fd := range files {
		program = append(program, equal(fd, len(files)-i, 0))
	}
	program = append(program, answer(allow), answer(fail))

	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid new privileges: %w", err)
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, allThreads, uintptr(unsafe.Pointer(&filter))); errno != 0 {
		return fmt.Errorf("filter system calls: %w", errno)
	}
	return nil
}
