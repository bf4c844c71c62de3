//go:build peer

package peer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// TestSwap: in a real Druid the Java Overlord is stopped while tasks run, wait for a worker and wait for a lock; ovate is started in its
// place, and later the Java Overlord in ovate's, and both are killed before the other. Each time what runs goes on and publishes, what
// waits runs, and the Broker's answers are right. With -short nobody asks a Broker.
func TestSwap(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 38*time.Minute)
	defer cancel()
	swapBackAndForth(t, newSite(ctx, t, 2), !testing.Short())
}

// mySQL is MySQL, and MariaDB as well.
var mySQL = database{"mysql", "Databases$MySQL", dependency("com.mysql", "mysql-connector-j", "8.4.0")}

// TestSwapInMariaDB is TestSwap with the metadata in MariaDB, which Druid takes for MySQL. Nobody asks a Broker.
func TestSwapInMariaDB(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	swapBackAndForth(t, newSiteIn(ctx, t, mySQL, sqldbtest.MariaDB(t), 2), false)
}

func swapBackAndForth(t *testing.T, s *site, asks bool) {
	w := &swap{site: s, rows: newGate(t), db: s.database.Open(t), asks: asks}
	s.start(MiddleManager)
	java := s.java()
	if asks {
		for _, role := range []Role{Coordinator, Historical, Broker} {
			s.start(role)
		}
	}
	s.awaitLead(java)
	ovate := w.round("stopped", java, func() *overlord {
		if err := java.terminate(); err != nil {
			t.Error(err)
		}
		return s.ovate()
	})
	if asks {
		w.compactsByCoordinator(ovate)
	}
	java = w.round("back", ovate, func() *overlord {
		if err := ovate.terminate(); err != nil {
			t.Error(err)
		}
		return s.java()
	})
	ovate = w.round("killed", java, func() *overlord {
		next := s.ovate()
		java.kill()
		return next
	})
	standby := s.java()
	w.round("killed-back", ovate, func() *overlord {
		ovate.kill()
		return standby
	})
	if left := w.count("SELECT COUNT(*) FROM druid_tasklocks"); left != 0 {
		t.Errorf("%d locks are left", left)
	}
	if left := w.count("SELECT COUNT(*) FROM druid_tasks WHERE active"); left != 0 {
		t.Errorf("%d tasks are left", left)
	}
}

// swap is what the rounds of TestSwap have in common.
type swap struct {
	*site
	rows   *gate
	db     *sql.DB
	asks   bool // a Broker
	rounds int
	queued int // segments of the data source of that name
}

