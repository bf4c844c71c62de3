package apptest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ovate/client"
	"ovate/druid"
)

// badInput is input of some kind and what is to become of the task that reads it.
type badInput struct {
	source      object
	format      object   // nil: JSON lines
	failure     []string // the parts of the error message; nil if the task succeeds
	rows        int64
	unparseable int64
}

// TestBadInput: whatever a file turns out to be, the task that reads it ends, tells which file it was, and counts what it could
// not parse; the server's memory stays bounded, and so does the time.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), "druid.worker.capacity=4", "ovate.ingest.memory=2GiB")
	cases := badInputs(t)
	begun := time.Now()
	for name, c := range cases {
		s.submit(t, ingestion{id: name, dataSource: name, source: c.source, format: c.format, append: true}.task())
	}
	for name, c := range cases {
		status := s.finish(t, name)
		if c.failure != nil {
			for _, part := range c.failure {
				if status.State != druid.Failed || !strings.Contains(status.ErrorMsg, part) {
					t.Errorf("%s: %s %q, want a failure that tells %q", name, status.State, status.ErrorMsg, part)
				}
			}
			continue
		}
		report, err := s.Ingestion(t.Context(), name)
		if status.State != druid.Success || err != nil || report.Rows.Processed != c.rows || report.Rows.Unparseable != c.unparseable {
			t.Errorf("%s: %s %q, %+v, %v; want a success with %d rows and %d unparseable ones", name, status.State, status.ErrorMsg, report, err, c.rows, c.unparseable)
		}
	}
	t.Logf("%d inputs in %v, at most %d MB resident", len(cases), time.Since(begun).Round(time.Millisecond), s.proc(t, "VmHWM")>>20)
	if peak := s.proc(t, "VmHWM"); peak > 2<<30 {
		t.Errorf("%d MB were resident", peak>>20)
	}
	s.expectNothingStaged(t)
	s.terminate(t)
}

