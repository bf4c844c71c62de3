package tasklog_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/internal/bucket"
	"ovate/internal/bucket/buckettest"
	"ovate/internal/tasklog"
)

// archive is an Archive in a folder and a bucket.
type archive struct {
	*tasklog.Archive
	*testing.T
	dir    string
	server *buckettest.Server
}

func openArchive(t *testing.T, dir string, server *buckettest.Server) *archive {
	t.Helper()
	files, err := tasklog.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bucket.Open(t.Context(), server.Config())
	if err != nil {
		t.Fatal(err)
	}
	return &archive{tasklog.NewArchive(files, b, "druid/logs", slog.New(slog.DiscardHandler)), t, dir, server}
}

// run writes what a run of a task leaves.
func (a *archive) run(id, log, report string) {
	a.Helper()
	w, err := a.Append(id)
	if err != nil {
		a.Fatal(err)
	}
	if _, err := io.WriteString(w, log); err != nil {
		a.Fatal(err)
	}
	if report != "" {
		if err := errors.Join(a.PrepareReport(id, []byte(report)), a.AcceptReport(id)); err != nil {
			a.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		a.Fatal(err)
	}
}

// close ends the archive, by which time all that can be sent was.
func (a *archive) close() {
	a.Helper()
	if err := a.Close(); err != nil {
		a.Error(err)
	}
}

func (a *archive) log(id string, offset int64) string {
	a.Helper()
	return a.read(a.Archive.Log(a.Context(), id, offset))
}

func (a *archive) report(id string) string {
	a.Helper()
	return a.read(a.Report(a.Context(), id, true))
}

// read is what is read; "none" if there is nothing.
func (a *archive) read(r io.ReadCloser, err error) string {
	a.Helper()
	if errors.Is(err, fs.ErrNotExist) {
		return "none"
	}
	if err != nil {
		a.Error(err)
		return err.Error()
	}
	content, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		a.Error(err)
	}
	return string(content)
}

// files are those in the folder.
func (a *archive) files() string {
	a.Helper()
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		a.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return strings.Join(names, " ")
}

func (a *archive) keys() string { return strings.Join(a.server.Keys(a.T), " ") }

// What a task leaves is in the folder until it has ended, and in the bucket afterwards; it reads the same.
func TestArchive(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	a := openArchive(t, t.TempDir(), server)
	a.run("one", "hello\n", `{"a":1}`)
	a.run("active", "at work\n", "")
	check := func(when string) {
		t.Helper()
		for offset, want := range map[int64]string{0: "hello\n", 2: "llo\n", 6: "", 100: "", -3: "lo\n", -100: "hello\n"} {
			if got := a.log("one", offset); got != want {
				t.Errorf("%s: log from %d is %q, want %q", when, offset, got, want)
			}
		}
		if got := a.report("one"); got != `{"a":1}` {
			t.Errorf("%s: report %q", when, got)
		}
		if got := a.log("nobody", 0) + " " + a.report("nobody"); got != "none none" {
			t.Errorf("%s: of nobody there is %s", when, got)
		}
	}
	check("before")
	if got := a.keys(); got != "" {
		t.Errorf("sent too early: %s", got)
	}
	a.Ended("one")
	a.close()
	if got := a.keys() + ", " + a.files(); got != "druid/logs/one/log druid/logs/one/report.json, active.log" {
		t.Error(got)
	}
	check("afterwards")
}

