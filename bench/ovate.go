package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"ovate/bench/wire"
)

// startOvate starts the binary on a new folder, in which fill's tasks already are. It has two slots, like the worker of
// the real Druid.
func (l *lab) startOvate(ctx context.Context, fill *tasks) (*target, error) {
	dir, err := os.MkdirTemp(l.dir, "ovate-")
	if err != nil {
		return nil, err
	}
	if fill != nil {
		if err := fill.fillOvate(ctx, dir); err != nil {
			return nil, err
		}
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &ovateProcess{binary: l.binary, dir: dir, address: address}
	took, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	return &target{
		side: ours, address: address, took: took, folder: dir, segments: filepath.Join(dir, "segments"),
		pids: func() ([]int, error) { return []int{p.cmd.Process.Pid}, nil },
		restart: func(ctx context.Context) (time.Duration, error) {
			p.kill()
			return p.start(ctx)
		},
		ready: func(context.Context) error { return nil }, // it is when it answers
		stop: func() error {
			p.kill()
			return os.RemoveAll(dir)
		},
	}, nil
}

// ovateProcess is a server that can be killed and started again.
type ovateProcess struct {
	binary, dir, address string
	cmd                  *exec.Cmd
	ended                chan struct{} // closed when the process has
}

// start runs the server and returns how long its first answer took.
func (p *ovateProcess) start(ctx context.Context) (took time.Duration, err error) {
	log, err := os.OpenFile(filepath.Join(p.dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	defer log.Close() // the child has its own
	p.cmd = exec.Command(p.binary, "serve", "--listen", p.address, "--data", p.dir, "-D", "druid.worker.capacity=2")
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.ended = make(chan struct{})
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return 0, err
	}
	go func() {
		p.cmd.Wait() //nolint:errcheck // It is killed, always.
		close(p.ended)
	}()
	for {
		if healthy(ctx, p.address) {
			return time.Since(began), nil
		}
		select {
		case <-p.ended:
			text, err := os.ReadFile(log.Name())
			return 0, errors.Join(fmt.Errorf("ovate ended at once:\n%s", text), err)
		case <-ctx.Done():
			p.kill()
			return 0, context.Cause(ctx)
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// kill ends the process as a crash would, and returns when it is gone.
func (p *ovateProcess) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended by itself
	<-p.ended
}

// healthy tells whether the server answers.
func healthy(ctx context.Context, address string) bool {
	c, err := wire.Dial(ctx, address)
	if err != nil {
		return false
	}
	defer c.Close()
	status, _, err := c.Get("/status/health")
	return err == nil && status == 200
}

// freeAddress is an address of the loopback interface on which nothing listened a moment ago.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