func badInputs(t *testing.T) map[string]badInput {
	t.Helper()
	dir := t.TempDir()
	rubbish := make([]byte, 1<<20)
	for i, random := 0, rand.New(rand.NewPCG(1, 2)); i < len(rubbish); i++ {
		rubbish[i] = byte(random.Uint32())
	}
	good := rows("good", 100, 1)
	zipped := compress(t, bytes.Repeat(good, 1000))
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := func(name, to string) string {
		path := filepath.Join(dir, name)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pipe := filepath.Join(dir, "pipe.json")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing.json")
	goodFile := write("good.json", good)
	csv := object{"type": "csv", "findColumnsFromHeader": true}
	long := 100 << 20
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	cases := map[string]badInput{
		"missing":          {source: local(goodFile, missing), failure: []string{missing, "does not exist"}},
		"missing-folder":   {source: object{"type": "local", "baseDir": missing, "filter": "*"}, failure: []string{missing, "does not exist"}},
		"empty":            {source: local(write("empty.json", nil))},
		"empty-csv":        {source: local(write("empty.csv", nil)), format: csv},
		"header-only":      {source: local(write("header.csv", []byte("ts,writer,n\n"))), format: csv},
		"folder":           {source: local(dir), failure: []string{dir, "folder"}},
		"pipe":             {source: local(pipe), failure: []string{pipe, "not a regular file"}},
		"device":           {source: local("/dev/zero"), failure: []string{"/dev/zero", "not a regular file"}},
		"link-circle":      {source: local(link("circle.json", "circle.json")), failure: []string{"circle.json"}},
		"link-nowhere":     {source: local(link("nowhere.json", missing)), failure: []string{"nowhere.json", "does not exist"}},
		"below-a-file":     {source: local(goodFile + "/x"), failure: []string{goodFile + "/x"}},
		"rubbish":          {source: local(write("rubbish.json", rubbish)), unparseable: int64(bytes.Count(rubbish, []byte{'\n'}) + 1)},
		"rubbish-gzip":     {source: local(write("rubbish.json.gz", rubbish)), failure: []string{"rubbish.json.gz", "gzip"}},
		"rubbish-zstd":     {source: local(write("rubbish.json.zst", rubbish)), failure: []string{"rubbish.json.zst"}},
		"rubbish-xz":       {source: local(write("rubbish.json.xz", rubbish)), failure: []string{"rubbish.json.xz"}},
		"rubbish-bzip2":    {source: local(write("rubbish.json.bz2", rubbish)), failure: []string{"rubbish.json.bz2"}},
		"cut-gzip":         {source: local(write("cut.json.gz", zipped[:len(zipped)/2])), failure: []string{"cut.json.gz", "unexpected EOF"}},
		"cut-gzip-trailer": {source: local(write("trailer.json.gz", zipped[:len(zipped)-4])), failure: []string{"trailer.json.gz", "unexpected EOF"}},
		"spoilt-gzip":      {source: local(write("spoilt.json.gz", spoil(zipped))), failure: []string{"spoilt.json.gz"}},
		"no-end-of-line":   {source: local(write("line.json", bytes.Repeat([]byte{'x'}, long))), unparseable: 1},
		"long-value":       {source: local(write("value.json", longValue(long))), rows: 1},
		"long-csv":         {source: local(write("long.csv", append([]byte("ts,writer,n\n2026-01-01,"), bytes.Repeat([]byte{'x'}, long)...))), format: csv, rows: 1},
		"bomb":             {source: local(write("bomb.json.gz", compress(t, make([]byte, 600<<20)))), failure: []string{"bomb.json.gz", "line 1 is longer"}},
		"not-on-server":    {source: object{"type": "http", "uris": []string{web.URL + "/rows.json"}}, failure: []string{web.URL, "404 Not Found"}},
		"nothing-matches":  {source: object{"type": "local", "baseDir": dir, "filter": "*.parquet"}},
		"mixed":            {source: local(write("mixed.json", mixed(good))), rows: 100, unparseable: 8},
		"kernel":           {source: local("/proc/kmsg"), failure: []string{"/proc/kmsg", "file system of the kernel (proc)", "copy"}},
	}
	unreadable := write("unreadable.json", good)
	if err := os.Chmod(unreadable, 0); err != nil {
		t.Fatal(err)
	}
	cases["unreadable"] = badInput{source: local(unreadable), failure: []string{unreadable, "may not be read"}}
	if f, err := os.Open(unreadable); err == nil { // by root everything can be read
		f.Close()
		cases["unreadable"] = badInput{source: local(unreadable), rows: 100}
	}
	return cases
}

// compress is gzip.
func compress(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func spoil(data []byte) []byte {
	data = bytes.Clone(data)
	data[len(data)/2] ^= 0xff
	return data
}

// longValue is one row with a string of n bytes.
func longValue(n int) []byte {
	return fmt.Appendf(nil, `{"ts":"2026-01-01","writer":"%s","n":1}`, bytes.Repeat([]byte{'y'}, n))
}

// mixed adds eight lines that are no rows to good ones.
func mixed(good []byte) []byte {
	bad := []string{"", "{", "null", "[]", `{"ts":"never"}`, `{"writer":"x"}`, "\xff\xfe", "{\"ts\":\"2026-01-01\"\x00}"}
	return append([]byte(strings.Join(bad, "\n")+"\n"), good...)
}

// TestGrowingFile: a file that somebody appends to, or cuts, while it is read gives whole rows up to some moment.
func TestGrowingFile(t *testing.T) {
	t.Parallel()
	const before, more = 20_000, 200_000
	s := start(t, t.TempDir())
	data := rows("grows", before+more, 1)
	end := 0 // of the rows before
	for range before {
		end += bytes.IndexByte(data[end:], '\n') + 1
	}
	path := file(t, "grows.json", data[:end])
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s.submit(t, ingestion{id: "grows", dataSource: "grows", source: local(path)}.task())
	for rest := data[end:]; len(rest) > 0; {
		n := min(1000, len(rest)) // not at ends of lines
		if _, err := f.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	s.succeed(t, "grows")
	report, err := s.Ingestion(t.Context(), "grows")
	if err != nil || report.Rows.Processed < before || report.Rows.Processed > before+more || report.Rows.Unparseable > 1 {
		t.Errorf("%+v, %v", report, err)
	}
	s.submit(t, ingestion{id: "cut", dataSource: "cut", source: local(path)}.task())
	if err := os.Truncate(path, int64(end/2)); err != nil {
		t.Fatal(err)
	}
	s.finish(t, "cut") // either way, but it ends
	s.terminate(t)
	stored := inspect(t, s.dir)
	if err := stored.read(t, "grows").check("grows", int(report.Rows.Processed)); err != nil {
		t.Error(err)
	}
}

// TestStalledInput: a task whose input never comes can be shut down at once, and its slot is free.
func TestStalledInput(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), "druid.worker.capacity=1")
	g := newGate(t, rows("stalls", 100, 1))
	s.submit(t, ingestion{id: "stalls", dataSource: "stalls", source: g.source()}.task())
	<-g.reached
	s.submit(t, noop("next", quiet, 1))
	if err := s.Shutdown(t.Context(), "stalls"); err != nil {
		t.Fatal(err)
	}
	s.succeed(t, "next")
	eventually(t, "the run has ended", func() bool { return strings.Contains(s.log(t, "stalls"), "task ended") })
	s.expectNothingStaged(t)
	s.terminate(t)
}

// TestPipeInPlaceOfAFile: a pipe that is put in the place of a file once the task has found that fails the task, which does not wait for somebody
// to write to it.
func TestPipeInPlaceOfAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const small, each = 128, 10 // more than are opened ahead
	row := rows("hangs", 1, 1)
	last := file("last.json", row)
	files := []string{file("slow.json.gz", compress(t, append(row, bytes.Repeat([]byte{'\n'}, 16<<20)...)))}
	for i := range small {
		files = append(files, file(fmt.Sprintf("%d.json", i), rows("hangs", each, 1)))
	}
	s := start(t, t.TempDir(), "druid.worker.capacity=1")
	s.submit(t, ingestion{id: "hangs", dataSource: "hangs", source: local(append(files, last)...)}.task())
	processed := func() int64 {
		report, err := s.Ingestion(t.Context(), "hangs")
		if err != nil && !client.IsNotFound(err) {
			t.Fatal(err)
		}
		return report.Rows.Processed
	}
	eventually(t, "the task has found its files", func() bool { return processed() > 0 })
	if err := errors.Join(os.Remove(last), unix.Mkfifo(last, 0o600)); err != nil {
		t.Fatal(err)
	}
	if status, err := s.Wait(t.Context(), "hangs"); err != nil || status.State != druid.Failed || !strings.Contains(status.ErrorMsg, last+" is not a regular file but a pipe") {
		t.Errorf("%+v, %v", status, err)
	}
	s.expectNothingStaged(t)
	s.terminate(t)
}