// Nothing is sent while somebody writes, and what is written later comes behind what was sent.
func TestArchiveAppends(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	dir := t.TempDir()
	a := openArchive(t, dir, server)
	w, err := a.Append("one")
	if err != nil {
		t.Fatal(err)
	}
	a.Ended("one") // it was shut down, and its run goes on for a while
	if _, err := io.WriteString(w, "first\n"); err != nil {
		t.Fatal(err)
	}
	a.close()
	if got := a.keys(); got != "" {
		t.Errorf("sent too early: %s", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, lines := range []string{"", "second\n"} {
		a = openArchive(t, dir, server)
		if lines != "" {
			a.run("one", lines, "")
		}
		a.Ended("one")
		a.close()
	}
	if got := a.log("one", 0); got != "first\nsecond\n" {
		t.Error(got)
	}
	// A crash between sending and removing.
	if err := os.WriteFile(filepath.Join(dir, "one.log"), []byte("second\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a = openArchive(t, dir, server)
	a.Ended("one")
	a.close()
	if got := a.log("one", 0) + a.files(); got != "first\nsecond\n" {
		t.Error(got)
	}
}

// While the bucket fails everything is read from the folder; what a crash has left there is sent later, if its task has ended.
func TestArchiveWithoutBucket(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	dir := t.TempDir()
	a := openArchive(t, dir, server)
	server.Fault(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusForbidden) })
	a.run("one", "hello\n", `{"a":1}`)
	a.run("active", "at work\n", "")
	a.Ended("one")
	a.close()
	if got := a.log("one", 0) + a.report("one") + " " + a.files(); got != "hello\n{\"a\":1} active.log one.log one.report.json" {
		t.Error(got)
	}
	if _, err := a.Archive.Log(t.Context(), "two", 0); err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "s3://"+server.Bucket+"/druid/logs/two/log") {
		t.Errorf("a log that may be there: %v", err)
	}
	server.Fault(nil)
	a = openArchive(t, dir, server)
	_, err := a.Settle(t.Context(), time.Now().Add(-time.Hour), func(id string) (succeeded, active bool, err error) { return id == "one", id == "active", nil })
	if err != nil {
		t.Error(err)
	}
	a.close()
	if got := a.keys() + ", " + a.files(); got != "druid/logs/one/log druid/logs/one/report.json, active.log" {
		t.Error(got)
	}
}

// What is old goes, in the folder and in the bucket, but for that of active tasks and what others keep beside.
func TestArchiveDeleteBefore(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	a := openArchive(t, t.TempDir(), server)
	for _, id := range []string{"a", "b", "c", "d"} {
		a.run(id, "x", "")
		a.Ended(id)
	}
	a.run("e", "x", "")
	a.close()
	server.Put(t, "druid/logs-of-others/a/log", "x")
	if n, err := a.DeleteBefore(t.Context(), time.Now().Add(-time.Hour), nil); n != 0 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	n, err := a.DeleteBefore(t.Context(), time.Now().Add(time.Hour), []string{"c"})
	if n != 4 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	if got := a.keys() + a.files(); got != "druid/logs-of-others/a/log druid/logs/c/log" {
		t.Error(got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.DeleteBefore(ctx, time.Now().Add(time.Hour), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// What others keep below the prefix is not the archive's, segments among it.
func TestArchiveDeletesNothingOfOthers(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	others := []string{"druid/logs/segments/wiki/2026-01-01_2026-01-02/v/0/index.zip", "druid/logs/wiki/index.zip", "druid/logs/x/log/index.zip", "druid/logs/y"}
	for _, key := range append(others, "druid/logs/x/status.json") {
		server.Put(t, key, "x")
	}
	a := openArchive(t, t.TempDir(), server)
	defer a.close()
	if n, err := a.DeleteBefore(t.Context(), time.Now().Add(time.Hour), nil); n != 1 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	slices.Sort(others)
	if got := a.keys(); got != strings.Join(others, " ") {
		t.Error(got)
	}
}

// A run that writes to a log while that is being sent loses no line, whether it goes on writing or not.
func TestLogThatIsWrittenWhileItIsSent(t *testing.T) {
	t.Parallel()
	for _, goesOn := range []bool{false, true} {
		server := buckettest.Start(t)
		a := openArchive(t, t.TempDir(), server)
		a.run("one", "first\n", "")
		var once sync.Once
		var second io.WriteCloser
		server.Fault(func(w http.ResponseWriter, r *http.Request, s http.Handler) {
			s.ServeHTTP(w, r)
			if r.Method == http.MethodPut {
				once.Do(func() {
					var err error
					if second, err = a.Append("one"); err == nil {
						_, err = io.WriteString(second, "second\n")
					}
					if err == nil && !goesOn {
						err = second.Close()
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
		})
		a.Ended("one")
		a.close()
		if goesOn {
			if _, err := io.WriteString(second, "third\n"); err != nil {
				t.Fatal(err)
			}
			if err := second.Close(); err != nil {
				t.Fatal(err)
			}
		}
		want := "first\nsecond\n"
		if goesOn {
			want += "third\n"
		}
		a = openArchive(t, a.dir, server)
		if got := a.log("one", 0); got != want {
			t.Errorf("goes on %v: before it is sent again the log is %q", goesOn, got)
		}
		a.Ended("one")
		a.close()
		if got := a.log("one", 0) + a.files(); got != want {
			t.Errorf("goes on %v: in the end the log is %q", goesOn, got)
		}
	}
}

// A server that lost the lead before it could publish has prepared a report. Should another one have run the task, that one's counts.
func TestReportOfAnotherRun(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	folder := t.TempDir()
	a := openArchive(t, folder, server)
	if err := a.PrepareReport("x", []byte("of A")); err != nil {
		t.Fatal(err)
	}
	a.close()
	b := openArchive(t, t.TempDir(), server)
	b.run("x", "log", "of B")
	b.Ended("x")
	b.close()
	a = openArchive(t, folder, server)
	if got := a.report("x"); got != "of B" {
		t.Errorf("before its folder is settled: %s", got)
	}
	if _, err := a.Settle(t.Context(), time.Now().Add(time.Hour), func(string) (succeeded, active bool, err error) { return true, false, nil }); err != nil {
		t.Error(err)
	}
	a.close()
	if got := a.report("x") + a.files(); got != "of B" {
		t.Error(got)
	}
}
