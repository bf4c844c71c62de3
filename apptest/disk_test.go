package apptest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/datadir"
	"ovate/internal/disk/disktest"
)

// limitFiles stands for a disk that is full, or has room again: no file may grow beyond n bytes.
func (p *process) limitFiles(t testing.TB, n uint64) {
	t.Helper()
	limit := unix.Rlimit{Cur: n, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}

// submit sends a task that has to be accepted.
func (s *server) submit(t testing.TB, task object) string {
	t.Helper()
	id, err := s.Submit(t.Context(), encode(t, task))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// finish waits until a task has ended.
func (s *server) finish(t testing.TB, id string) druid.TaskStatusPlus {
	t.Helper()
	var status druid.TaskStatusPlus
	eventually(t, "task "+id+" has ended", func() bool {
		var err error
		if status, err = s.Status(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return status.State != druid.Running
	})
	return status
}

// succeed waits until a task has succeeded.
func (s *server) succeed(t testing.TB, id string) {
	t.Helper()
	if status := s.finish(t, id); status.State != druid.Success {
		t.Errorf("task %s: %s", id, status.ErrorMsg)
	}
}

// TestFullDisk: what cannot be made durable is refused and leaves no trace, questions are answered, and once there is
// room everything goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	s.succeed(t, s.submit(t, noop("before", quiet, 1)))
	s.submit(t, noop("long", quiet, 3_600_000))
	g := newGate(t, rows("caught", 100, 1))
	s.submit(t, ingestion{id: "caught", dataSource: "caught", source: g.source()}.task())
	<-g.reached
	s.limitFiles(t, 0)
	g.open()

	var refused *client.Error
	_, err := s.Submit(t.Context(), encode(t, noop("refused", quiet, 1)))
	if !errors.As(err, &refused) || refused.Status != 500 || !strings.Contains(refused.Message, "could not be stored") {
		t.Errorf("submit on a full disk: %v", err)
	}
	if err := s.Shutdown(t.Context(), "long"); !errors.As(err, &refused) || refused.Status != 500 {
		t.Errorf("shut down on a full disk: %v", err)
	}
	eventually(t, "the server tells that it cannot end a task", func() bool {
		return strings.Contains(s.output.String(), "task cannot be ended yet")
	})
	if _, err := s.Status(t.Context(), "refused"); !client.IsNotFound(err) {
		t.Errorf("the task that was refused: %v", err)
	}
	for id, want := range map[string]druid.TaskState{"before": druid.Success, "caught": druid.Running, "long": druid.Running} {
		if status, err := s.Status(t.Context(), id); err != nil || status.State != want {
			t.Errorf("task %s: %+v, %v", id, status, err)
		}
	}
	if tasks, err := s.Tasks(t.Context(), client.Filter{}); err != nil || len(tasks) != 3 {
		t.Errorf("%d tasks, %v", len(tasks), err)
	}

	s.limitFiles(t, unix.RLIM_INFINITY)
	s.succeed(t, s.submit(t, noop("refused", quiet, 1)))
	if status := s.finish(t, "caught"); status.State != druid.Failed || !strings.Contains(status.ErrorMsg, "file too large") {
		t.Errorf("the task that was caught: %s %q", status.State, status.ErrorMsg)
	}
	if err := s.Shutdown(t.Context(), "long"); err != nil {
		t.Error(err)
	}
	s.terminate(t)
	if stored := inspect(t, s.dir); len(stored.tasks) != 4 {
		t.Errorf("%d tasks are stored", len(stored.tasks))
	}
}

// fill leaves no byte on a file system, and returns what makes room again.
func fill(t *testing.T, dir string) (room func()) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, "filler"))
	for piece := make([]byte, 1<<20); err == nil; {
		var n int
		if n, err = file.Write(piece); n < len(piece) && len(piece) > 1 {
			piece, err = piece[:len(piece)/2], nil
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(file.Name()); err != nil {
			t.Error(err)
		}
	}
}

