package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"ovate/internal/spec"
)

// listed is the input of a new file with some content.
func listed(t *testing.T, name, content string, policy Policy) (path string, in Input) {
	t.Helper()
	path = filepath.Join(tree(t, map[string]string{name: content}), name)
	inputs, err := Open(t.Context(), spec.LocalSource{Files: []string{path}}, policy, nil)
	if err != nil || len(inputs) != 1 {
		t.Fatal(inputs, err)
	}
	return path, inputs[0]
}

// listedPipe is a file that was a regular one when it was listed, and is a pipe now: it stands for one whose file system does not answer.
func listedPipe(t *testing.T, name, content string, policy Policy) (path string, in Input) {
	t.Helper()
	path, in = listed(t, name, content, policy)
	if err := errors.Join(os.Remove(path), unix.Mkfifo(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	return path, in
}

// TestSizeZero: the size that a file system tells is no reason to leave a file out, nor is what cannot be read empty.
func TestSizeZero(t *testing.T) {
	t.Parallel()
	anywhere := Policy{AnyLocalFile: true}
	const rows = "{}\n{}\n"
	pipe, in := listedPipe(t, "rows.json", "", anywhere)
	wrote := make(chan error)
	go func() { wrote <- os.WriteFile(pipe, []byte(rows), 0) }()
	if got, err := read(t, in); err != nil || got != rows || in.Consumed.Load() != int64(len(rows)) || in.Size != -1 {
		t.Errorf("%q, %v; want %q", got, err, rows)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	_, in = listed(t, "empty.gz", "", anywhere)
	if got, err := read(t, in); err != nil || got != "" {
		t.Errorf("%q, %v; want nothing", got, err)
	}
	path, in := listed(t, "rows", "", anywhere)
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, in); !errors.Is(err, unix.EISDIR) || err.Error() != "read "+path+": is a directory" {
		t.Errorf("%q, %v; want that it cannot be read", got, err)
	}
}

// TestFilesOfTheKernel: what is stored nowhere is refused, with what to do.
func TestFilesOfTheKernel(t *testing.T) {
	t.Parallel()
	for path, name := range map[string]string{"/proc/self/limits": "(proc)", "/proc/kmsg": "(proc)", "/sys/kernel/uevent_seqnum": "(sysfs)"} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		_, err := Open(t.Context(), spec.LocalSource{Files: []string{path}}, Policy{AnyLocalFile: true}, nil)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "copy") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestFileThatDoesNotAnswer: whoever opens or reads one gives up with its context, and what was given up counts until it returns.
func TestFileThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"plain": "x", "empty": "", "packed.gz": "x"} {
		stalls := new(Stalls)
		path, in := listedPipe(t, name, content, Policy{AnyLocalFile: true, Stalls: stalls})

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		if _, err := in.Open(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: opened: %v", name, err)
		}
		if n := stalls.count(); n != 1 {
			t.Errorf("%s: %d calls were given up", name, n)
		}
		writer, err := os.OpenFile(path, os.O_RDWR, 0) // the opening returns
		if err != nil {
			t.Fatal(err)
		}
		for stalls.count() > 0 {
			time.Sleep(time.Millisecond)
		}

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		r, err := in.Open(ctx)
		if err == nil {
			_, err = io.ReadAll(r)
			err = errors.Join(err, r.Close())
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: read: %v", name, err)
		}
		for stalls.count() > 0 { // closing it has ended the read
			time.Sleep(time.Millisecond)
		}
		if err := writer.Close(); err != nil {
			t.Error(err)
		}
	}
}

// count is how many calls were given up and have not returned.
func (s *Stalls) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// TestTooManyStalls: whoever comes then waits a while for room, and is told why there is none.
func TestTooManyStalls(t *testing.T) {
	t.Parallel()
	path, _ := listed(t, "rows.json", "{}", Policy{AnyLocalFile: true})
	synctest.Test(t, func(t *testing.T) {
		stalls := new(Stalls)
		policy := Policy{AnyLocalFile: true, Stalls: stalls}
		var returned []func()
		for range mostStalls {
			returned = append(returned, stalls.add("/mnt/gone/a.json"))
		}
		open := func() error {
			inputs, err := Open(t.Context(), spec.LocalSource{Files: []string{path}}, policy, nil)
			if err == nil {
				_, err = read(t, inputs[0])
			}
			return err
		}
		begun := time.Now()
		err := open()
		if err == nil || time.Since(begun) != stallPatience {
			t.Fatalf("%v after %v", err, time.Since(begun))
		}
		for _, part := range []string{path, "32 files", "/mnt/gone/a.json, for 20s", "unmount"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q is not in: %v", part, err)
			}
		}
		if err := (Policy{Roots: []string{filepath.Dir(path)}, Stalls: stalls}).Check(spec.LocalSource{Files: []string{"/etc/passwd"}}); err != nil {
			t.Error("what cannot be looked at is left to the task: ", err)
		}
		time.AfterFunc(time.Second, returned[7])
		if err := open(); err != nil {
			t.Error("when one has returned: ", err)
		}
	})
}

// TestPanicOfACall reaches whoever called.
func TestPanicOfACall(t *testing.T) {
	t.Parallel()
	defer func() {
		if problem, ok := recover().(string); !ok || !strings.Contains(problem, "a fault") {
			t.Error(problem)
		}
	}()
	_, err := call(t.Context(), nil, "", func() (int, error) { panic("a fault") }, func(int) {})
	t.Error("no panic: ", err)
}
