package source

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
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

// listedPipe is a file that was a regular one when it was listed, and is a pipe now. Where the policy opens such ones it stands for one whose
// file system does not answer.
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
	anywhere := Policy{AnyLocalFile: true, opens: os.Open}
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

// TestPutInPlaceOfAFile: what was put in the place of a regular file once that was listed is refused and named, and nobody waits for it.
func TestPutInPlaceOfAFile(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		put  func(path string) error
		want string
	}{
		"a pipe":         {func(path string) error { return unix.Mkfifo(path, 0o600) }, "is not a regular file but a pipe"},
		"a link to one":  {func(path string) error { return errors.Join(unix.Mkfifo(path+"p", 0o600), os.Symlink(path+"p", path)) }, "is not a regular file but a pipe"},
		"a socket":       {func(path string) error { return unix.Mknod(path, unix.S_IFSOCK|0o600, 0) }, "no such device"},
		"/proc/kmsg":     {func(path string) error { return os.Symlink("/proc/kmsg", path) }, "(proc)"},
		"/proc/self/mem": {func(path string) error { return os.Symlink("/proc/self/mem", path) }, "(proc)"},
		"/dev/ptmx":      {func(path string) error { return os.Symlink("/dev/ptmx", path) }, "is not a regular file but a device"},
		"/dev/zero":      {func(path string) error { return os.Symlink("/dev/zero", path) }, "is not a regular file but a device"},
		"a folder":       {func(path string) error { return os.Mkdir(path, 0o700) }, "is a folder"},
	} {
		for name, content := range map[string]string{"rows.json": "{}", "empty": "", "packed.gz": "x"} {
			path, in := listed(t, name, content, Policy{AnyLocalFile: true})
			if err := errors.Join(os.Remove(path), c.put(path)); err != nil {
				t.Fatal(err)
			}
			within := in
			if !strings.HasPrefix(what, "/") { // else it is refused as it lies outside
				other := filepath.Join(tree(t, map[string]string{name: content}), name)
				inputs, err := Open(t.Context(), spec.LocalSource{Files: []string{other}}, Policy{Roots: []string{filepath.Dir(other)}}, nil)
				if err = errors.Join(err, os.Remove(other), c.put(other)); err != nil {
					t.Fatal(err)
				}
				within = inputs[0]
			}
			for _, in := range []Input{in, within} {
				if r, err := in.Open(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), in.Name) {
					t.Errorf("%s in place of %s: %v, %v, want %q", what, name, r, err, c.want)
				}
			}
		}
	}
}

// TestFileOfAnotherOwner: a file that another process has a lease on is read once that has given it up, as it is asked to.
func TestFileOfAnotherOwner(t *testing.T) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, unix.SIGIO)
	defer signal.Stop(asked)
	path, in := listed(t, "rows.json", "{}", Policy{AnyLocalFile: true})
	owner, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if _, err := unix.FcntlInt(owner.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Skip("no leases here: ", err)
	}
	gaveUp := make(chan error)
	go func() {
		<-asked
		_, err := unix.FcntlInt(owner.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
		gaveUp <- err
	}()
	if got, err := read(t, in); err != nil || got != "{}" {
		t.Errorf("%q, %v", got, err)
	}
	if err := <-gaveUp; err != nil {
		t.Error(err)
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
		opening, giveUp := context.WithCancel(t.Context())
		opens := func(path string) (*os.File, error) {
			giveUp() // not before the opening is under way
			return os.Open(path)
		}
		path, in := listedPipe(t, name, content, Policy{AnyLocalFile: true, Stalls: stalls, opens: opens})
		if _, err := in.Open(opening); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: opened: %v", name, err)
		}
		if n := stalls.count(); n != 1 {
			t.Errorf("%s: %d calls were given up", name, n)
		}
		writer, err := os.OpenFile(path, os.O_RDWR, 0) // the opening returns
		if err != nil {
			t.Fatal(err)
		}
		stalls.drain()

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		r, err := in.Open(ctx)
		if err == nil {
			_, err = io.ReadAll(r)
			err = errors.Join(err, r.Close())
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: read: %v", name, err)
		}
		stalls.drain() // closing it has ended the read
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

// drain waits until all calls that were given up have returned.
func (s *Stalls) drain() {
	for {
		s.mu.Lock()
		if len(s.calls) == 0 {
			s.mu.Unlock()
			return
		}
		if s.fewer == nil {
			s.fewer = make(chan struct{})
		}
		fewer := s.fewer
		s.mu.Unlock()
		<-fewer
	}
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
