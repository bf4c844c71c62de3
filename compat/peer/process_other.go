//go:build !linux

package peer

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// dieWithParent does nothing where there is no parent-death signal.
func dieWithParent() *syscall.SysProcAttr { return nil }

// killGroup ends the process; a Druid task ends by itself when the MiddleManager that started it is gone.
func killGroup(p *os.Process) { _ = p.Kill() }

// group is the process alone.
func (p *process) group() ([]int, error) { return []int{p.cmd.Process.Pid}, nil }

func residentBytes(pid int) (int64, error) {
	return 0, fmt.Errorf("resident memory of process %d: %w outside Linux", pid, errors.ErrUnsupported)
}
