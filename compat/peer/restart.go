package peer

import (
	"context"
	"fmt"
	"syscall"
)

// Restart kills a role's process with all that it started, and starts it again. It waits for neither health nor
// leadership: Wait does.
func (c *Cluster) Restart(role Role) error {
	for i, p := range c.processes {
		if p.name != string(role) {
			continue
		}
		again, err := p.again()
		if err != nil {
			return err
		}
		c.processes[i] = again
		return nil
	}
	return fmt.Errorf("the cluster has no %s", role)
}

// again kills a process with all that it started, and starts it again.
func (p *process) again() (*process, error) {
	p.kill()
	return startProcess(p.name, p.log, p.cmd.Dir, p.cmd.Path, p.cmd.Args[1:]...)
}

// freeze has a process do nothing until thaw; its connections stay.
func (p *process) freeze() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

func (p *process) thaw() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// Wait returns when every role does its work. After a restart that can take until ZooKeeper has forgotten the process
// that was killed.
func (c *Cluster) Wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for _, p := range c.processes {
		if err := c.waitHealthy(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
