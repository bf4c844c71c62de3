package remote_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	nodes "ovate/internal/cluster"
	"ovate/internal/runner/remote"
)

// town is a directory of nodes.
type town map[nodes.Role]func(nodes.Change)

func (t town) Watch(role nodes.Role, changed func(nodes.Change)) (stop func()) {
	t[role] = changed
	return func() { delete(t, role) }
}

func announcedWorker(role nodes.Role, port int, service string) nodes.Node {
	n := nodes.Node{Role: role, Host: "h", PlaintextPort: port, TLSPort: -1}
	if service != "" {
		n.Services = map[string]json.RawMessage{"workerNodeService": json.RawMessage(service)}
	}
	return n
}

// Workers are seen once both roles are known. What is no worker is passed over, and one that was started again is there all the time.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := town{}
		var seen [][]remote.Node
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			remote.Announced{Directory: dir, Log: slog.New(slog.DiscardHandler)}.Watch(ctx, func(n []remote.Node) { seen = append(seen, n) })
		}()
		synctest.Wait()
		one := announcedWorker(nodes.MiddleManager, 1, `{"type":"workerNodeService","ip":"i","capacity":2,"version":"7","category":"c"}`)
		dir[nodes.MiddleManager](nodes.Change{Came: []nodes.Node{one, announcedWorker(nodes.MiddleManager, 3, ""), announcedWorker(nodes.MiddleManager, 4, `{"capacity":"many"}`)}})
		if seen != nil {
			t.Errorf("workers are seen before all roles are known: %+v", seen)
		}
		two := announcedWorker(nodes.Indexer, 2, `{"capacity":3,"Capacity":9,"VERSION":"9"}`) // the latter two are other names
		dir[nodes.Indexer](nodes.Change{})
		dir[nodes.Indexer](nodes.Change{Came: []nodes.Node{two}})
		again := one
		again.StartTime = 7
		dir[nodes.MiddleManager](nodes.Change{Went: []nodes.Node{one}, Came: []nodes.Node{again}})
		dir[nodes.MiddleManager](nodes.Change{Went: []nodes.Node{again}})
		first := remote.Node{Scheme: "http", Host: "h:1", IP: "i", Capacity: 2, Version: "7", Category: "c"}
		second := remote.Node{Scheme: "http", Host: "h:2", Capacity: 3, Version: "0", Category: "_default_worker_category"}
		want := [][]remote.Node{{first}, {first, second}, {first, second}, {second}}
		if !slices.EqualFunc(seen, want, slices.Equal) {
			t.Errorf("seen are %+v", seen)
		}
		cancel()
		<-done
		if len(dir) != 0 {
			t.Error("somebody still watches")
		}
	})
}

// What workers leave is deleted after a minute, and then every five; what may be active stays.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begun := time.Now()
		r := remote.New(remote.Options{
			Discovery: remote.Static{}, Settings: remote.Defaults(), Log: slog.New(slog.DiscardHandler),
			Active: func(_ context.Context, id string) (bool, error) {
				return id == "active", map[string]error{"unknown": errors.New("the store is away")}[id]
			},
			Leftovers: func(_ context.Context, active func(string) bool) (int, error) {
				at = append(at, time.Since(begun))
				if !active("active") || !active("unknown") || active("ended") {
					t.Error("what is active is not told apart")
				}
				return 1, errors.New("broken")
			},
		})
		if err := r.Start(nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(12 * time.Minute)
		r.Stop()
		if !slices.Equal(at, []time.Duration{time.Minute, 6 * time.Minute, 11 * time.Minute}) {
			t.Errorf("deleted at %v", at)
		}
	})
}