// TestStartOnFullDisk: a server that was killed starts although nothing can be written, answers, and works once there is room.
func TestStartOnFullDisk(t *testing.T) {
	t.Parallel()
	dir := disktest.FileSystem(t)
	before := start(t, dir)
	before.succeed(t, before.submit(t, noop("before", quiet, 1)))
	before.submit(t, noop("long", quiet, 3_600_000))
	before.kill(t)
	room := fill(t, dir)

	s := start(t, dir)
	for id, want := range map[string]druid.TaskState{"before": druid.Success, "long": druid.Running} {
		if status, err := s.Status(t.Context(), id); err != nil || status.State != want {
			t.Errorf("task %s: %+v, %v", id, status, err)
		}
	}
	s.tells(t, "journal of runs cannot be written")
	eventually(t, "commands find the server, as what the last process had in staging has made room for its address, or people are told how to", func() bool {
		url, err := datadir.Find(dir)
		return err == nil && url == s.URL() || strings.Contains(s.output.String(), "--url http://")
	})
	room()
	s.succeed(t, s.submit(t, noop("later", quiet, 1)))
	s.terminate(t)
}

// TestNoRoomForLogs: a task whose log and report cannot be stored does its work all the same, and the server tells.
func TestNoRoomForLogs(t *testing.T) {
	t.Parallel()
	dir, small := t.TempDir(), disktest.FileSystem(t)
	s := start(t, dir, "druid.indexer.logs.directory="+filepath.Join(small, "logs"))
	room := fill(t, small)
	s.succeed(t, s.submit(t, noop("waits", quiet, 1)))
	s.succeed(t, s.submit(t, ingestion{id: "rows", dataSource: "d", source: inline(rows("rows", 100, 2))}.task()))
	eventually(t, "its report is not there", func() bool { // once the task does not tell it itself any more
		_, err := s.Ingestion(t.Context(), "rows")
		return client.IsNotFound(err)
	})
	s.submit(t, ingestion{id: "fails", dataSource: "d", source: local(filepath.Join(dir, "nothing"))}.task())
	if status := s.finish(t, "fails"); status.State != druid.Failed || !strings.Contains(status.ErrorMsg, "does not exist") {
		t.Errorf("what fails: %s %q", status.State, status.ErrorMsg)
	}
	file := filepath.Join(t.TempDir(), "more.json")
	if err := os.WriteFile(file, rows("more", 50, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	// Its report is not there; what the task itself told in its last moment is none.
	if out, code := s.command(t, "ingest", file, "-d", "more"); code != 0 || !strings.Contains(out, "no report") || strings.Contains(out, "published") {
		t.Errorf("ingest: exit code %d\n%s", code, out)
	}
	for _, told := range []string{"went on without all of its log and its report", "task=rows status=SUCCESS", "no space left on device"} {
		s.tells(t, told)
	}
	room()
	s.succeed(t, s.submit(t, ingestion{id: "later", dataSource: "d", append: true, source: inline(rows("later", 10, 1))}.task()))
	if report, err := s.Ingestion(t.Context(), "later"); err != nil || report.Rows.Processed != 10 {
		t.Errorf("when there is room again: %+v, %v", report, err)
	}
	s.terminate(t)
	stored := inspect(t, dir)
	for writer, n := range map[string]int{"rows": 100, "later": 10} {
		if err := stored.read(t, "d").check(writer, n); err != nil {
			t.Error(err)
		}
	}
}

// TestStartOnFullDiskWithALog: so does one whose last commits still found room in the write-ahead log, and none in the database.
func TestStartOnFullDiskWithALog(t *testing.T) {
	t.Parallel()
	dir := disktest.FileSystem(t)
	before := start(t, dir)
	before.succeed(t, before.submit(t, noop("before", quiet, 1)))
	for info, late := (os.FileInfo)(nil), time.Now().Add(patience); info == nil || info.Size() < 4<<20; { // the log is made long a little after the start
		if info, _ = os.Stat(filepath.Join(dir, "metadata.db-wal")); time.Now().After(late) {
			t.Fatal("the write-ahead log stays short")
		}
		time.Sleep(10 * time.Millisecond)
	}
	room := fill(t, dir)
	var stored []string
	for i := range 100 {
		task := noop(fmt.Sprint("full-", i), quiet, 3_600_000)
		task["context"] = object{"filler": strings.Repeat("x", 100_000)}
		id, err := before.Submit(t.Context(), encode(t, task))
		if err != nil {
			break
		}
		stored = append(stored, id)
	}
	if len(stored) == 0 {
		t.Fatal("no task found room")
	}
	before.kill(t)

	s := start(t, dir)
	if !strings.Contains(s.output.String(), "stays there for now") {
		t.Errorf("the log is copied after all:\n%s", s.output)
	}
	for _, id := range stored {
		if status, err := s.Status(t.Context(), id); err != nil || status.State != druid.Running {
			t.Errorf("task %s: %+v, %v", id, status, err)
		}
	}
	s.kill(t)
	s = start(t, dir)
	room()
	for _, id := range stored {
		if err := s.Shutdown(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	s.succeed(t, s.submit(t, noop("later", quiet, 1)))
	s.terminate(t)
}

// TestStartOnFullDiskAfterAStop: one that was stopped has removed a file that SQLite needs, and tells that it is the room for this that
// lacks.
func TestStartOnFullDiskAfterAStop(t *testing.T) {
	t.Parallel()
	dir := disktest.FileSystem(t)
	s := start(t, dir)
	s.succeed(t, s.submit(t, noop("before", quiet, 1)))
	s.terminate(t)
	room := fill(t, dir)
	p := launch(t, dir)
	if code := p.exit(t); code != 1 || !strings.Contains(p.output.String(), "the disk is full: a start needs 32 KiB for SQLite's -shm file") {
		t.Errorf("exit code %d:\n%s", code, p.output)
	}
	room()
	s = start(t, dir)
	if status, err := s.Status(t.Context(), "before"); err != nil || status.State != druid.Success {
		t.Errorf("%+v, %v", status, err)
	}
	s.terminate(t)
}

// TestIngestionOnFullDisk catches an ingestion at work, takes the room away, and gives it back. Whatever the size at which files
// stop growing, the task fails with the reason, nothing of it stays, and the next one succeeds.
func TestIngestionOnFullDisk(t *testing.T) {
	t.Parallel()
	const n = 30_000
	s := start(t, t.TempDir())
	random := rand.New(rand.NewPCG(1, 1))
	for round, room := range []uint64{0, 30_000, 300_000, 1_000_000} {
		id := fmt.Sprintf("full-%d", room)
		g := newGate(t, wideRows(random, id, n))
		i := ingestion{id: id, dataSource: "wide", source: g.source(), append: round%2 == 0, dimensions: wideDimensions()}
		if room > 300_000 {
			i.tuning = object{"maxRowsInMemory": n / 2} // so that runs are spilled, too
		}
		s.submit(t, i.task())
		<-g.reached
		s.limitFiles(t, room)
		g.open()
		eventually(t, "the task has failed, as far as that can be written", func() bool {
			status, err := s.Status(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return status.State != druid.Running || strings.Contains(s.output.String(), `msg="task cannot be ended yet" task=`+id)
		})
		s.limitFiles(t, unix.RLIM_INFINITY)
		status := s.finish(t, id)
		if status.State != druid.Failed || !strings.Contains(status.ErrorMsg, "file too large") {
			t.Errorf("room for %d bytes: %s, %q", room, status.State, status.ErrorMsg)
		}
		t.Logf("room for %d bytes: %s", room, status.ErrorMsg)
		i.id = id + "-again"
		s.submit(t, i.task())
		s.succeed(t, i.id)
	}
	s.expectNothingStaged(t)
	s.terminate(t)

	stored := inspect(t, s.dir)
	stored.checkSegments(t)
	if stored.pending+len(stored.locks) > 0 {
		t.Errorf("%d pending segments and %d locks are left", stored.pending, len(stored.locks))
	}
	got := map[int]int{} // segments by rows
	for _, segment := range stored.segments {
		got[len(readRows(t, pathOf(t, segment)))]++
	}
	if len(got) != 1 || got[n] != 4 {
		t.Errorf("segments by rows: %v, want 4 of %d", got, n)
	}
	if folders := segmentFolders(t, s.dir); folders != 4 {
		t.Errorf("%d segment folders for 4 segments", folders)
	}
}

// segmentFolders counts the segments whose files are in deep storage.
func segmentFolders(t testing.TB, dir string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "segments", "*", "*", "*", "*", "*", "index"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// wideRows are rows of one day with a text that does not compress.
func wideRows(random *rand.Rand, writer string, n int) []byte {
	var text bytes.Buffer
	for i := range n {
		fmt.Fprintf(&text, `{"ts":"2026-01-01T%02d:%02d:%02dZ","writer":%q,"n":%d,"text":"%016x%016x%016x"}`+"\n",
			i/3600%24, i/60%60, i%60, writer, i, random.Uint64(), random.Uint64(), random.Uint64())
	}
	return text.Bytes()
}

func wideDimensions() []any {
	return []any{"writer", object{"type": "long", "name": "n"}, "text"}
}
