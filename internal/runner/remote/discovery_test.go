package remote_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	nodes "ovate/internal/cluster"
	"ovate/internal/runner/remote"
	"ovate/internal/runner/remote/workertest"
)

// ground is where a discovery finds workers.
type ground interface {
	discovery() remote.Discovery
	watched()           // somebody watches from now on
	put(n remote.Node)  // the worker is there, and presents itself so
	remove(host string) // it is not there any more
	close()
}

// announcedGround is a directory in which workers are announced.
type announcedGround struct {
	town    town
	there   map[string]nodes.Node
	watches bool
}

func (g *announcedGround) discovery() remote.Discovery {
	return remote.Announced{Directory: g.town, Log: slog.New(slog.DiscardHandler)}
}

func (g *announcedGround) watched() {
	g.watches = true
	g.town[nodes.Indexer](nodes.Change{})
	var all nodes.Change
	for _, n := range g.there {
		all.Came = append(all.Came, n)
	}
	g.town[nodes.MiddleManager](all)
}

func (g *announcedGround) put(n remote.Node) {
	name, port, _ := strings.Cut(n.Host, ":")
	number, _ := strconv.Atoi(port)
	service, _ := json.Marshal(map[string]any{"type": "workerNodeService", "ip": n.IP, "capacity": n.Capacity, "version": n.Version, "category": n.Category})
	came := nodes.Node{Role: nodes.MiddleManager, Host: name, PlaintextPort: number, TLSPort: -1, Services: map[string]json.RawMessage{"workerNodeService": service}}
	change := nodes.Change{Came: []nodes.Node{came}}
	if before, there := g.there[n.Host]; there {
		change.Went = []nodes.Node{before}
	}
	g.there[n.Host] = came
	if g.watches {
		g.town[nodes.MiddleManager](change)
	}
}

func (g *announcedGround) remove(host string) {
	went := g.there[host]
	delete(g.there, host)
	g.town[nodes.MiddleManager](nodes.Change{Went: []nodes.Node{went}})
}

func (g *announcedGround) close() {}

// listedGround is a network in which workers answer.
type listedGround struct {
	network *workertest.Network
	urls    []string
	workers map[string]*workertest.Worker
}

func (g *listedGround) discovery() remote.Discovery {
	return remote.Listed{URLs: g.urls, HTTP: g.network.Client(), Log: slog.New(slog.DiscardHandler)}
}

func (g *listedGround) watched() {}

func (g *listedGround) put(n remote.Node) {
	w := g.workers[n.Host]
	if w == nil {
		w = workertest.New(n.Host, n.Capacity, druid.UnknownLocation)
		g.workers[n.Host] = w
		g.network.Serve(n.Host, w)
	}
	w.Configure(map[string]string{
		"druid.worker.ip": n.IP, "druid.worker.capacity": strconv.Itoa(n.Capacity), "druid.worker.version": n.Version, "druid.worker.category": n.Category, "user.dir": "/",
	})
	g.network.Cut(n.Host, false)
}

func (g *listedGround) remove(host string) { g.network.Cut(host, true) }

func (g *listedGround) close() {
	for _, w := range g.workers {
		w.Close()
	}
	g.network.Close()
}

// TestDiscoveries: whichever way workers are found, the first that is told is all that are there, as they present themselves; then each that
// comes, goes, or comes as another. Nothing is told at the same time as something else, nor once nobody watches.
func TestDiscoveries(t *testing.T) {
	t.Parallel()
	grounds := map[string]func() ground{
		"announced": func() ground { return &announcedGround{town: town{}, there: map[string]nodes.Node{}} },
		"listed": func() ground {
			return &listedGround{network: workertest.NewNetwork(), urls: []string{"http://h1:8091", "http://h2:8091", "http://h3:8091"}, workers: map[string]*workertest.Worker{}}
		},
	}
	for name, lay := range grounds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { discover(t, lay()) })
		})
	}
}

func discover(t *testing.T, g ground) {
	worker := func(n, capacity int, version string) remote.Node {
		name := "h" + strconv.Itoa(n)
		return remote.Node{Scheme: "http", Host: name + ":8091", IP: "10.0.0." + strconv.Itoa(n), Capacity: capacity, Version: version, Category: "c"}
	}
	one, two, three := worker(1, 2, "0"), worker(2, 3, "0"), worker(3, 4, "7")
	g.put(one)
	g.put(two)

	ctx, cancel := context.WithCancel(t.Context())
	var telling atomic.Int32
	var seen []remote.Node
	calls := 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.discovery().Watch(ctx, func(all []remote.Node) {
			if telling.Add(1) > 1 {
				t.Error("two are told at the same time")
			}
			if calls++; calls == 1 && len(all) != 2 {
				t.Errorf("the first that is told is %+v", all)
			}
			seen = nil
			for _, n := range all {
				n.URL = ""
				seen = append(seen, n)
			}
			telling.Add(-1)
		})
	}()
	synctest.Wait()
	g.watched()
	expect := func(what string, want ...remote.Node) {
		t.Helper()
		time.Sleep(3 * time.Minute) // of the bubble
		synctest.Wait()
		if !reflect.DeepEqual(seen, want) {
			t.Errorf("%s: seen are %+v, want %+v", what, seen, want)
		}
	}
	expect("at first", one, two)
	g.put(three)
	expect("one has come", one, two, three)
	g.remove(two.Host)
	expect("one has gone", one, three)
	changed := worker(1, 5, "1")
	g.put(changed)
	expect("one has come as another", changed, three)
	g.put(two)
	expect("one is back", changed, two, three)
	before := calls
	expect("nothing has happened", changed, two, three)
	if calls != before {
		t.Errorf("nothing has changed, and %d times it was told", calls-before)
	}
	cancel()
	<-done
	g.close()
	synctest.Wait()
}

