package apptest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ovate/druid"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// moment is how far an `ovate ingest` in a process of its own has come, as its data folder shows it.
type moment int

const (
	atStart moment = iota // no task is stored
	atWork                // the task is, and is not complete
	atEnd                 // it is complete, with its rows
)

// ingesting is an `ovate ingest` at work.
type ingesting struct {
	t      testing.TB
	dir    string
	cmd    *exec.Cmd
	stderr *os.File // what it prints
	full   *os.File // the other end of stderr
}

// startIngest starts `ovate ingest` of a file, which is stopped before it submits anything. Once goOn is called it comes as far as telling
// how it ended, which waits until finish is called.
// last is how the last line begins that it tells before.
func startIngest(t testing.TB, dir, file, last string, flags ...string) (i *ingesting, goOn func()) {
	t.Helper()
	const room = 4096
	stdout, spec := pipe(t, room)
	stderr, full := pipe(t, room)
	fill := func(w *os.File) {
		if _, err := w.Write(make([]byte, room)); err != nil {
			t.Fatal(err)
		}
	}
	fill(spec)
	i = &ingesting{t, dir, exec.Command(binary, append([]string{"ingest", file, "-d", "s", "--data", dir}, flags...)...), stderr, full}
	i.cmd.Stdout, i.cmd.Stderr = spec, full
	if err := i.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = i.cmd.Process.Kill() // it has mostly ended
		_ = i.cmd.Wait()
	})
	told, part := "", make([]byte, room)
	for !strings.Contains(told, "\n"+last+" ") || !strings.HasSuffix(told, "\n") { // the last thing before the spec
		n, err := i.stderr.Read(part)
		if err != nil {
			t.Fatal(err)
		}
		told += string(part[:n])
	}
	fill(i.full)
	return i, func() {
		if err := spec.Close(); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.Copy(io.Discard, stdout) }()
	}
}

// pipe is one that takes no more bytes than are given.
func pipe(t testing.TB, room int) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(r.Close(), w.Close()) }) // some tests have closed them
	if size, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, room); err != nil || size != room {
		t.Skipf("a pipe of %d bytes cannot be had here: %d, %v", room, size, err)
	}
	return r, w
}

// reach waits until the process has come to a moment.
func (i *ingesting) reach(m moment) {
	i.t.Helper()
	deadline := time.Now().Add(patience)
	for i.moment() < m {
		if time.Now().After(deadline) {
			i.t.Fatalf("it does not come to moment %d", m)
		}
	}
}

// moment asks the database, which the process is at work on.
func (i *ingesting) moment() moment {
	conn, err := sqlite3.Open("file:"+filepath.Join(i.dir, "metadata.db")+"?mode=ro", sqlite3.ReadOnly|sqlite3.URI)
	if err != nil {
		return atStart
	}
	defer conn.Close()
	now := atStart
	err = conn.Query(`SELECT active FROM druid_tasks ORDER BY created_date DESC LIMIT 1`, func(row *sqlite3.Stmt) error {
		if now = atEnd; row.ColumnInt(0) != 0 {
			now = atWork
		}
		return nil
	})
	if err != nil {
		return atStart // there is no table yet
	}
	return now
}

// finish lets the process tell the rest, and returns that with its exit code: -1 if a signal ended it.
func (i *ingesting) finish() (code int, told string) {
	i.t.Helper()
	if err := i.full.Close(); err != nil {
		i.t.Fatal(err)
	}
	rest, err := io.ReadAll(i.stderr)
	if err != nil {
		i.t.Fatal(err)
	}
	_ = i.cmd.Wait() // ProcessState tells
	return i.cmd.ProcessState.ExitCode(), string(bytes.Trim(rest, "\x00"))
}

func (i *ingesting) signal(s os.Signal) {
	i.t.Helper()
	if err := i.cmd.Process.Signal(s); err != nil {
		i.t.Fatal(err)
	}
}

// command runs a command of ovate to its end.
func command(t testing.TB, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}

// storedRows counts the rows of data source s that queries see.
func storedRows(t testing.TB, dir string) int {
	t.Helper()
	_, rows, _ := command(t, "dump", "s", "--data", dir)
	return strings.Count(rows, "\n")
}

