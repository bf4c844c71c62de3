package auditlog_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	"ovate/internal/auditlog"
)

// read is all lines of a file.
func read(t testing.TB, path string) (lines []map[string]any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Errorf("%s: %q: %v", path, s.Text(), err)
		}
		lines = append(lines, line)
	}
	return lines
}

// What many write at the same time is all there, line by line, over all files, none of which is larger than it may be; the oldest go.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "audit.jsonl")
	const writers, each, size = 16, 50, 8 << 10
	l, err := auditlog.Open(path, size, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if err := l.Write(auditlog.Line{Time: time.UnixMilli(0), Identity: "allowAll", Anybody: true, Path: fmt.Sprintf("/%d/%d", w, i), Status: 200}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.Size() > size || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
		for _, line := range read(t, file) {
			seen[line["path"].(string)]++
		}
	}
	if len(seen) != writers*each {
		t.Errorf("%d of %d lines are there", len(seen), writers*each)
	}
	l, err = auditlog.Open(path, 4096, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := l.Write(auditlog.Line{Identity: "allowAll", Anybody: true, Path: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	last := read(t, path)
	before := read(t, path+".1")
	if n := len(last); last[n-1]["path"] != "199" || before[len(before)-1]["path"] != fmt.Sprint(199-n) {
		t.Errorf("the last file ends with %v, the one before with %v", last[n-1], before[len(before)-1])
	}
}

// However much one of those who are known sends: what others have done stays, and of him as much as he has a share of, and beside it the last of all.
func TestShareOfOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := auditlog.Open(path, 20_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	write := func(who, what string) {
		if err := l.Write(auditlog.Line{Identity: who, Path: what, Status: 404}); err != nil {
			t.Fatal(err)
		}
	}
	write("admin", "/first")
	for i := range 2000 {
		write("joe", fmt.Sprint(i))
	}
	write("admin", "/last")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	lines, more := read(t, path), read(t, path+".more")
	if n := len(lines); n < 10 || n > 100 || lines[0]["path"] != "/first" || lines[1]["path"] != "0" || lines[n-1]["path"] != "/last" {
		t.Errorf("%d lines: %v … %v", n, lines[:2], lines[n-1])
	}
	if more[len(more)-1]["path"] != "1999" {
		t.Errorf("beside it %v", more[len(more)-1])
	}
	if _, err := os.Stat(path + ".1"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("one has filled the file: %v", err)
	}
}

// However many requests nobody knows who sends: what those have done who were let in stays, and of the others there is as much as may be.
func TestFlood(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := auditlog.Open(path, 4096, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Write(auditlog.Line{Identity: "me", Path: "/done", Status: 200}); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := l.Write(auditlog.Line{Path: fmt.Sprint(i), Status: 401}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if lines := read(t, path); len(lines) != 1 || lines[0]["path"] != "/done" {
		t.Errorf("%v", lines)
	}
	if last := read(t, path+".unknown"); last[len(last)-1]["path"] != "199" {
		t.Errorf("%v", last)
	}
	var all int64
	for _, file := range auditlog.Paths(path, 1) {
		if info, err := os.Stat(file); err == nil {
			all += info.Size()
		}
	}
	if all > 3*4096 {
		t.Errorf("the files have %d bytes", all)
	}
}

// A line has what is known, as JSON whatever a client has sent, and not more than a little of it.
func TestLine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(`{"time":"cut o`), 0o600); err != nil { // by a crash
		t.Fatal(err)
	}
	l, err := auditlog.Open(path, 1<<20, 1)
	if err != nil {
		t.Fatal(err)
	}
	line := auditlog.Line{
		Time: time.UnixMilli(1_700_000_000_123), Identity: "me", Certificate: "CN=me", Author: "a\n{\"x\":1}\x00\u202e\u0085\U000e0001é", From: "::1", Method: "POST",
		Path: "/druid/indexer/v1/task/" + strings.Repeat("x", 5000), Status: 200,
	}
	if err := l.Write(line); err != nil {
		t.Fatal(err)
	}
	if err := l.Write(auditlog.Line{Time: line.Time, Identity: "me", Author: "\xff"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	if len(lines) != 3 || lines[0] != `{"time":"cut o` || len(lines[1]) > 1500 {
		t.Fatalf("%q", lines)
	}
	if strings.ContainsFunc(lines[1], func(r rune) bool { return !unicode.IsPrint(r) }) || !strings.Contains(lines[1], `\u202e`) {
		t.Errorf("a terminal would obey %q", lines[1])
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil || got["time"] != "2023-11-14T22:13:20.123Z" || got["author"] != line.Author || got["identity"] != "me" || got["status"] != 200.0 {
		t.Errorf("%v, %v", got, err)
	}
}

// While the disk is full nothing is written, and nothing that was written is lost; once there is room a line tells that some may be missing.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := auditlog.Open(path, 1<<20, 1)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string) error { return l.Write(auditlog.Line{Identity: "me", Path: name}) }
	if err := write("/first"); err != nil || l.Ready() != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	moved := path + ".moved"
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	if l, err = auditlog.Open(path, 1<<20, 1); err != nil {
		t.Fatal(err)
	}
	if err := write("/lost"); !strings.Contains(fmt.Sprint(err), syscall.ENOSPC.Error()) {
		t.Errorf("%v", err)
	}
	if l.Ready() == nil {
		t.Error("a full disk is ready")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(moved, path); err != nil {
		t.Fatal(err)
	}
	if err := l.Ready(); err != nil {
		t.Error(err)
	}
	if err := write("/last"); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	lines := read(t, path)
	if len(lines) != 3 || lines[0]["path"] != "/first" || !strings.Contains(fmt.Sprint(lines[1]["missing"]), "no space left") || lines[2]["path"] != "/last" {
		t.Errorf("%v", lines)
	}
}

func BenchmarkWrite(b *testing.B) {
	l, err := auditlog.Open(filepath.Join(b.TempDir(), "audit.jsonl"), 1<<30, 1)
	if err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := l.Write(auditlog.Line{Time: time.Now(), Method: "POST", Path: "/druid/indexer/v1/task", From: "10.0.0.1", Status: 200}); err != nil {
				b.Error(err)
			}
		}
	})
	if err := l.Close(); err != nil {
		b.Error(err)
	}
}
