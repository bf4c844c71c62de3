// Package sqldbserver starts database servers, for tests and measurements: real ones, each in a folder of its own, that keep nothing.
package sqldbserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"ovate/internal/port"
)

// Server is a database server on a port of its own, with an empty database.
type Server struct {
	// URI, User and Password are as in druid.metadata.storage.connector.*.
	URI, User, Password string
	// Address is the host and the port.
	Address string
	// DriverName and DSN open a connection of database/sql, beside the store; Quote stands around the name of a column.
	DriverName, DSN, Quote string

	dir     string
	command []string
	as      *syscall.Credential
	admin   func(ctx context.Context, statement string) error
	crash   syscall.Signal // ends the server without any tidying up
	process *exec.Cmd
}

const (
	name     = "druid"
	password = "secret & more"
)

// NotInstalledError means that there is no such program.
type NotInstalledError struct{ Program, Install string }

func (e *NotInstalledError) Error() string {
	return fmt.Sprintf("%s is not installed: apt-get install %s", e.Program, e.Install)
}

// find looks for a program in the path and in folders where it may lie beside.
func find(program, install string, folders ...string) (string, error) {
	for _, pattern := range folders {
		found, _ := filepath.Glob(filepath.Join(pattern, program)) // the pattern is well formed
		if len(found) > 0 {
			return slices.Max(found), nil
		}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return "", &NotInstalledError{program, install}
	}
	return path, nil
}

// begin makes a server's folder, in parent or, if that is empty, among the temporary ones; has make say how the server is started, and
// starts it. After an error nothing is left.
func begin(ctx context.Context, parent string, users []string, databases []string, make func(*Server) error) (_ *Server, err error) {
	s := &Server{User: name, Password: password}
	if s.dir, err = os.MkdirTemp(parent, "ovate-database-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if os.Getuid() == 0 { // servers refuse to run as root
		if s.as, err = credential(users...); err == nil {
			err = os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid))
		}
	}
	if err == nil {
		s.Address, err = freeAddress()
	}
	if err == nil {
		err = make(s)
	}
	if err == nil {
		err = s.Start(ctx)
	}
	for _, statement := range databases {
		if err == nil {
			err = s.Admin(ctx, statement)
		}
	}
	return s, err
}

// freeAddress is one on which nothing listened a moment ago.
func freeAddress() (string, error) {
	held, err := port.Hold()
	if err != nil {
		return "", err
	}
	return held.Addr().String(), held.Close()
}

func credential(users ...string) (*syscall.Credential, error) {
	for _, name := range users {
		if u, err := user.Lookup(name); err == nil {
			uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
			gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
		}
	}
	return nil, fmt.Errorf("none of the users %v is there to run a server as", users)
}

// port is the port of the server.
func (s *Server) port() string {
	_, port, _ := net.SplitHostPort(s.Address) // it came from a listener
	return port
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

// run runs a program to its end.
func (s *Server) run(ctx context.Context, program string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Dir, command.SysProcAttr = "/", &syscall.SysProcAttr{Credential: s.as}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return nil
}

// patience ends only what hangs: a busy machine may stall for a while.
const patience = 5 * time.Minute

// Start starts the server, again after a Stop, and waits until it answers.
func (s *Server) Start(ctx context.Context) error {
	log, err := os.CreateTemp("", "ovate-database-*.log")
	if err != nil {
		return err
	}
	defer os.Remove(log.Name())
	defer log.Close()
	process := exec.Command(s.command[0], s.command[1:]...)
	process.Dir, process.Stdout, process.Stderr = "/", log, log
	process.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	if err := process.Start(); err != nil {
		return err
	}
	s.process = process
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := s.admin(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			out, _ := os.ReadFile(log.Name())
			return fmt.Errorf("the server does not answer: %w\n%s", err, out)
		}
	}
}

// Stop ends the server at once, as a crash does, if it runs.
func (s *Server) Stop() error {
	if s.process == nil {
		return nil
	}
	err := s.process.Process.Signal(s.crash)
	_ = s.process.Wait() // how it ended does not matter
	s.process = nil
	return err
}

// Close stops the server, if it runs, and removes its folder.
func (s *Server) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.dir)) }

// Admin runs a statement as who may do everything.
func (s *Server) Admin(ctx context.Context, statement string) error {
	if err := s.admin(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// uri is the URL that Druid's properties have.
func (s *Server) uri(kind, database string) string {
	return fmt.Sprintf("jdbc:%s://%s/%s", kind, s.Address, database)
}