// rowsFile is a CSV file of n rows with a time.
func rowsFile(t testing.TB, n int, letter string) string {
	t.Helper()
	text := []byte("time,a,n\n")
	for i := range n {
		text = fmt.Appendf(text, "2024-01-%02d,%s%d,%d\n", 1+i%28, letter, i%100, i)
	}
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// copiedFile is one of some MB with decimal commas, which Druid does not read, so that the task reads copies of it, which workers share.
func copiedFile(t testing.TB, n int) string {
	t.Helper()
	text := []byte("time;a;n\n")
	for i := range n {
		text = fmt.Appendf(text, "%02d.01.2024 10:00;%060d;%d,5\n", 1+i%28, i%100, i)
	}
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestInterruptedIngest: whenever it is interrupted, `ovate ingest` says what became of the rows, and its exit code lets a script act: 0 if
// they are stored, 130 if not, so that nobody has a reason to store them twice.
func TestInterruptedIngest(t *testing.T) {
	t.Parallel()
	const rows = 40_000
	file := rowsFile(t, rows, "a")
	for _, m := range []moment{atStart, atWork, atEnd} {
		for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			t.Run(fmt.Sprint(m, s), func(t *testing.T) {
				t.Parallel()
				i, goOn := startIngest(t, t.TempDir(), file, "segments", "--append")
				if m == atStart {
					i.signal(s)
				}
				goOn()
				if m != atStart {
					i.reach(m)
					i.signal(s)
				}
				code, told := i.finish()
				nothing, note := strings.HasSuffix(told, "ovate: interrupted: nothing was stored\n"), strings.Contains(told, "interrupted when the rows had been stored already\n")
				stored := storedRows(t, i.dir)
				switch { // at the end all may be told already when the signal comes, without the note
				case stored == rows && code == 0 && (note || m == atEnd) && !nothing && strings.Contains(told, "SUCCESS") && m != atStart:
				case stored == 0 && code == 130 && nothing && !note && m != atEnd:
				default:
					t.Errorf("%d rows are stored, and the exit code is %d:\n%s", stored, code, told)
				}
				if left, err := filepath.Glob(filepath.Join(i.dir, "ovate.ingest*")); err != nil || len(left) > 0 {
					t.Errorf("all was told, and what was being done is still there: %v, %v", left, err)
				}
				code, _, told = command(t, "ingest", file, "-d", "s", "--data", i.dir, "--append")
				if got := storedRows(t, i.dir); code != 0 || got != stored+rows || strings.Contains(told, "earlier run") {
					t.Errorf("the next run: exit code %d, %d rows\n%s", code, got, told)
				}
			})
		}
	}
}

// TestKilledIngest: an `ovate ingest` in a process of its own that was killed is found by the next one, which says what became of its rows
// and stores none of them twice; a server that starts in between runs nothing that nobody waits for.
func TestKilledIngest(t *testing.T) {
	t.Parallel()
	const rows, others = 40_000, 10
	file, other, copied := rowsFile(t, rows, "a"), rowsFile(t, others, "b"), copiedFile(t, rows)
	const nothing, again, stored = "nothing of it was stored\n", "They are not stored again", "an earlier run stored the 40,000 rows of rows.csv in s (task "
	for _, test := range []struct {
		name   string
		at     moment
		copied bool     // the file of the run that is killed is one of which a copy is made
		flags  []string // of the run that is killed
		serve  bool     // a server runs from then on
		next   []string // the file and flags of the next run
		code   int
		says   string
		rows   int // after the next run
		twice  int // after the same once more
	}{
		{name: "append at work", at: atWork, flags: []string{"--append"}, next: []string{file, "--append"}, says: nothing, rows: rows, twice: 2 * rows},
		{name: "append published", at: atEnd, flags: []string{"--append"}, next: []string{file, "--append"}, says: again, rows: rows, twice: 2 * rows},
		{name: "append of another file", at: atEnd, flags: []string{"--append"}, next: []string{other, "--append"}, rows: rows + others, twice: rows + 2*others},
		{name: "append of one file more", at: atEnd, flags: []string{"--append"}, next: []string{other, file, "--append"}, code: 2, says: stored, rows: rows, twice: 2*rows + others},
		{name: "append of a copy published", copied: true, at: atEnd, flags: []string{"--append"}, next: []string{copied, "--append"}, says: again, rows: rows, twice: 2 * rows},
		{name: "at work", at: atWork, next: []string{file}, says: nothing, rows: rows, twice: rows},
		{name: "published", at: atEnd, next: []string{file}, says: again, rows: rows, twice: rows},
		{name: "published, then otherwise", at: atEnd, next: []string{file, "--granularity", "DAY", "--replace"}, says: stored, rows: rows, twice: rows},
		{name: "at work, then a server", at: atWork, flags: []string{"--append"}, serve: true, next: []string{file, "--append"}, says: nothing, rows: rows, twice: 2 * rows},
		{name: "published, then a server", at: atEnd, flags: []string{"--append"}, serve: true, next: []string{file, "--append"}, says: again, rows: rows, twice: 2 * rows},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			first, last := file, "segments"
			if test.copied {
				first, last = copied, "note      Read"
			}
			i, goOn := startIngest(t, t.TempDir(), first, last, test.flags...)
			goOn()
			i.reach(test.at)
			i.signal(os.Kill)
			if code, told := i.finish(); code != -1 || strings.Contains(told, "SUCCESS") {
				t.Fatalf("it was not killed before it told: %d\n%s", code, told)
			}
			if got := i.moment(); got != test.at {
				t.Skipf("it came to moment %d before it was killed", got)
			}
			if test.serve {
				start(t, i.dir)
			}
			was := 0
			if test.at == atEnd {
				was = rows
			}
			if got := storedRows(t, i.dir); got != was {
				t.Errorf("%d rows before the next run, want %d", got, was)
			}
			args := append([]string{"ingest", "-d", "s", "--data", i.dir}, test.next...)
			nextRun{test.code, test.says, test.rows, test.twice}.try(t, i.dir, args)
		})
	}
}

