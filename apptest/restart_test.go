package apptest

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/apptest/stored"
	"ovate/client"
	"ovate/druid"
	"ovate/internal/race"
)

// TestTasksRunAgain: whatever a task was doing when the server ended, well or not, it does it again from the start, under its old
// lock, and publishes once.
func TestTasksRunAgain(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*process, testing.TB){"SIGTERM": (*process).terminate, "kill -9": (*process).kill} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 5000
			dir := t.TempDir()
			g := newGate(t, rows("ingests", n, 2))
			s := start(t, dir, "druid.worker.capacity=2")
			s.submit(t, withIntervals(ingestion{id: "ingests", dataSource: "d", source: g.source()}, "2026-01-01/2026-01-03"))
			<-g.reached
			s.submit(t, noop("runs", quiet, 3_600_000))
			s.submit(t, withIntervals(ingestion{id: "waits", dataSource: "d", source: inline(rows("waits", 10, 1)), append: true}, "2026-01-01/2026-01-02"))
			s.submit(t, noop("pends", quiet, 1))
			s.expectStates(t, map[string]string{"ingests": "running", "runs": "running", "waits": "waiting", "pends": "pending"})
			begun := time.Now()
			end(s.process, t)
			took := time.Since(begun)

			before := inspect(t, dir)
			before.checkLocks(t)
			for _, id := range []string{"ingests", "runs", "waits", "pends"} {
				if !before.tasks[id].active {
					t.Errorf("task %s is not active any more: %+v", id, before.tasks[id].status)
				}
			}
			if len(before.locks) != 1 || len(before.segments) > 0 {
				t.Fatalf("%d locks and %d segments", len(before.locks), len(before.segments))
			}
			g.open()
			s = start(t, dir, "druid.worker.capacity=2")
			for _, id := range []string{"ingests", "waits", "pends"} {
				s.succeed(t, id)
			}
			s.expectStates(t, map[string]string{"runs": "running"})
			if runs := strings.Count(s.log(t, "runs"), "msg=waiting"); runs != 2 {
				t.Errorf("task runs was started %d times", runs)
			}
			s.terminate(t)

			after := inspect(t, dir)
			after.checkSegments(t)
			for _, segment := range after.segments {
				if segment.Version != before.locks[0].Version {
					t.Errorf("segment %s has another version than the lock of before, %s", segment.Row, before.locks[0].Version)
				}
			}
			p := after.read(t, "d")
			for writer, n := range map[string]int{"ingests": n, "waits": 10} {
				if err := p.check(writer, n); err != nil {
					t.Error(err)
				}
			}
			t.Logf("it took %v to end the server", took.Round(time.Millisecond))
		})
	}
}

// withIntervals makes a task that locks its intervals before it runs.
func withIntervals(i ingestion, intervals ...string) object {
	task := i.task()
	schema := task["spec"].(object)["dataSchema"].(object)
	schema["granularitySpec"].(object)["intervals"] = intervals
	return task
}

// expectStates waits until tasks are in these states, as lists tell.
func (s *server) expectStates(t testing.TB, want map[string]string) {
	t.Helper()
	var got map[string]string
	eventually(t, fmt.Sprintf("states are %v", want), func() bool {
		tasks, err := s.Tasks(t.Context(), client.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		got = map[string]string{}
		for _, task := range tasks {
			got[task.ID] = strings.ToLower(string(task.Runner))
		}
		for id, state := range want {
			if got[id] != state {
				return false
			}
		}
		return true
	})
}

func (s *server) log(t testing.TB, id string) string {
	t.Helper()
	log, err := s.Log(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	text, err := io.ReadAll(log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTwoServersOnOneFolder: the second ends at once and says who has the folder; only a living process has it.
func TestTwoServersOnOneFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir)
	second, err := exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--data", dir).CombinedOutput()
	holder := fmt.Sprintf("process %d", first.cmd.Process.Pid)
	if err == nil || !strings.Contains(string(second), holder) || !strings.Contains(string(second), dir) {
		t.Errorf("%v: %s\nwant an error that names %s and %s", err, second, holder, dir)
	}
	var locks []string
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".lock") {
			locks = append(locks, path)
			err = os.Remove(path)
		}
		return err
	})
	if err != nil || len(locks) < 2 {
		t.Fatalf("lock files %v, %v", locks, err)
	}
	second, err = exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--data", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(second), dir) || !strings.Contains(string(second), "in use") {
		t.Errorf("without %v: %v: %s\nwant an error that names %s", locks, err, second, dir)
	}
	first.succeed(t, first.submit(t, noop("unharmed", quiet, 1)))
	first.kill(t)
	next := start(t, dir)
	next.succeed(t, "unharmed")
	next.terminate(t)
}

