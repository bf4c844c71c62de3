package apptest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/cluster/zookeeper/zookeepertest"
	"ovate/internal/metadata/sqldb/sqldbtest"
	"ovate/internal/runner/remote/workertest"
)

// member is a server of a cluster, which may lead or not.
type member struct {
	*process
	url string
}

// joins launches a server of a cluster and waits until it answers.
func joins(t testing.TB, properties []string) *member {
	t.Helper()
	p := launch(t, t.TempDir(), properties...)
	return &member{p, p.ready(t, "").URL()}
}

var unfollowed = &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// get is what a member answers itself; 0 if it does not.
func (m *member) get(path string) (status int, body, location string) {
	answer, err := unfollowed.Get(m.url + path)
	if err != nil {
		return 0, err.Error(), ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error(), ""
	}
	return answer.StatusCode, string(text), answer.Header.Get("Location")
}

// leads tells whether a member says that it leads.
func (m *member) leads() bool {
	status, _, _ := m.get("/druid/indexer/v1/isLeader")
	return status == http.StatusOK
}

// TestTwoServersOneLeads: of two servers on the same database and ZooKeeper one leads and the other sends its callers there. When the leader
// is killed the other takes over: what was active runs again, under it, and the one that comes back sends its callers to it. A leader that is
// stopped well is followed at once.
func TestTwoServersOneLeads(t *testing.T) {
	t.Parallel()
	keeper, database, dir := zookeepertest.Start(t), sqldbtest.PostgreSQL(t), t.TempDir()
	shared := append(properties(database, "postgresql"), "druid.zk.service.host="+keeper.Address(), "druid.zk.service.sessionTimeoutMs=2000",
		"druid.indexer.runner.type=local", "druid.host=127.0.0.1", "druid.storage.storageDirectory="+dir+"/segments", "druid.indexer.logs.directory="+dir+"/logs")
	follows := func(m, leader *member) {
		t.Helper()
		eventually(t, "the follower knows the leader", func() bool { _, body, _ := m.get("/druid/indexer/v1/leader"); return body == leader.url })
		status, body, location := m.get("/druid/indexer/v1/tasks?state=running")
		if status != http.StatusTemporaryRedirect || location != leader.url+"/druid/indexer/v1/tasks?state=running" {
			t.Errorf("the follower answers %d %s, and sends to %q instead of %s", status, body, location, leader.url)
		}
	}
	first := joins(t, shared)
	eventually(t, "the first leads", first.leads)
	second := joins(t, shared)
	follows(second, first)
	for _, m := range []*member{first, second} {
		eventually(t, "others find it", func() bool {
			_, body, _ := m.get("/status/selfDiscovered/status")
			return body == `{"selfDiscovered":true}`
		})
	}
	const compaction = "/druid/indexer/v1/compaction"
	answer, err := http.Post(second.url+compaction+"/config/datasources/wiki", "application/json", strings.NewReader(`{"dataSource":"wiki"}`))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if status, body, _ := first.get(compaction + "/config/datasources"); answer.StatusCode != http.StatusOK || status != http.StatusOK || !strings.Contains(body, `"dataSource":"wiki"`) {
		t.Errorf("a compaction config is answered with %d, and there is %d %s", answer.StatusCode, status, body)
	}
	if status, body, _ := first.get(compaction + "/status/datasources"); status != http.StatusServiceUnavailable || !strings.Contains(body, "no Coordinator is announced") {
		t.Errorf("how compaction goes: %d %s", status, body)
	}

	c, err := client.New(second.url) // which follows redirects
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Submit(t.Context(), []byte(`{"type":"noop","id":"long","runTime":3600000}`))
	if err != nil || id != "long" {
		t.Fatalf("submitted through the follower: %q, %v", id, err)
	}
	first.kill(t)
	killed := time.Now()
	eventually(t, "the second leads", second.leads)
	t.Logf("it leads %v after the kill", time.Since(killed))
	eventually(t, "the task runs again", func() bool {
		_, body, _ := second.get("/druid/indexer/v1/runningTasks")
		return strings.Contains(body, `"long"`) && strings.Contains(body, portOf(second.url))
	})

	third := joins(t, shared)
	follows(third, second)
	second.terminate(t)
	eventually(t, "the third leads", third.leads)
	if c, err = client.New(third.url); err != nil {
		t.Fatal(err)
	}
	if err := c.Shutdown(t.Context(), "long"); err != nil {
		t.Error(err)
	}
	status, err := c.Wait(t.Context(), "long")
	if err != nil || status.State != "FAILED" {
		t.Errorf("the task ends %v, %v", status, err)
	}
	third.terminate(t)
}