// round submits four tasks to the leader: one replaces, one appends, one waits for a worker and one for the first one's lock. change makes
// another lead, while the first two are in the middle of their rows.
func (w *swap) round(name string, leader *overlord, change func() (next *overlord)) (next *overlord) {
	w.t.Helper()
	began := time.Now()
	w.rounds++
	w.queued++
	replaced := "replaced-" + name
	day := func(n int) string { return fmt.Sprintf("2024-01-%02dT0%d:00:00Z", n, w.rounds) }
	ids := []string{"replaces-" + name, "appends-" + name, "queued-" + name, "waits-" + name}
	within := `,"intervals":["2024-01-01/2024-01-02"]`
	leader.submit(fromHTTP(ids[0], replaced, within, false, w.rows.put(ids[0], []string{day(1)}, []string{day(1), day(1)})))
	leader.submit(fromHTTP(ids[1], "appended", `,"intervals":["2024-01-01/2024-01-03"]`, true, w.rows.put(ids[1], []string{day(1)}, []string{day(1), day(2)})))
	w.until("both tasks read, and one has a segment to append to", func() bool {
		return w.rows.isRead(ids[0]) && w.rows.isRead(ids[1]) &&
			w.count("SELECT COUNT(*) FROM druid_pendingSegments WHERE datasource = 'appended' AND sequence_name LIKE '"+ids[1]+"%'") > 0
	})
	leader.submit(named(ids[2], ingestionOf("queued", "", true, day(1))))
	leader.submit(named(ids[3], ingestionOf(replaced, within, false, day(1))))
	before := map[string]string{ids[0]: "RUNNING", ids[1]: "RUNNING", ids[2]: "PENDING", ids[3]: "WAITING"}
	w.until("two tasks run and two wait", func() bool { return maps.Equal(leader.runnerStatuses(), before) })
	locks := w.locks()

	next = change()
	w.awaitLead(next)
	fmt.Fprintf(os.Stderr, "%s: another leads after %.1f s\n", name, time.Since(began).Seconds())
	w.until("the next leader knows of all four what the former one did", func() bool { return maps.Equal(next.runnerStatuses(), before) })
	if now := w.locks(); now != locks {
		w.t.Errorf("%s: the locks were\n%s\nand are\n%s", name, locks, now)
	}
	w.rows.open(ids[0], ids[1])
	ctx, cancel := context.WithTimeout(w.ctx, 6*time.Minute)
	defer cancel()
	for _, id := range ids {
		if status, err := next.overlord.Wait(ctx, id); err != nil || status.State != druid.Success {
			w.t.Errorf("%s ends %+v, %v; its log: %s", id, status, err, next.get("/druid/indexer/v1/task/"+id+"/log?offset=-6000"))
		}
	}
	fmt.Fprintf(os.Stderr, "%s: all has ended after %.1f s\n", name, time.Since(began).Seconds())

	w.expect("SELECT COUNT(*) FROM \"appended\"", fmt.Sprint(3*w.rounds))
	w.expect("SELECT COUNT(*) FROM \"queued\"", fmt.Sprint(w.rounds))
	w.expect("SELECT COUNT(*) FROM \""+replaced+"\"", "1") // by the one that waited
	for dataSource, want := range map[string]int{"appended": 2 * w.rounds, "queued": w.queued, replaced: 1} {
		newest := "SELECT COUNT(*) FROM druid_segments a WHERE used AND datasource = '" + dataSource + "' AND version = " +
			"(SELECT MAX(version) FROM druid_segments b WHERE b.datasource = a.datasource AND b.start = a.start)"
		if segments := w.count(newest); segments != want {
			w.t.Errorf("%s: %s has %d segments, want %d", name, dataSource, segments, want)
		}
	}
	w.expect("SELECT COUNT(*) FROM sys.tasks WHERE status = 'SUCCESS' AND task_id IN ('"+strings.Join(ids, "','")+"')", "4")
	fmt.Fprintf(os.Stderr, "%s: looked at after %.1f s\n", name, time.Since(began).Seconds())
	return next
}