// TestIngestKilledWhileItTells: an `ovate ingest --append` whose exit code was not 0, as it was killed or could not write, is found by the same command
// again, whatever it had told by then.
func TestIngestKilledWhileItTells(t *testing.T) {
	const rows = 20
	file := rowsFile(t, rows, "a")
	t.Setenv("TMPDIR", t.TempDir())
	s := start(t, t.TempDir())
	for _, here := range []bool{true, false} {
		for n, line := range []string{"status", "segments", "s holds:", "EOF"} {
			for _, pipe := range []bool{true, false} {
				t.Run(fmt.Sprint(here, line, pipe), func(t *testing.T) {
					dir, source := s.dir, fmt.Sprint("s-", n, pipe)
					args := []string{"ingest", file, "-d", source, "--append", "--url", s.URL()}
					if here {
						dir = t.TempDir()
						args = []string{"ingest", file, "-d", source, "--append", "--data", dir}
					}
					cmd := exec.Command(binary, args...)
					told, err := cmd.StderrPipe()
					if err != nil {
						t.Fatal(err)
					}
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					lines := bufio.NewScanner(told)
					for lines.Scan() && !strings.HasPrefix(lines.Text(), line) {
					}
					if pipe {
						err = told.Close()
					} else if err = cmd.Process.Kill(); errors.Is(err, os.ErrProcessDone) {
						err = nil
					}
					if err != nil {
						t.Fatal(err)
					}
					_ = cmd.Wait() // ProcessState tells
					first := cmd.ProcessState.ExitCode()
					code, _, again := command(t, args...)
					_, stored, _ := command(t, "dump", source, "--data", dir)
					want := rows
					if first == 0 { // it had told all by then
						want = 2 * rows
					}
					if got := strings.Count(stored, "\n"); code != 0 || got != want {
						t.Errorf("exit codes %d and %d, %d rows\n%s", first, code, got, again)
					}
				})
			}
		}
	}
}

// nextRun is what the run after one that was killed does, and how many rows there are then, and after the same once more.
type nextRun struct {
	code        int
	says        string
	rows, twice int
}

func (n nextRun) try(t *testing.T, dir string, args []string) {
	t.Helper()
	code, _, told := command(t, args...)
	if got := storedRows(t, dir); code != n.code || got != n.rows || !strings.Contains(told, n.says) {
		t.Errorf("the next run: exit code %d, %d rows\n%s", code, got, told)
	}
	_, _, told = command(t, args...)
	if got := storedRows(t, dir); got != n.twice || strings.Contains(told, "earlier run") {
		t.Errorf("the same once more: %d rows\n%s", got, told)
	}
}