func portOf(url string) string { return url[strings.LastIndex(url, ":")+1:] }

// TestKilledLeaderLeadsAgain: a leader that was killed and comes back to its data folder leads by the time it answers, and does not wait until
// ZooKeeper has ended its session.
func TestKilledLeaderLeadsAgain(t *testing.T) {
	t.Parallel()
	keeper, dir := zookeepertest.Start(t), t.TempDir()
	for range 3 {
		p := launch(t, dir, "druid.zk.service.host="+keeper.Address(), "druid.zk.service.sessionTimeoutMs=600000", "druid.zk.service.connectionTimeoutMs=600000")
		m := &member{p, p.ready(t, "").URL()}
		if status, body, _ := m.get("/druid/indexer/v1/isLeader"); status != http.StatusOK {
			t.Errorf("whether it leads is answered with %d %s", status, body)
		}
		p.kill(t)
	}
}

// TestNoZooKeeper: without ZooKeeper a server that needs it comes up, says that nobody leads, and leads as soon as it can.
func TestNoZooKeeper(t *testing.T) {
	t.Parallel()
	keeper := zookeepertest.Start(t)
	keeper.Kill()
	m := joins(t, []string{"druid.zk.service.host=" + keeper.Address(), "druid.zk.service.connectionTimeoutMs=300", "druid.zk.service.sessionTimeoutMs=1000"})
	if status, body, _ := m.get("/druid/indexer/v1/tasks"); status != http.StatusServiceUnavailable || !strings.Contains(body, "No Overlord leads") {
		t.Errorf("answer %d %s", status, body)
	}
	if status, body, _ := m.get("/status/health"); status != http.StatusOK || body != "true" {
		t.Errorf("health %d %s", status, body)
	}
	if err := keeper.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it leads", m.leads)
	if status, body, _ := m.get("/druid/indexer/v1/tasks"); status != http.StatusOK || body != "[]" {
		t.Errorf("answer %d %s", status, body)
	}
	m.terminate(t)
	if said := fmt.Sprint(m.output); !strings.Contains(said, "ZooKeeper cannot be reached") {
		t.Errorf("it does not say what it lacks:\n%s", said)
	}
}

// lateWorker is a worker of two slots whose address is known before it is there.
type lateWorker struct {
	*workertest.Worker
	server *httptest.Server
}

func newLateWorker(t *testing.T) *lateWorker {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	port, err := strconv.Atoi(portOf(server.Listener.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	w := workertest.New(server.Listener.Addr().String(), 2, druid.TaskLocation{Host: "127.0.0.1", Port: port, TLSPort: -1})
	server.Config.Handler = w
	t.Cleanup(func() {
		w.Close()
		server.CloseClientConnections()
		server.Close()
	})
	return &lateWorker{w, server}
}

// TestListedWorkers: without ZooKeeper tasks run on the workers of a list, also on one that comes late, and are found there again by the next process.
func TestListedWorkers(t *testing.T) {
	t.Parallel()
	dir, first, late := t.TempDir(), newLateWorker(t), newLateWorker(t)
	first.server.Start()
	list := "ovate.workers=" + first.server.Listener.Addr().String() + "," + late.server.Listener.Addr().String()
	const onWorkers = "druid.indexer.runner.type=httpRemote"
	s := start(t, dir, list, onWorkers, "druid.zk.service.enabled=false")
	for _, id := range []string{"one", "two"} {
		s.submit(t, object{"type": "noop", "id": id, "runTime": 3_600_000})
	}
	s.submit(t, object{"type": "noop", "id": "three", "runTime": 1})
	eventually(t, "two tasks run at the worker that is there", func() bool { return first.Payload("one") != nil && first.Payload("two") != nil })
	late.server.Start()
	s.succeed(t, "three")
	if late.Payload("three") == nil {
		t.Error("the late worker has got no task")
	}
	s.kill(t)
	s = start(t, dir, list, onWorkers, "druid.zk.service.enabled=false")
	eventually(t, "the task is found again", func() bool {
		_, running, _ := (&member{url: s.URL()}).get("/druid/indexer/v1/runningTasks")
		return strings.Contains(running, `"one"`)
	})
	if err := s.Shutdown(t.Context(), "one"); err != nil {
		t.Error(err)
	}
	eventually(t, "the task is ended where it runs", func() bool { state, ended := first.Ran("one"); return ended && state == druid.Failed })
	s.submit(t, object{"type": "noop", "id": "four", "runTime": 1})
	s.succeed(t, "four")
	if _, ended := first.Ran("two"); ended || first.Most() != 2 || late.Payload("two") != nil {
		t.Error("the other task was not left alone")
	}
	s.terminate(t)
}
