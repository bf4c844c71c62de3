package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"ovate/bench/wire"
)

// startOvate starts the binary on a new folder, in which fill's tasks already are. It has two slots, like the worker of
// the real Druid.
func (l *lab) startOvate(ctx context.Context, fill *tasks) (*target, error) {
	return l.startOvateWith(ctx, fill, nil)
}

// startOvateWith is startOvate with further properties.
func (l *lab) startOvateWith(ctx context.Context, fill *tasks, properties map[string]string) (*target, error) {
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
	settings := map[string]string{"druid.worker.capacity": "2"}
	maps.Copy(settings, properties)
	p := &ovateProcess{binary: l.binary, dir: dir, address: address, settings: settings}
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
	settings             map[string]string // properties
	cmd                  *exec.Cmd
	ended                chan struct{} // closed when the process has
}

const logName = "server.log"

// start runs the server and returns how long its first answer took.
func (p *ovateProcess) start(ctx context.Context) (took time.Duration, err error) {
	began := time.Now()
	if err := p.launch(); err != nil {
		return 0, err
	}
	for !healthy(ctx, p.address) {
		if err := p.failed(); err != nil {
			return 0, err
		}
		if err := wait(ctx, 200*time.Microsecond); err != nil {
			p.kill()
			return 0, err
		}
	}
	return time.Since(began), nil
}

// launch starts the process.
func (p *ovateProcess) launch() error {
	log, err := os.OpenFile(filepath.Join(p.dir, logName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own
	p.cmd = exec.Command(p.binary, "serve", "--listen", p.address, "--data", p.dir)
	for _, name := range slices.Sorted(maps.Keys(p.settings)) {
		p.cmd.Args = append(p.cmd.Args, "-D", name+"="+p.settings[name])
	}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.ended = make(chan struct{})
	go func() {
		p.cmd.Wait() //nolint:errcheck // It is killed, always.
		close(p.ended)
	}()
	return nil
}

// failed is an error if the process has ended by itself.
func (p *ovateProcess) failed() error {
	select {
	case <-p.ended:
		text, err := os.ReadFile(filepath.Join(p.dir, logName))
		return errors.Join(fmt.Errorf("ovate ended:\n%s", text), err)
	default:
		return nil
	}
}

// kill ends the process as a crash would, and returns when it is gone.
func (p *ovateProcess) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended by itself
	<-p.ended
}

// healthy tells whether the server answers.
func healthy(ctx context.Context, address string) bool {
	return answers(ctx, address, "/status/health")
}

// answers tells whether the server answers a path with 200.
func answers(ctx context.Context, address, path string) bool {
	c, err := wire.Dial(ctx, address)
	if err != nil {
		return false
	}
	defer c.Close()
	status, _, err := c.Get(path)
	return err == nil && status == 200
}

// healthyLeader tells whether the server answers as the one that leads.
func healthyLeader(ctx context.Context, address string) bool {
	return answers(ctx, address, api+"/isLeader")
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
