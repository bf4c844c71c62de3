package sqlite_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// These tests run themselves again in a process of their own, which finds in this variable where to work.
const childEnv = "OVATE_SQLITE_CHILD"

func child(t *testing.T, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKill9 kills a process in the middle of many updates, again and again on the same database. Whatever an Update
// that returned nil wrote must be there, and of every other update all or nothing.
func TestKill9(t *testing.T) {
	t.Parallel()
	if path := os.Getenv(childEnv); path != "" {
		writeUntilKilled(t, path)
	}
	path := filepath.Join(t.TempDir(), "metadata.db")
	acknowledged := map[string]bool{}
	for round := range 5 {
		cmd := child(t, path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 50+150*round && lines.Scan(); n++ {
			acknowledged[lines.Text()] = true
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			acknowledged[lines.Text()] = true
		}
		_ = cmd.Wait() // It was killed.

		store := open(t, sqlite.Options{Path: path})
		checkAcknowledged(t, store, acknowledged)
		closeQuietly(t, store)
	}
}

// writeUntilKilled inserts tasks, each with a lock and a segment, and prints the id of each once it is safe.
func writeUntilKilled(t *testing.T, path string) {
	store := open(t, sqlite.Options{Path: path})
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d_%d_%d", os.Getpid(), w, i)
				err := store.Update(t.Context(), func(tx metadata.Tx) error {
					_, lockErr := tx.InsertLocks(metadata.LockRow{
						TaskID: id, Lock: druid.TaskLock{Type: druid.Exclusive, GroupID: id, DataSource: "wiki", Interval: druid.Interval{End: 1000}, Version: "v"},
					})
					return errors.Join(insert(id)(tx), lockErr, tx.InsertAudit(metadata.AuditRow{Key: id}))
				})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(id)
			}
		}()
	}
	select {}
}

func checkAcknowledged(t *testing.T, store *sqlite.Store, acknowledged map[string]bool) {
	t.Helper()
	tasks, locks, entries := map[string]bool{}, map[string]bool{}, map[string]bool{}
	rows, err := store.Locks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		locks[row.TaskID] = true
	}
	err = errors.Join(
		store.ActiveTasks(t.Context(), func(row *metadata.TaskRow) error { tasks[row.ID] = true; return nil }),
		store.Audit(t.Context(), metadata.AuditQuery{Max: -1}, func(row *metadata.AuditRow) error { entries[row.Key] = true; return nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	for id := range acknowledged {
		if !tasks[id] {
			t.Errorf("task %s was acknowledged and is lost", id)
		}
	}
	for id := range tasks {
		if !locks[id] || !entries[id] {
			t.Errorf("task %s is there in part: lock %v, audit entry %v", id, locks[id], entries[id])
		}
	}
	if len(locks) != len(tasks) || len(entries) != len(tasks) {
		t.Errorf("%d tasks, %d locks, %d audit entries", len(tasks), len(locks), len(entries))
	}
}

// TestCopyOfLiveFiles opens what a power cut would leave: the files as they are while updates run.
func TestCopyOfLiveFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, sqlite.Options{Path: filepath.Join(dir, "metadata.db")})
	defer closeQuietly(t, store)
	for i := range 20 {
		if err := store.Update(t.Context(), insert(fmt.Sprint("task", i))); err != nil {
			t.Fatal(err)
		}
		copied := t.TempDir()
		for _, name := range []string{"metadata.db", "metadata.db-wal"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if name == "metadata.db-wal" {
				data = append(data, strings.Repeat("torn", 100*i)...) // The beginning of a commit that did not end.
			}
			if err := os.WriteFile(filepath.Join(copied, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		after := open(t, sqlite.Options{Path: filepath.Join(copied, "metadata.db")})
		if got := countActive(t, after); got != i+1 {
			t.Errorf("%d tasks after %d updates", got, i+1)
		}
		closeQuietly(t, after)
	}
}

// TestFullDisk limits the size of files, which stands for a full disk, and lifts the limit again. The limit holds for
// a whole process, so it is one of its own.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := os.Getenv(childEnv)
	if path == "" {
		path = filepath.Join(t.TempDir(), "metadata.db")
		cmd := child(t, path)
		if out, err := cmd.Output(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		// Another process finds what the first one acknowledged.
		store := open(t, sqlite.Options{Path: path})
		defer closeQuietly(t, store)
		if got := countActive(t, store); got != 20 {
			t.Errorf("%d tasks, want the 10 before and the 10 after", got)
		}
		return
	}
	store := open(t, sqlite.Options{Path: path})
	defer closeQuietly(t, store)
	for i := range 10 {
		if err := store.Update(t.Context(), insert(fmt.Sprint("before", i))); err != nil {
			t.Fatal(err)
		}
	}
	big := make([]byte, 6<<20) // more than the WAL has room for
	for size := range 8 {
		wal, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		limitFiles(t, uint64(wal.Size())+uint64(size)*1000)
		failing := make(chan error)
		for w := range 8 {
			go func() {
				failing <- store.Update(t.Context(), func(tx metadata.Tx) error {
					return errors.Join(insert(fmt.Sprint("never", w))(tx), tx.SetConfig("big", big))
				})
			}()
		}
		for range 8 {
			if err := <-failing; err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "nothing was written") {
				t.Errorf("got %v, want an error that names the file and says what became of the update", err)
			}
		}
		if got := countActive(t, store); got != 10 {
			t.Errorf("%d tasks can be read while the disk is full, want 10", got)
		}
		limitFiles(t, unix.RLIM_INFINITY)
	}
	for i := range 10 {
		if err := store.Update(t.Context(), insert(fmt.Sprint("after", i))); err != nil {
			t.Fatalf("after the disk has room again: %v", err)
		}
	}
}

func limitFiles(t *testing.T, size uint64) {
	t.Helper()
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}); err != nil {
		t.Fatal(err)
	}
}