// TestClockMovedBack: versions go up even if the clock was a year ahead when the last ones were made, so that newer data
// are seen.
func TestClockMovedBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	s.succeed(t, s.submit(t, ingestion{id: "published", dataSource: "segments", source: inline(rows("published", 10, 1))}.task()))
	g := newGate(t, rows("held", 10, 1))
	s.submit(t, withIntervals(ingestion{id: "held", dataSource: "locks", source: g.source()}, "2026-01-01/2026-01-02"))
	<-g.reached
	s.terminate(t)

	before := inspect(t, dir)
	ahead := druid.Instant(time.Now().AddDate(1, 0, 0).UnixMilli())
	db := openDatabase(t, dir)
	version := before.segments[0].Version
	changed := db.change(`UPDATE druid_segments SET id = replace(id, ?1, ?2), version = ?2,
		payload = replace(replace(payload, '"version":"' || ?1, '"version":"' || ?2), '_' || ?1 || '"', '_' || ?2 || '"')`, version, ahead.String())
	changed += db.change(`UPDATE druid_tasklocks SET lock_payload = replace(lock_payload, ?1, ?2)`, before.locks[0].Version, ahead.String())
	db.close()
	if changed != 2 {
		t.Fatalf("%d rows were changed", changed)
	}

	g.open()
	s = start(t, dir)
	s.succeed(t, "held")
	newest := map[string]string{}
	for _, dataSource := range []string{"segments", "locks"} {
		id := "new-" + dataSource
		s.succeed(t, s.submit(t, ingestion{id: id, dataSource: dataSource, source: inline(rows(id, 20, 1))}.task()))
		newest[dataSource] = id
	}
	s.terminate(t)
	after := inspect(t, dir)
	after.checkSegments(t)
	for dataSource, writer := range newest {
		var visible stored.Segment
		for _, segment := range after.segments {
			if segment.DataSource == dataSource && segment.Version > visible.Version {
				visible = segment
			}
		}
		if visible.Version <= ahead.String() || !strings.Contains(readRows(t, pathOf(t, visible))[0], writer) {
			t.Errorf("data source %s shows version %s, which is not what %s published", dataSource, visible.Version, writer)
		}
	}
}

// TestManyActiveTasks starts a server that finds 100,000 active tasks.
func TestManyActiveTasks(t *testing.T) {
	t.Parallel()
	tasks, dataSources := 100_000, 10
	if race.Enabled {
		tasks /= 10
	}
	dir := t.TempDir()
	s := start(t, dir)
	s.submit(t, noop("model", "d0", 3_600_000))
	s.terminate(t)
	db := openDatabase(t, dir)
	db.change(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
		INSERT INTO druid_tasks(id, created_date, datasource, active, type, group_id, status_payload, payload)
		SELECT 'many-' || i, created_date, 'd' || (i % ?2), 1, type, 'many-' || i, replace(status_payload, 'model', 'many-' || i),
			replace(replace(payload, 'model', 'many-' || i), '"d0"', '"d' || (i % ?2) || '"') FROM n, druid_tasks WHERE id = 'model'`, tasks-1, dataSources)
	db.close()

	begun := time.Now()
	s = start(t, dir)
	ready := time.Since(begun)
	resident := s.proc(t, "VmRSS")
	begun = time.Now()
	if all, err := s.Tasks(t.Context(), client.Filter{}); err != nil || len(all) != tasks {
		t.Fatalf("%d tasks, %v", len(all), err)
	}
	listed := time.Since(begun)
	begun = time.Now()
	if err := s.ShutdownAll(t.Context(), "d3"); err != nil {
		t.Fatal(err)
	}
	ended := time.Since(begun)
	if left, err := s.Tasks(t.Context(), client.Filter{DataSource: "d3", State: "pending"}); err != nil || len(left) > 0 {
		t.Errorf("%d tasks are pending after all were shut down, %v", len(left), err)
	}
	if left, err := s.Tasks(t.Context(), client.Filter{State: "complete"}); err != nil || len(left) != tasks/dataSources {
		t.Errorf("%d tasks are complete, %v", len(left), err)
	}
	begun = time.Now()
	s.submit(t, noop("one-more", quiet, 1))
	t.Logf("%d active tasks: ready in %v with %d MB resident (at most %d MB since), list in %v, %d shut down in %v, one more submitted in %v",
		tasks, ready.Round(time.Millisecond), resident>>20, s.proc(t, "VmHWM")>>20, listed.Round(time.Millisecond), tasks/dataSources,
		ended.Round(time.Millisecond), time.Since(begun).Round(time.Microsecond))
	s.terminate(t)
}

// TestSecondNameOfADatabase: a second server on the database by another name of its file, in a folder of its own, does not start, and the first one goes on.
func TestSecondNameOfADatabase(t *testing.T) {
	t.Parallel()
	dir, link := t.TempDir(), filepath.Join(t.TempDir(), "hard.db")
	first := start(t, dir)
	if err := os.Link(filepath.Join(dir, "metadata.db"), link); err != nil {
		t.Skip(err)
	}
	second := exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "-D", "druid.metadata.storage.connector.connectURI=jdbc:sqlite:"+link)
	told, err := second.CombinedOutput()
	if err == nil || !strings.Contains(string(told), "2 names (hard links)") || !strings.Contains(string(told), fmt.Sprintf("process %d ", first.cmd.Process.Pid)) {
		t.Errorf("%v: %s", err, told)
	}
	first.succeed(t, first.submit(t, noop("unharmed", quiet, 1)))
	first.kill(t)
	next := start(t, dir) // the link alone is no obstacle
	next.succeed(t, "unharmed")
}
