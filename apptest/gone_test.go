package apptest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/cluster/zookeeper/zookeepertest"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// onWorkers are the properties of a server whose tasks are on workers, unless they want to run in its own process.
func onWorkers(keeper, dir string) []string {
	return []string{
		"druid.zk.service.host=" + keeper, "druid.zk.service.sessionTimeoutMs=5000", "druid.zk.service.connectionTimeoutMs=300", "druid.host=127.0.0.1",
		"druid.storage.storageDirectory=" + dir + "/segments", "druid.indexer.logs.directory=" + dir + "/logs",
	}
}

// here has a task run in the server's own process.
func here(task object) object {
	task["context"] = object{"ovateRunner": "local"}
	return task
}

// TestDatabaseGone: the database goes in the midst of a publication, at each of its statements and with the commit, of a task of this process and of
// one on a worker, which asks again. It stays away until it was missed often. No task fails for that, nobody is told of an end that is not
// stored, and what is stored in the end is what was to be, once.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	for kind, begin := range map[string]func(testing.TB) *sqldbtest.Server{"postgresql": sqldbtest.PostgreSQL, "mysql": sqldbtest.MariaDB} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			database, keeper, dir := begin(t), zookeepertest.Start(t), t.TempDir()
			network := sqldbtest.NewProxy(t, database.Address)
			through := database.Copy()
			through.URI = strings.Replace(database.URI, database.Address, network.Address, 1)
			m := joins(t, append(properties(through, kind), onWorkers(keeper.Address(), dir)...))
			eventually(t, "it leads", m.leads)
			w := works(t, keeper.Address(), m.url)
			c, err := client.New(m.url)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, place := range []string{"here", "there"} {
				n := 0
				for went := true; went; n++ {
					id := fmt.Sprint(place, n)
					task := ingestion{id: id, dataSource: id, source: inline(rows(id, 10, 1)), append: true}.task()
					if place == "here" {
						task = here(task)
					}
					gone := network.GoWith("loadSpec", n)
					submits(t, c, task)
					all = append(all, id)
					went = m.survives(t, id, gone, network, w)
					if end := ends(t, c, id); end.State != druid.Success {
						t.Fatalf("task %s ends %+v", id, end)
					}
				}
				if t.Logf("the database went %d times in the midst of a publication %s", n-1, place); n < 3 {
					t.Error("that is not with each statement, and with the commit")
				}
			}
			m.terminate(t)
			s := inspectServer(t, database)
			s.expectPublished(t, all...)
			for _, id := range all {
				if strings.HasPrefix(id, "there") {
					if n := w.begun(id); n != 1 {
						t.Errorf("task %s was begun %d times", id, n)
					}
				} else if err := s.read(t, id).check(id, 10); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// survives waits until the database is gone, or the task has ended without; then until it was missed often, and brings it back.
func (m *member) survives(t testing.TB, id string, gone <-chan struct{}, network *sqldbtest.Proxy, w *worker) (went bool) {
	t.Helper()
	state := func() string {
		_, body, _ := m.get("/druid/indexer/v1/task/" + id + "/status")
		for _, end := range []string{"SUCCESS", "FAILED"} {
			if strings.Contains(body, `"statusCode":"`+end+`"`) {
				return end
			}
		}
		return ""
	}
	eventually(t, "the database is gone, or the task has ended", func() bool {
		select {
		case <-gone:
			went = true
		default:
		}
		return went || state() != ""
	})
	if !went {
		network.Return()
		return false
	}
	refused := w.refused.Load()
	eventually(t, "the database is missed", func() bool {
		if end := state(); end != "" {
			t.Errorf("task %s is told to be %s while nobody can know", id, end)
		}
		return network.Refused() >= 5 && (strings.HasPrefix(id, "here") || w.refused.Load() > refused)
	})
	network.Return()
	return true
}

// TestZooKeeperGone: without ZooKeeper, for longer than its sessions last, nobody leads. What workers run goes on there, and publishes once somebody
// leads again; what runs in a server's process runs again. One server leads afterwards, and nothing is lost or done twice.
func TestZooKeeperGone(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"worker", "process"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			keeper, database, dir := zookeepertest.Start(t), sqldbtest.PostgreSQL(t), t.TempDir()
			shared := append(properties(database, "postgresql"), onWorkers(keeper.Address(), dir)...)
			if place == "process" {
				shared = append(shared, "druid.indexer.runner.type=local")
			}
			members := []*member{joins(t, shared), joins(t, shared)}
			eventually(t, "one leads", func() bool { return members[0].leads() != members[1].leads() })
			w := works(t, keeper.Address(), members[0].url, members[1].url)
			publishes := w.hold("runs")
			more := make(chan struct{})
			input := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				select {
				case <-more:
					_, _ = rw.Write(rows("runs", 10, 1))
				case <-r.Context().Done():
				}
			}))
			defer input.Close()
			c, err := client.New(members[0].url)
			if err != nil {
				t.Fatal(err)
			}
			submits(t, c, ingestion{id: "runs", dataSource: "runs", source: object{"type": "http", "uris": []string{input.URL}}, append: true}.task())
			eventually(t, "the task runs", func() bool {
				tasks, err := c.Tasks(t.Context(), client.Filter{State: "running"})
				return err == nil && len(tasks) == 1 && (place == "process" || w.begun("runs") == 1)
			})

			keeper.Kill()
			for _, m := range members {
				eventually(t, "nobody leads", func() bool {
					status, body, _ := m.get("/druid/indexer/v1/tasks")
					return status == http.StatusServiceUnavailable && strings.Contains(body, "No Overlord leads")
				})
			}
			if _, err := c.Submit(t.Context(), encode(t, noop("late", "late", 1))); err == nil {
				t.Error("a task is accepted by nobody")
			}
			publishes()
			if refused := w.refused.Load(); place == "worker" {
				eventually(t, "the task asks in vain", func() bool { return w.refused.Load() >= refused+4 })
			}
			close(more)

			if err := keeper.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			eventually(t, "one leads again", func() bool { return members[0].leads() != members[1].leads() })
			submits(t, c, ingestion{id: "late", dataSource: "late", source: inline(rows("late", 10, 1)), append: true}.task())
			for _, id := range []string{"runs", "late"} {
				if end := ends(t, c, id); end.State != druid.Success {
					t.Errorf("task %s ends %+v", id, end)
				}
			}
			if n := w.begun("runs"); place == "worker" && (n != 1 || w.shutdowns.Load() != 0) {
				t.Errorf("the task on the worker was begun %d times, and told to end %d times", n, w.shutdowns.Load())
			}
			for _, m := range members {
				m.terminate(t)
			}
			s := inspectServer(t, database)
			s.expectPublished(t, "runs", "late")
			if place == "process" {
				for _, id := range []string{"runs", "late"} {
					if err := s.read(t, id).check(id, 10); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// submits submits a task until somebody who leads takes it.
func submits(t testing.TB, c *client.Client, task object) {
	t.Helper()
	eventually(t, "the task is taken", func() bool {
		_, err := c.Submit(t.Context(), encode(t, task))
		return err == nil || strings.Contains(err.Error(), "already exists")
	})
}

// ends is how a task ends, whoever tells.
func ends(t testing.TB, c *client.Client, id string) (end druid.TaskStatusPlus) {
	t.Helper()
	eventually(t, "task "+id+" has ended", func() bool {
		status, err := c.Status(t.Context(), id)
		end = status
		return err == nil && status.State != druid.Running
	})
	return end
}
