package peer

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// process is a running command with all that it starts.
type process struct {
	name  string
	log   string
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended
	err   error         // why it ended; valid once ended is closed
}

// startProcess starts a command whose output goes to the log file and which lives in dir.
func startProcess(name, log, dir, command string, args ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", name, err)
	}
	defer out.Close() // the child has its own
	cmd := exec.Command(command, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.SysProcAttr = dieWithParent()
	p := &process{name: name, log: log, cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux takes the end of the thread that forked for the end of the parent, so that thread is kept.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return p, nil
}

// lives is why the process has ended by itself; nil if it has not.
func (p *process) lives() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended: %v", p.name, p.err)
	default:
		return nil
	}
}

// kill ends the process and all that it started, and returns when it is gone.
func (p *process) kill() {
	killGroup(p.cmd.Process)
	<-p.ended
}

// tail is the end of the log, at most n bytes of whole lines.
func (p *process) tail(n int) string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	if len(text) > n {
		text = text[len(text)-n:]
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return string(text)
}
