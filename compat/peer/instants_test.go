//go:build peer

package peer

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/client"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

var kills = flag.Int("kills", 12, "how often TestKilledAtAnyInstant kills ovate")

// TestKilledAtAnyInstant: ovate is killed again and again, whatever it is doing, and started again at once, while tasks run on a real Indexer:
// parallel ones with sub-tasks, replacing, appending, compacting and killing ones, beside each other with concurrent locks. Every task ends as
// promised, and in the end queries see the rows that the tasks have promised, once.
func TestKilledAtAnyInstant(t *testing.T) {
	const lanes = 5
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute+time.Duration(*kills)*30*time.Second)
	defer cancel()
	seed := drawn(t)
	random := rand.New(rand.NewPCG(seed, 1))
	s := newSite(ctx, t, 4*lanes)
	s.conf.more = map[Role]properties{Indexer: { // to try again is worth it sooner than after the usual 5 s, and for long
		"druid.peon.taskActionClient.retry.minWait": "PT0.1S", "druid.peon.taskActionClient.retry.maxWait": "PT1S", "druid.peon.taskActionClient.retry.maxRetryCount": "600",
	}}
	indexer := s.start(Indexer)
	t.Cleanup(func() { keep(t, indexer.log) })
	m := newMortal(s)
	m.start()
	m.awaitLead()
	m.awaitWorker()

	w := &workload{t: t, ctx: ctx, site: s, overlord: m.overlord, db: s.database.Open(t), ended: map[string]ending{}}
	var running sync.WaitGroup
	for i := range lanes {
		l := &lane{workload: w, name: fmt.Sprintf("lane%d", i), random: rand.New(rand.NewPCG(seed, uint64(2+i))), sees: content{}}
		w.lanes = append(w.lanes, l)
		running.Go(func() {
			if err := l.run(); err != nil {
				t.Errorf("%s: %v", l.name, err)
				w.enough.Store(true)
			}
		})
	}
	for i := 0; i < *kills && !t.Failed(); i++ {
		instant := m.live(random)
		m.kill()
		active, err := w.check()
		if err != nil {
			t.Errorf("after kill %d, %s: %v", i+1, instant, err)
		}
		fmt.Fprintf(os.Stderr, "kill %d, %s, with %d active tasks\n", i+1, instant, active)
		m.start()
	}
	w.enough.Store(true)
	running.Wait()
	if !t.Failed() {
		w.finish()
		t.Logf("%d kills; %s", *kills, w.figures())
	}
}

// mortal is an ovate that comes back to the same address and data folder whenever it was killed.
type mortal struct {
	*remoteHands
	site    *site
	store   *sqldbtest.Proxy // between it and the database
	data    string
	listen  string
	starts  int
	process *process
}

func newMortal(s *site) *mortal {
	s.t.Helper()
	ports, err := freePorts(1)
	if err != nil {
		s.t.Fatal(err)
	}
	m := &mortal{site: s, store: sqldbtest.NewProxy(s.t, s.database.Address), data: s.t.TempDir(), listen: fmt.Sprintf("127.0.0.1:%d", ports[0])}
	nowhere := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c, err := client.New("http://"+m.listen, client.WithHTTPClient(&http.Client{Timeout: time.Minute, CheckRedirect: nowhere}))
	if err != nil {
		s.t.Fatal(err)
	}
	m.remoteHands = &remoteHands{s.t, s.ctx, c}
	s.t.Cleanup(m.kill)
	return m
}

// start starts ovate, and does not wait for it.
func (m *mortal) start() {
	m.t.Helper()
	m.starts++
	args := []string{"serve", "--listen", m.listen, "--data", m.data}
	for _, p := range append(m.site.ovateProperties(), "druid.indexer.queue.startDelay=PT0.2S") {
		args = append(args, "-D", strings.Replace(p, m.site.database.Address, m.store.Address, 1))
	}
	var err error
	name := fmt.Sprintf("ovate-%d", m.starts)
	if m.process, err = startProcess(name, filepath.Join(m.t.ArtifactDir(), name+".log"), m.data, m.site.binary, args...); err != nil {
		m.t.Fatal(err)
	}
}

func (m *mortal) kill() { m.process.kill() }

// awaitLead returns once ovate leads.
func (m *mortal) awaitLead() {
	m.t.Helper()
	until(m.ctx, m.t, "ovate leads", func() bool {
		m.lives()
		return m.leads()
	})
}

// lives fails the test if ovate has ended by itself.
func (m *mortal) lives() {
	m.t.Helper()
	if err := m.process.lives(); err != nil {
		m.t.Fatalf("%v; it said:\n%s", err, m.process.tail(8000))
	}
}

// live returns at an instant that nobody chose, and tells which: some time after the start or after ovate leads, or when a request to the database,
// or its answer, is lost on the way, together with all that is under way.
func (m *mortal) live(random *rand.Rand) (instant string) {
	m.t.Helper()
	began, longest := time.Now(), 300*time.Millisecond
	if random.IntN(4) > 0 {
		m.awaitLead()
		instant = fmt.Sprintf(", led since %.2f s", time.Since(began).Seconds())
		longest = []time.Duration{longest, 5 * time.Second, 5 * time.Second}[random.IntN(3)]
	}
	passed, lost := time.After(time.Duration(random.Int64N(int64(longest)))), (<-chan struct{})(nil)
	if random.IntN(2) == 0 {
		n := 1 + random.IntN(1+random.IntN(500))
		instant += fmt.Sprintf(", at message %d of the database", n)
		passed, lost = time.After(10*time.Second), m.store.Freeze(n)
	}
	select {
	case <-passed:
		m.store.Thaw()
	case <-lost:
	case <-m.process.ended:
		m.lives()
	}
	return fmt.Sprintf("%.2f s after its start%s", time.Since(began).Seconds(), instant)
}

// keep copies a log to where go test -artifacts keeps things.
func keep(t *testing.T, log string) {
	t.Helper()
	text, err := os.ReadFile(log)
	if err = errors.Join(err, os.WriteFile(filepath.Join(t.ArtifactDir(), filepath.Base(log)), text, 0o600)); err != nil {
		t.Error(err)
	}
}