// compactsByCoordinator has the Coordinator submit a compaction of its own.
func (w *swap) compactsByCoordinator(leader *overlord) {
	w.t.Helper()
	config := w.url(Coordinator) + "/druid/coordinator/v1/config/compaction"
	if said := textOf(http.Post(config, "application/json", strings.NewReader(`{"dataSource":"queued","skipOffsetFromLatest":"PT0S"}`))); said != `{"success":true}` {
		w.t.Errorf("the Coordinator's answer to what it is to compact: %s", said)
	}
	w.until("the Coordinator has compacted", func() bool {
		return w.count("SELECT COUNT(*) FROM druid_segments WHERE used AND datasource = 'queued' AND convert_from(payload, 'UTF8') LIKE '%lastCompactionState\":{%'") == 1
	})
	w.expect("SELECT COUNT(*) FROM \"queued\"", fmt.Sprint(w.rounds))
	w.queued = 1
	request, err := http.NewRequestWithContext(w.ctx, http.MethodDelete, config+"/queued", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if said := textOf(http.DefaultClient.Do(request)); said != `{"success":true}` {
		w.t.Errorf("the Coordinator's answer to that it is not to compact any more: %s", said)
	}
	w.until("nothing compacts any more", func() bool { return len(leader.runnerStatuses()) == 0 })
}

func (w *swap) until(what string, is func() bool) {
	w.t.Helper()
	until(w.ctx, w.t, what, is)
}

// expect returns once the Broker answers so.
func (w *swap) expect(query, want string) {
	w.t.Helper()
	if !w.asks {
		return
	}
	ctx, cancel := context.WithTimeout(w.ctx, 4*time.Minute)
	defer cancel()
	got := ""
	if err := Poll(ctx, func() (bool, error) { got = w.sql(query); return got == want, nil }); err != nil {
		w.t.Errorf("%s is answered with %s, want %s", query, got, want)
	}
}

func (w *swap) count(query string) (n int) {
	w.t.Helper()
	if err := w.db.QueryRowContext(w.ctx, query).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// locks are those in the database.
func (w *swap) locks() (all string) {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.ctx, "SELECT task_id, lock_payload FROM druid_tasklocks ORDER BY id")
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var task, lock string
		if err := rows.Scan(&task, &lock); err != nil {
			w.t.Fatal(err)
		}
		all += task + " " + lock + "\n"
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// runnerStatuses are those of the tasks that are active.
func (h *remoteHands) runnerStatuses() map[string]string {
	statuses := map[string]string{}
	for _, state := range []string{"waiting", "pending", "running"} {
		var tasks []druid.TaskStatusPlus
		if err := json.Unmarshal([]byte(h.get("/druid/indexer/v1/tasks?state="+state)), &tasks); err != nil {
			return nil // it does not lead
		}
		for _, task := range tasks {
			statuses[task.ID] = strings.ToUpper(state)
		}
	}
	return statuses
}

// fromHTTP is a task with rows from a URL.
func fromHTTP(id, dataSource, intervals string, appends bool, url string) string {
	return named(id, strings.Replace(ingestionOf(dataSource, intervals, appends), `{"type":"inline","data":""}`, `{"type":"http","uris":["`+url+`"]}`, 1))
}

func ingestionOf(dataSource, intervals string, appends bool, times ...string) string {
	return strings.Replace(ingestion(intervals, appends, times...), `"wiki"`, `"`+dataSource+`"`, 1)
}

// named gives a task an id.
func named(id, task string) string { return `{"id":"` + id + `",` + strings.TrimPrefix(task, "{") }

// gate serves rows, the first of which come at once and the others when it is opened for them.
type gate struct {
	*httptest.Server
	mu   sync.Mutex
	sets map[string]*rowSet
}

type rowSet struct {
	first, others string
	read          bool
	opened        chan struct{}
}

func newGate(t *testing.T) *gate {
	g := &gate{sets: map[string]*rowSet{}}
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(func() {
		g.CloseClientConnections()
		g.Close()
	})
	return g
}

// put has rows with these times served, and returns where.
func (g *gate) put(name string, first, others []string) (url string) {
	lines := func(times []string) string {
		var text strings.Builder
		for i, t := range times {
			fmt.Fprintf(&text, `{"t":"%s","page":"p%d"}`+"\n", t, i)
		}
		return text.String()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sets[name] = &rowSet{first: lines(first), others: lines(others), opened: make(chan struct{})}
	return g.URL + "/" + name
}

// isRead tells whether somebody has the first rows.
func (g *gate) isRead(name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sets[name].read
}

func (g *gate) open(names ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, name := range names {
		close(g.sets[name].opened)
	}
}

func (g *gate) serve(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	set := g.sets[path.Base(r.URL.Path)]
	g.mu.Unlock()
	if set == nil {
		http.NotFound(w, r)
		return
	}
	fmt.Fprint(w, set.first)
	_ = http.NewResponseController(w).Flush()
	g.mu.Lock()
	set.read = true
	g.mu.Unlock()
	select {
	case <-set.opened:
		fmt.Fprint(w, set.others)
	case <-r.Context().Done():
	}
}
