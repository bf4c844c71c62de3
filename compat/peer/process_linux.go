package peer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// dieWithParent makes a child end when this program does, however that happens, and lead a group of its own, by which
// its children are found.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup ends a process and its children. A group that has ended already is no error.
func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
}

// group lists the process and its children.
func (p *process) group() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue // not a process
		}
		if pgid, err := syscall.Getpgid(pid); err == nil && pgid == p.cmd.Process.Pid {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// residentBytes reads the resident memory of a process; one that has ended has none.
func residentBytes(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("resident memory of process %d: %w", pid, err)
	}
	_, rest, found := bytes.Cut(text, []byte("VmRSS:"))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 { // a process that has just ended, until its parent takes note
		return 0, nil
	}
	kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("resident memory of process %d: %w", pid, err)
	}
	return kilobytes << 10, nil
}
