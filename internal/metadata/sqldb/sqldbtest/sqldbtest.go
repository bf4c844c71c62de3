// Package sqldbtest starts database servers for tests: real ones, each in a folder of its own, that end with the test.
package sqldbtest

import (
	"context"
	"database/sql"
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
	"testing"
	"time"
)

// Server is a database server on a port of its own, with an empty database.
type Server struct {
	// URI, User and Password are as in druid.metadata.storage.connector.*.
	URI, User, Password string
	// Address is the host and the port.
	Address string
	// DriverName and DSN open a connection of database/sql, beside the store; Quote stands around the name of a column.
	DriverName, DSN, Quote string

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

// find looks for a program in the path and in folders where it may lie beside. OVATE_TEST_DATABASES says whether a test without it fails
// (required), or is skipped, as it is otherwise, or is skipped in any case (none).
func find(tb testing.TB, program, install string, folders ...string) string {
	tb.Helper()
	if os.Getenv("OVATE_TEST_DATABASES") == "none" {
		tb.Skip("OVATE_TEST_DATABASES is none")
	}
	for _, pattern := range folders {
		found, _ := filepath.Glob(filepath.Join(pattern, program)) // the pattern is well formed
		if len(found) > 0 {
			return slices.Max(found)
		}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		missing := fmt.Sprintf("%s is not installed: apt-get install %s", program, install)
		if os.Getenv("OVATE_TEST_DATABASES") == "required" {
			tb.Fatal(missing)
		}
		tb.Skip(missing)
	}
	return path
}

// newServer makes a folder for a server, which runs as another user if this one is root.
func newServer(tb testing.TB, users ...string) (s *Server, dir string) {
	tb.Helper()
	dir, err := os.MkdirTemp("", "ovate-database-")
	if err != nil {
		tb.Fatal(err)
	}
	s = &Server{User: name, Password: password}
	tb.Cleanup(func() {
		s.Stop(tb)
		if err := os.RemoveAll(dir); err != nil {
			tb.Error(err)
		}
	})
	if os.Getuid() == 0 {
		s.as = credential(tb, users...)
		if err := os.Chown(dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			tb.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s.Address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		tb.Fatal(err)
	}
	return s, dir
}

func credential(tb testing.TB, users ...string) *syscall.Credential {
	tb.Helper()
	for _, name := range users {
		if u, err := user.Lookup(name); err == nil {
			uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
			gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
			if err := errors.Join(uidErr, gidErr); err != nil {
				tb.Fatal(err)
			}
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	tb.Fatalf("none of the users %v is there to run a server as", users)
	return nil
}

// port is the port of the server.
func (s *Server) port() string {
	_, port, _ := net.SplitHostPort(s.Address) // it came from a listener
	return port
}

// run runs a program to its end.
func (s *Server) run(tb testing.TB, program string, args ...string) {
	tb.Helper()
	command := exec.CommandContext(tb.Context(), program, args...)
	command.Dir, command.SysProcAttr = "/", &syscall.SysProcAttr{Credential: s.as}
	if out, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// Start starts the server and waits until it answers.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	log, err := os.CreateTemp("", "ovate-database-*.log")
	if err != nil {
		tb.Fatal(err)
	}
	defer os.Remove(log.Name())
	defer log.Close()
	s.process = exec.Command(s.command[0], s.command[1:]...)
	s.process.Dir, s.process.Stdout, s.process.Stderr = "/", log, log
	s.process.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	if err := s.process.Start(); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		err := s.admin(ctx, "SELECT 1")
		if err == nil {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			out, _ := os.ReadFile(log.Name())
			tb.Fatalf("the server does not answer: %v\n%s", err, out)
		}
	}
}

// Stop ends the server at once, as a crash does, if it runs.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	if s.process == nil {
		return
	}
	if err := s.process.Process.Signal(s.crash); err != nil {
		tb.Error(err)
	}
	_ = s.process.Wait() // how it ended does not matter
	s.process = nil
}

// Admin runs a statement as who may do everything.
func (s *Server) Admin(tb testing.TB, statement string) {
	tb.Helper()
	if err := s.admin(tb.Context(), statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

// Open opens connections beside those of the store.
func (s *Server) Open(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := sql.Open(s.DriverName, s.DSN)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// uri is the URL that Druid's properties have.
func (s *Server) uri(kind string) string {
	return fmt.Sprintf("jdbc:%s://%s/%s", kind, s.Address, name)
}
