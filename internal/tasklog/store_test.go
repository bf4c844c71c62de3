package tasklog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/internal/tasklog"
)

func TestLogOffsets(t *testing.T) {
	t.Parallel()
	store, _ := open(t)
	writeLog(t, store, "task", "0123456789")
	for _, test := range []struct {
		offset int64
		want   string
	}{
		{0, "0123456789"}, {1, "123456789"}, {9, "9"}, {10, ""}, {11, ""}, {1 << 62, ""},
		{-1, "9"}, {-10, "0123456789"}, {-11, "0123456789"}, {-1 << 63, "0123456789"},
	} {
		if got := readLog(t, store, "task", test.offset); got != test.want {
			t.Errorf("offset %d: got %q, want %q", test.offset, got, test.want)
		}
	}
}

func TestAppendGoesOnAtTheEnd(t *testing.T) {
	t.Parallel()
	store, _ := open(t)
	writeLog(t, store, "task", "first\n")
	w, err := store.Append("task")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := store.Log(context.Background(), "task", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "second\n"); err != nil {
		t.Fatal(err)
	}
	// A log is read as far as it went when the reading began, so that reading a growing log ends.
	if got := readAll(t, reader); got != "first\n" {
		t.Errorf("got %q from before the write", got)
	}
	if got := readLog(t, store, "task", 0); got != "first\nsecond\n" {
		t.Errorf("got %q while the log is open", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 122) // 244 bytes: with .report.json one more than fits.
	for _, test := range []struct{ id, want string }{
		{"index_parallel_wiki a_2026-11-23T20:41:04.145Z", "index_parallel_wiki a_2026-11-23T20:41:04.145Z"},
		{strings.Repeat("x", 243), strings.Repeat("x", 243)},
		{long, "long-ids/f6fd8bcd0e96aa55f9c8c87d5c95ff4274fab7af0aeab01c4dec26eb5e752155"},
	} {
		store, dir := open(t)
		writeLog(t, store, test.id, "log")
		if err := store.PutReport(test.id, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		var got []string
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				name, _ := filepath.Rel(dir, path)
				got = append(got, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{test.want + ".log", test.want + ".report.json"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("id %s: files %q, want %q", test.id, got, want)
		}
		if got := readLog(t, store, test.id, 0); got != "log" {
			t.Errorf("id %s: log %q", test.id, got)
		}
	}
}

func TestLongIDsDoNotMeet(t *testing.T) {
	t.Parallel()
	store, _ := open(t)
	common := strings.Repeat("x", 300)
	writeLog(t, store, common+"a", "a")
	writeLog(t, store, common+"b", "b")
	writeLog(t, store, "long-ids", "c")
	for id, want := range map[string]string{common + "a": "a", common + "b": "b", "long-ids": "c"} {
		if got := readLog(t, store, id, 0); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestIDsThatAreNoNames(t *testing.T) {
	t.Parallel()
	store, _ := open(t)
	for _, id := range []string{"", ".", "..", ".hidden", "a/b", "../x", "a\x00b"} {
		_, appendErr := store.Append(id)
		_, logErr := store.Log(context.Background(), id, 0)
		_, reportErr := store.Report(context.Background(), id, true)
		for _, err := range []error{appendErr, logErr, reportErr, store.PutReport(id, nil), store.Delete(id)} {
			if err == nil || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("id %q: got %v, want a refusal", id, err)
			}
		}
	}
}

func TestNothingThere(t *testing.T) {
	t.Parallel()
	store, _ := open(t)
	if _, err := store.Log(context.Background(), "task", 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("log: %v", err)
	}
	if _, err := store.Report(context.Background(), "task", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("report: %v", err)
	}
	if err := store.Delete("task"); err != nil {
		t.Errorf("delete: %v", err)
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	store, _ := open(t)
	for _, report := range []string{`{"a":1}`, `{}`} {
		if err := store.PutReport("task", []byte(report)); err != nil {
			t.Fatal(err)
		}
		if got := readReport(t, store); got != report {
			t.Errorf("got %s, want %s", got, report)
		}
	}
	if err := store.Delete("task"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Report(context.Background(), "task", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the deletion: %v", err)
	}
}

// TestReportIsNeverHalf reads a report while it is replaced by others of other lengths.
func TestReportIsNeverHalf(t *testing.T) {
	t.Parallel()
	store, _ := open(t)
	reports := []string{strings.Repeat("a", 10), strings.Repeat("b", 100_000)}
	if err := store.PutReport("task", []byte(reports[0])); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	writers.Go(func() {
		for i := range 50 {
			if err := store.PutReport("task", []byte(reports[i%2])); err != nil {
				t.Error(err)
			}
		}
	})
	for range 200 {
		if got := readReport(t, store); got != reports[0] && got != reports[1] {
			t.Fatalf("got a report of %d bytes that nobody wrote", len(got))
		}
	}
	writers.Wait()
}

func TestDeleteBefore(t *testing.T) {
	t.Parallel()
	store, dir := open(t)
	long := strings.Repeat("x", 300)
	now := time.Now()
	for _, id := range []string{"old", long} {
		writeLog(t, store, id, "log")
		if err := store.PutReport(id, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"other.txt", ".unfinished-1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	age(t, dir, now.Add(-time.Hour))
	writeLog(t, store, "new", "log")

	longActive := strings.Repeat("y", 300)
	for _, id := range []string{"active", longActive} {
		writeLog(t, store, id, "log")
		age(t, dir, now.Add(-time.Hour))
	}
	writeLog(t, store, "new", "log")
	deleted, err := store.DeleteBefore(t.Context(), now.Add(-time.Minute), []string{"active", longActive})
	if err != nil || deleted != 4 {
		t.Fatalf("deleted %d, %v; want 4: two logs and two reports", deleted, err)
	}
	readLog(t, store, "active", 0)
	readLog(t, store, longActive, 0)
	if _, err := store.Log(context.Background(), "old", 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("old log: %v", err)
	}
	if _, err := store.Log(context.Background(), long, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("old log of a long id: %v", err)
	}
	readLog(t, store, "new", 0)
	if _, err := os.Stat(filepath.Join(dir, "other.txt")); err != nil {
		t.Errorf("a file of somebody else: %v", err)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	store, dir := open(t)
	for _, id := range []string{"succeeded", "failed", "gone", "active", strings.Repeat("x", 300)} {
		writeLog(t, store, id, "log")
		if err := store.PrepareReport(id, []byte(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, ".unfinished-1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	age(t, dir, now.Add(-time.Hour))
	if err := store.PrepareReport("late", nil); err != nil {
		t.Fatal(err)
	}
	deleted, err := store.Settle(t.Context(), now.Add(-time.Minute), func(id string) (succeeded, active bool, err error) {
		return id == "succeeded", id == "active", nil
	})
	if err != nil || deleted != 3 {
		t.Errorf("deleted %d, %v; want 3: an unfinished file and two prepared reports", deleted, err)
	}
	for id, want := range map[string]bool{"succeeded": true, "failed": false, "gone": false, "active": true, "late": true, strings.Repeat("x", 300): true} {
		report, err := store.Report(context.Background(), id, true)
		if (err == nil) != want {
			t.Errorf("%.10s: %v", id, err)
		}
		if err == nil {
			if err := report.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "succeeded.report.json")); err != nil {
		t.Errorf("the report of a success is not in its place: %v", err)
	}
}

// age sets the modification time of every file under dir.
func age(t *testing.T, dir string, to time.Time) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			err = os.Chtimes(path, to, to)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T) (*tasklog.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "log")
	store, err := tasklog.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return store, dir
}

func writeLog(t *testing.T, store *tasklog.Store, id, text string) {
	t.Helper()
	w, err := store.Append(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func readLog(t *testing.T, store *tasklog.Store, id string, offset int64) string {
	t.Helper()
	r, err := store.Log(context.Background(), id, offset)
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, r)
}

func readReport(t *testing.T, store *tasklog.Store) string {
	t.Helper()
	r, err := store.Report(context.Background(), "task", false)
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, r)
}

func readAll(t *testing.T, r io.ReadCloser) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPreparedReport: a report that was prepared counts exactly if the task has succeeded, accepted or not.
func TestPreparedReport(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"task", strings.Repeat("x", 250)} {
		store, _ := open(t)
		check := func(succeeded bool, want string) {
			t.Helper()
			r, err := store.Report(context.Background(), id, succeeded)
			switch {
			case err == nil && readAll(t, r) != want, err != nil && (want != "" || !errors.Is(err, fs.ErrNotExist)):
				t.Errorf("succeeded %v: %v, want %q", succeeded, err, want)
			}
		}
		if err := store.PrepareReport(id, []byte("cut off")); err != nil {
			t.Fatal(err)
		}
		check(false, "")
		check(true, "cut off")
		if err := store.PutReport(id, []byte("failed")); err != nil {
			t.Fatal(err)
		}
		check(false, "failed")
		if err := store.PrepareReport(id, []byte("good")); err != nil {
			t.Fatal(err)
		}
		check(false, "failed")
		check(true, "good")
		if err := store.AcceptReport(id); err != nil {
			t.Fatal(err)
		}
		check(true, "good")
		if err := store.AcceptReport(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("accepted twice: %v", err)
		}
		if err := store.Delete(id); err != nil {
			t.Fatal(err)
		}
		check(true, "")
	}
}

// TestFolderRemoved removes the folder under a store that is open.
func TestFolderRemoved(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 250)
	for name, do := range map[string]func(*tasklog.Store) error{
		"log": func(s *tasklog.Store) error {
			w, err := s.Append("task")
			if err != nil {
				return err
			}
			return w.Close()
		},
		"log of a long id": func(s *tasklog.Store) error {
			w, err := s.Append(long)
			if err != nil {
				return err
			}
			return w.Close()
		},
		"report":   func(s *tasklog.Store) error { return s.PutReport("task", []byte("{}")) },
		"prepared": func(s *tasklog.Store) error { return s.PrepareReport(long, []byte("{}")) },
	} {
		dir := filepath.Join(t.TempDir(), "log")
		var told bytes.Buffer
		store, err := tasklog.Open(dir, slog.New(slog.NewTextHandler(&told, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := do(store); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := strings.Count(told.String(), "level=WARN"); n != 1 || !strings.Contains(told.String(), dir) {
			t.Errorf("%s: %d warnings, want 1 that names the folder:\n%s", name, n, &told)
		}
	}
}
