package apptest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// TestDatabaseTakenAway: a server notices that its database was removed, or that another file is in its place, whether it is asked to
// write or not, and ends, saying which file it is.
func TestDatabaseTakenAway(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(t testing.TB, path string){
		"removed": func(t testing.TB, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"replaced": func(t testing.TB, path string) {
			restore(t, path, path+".copy")
			if err := os.Rename(path+".copy", path); err != nil {
				t.Fatal(err)
			}
		},
		"without its log": func(t testing.TB, path string) {
			if err := os.Remove(path + "-wal"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, t.TempDir())
			s.submit(t, noop("before", quiet, 3_600_000))
			path := filepath.Join(s.dir, "metadata.db")
			take(t, path)
			if name == "removed" {
				if _, err := s.Submit(t.Context(), encode(t, noop("after", quiet, 1))); err == nil {
					t.Error("a task was accepted that nothing keeps")
				}
			}
			if code := s.exit(t); code != 1 || !strings.Contains(s.output.String(), path) || !strings.Contains(s.output.String(), name[:7]) && name != "without its log" {
				t.Errorf("exit code %d: %s", code, s.output)
			}
		})
	}
}

// TestDatabaseLockedByAnother: while another process keeps the database locked, whoever wants to write is told so soon, all of them at
// once, questions are answered, and the server can be stopped. Afterwards everything goes on.
func TestDatabaseLockedByAnother(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	s.submit(t, noop("before", quiet, 3_600_000))
	other, err := sqlite3.Open(filepath.Join(s.dir, "metadata.db"), sqlite3.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock := func(statement string) {
		t.Helper()
		if err := other.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	lock("BEGIN IMMEDIATE")
	refused := make(chan error)
	begun := time.Now()
	for i := range 20 {
		go func() {
			_, err := s.Submit(t.Context(), encode(t, noop(fmt.Sprintf("refused-%d", i), quiet, 1)))
			refused <- err
		}()
	}
	if status, err := s.Status(t.Context(), "before"); err != nil || status.State != druid.Running {
		t.Errorf("a question: %+v, %v", status, err)
	}
	for range 20 {
		var answer *client.Error
		if err := <-refused; !errors.As(err, &answer) || answer.Status != 500 || !strings.Contains(answer.Message, "another process") {
			t.Errorf("submit while the database is locked: %v", err)
		}
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("it took %v to say so", took)
	}
	lock("ROLLBACK")
	s.succeed(t, s.submit(t, noop("after", quiet, 1)))
	lock("BEGIN IMMEDIATE")
	s.terminate(t)
}

// TestNobodyReadsTheLog: a server whose standard error and output lead nowhere any more goes on.
func TestNobodyReadsTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--data", dir, "--log-level", "debug")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() //nolint:errcheck // it has ended, if all is well
	go io.Copy(io.Discard, log)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(address)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		id, err := c.Submit(t.Context(), encode(t, noop(fmt.Sprint("n", i), quiet, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if status, err := c.Wait(t.Context(), id); err != nil || status.State != "SUCCESS" {
			t.Fatalf("%+v, %v", status, err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the end: %v", err)
	}
}

// TestSlowReaderAtTheEnd: clients that asked for a long list and read nothing of it do not hold up SIGTERM, nor make it a failure.
func TestSlowReaderAtTheEnd(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	s.submit(t, noop("model", "d0", 3_600_000))
	s.terminate(t)
	db := openDatabase(t, s.dir)
	db.change(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
		INSERT INTO druid_tasks(id, created_date, datasource, active, type, group_id, status_payload, payload)
		SELECT 'many-' || i, created_date, datasource, 0, type, 'many-' || i, replace(replace(status_payload, 'model', 'many-' || i), 'RUNNING', 'SUCCESS'), payload FROM n, druid_tasks`)
	db.close()
	s = start(t, s.dir)
	at, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		conn, err := net.Dial("tcp", at.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "GET /druid/indexer/v1/tasks HTTP/1.1\r\nHost: %s\r\n\r\n", at.Host); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil { // the list is on its way
			t.Fatal(err)
		}
	}
	s.terminate(t)
}

// TestListenerThatDies: a server that nobody can reach any more ends and says so.
func TestListenerThatDies(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	pid, err := unix.PidfdOpen(s.cmd.Process.Pid, 0)
	if err != nil {
		t.Skipf("another process cannot be reached into here: %v", err)
	}
	defer unix.Close(pid)
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscan(e.Name(), &n); err != nil {
			continue
		}
		fd, err := unix.PidfdGetfd(pid, n, 0)
		if err != nil {
			t.Skipf("another process cannot be reached into here: %v", err)
		}
		if listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err == nil && listens == 1 {
			if err := unix.Shutdown(fd, unix.SHUT_RDWR); err != nil {
				t.Fatal(err)
			}
		}
		unix.Close(fd)
	}
	if code := s.exit(t); code != 1 || !strings.Contains(s.output.String(), "does not listen") {
		t.Errorf("exit code %d: %s", code, s.output)
	}
}

// files lets the server open so many files from now on.
func (p *process) files(t testing.TB, most int) {
	t.Helper()
	limit := unix.Rlimit{Cur: uint64(most), Max: 1024}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}

// TestClientsLeaveFilesForTasks: clients that connect and ask nothing make room for others, before they take the files that tasks and
// the store need, and that is told once.
func TestClientsLeaveFilesForTasks(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	s.files(t, 96)
	ids := []string{}
	for i := range 6 {
		id := fmt.Sprintf("days-%d", i)
		ids = append(ids, s.submit(t, ingestion{id: id, dataSource: id, source: inline(rows("w", 56, 28))}.task()))
	}
	for range 200 {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	for _, id := range ids {
		s.succeed(t, id)
	}
	const crowded = "as many clients are connected as may be"
	s.tells(t, crowded)
	if n := strings.Count(s.output.String(), crowded); n != 1 {
		t.Errorf("told %d times that clients are disconnected:\n%s", n, s.output)
	}
	s.terminate(t)
}

// TestNoFilesLeft: a task that finds no file to be had waits, runs again and succeeds once there are some.
func TestNoFilesLeft(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	s.succeed(t, s.submit(t, noop("before", quiet, 1))) // what the server opens once is open
	s.files(t, s.openFiles(t))
	id := s.submit(t, ingestion{id: "days", dataSource: "days", source: inline(rows("w", 56, 28))}.task())
	s.tells(t, "too many files are open; the task runs again")
	s.files(t, 1024)
	s.succeed(t, id)
	s.terminate(t)
}
