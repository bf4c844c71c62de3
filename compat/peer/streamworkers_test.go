//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ovate/internal/metadata/sqldb/sqldbtest"
)

// TestStreamElsewhere: what workers and metadata may be otherwise. While rows flow a task dies, and who leads; every row is there once.
func TestStreamElsewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	for _, place := range []struct {
		name   string
		worker Role
		kind   database
		server func(testing.TB) *sqldbtest.Server
	}{
		{"MiddleManager", MiddleManager, postgreSQL, sqldbtest.PostgreSQL},
		{"MariaDB", Indexer, mySQL, sqldbtest.MariaDB},
	} {
		t.Run(place.name, func(t *testing.T) {
			eachLeaderOf(t, 15*time.Minute, func(ctx context.Context, t *testing.T, leader string) {
				s := newStreamSiteIn(ctx, t, leader, place.worker, place.kind, place.server(t))
				const name = "elsewhere"
				f := s.flowInto(name, 4)
				stop := f.run(100)
				// A task that is a process may take minutes to start where much else runs.
				s.supervise(supervision{dataSource: name, topic: name, tuning: map[string]any{"maxRowsPerSegment": 2000, "chatRetries": 50}})
				s.awaitMoreRows(name, 100)
				s.endTask(name)
				s.awaitMoreRows(name, f.acknowledged()+1000)
				s.killAndStart("leader")
				s.awaitMoreRows(name, f.acknowledged()+1000)
				stop()
				s.awaitRows(name, f.acknowledged())
				s.suspend(name)
				s.checkAll(name, f)
			})
		})
	}
}

// endTask ends a task that reads: its process, as kill -9 does, where it has one.
func (s *streamSite) endTask(dataSource string) {
	s.t.Helper()
	if s.worker.cmd.Args[len(s.worker.cmd.Args)-1] != "middleManager" {
		id := s.readers(dataSource)[0]
		if answer := s.leader.post("/druid/indexer/v1/task/"+id+"/shutdown", ""); !strings.Contains(answer, id) {
			s.t.Fatalf("the shutdown of %s is answered %s", id, answer)
		}
		return
	}
	pids, err := s.worker.group()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, pid := range pids {
		if pid != s.worker.cmd.Process.Pid {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				s.t.Fatal(err)
			}
			return
		}
	}
	s.t.Fatalf("the MiddleManager has no process for a task: %v", pids)
}

// readers are the tasks that the supervisor tells to be reading.
func (s *streamSite) readers(dataSource string) (ids []string) {
	s.t.Helper()
	until(s.ctx, s.t, "tasks read", func() bool {
		for _, task := range s.status(dataSource).Payload.ActiveTasks {
			if len(task.CurrentOffsets) > 0 {
				ids = append(ids, task.ID)
			}
		}
		return len(ids) > 0
	})
	return ids
}

// TestStreamReplicas: two workers each have a replica of each task. One of them dies: the replicas on the other go on and publish, and once the dead one is
// back it has replicas again.
func TestStreamReplicas(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	eachLeader(t, 15*time.Minute, func(s *streamSite) {
		first := strings.TrimPrefix(s.url(Indexer), "http://")
		s.conf.more[Indexer]["druid.indexer.task.baseTaskDir"] = s.conf.path("tasks-of-the-other")
		second := s.start(Indexer)
		until(s.ctx, s.t, "there are two workers", func() bool { return len(s.placed()) == 2 })
		const name = "replicas"
		f := s.flowInto(name, 2)
		stop := f.run(100)
		s.supervise(supervision{dataSource: name, topic: name, io: map[string]any{"replicas": 2}})
		s.awaitReplicas(nil)
		s.awaitMoreRows(name, 500)
		before := s.placed()
		second.kill()
		s.awaitMoreRows(name, f.acknowledged()+1000)
		for _, id := range before[first] {
			s.awaitSuccess(id)
		}
		again, err := second.again()
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(again.kill)
		s.awaitReplicas(slices.Concat(slices.Collect(maps.Values(before))...))
		stop()
		s.awaitRows(name, f.acknowledged())
		s.suspend(name)
		s.checkAll(name, f)
	})
}

// placed are the tasks that run on each worker, by its host and port.
func (s *streamSite) placed() map[string][]string {
	var all []struct {
		Worker       struct{ Host string }
		RunningTasks []string
	}
	_ = json.Unmarshal([]byte(s.leader.get("/druid/indexer/v1/workers")), &all) // none while nobody leads
	placed := map[string][]string{}
	for _, w := range all {
		placed[w.Worker.Host] = w.RunningTasks
	}
	return placed
}

// awaitReplicas returns once two workers run two tasks each, none of which ran before.
func (s *streamSite) awaitReplicas(before []string) {
	s.t.Helper()
	until(s.ctx, s.t, "two workers run two tasks each", func() bool {
		workers := 0
		for _, tasks := range s.placed() {
			if len(tasks) == 2 && !slices.ContainsFunc(tasks, func(id string) bool { return slices.Contains(before, id) }) {
				workers++
			}
		}
		return workers == 2
	})
}

// awaitSuccess returns once a task has ended, as it should.
func (s *streamSite) awaitSuccess(id string) {
	s.t.Helper()
	var answer struct {
		Status struct{ StatusCode, ErrorMsg string }
	}
	until(s.ctx, s.t, id+" ends", func() bool {
		_ = json.Unmarshal([]byte(s.leader.get("/druid/indexer/v1/task/"+id+"/status")), &answer) // nothing while nobody leads
		return answer.Status.StatusCode != "" && answer.Status.StatusCode != "RUNNING"
	})
	if answer.Status.StatusCode != "SUCCESS" {
		s.t.Errorf("%s is %s: %s", id, answer.Status.StatusCode, answer.Status.ErrorMsg)
	}
}
