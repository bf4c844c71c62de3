package simulation

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ovate/internal/clock"
	"ovate/internal/deepstorage/local"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/tasklog"
)

// world is one day.
type world struct {
	t        *testing.T
	seed     uint64
	store    metadata.Store
	deep     *local.Storage
	logs     *tasklog.Store
	election *election
	fleet    *fleet
	servers  []*server
	history  *history
	ctx      context.Context
	work     sync.WaitGroup // of all but the servers
	calm     atomic.Bool    // nothing bad happens any more
	storm    atomic.Bool    // the database is hard to reach
	gone     atomic.Bool    // it cannot be reached at all

	mu       sync.Mutex
	happened map[string]int
}

// random draws the same for a seed and names.
func (w *world) random(names ...string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(names, "\x00")))
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

func (w *world) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.happened[what]++
}

func (w *world) fail(format string, args ...any) {
	w.t.Errorf("seed %d: %s", w.seed, fmt.Sprintf(format, args...))
}

// leader is a server that answers as the leader, if there is one; of two that believe to be it, any.
func (w *world) leader(random *rand.Rand) (*queue.Queue, *process) {
	for _, i := range random.Perm(len(w.servers)) {
		if q, p := w.servers[i].queue(); q != nil {
			return q, p
		}
	}
	return nil, nil
}

// live lives a day with users, each of whom does something once, and counts how often what happened. What is there in the end is looked at.
func live(t *testing.T, seed uint64, users []func(*world), disturbances []disturbance) *world {
	dir := t.TempDir()
	deep, err := local.Open(local.Options{Directory: filepath.Join(dir, "segments")})
	if err != nil {
		t.Fatal(err)
	}
	defer deep.Close()
	logs, err := tasklog.Open(filepath.Join(dir, "logs"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, seed: seed, store: sqlitetest.Open(t), deep: deep, logs: logs, election: newElection(), history: newHistory(), happened: map[string]int{},
	}
	w.fleet = newFleet(w)
	var end context.CancelFunc
	w.ctx, end = context.WithCancel(context.Background())
	var servers sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		s := &server{world: w, name: name}
		w.servers = append(w.servers, s)
	}
	for _, s := range w.servers {
		servers.Go(func() { s.run(w.ctx) })
	}
	w.work.Go(w.watch)
	var day sync.WaitGroup
	for _, user := range users {
		day.Go(func() { user(w) })
	}
	w.disturb(disturbances)
	w.calm.Store(true)
	w.storm.Store(false)
	day.Wait()
	w.settle()
	end()
	servers.Wait()
	w.work.Wait()
	w.fleet.close()
	w.check(context.Background())
	return w
}

// watch looks at the database again and again.
func (w *world) watch() {
	for w.ctx.Err() == nil {
		w.checkLocks(w.ctx)
		err := w.store.CompleteTasks(w.ctx, metadata.TaskQuery{}, func(row *metadata.TaskRow) error { return w.history.sawEnd(row.Status) })
		if err != nil && w.ctx.Err() == nil {
			w.fail("%v", err)
		}
		clock.Pause(w.ctx, 3*time.Second)
	}
}

// settle waits until no task is active.
func (w *world) settle() {
	for late := time.Now().Add(3 * time.Hour); ; time.Sleep(5 * time.Second) {
		active := []string{}
		if err := w.store.ActiveTasks(w.ctx, func(row *metadata.TaskRow) error { active = append(active, row.ID); return nil }); err != nil {
			w.fail("%v", err)
			return
		}
		if len(active) == 0 {
			return
		}
		if time.Now().After(late) {
			w.fail("after hours without a fault the tasks %v are still active", active)
			return
		}
	}
}