// listed watches a list until the test of the bubble ends, and returns what was seen and logged.
func listed(t *testing.T, network *workertest.Network, urls ...string) (seen *[][]remote.Node, logged *strings.Builder, stop func()) {
	t.Helper()
	seen, logged = new([][]remote.Node), new(strings.Builder)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l := remote.Listed{URLs: urls, HTTP: network.Client(), Log: slog.New(slog.NewTextHandler(logged, nil))}
		l.Watch(ctx, func(n []remote.Node) { *seen = append(*seen, n) })
	}()
	synctest.Wait()
	return seen, logged, func() {
		cancel()
		<-done
		network.Close()
		synctest.Wait()
	}
}

// A worker is known by the name it gives itself, and reached where it is listed; listed under two names it is there once. What it does not say is as in
// Druid, but for its slots.
func TestListedNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := workertest.NewNetwork()
		w := workertest.New("inner:8091", 2, druid.UnknownLocation)
		defer w.Close()
		w.Configure(nil)
		network.Serve("outer:9", w)
		network.Serve("again:9", w)
		seen, logged, stop := listed(t, network, "http://outer:9", "http://again:9")
		defer stop()
		want := remote.Node{Scheme: "http", Host: "inner:8091", IP: "inner", Capacity: 1, Version: "0", Category: "_default_worker_category", URL: "http://outer:9"}
		if !reflect.DeepEqual(*seen, [][]remote.Node{{want}}) {
			t.Errorf("seen are %+v", *seen)
		}
		w.Configure(map[string]string{"druid.worker.capacity": " 7 "})
		time.Sleep(time.Hour)
		want.Capacity = 7
		if last := (*seen)[len(*seen)-1]; !reflect.DeepEqual(last, []remote.Node{want}) {
			t.Errorf("later seen are %+v", last)
		}
		for _, text := range []string{"druid.worker.capacity is set there", "two of ovate.workers are the same worker"} {
			if n := strings.Count(logged.String(), text); n < 1 || n > 2 {
				t.Errorf("%q is logged %d times:\n%s", text, n, logged)
			}
		}
	})
}

// Whoever is no worker, or says what cannot be, is not there, and the log says why, once; it is asked with longer and longer pauses. One that has
// answered may be silent for a minute.
func TestListedSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network, begun := workertest.NewNetwork(), time.Now()
		var asked []time.Duration
		network.Serve("broker:1", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, time.Since(begun))
			http.NotFound(w, r)
		}))
		w := workertest.New("h:1", 2, druid.UnknownLocation)
		defer w.Close()
		w.Configure(map[string]string{"druid.worker.capacity": "many"})
		network.Serve("h:1", w)
		seen, logged, stop := listed(t, network, "http://broker:1", "http://h:1", "http://nobody:1")
		defer stop()
		if len(*seen) != 1 || len((*seen)[0]) != 0 {
			t.Errorf("seen are %+v", *seen)
		}
		time.Sleep(65 * time.Second)
		if want := []time.Duration{0, 1, 3, 7, 15, 31, 61}; len(asked) != len(want) || asked[2] != 3*time.Second || asked[6] != 61*time.Second {
			t.Errorf("asked after %v, want seconds %d", asked, want)
		}
		for _, text := range []string{"it is no MiddleManager, and no Indexer", `its druid.worker.capacity is \"many\"`, "url=http://nobody:1"} {
			if n := strings.Count(logged.String(), text); n != 1 {
				t.Errorf("%q is logged %d times:\n%s", text, n, logged)
			}
		}
		w.Configure(map[string]string{"druid.worker.capacity": "3"})
		time.Sleep(time.Minute)
		if last := (*seen)[len(*seen)-1]; len(*seen) != 2 || len(last) != 1 || last[0].Capacity != 3 {
			t.Errorf("then seen are %+v", *seen)
		}
		network.Cut("h:1", true)
		time.Sleep(30 * time.Second)
		if len(*seen) != 2 {
			t.Errorf("after half a minute of silence: %+v", *seen)
		}
		time.Sleep(2 * time.Minute)
		if len(*seen) != 3 || len((*seen)[2]) != 0 {
			t.Errorf("after more: %+v", *seen)
		}
	})
}

// Tasks run at a worker of a list that comes late, and that is reached under another name than it gives itself.
func TestTasksOfListedWorker(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.finds = remote.Listed{URLs: []string{"http://outer:9"}, HTTP: c.network.Client(), Log: slog.New(slog.DiscardHandler)}
		c.start()
		c.run(noop("a", time.Second))
		pass(time.Minute)
		c.expect()
		c.network.Serve("outer:9", c.workers["h1"])
		pass(time.Minute)
		c.expect("running a", "done a SUCCESS")
		if all := c.runner.Workers(); len(all) != 1 || all[0].Host != "h1:8091" || all[0].Capacity != 2 || all[0].Version != "0" {
			c.Errorf("the workers are %+v", all)
		}
	})
}