// TestKilledIngestByAServer: an `ovate ingest` that had a server run its task and was killed, or did not wait, is found by the next one, which
// says what became of its rows and stores none of them twice.
func TestKilledIngestByAServer(t *testing.T) {
	const rows, others = 40_000, 10
	file, other, copied := rowsFile(t, rows, "a"), rowsFile(t, others, "b"), copiedFile(t, rows)
	const again, stored = "They are not stored again", "an earlier run stored the 40,000 rows of rows.csv in s (task "
	t.Setenv("TMPDIR", t.TempDir())
	for _, test := range []struct {
		name  string
		at    moment
		first string
		next  []string
		code  int
		says  string
		rows  int // after the next run
		twice int // after the same once more
	}{
		{name: "at work", at: atWork, first: file, next: []string{file}, says: again, rows: rows, twice: 2 * rows},
		{name: "published", at: atEnd, first: file, next: []string{file}, says: again, rows: rows, twice: 2 * rows},
		{name: "another file", at: atEnd, first: file, next: []string{other}, rows: rows + others, twice: rows + 2*others},
		{name: "one file more", at: atEnd, first: file, next: []string{other, file}, code: 2, says: stored, rows: rows, twice: 2*rows + others},
		{name: "a copy", at: atWork, first: copied, next: []string{copied}, says: again, rows: rows, twice: 2 * rows},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t, t.TempDir())
			last := "segments"
			if test.first == copied {
				last = "note      Read"
			}
			i, goOn := startIngest(t, s.dir, test.first, last, "--append", "--url", s.URL())
			goOn()
			i.reach(test.at)
			i.signal(os.Kill)
			if code, told := i.finish(); code != -1 || strings.Contains(told, "SUCCESS") {
				t.Fatalf("it was not killed before it told: %d\n%s", code, told)
			}
			args := append([]string{"ingest", "-d", "s", "--url", s.URL(), "--append"}, test.next...)
			nextRun{test.code, test.says, test.rows, test.twice}.try(t, s.dir, args)
			left, err := filepath.Glob(filepath.Join(s.dir, "ovate.ingest*"))
			if own := len(test.next) == 1 && test.next[0] == test.first; err != nil || len(left) > 0 == own { // that of another command stays
				t.Errorf("left: %v, %v", left, err)
			}
			if left, err := filepath.Glob(filepath.Join(os.TempDir(), "ovate*")); err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

// TestKilledIngestInAnotherWay: an `ovate ingest --append` that was killed is found by the same command whichever way its rows come into the same data
// folder then: by a server that is named or that runs there, at another address, too, or without one, and also if the server was killed with it. What was
// about other files is told to nobody else.
func TestKilledIngestInAnotherWay(t *testing.T) {
	const rows = 40_000
	file, other := rowsFile(t, rows, "a"), rowsFile(t, 10, "b")
	t.Setenv("TMPDIR", t.TempDir())
	ways := []string{"alone", "found", "named"}
	for _, at := range []moment{atWork, atEnd} {
		for _, first := range ways {
			for _, next := range ways {
				t.Run(fmt.Sprint(first, at, next), func(t *testing.T) {
					dir := t.TempDir()
					by := func(way string) (flags []string, s *server) {
						flags = []string{"--append"}
						if way != "alone" {
							s = start(t, dir)
						}
						if way == "named" {
							flags = append(flags, "--url", s.URL())
						}
						return flags, s
					}
					flags, s := by(first)
					i, goOn := startIngest(t, dir, file, "segments", flags...)
					goOn()
					i.reach(at)
					i.signal(os.Kill)
					if s != nil {
						s.kill(t)
					}
					if code, told := i.finish(); code != -1 || strings.Contains(told, "SUCCESS") {
						t.Fatalf("it was not killed before it told: %d\n%s", code, told)
					}
					flags, _ = by(next)
					ingest := func(file string) string {
						t.Helper()
						code, _, told := command(t, append([]string{"ingest", file, "-d", "s", "--data", dir}, flags...)...)
						if code != 0 {
							t.Errorf("exit code %d", code)
						}
						return told
					}
					if told := ingest(other); strings.Contains(told, "earlier run") {
						t.Errorf("who ingests another file is told:\n%s", told)
					}
					told := ingest(file)
					if got := storedRows(t, dir); got != rows+10 || !strings.Contains(told, "an earlier run ") || strings.Contains(told, "server is still at") {
						t.Errorf("%d rows\n%s", got, told)
					}
					told = ingest(file)
					if got := storedRows(t, dir); got != 2*rows+10 || strings.Contains(told, "earlier run") {
						t.Errorf("the same once more: %d rows\n%s", got, told)
					}
				})
			}
		}
	}
}

// TestIngestBesideTasksOfAServer: what somebody has handed in to a server on the folder stays and runs, however an ingest there ends.
func TestIngestBesideTasksOfAServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	s.submit(t, object{"type": "noop", "id": "theirs", "runTime": 3_600_000})
	s.kill(t)
	file := rowsFile(t, 40_000, "a")
	i, goOn := startIngest(t, dir, file, "segments", "--append")
	goOn()
	i.reach(atWork)
	i.signal(os.Kill)
	i.finish()
	code, _, told := command(t, "ingest", file, "-d", "s", "--data", dir, "--append")
	if code != 0 || !strings.Contains(told, "1 task that a server left unfinished in "+dir+" goes on while this lasts, and with the next server: theirs (noop of ") || !strings.Contains(told, "ovate kill theirs --data "+dir) {
		t.Errorf("exit code %d\n%s", code, told)
	}
	if got := storedRows(t, dir); got != 40_000 {
		t.Errorf("%d rows", got)
	}
	if theirs := inspect(t, dir).tasks["theirs"]; !theirs.active || theirs.status.State != druid.Running {
		t.Errorf("the server's task is %+v", theirs.status)
	}
}
