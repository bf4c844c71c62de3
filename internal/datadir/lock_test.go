package datadir_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"ovate/internal/datadir"
)

func TestSecondClaimNamesTheHolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lock, err := datadir.Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = datadir.Acquire(dir)
	held, ok := errors.AsType[*datadir.HeldError](err)
	if !ok || held.Dir != dir || held.PID != strconv.Itoa(os.Getpid()) {
		t.Fatalf("got %v, want that process %d holds %s", err, os.Getpid(), dir)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := datadir.Acquire(dir)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
}

// TestKilledHolder has another process hold the folder, and kills it.
func TestKilledHolder(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("OVATE_DATADIR"); dir != "" {
		lock, err := datadir.Acquire(dir)
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC() // which closes the file of a lock that nobody needs any more
		os.Stdout.WriteString("held\n")
		// It waits to be killed, in a way that the runtime does not take for a deadlock, which would end the process.
		if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
			t.Error(err)
		}
		if err := lock.Release(); err != nil {
			t.Error(err)
		}
		return
	}
	dir := t.TempDir()
	// A pid of another length, left by a process of long ago, must not show.
	if err := os.WriteFile(filepath.Join(dir, datadir.LockFile), []byte(strings.Repeat("9", 20)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestKilledHolder$")
	child.Env = append(os.Environ(), "OVATE_DATADIR="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := child.StdinPipe(); err != nil { // which stays open
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	_, err = datadir.Acquire(dir)
	if held, ok := errors.AsType[*datadir.HeldError](err); !ok || held.PID != strconv.Itoa(child.Process.Pid) {
		t.Errorf("got %v, want that process %d holds the folder", err, child.Process.Pid)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // It was killed.
	lock, err := datadir.Acquire(dir)
	if err != nil {
		t.Fatalf("after the kill: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestMissingFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "missing")
	if _, err := datadir.Acquire(dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v, want that there is no such folder", err)
	}
}

// TestReleaseWhileProcessesStart releases locks while children are between fork and exec, when they share its file.
func TestReleaseWhileProcessesStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	started := make(chan error)
	go func() {
		for range 30 {
			child := exec.Command(os.Args[0], "-test.run", "^$")
			child.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0") // or each takes a second under the race detector
			started <- child.Run()
		}
		close(started)
	}()
	for {
		lock, err := datadir.Acquire(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := lock.Release(); err != nil {
			t.Fatal(err)
		}
		select {
		case err, more := <-started:
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				return
			}
		default:
		}
	}
}
