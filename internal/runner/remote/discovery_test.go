package remote_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
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
	watched()               // somebody watches from now on
	put(n remote.Node)      // the worker is there, and presents itself so
	remove(host string)     // it is not there any more
	url(host string) string // where it is told to be reached
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

func (g *announcedGround) url(string) string { return "" }

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

func (g *listedGround) url(host string) string { return "http://" + host }

func (g *listedGround) close() {
	for _, w := range g.workers {
		w.Close()
	}
	g.network.Close()
}

// sightings are what a discovery has told.
type sightings struct {
	*testing.T
	mu  sync.Mutex // guards all
	all [][]remote.Node
}

// see notes what is told.
func (s *sightings) see(all []remote.Node) {
	if !s.mu.TryLock() {
		s.Error("two are told at the same time")
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	s.all = append(s.all, slices.Clone(all))
}

// last is what was told last, and how often something was.
func (s *sightings) last() (nodes []remote.Node, times int) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return nil, 0
	}
	return s.all[len(s.all)-1], len(s.all)
}

// expect checks that.
func (s *sightings) expect(what string, times int, want ...remote.Node) {
	s.Helper()
	if got, n := s.last(); !slices.Equal(got, want) || n != times && times > 0 {
		s.Errorf("%s: after %d times seen are %+v, want %+v", what, n, got, want)
	}
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
		return remote.Node{
			Scheme: "http", Host: name + ":8091", IP: "10.0.0." + strconv.Itoa(n), Capacity: capacity, Version: version, Category: "c", URL: g.url(name + ":8091"),
		}
	}
	one, two, three := worker(1, 2, "0"), worker(2, 3, "0"), worker(3, 4, "7")
	g.put(one)
	g.put(two)

	ctx, cancel := context.WithCancel(t.Context())
	seen := &sightings{T: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.discovery().Watch(ctx, seen.see)
	}()
	synctest.Wait()
	g.watched()
	seen.expect("at first", 1, one, two)
	then := func(what string, want ...remote.Node) {
		t.Helper()
		pass(3 * time.Minute)
		seen.expect(what, 0, want...)
	}
	g.put(three)
	then("one has come", one, two, three)
	g.remove(two.Host)
	then("one has gone", one, three)
	changed := worker(1, 5, "1")
	g.put(changed)
	then("one has come as another", changed, three)
	g.put(two)
	then("one is back", changed, two, three)
	_, before := seen.last()
	pass(time.Hour)
	seen.expect("nothing has happened", before, changed, two, three)
	cancel()
	<-done
	g.close()
	synctest.Wait()
}

// listed watches a list until the test of the bubble ends, and returns what was seen and logged.
func listed(t *testing.T, network *workertest.Network, urls ...string) (seen *sightings, logged *strings.Builder, stop func()) {
	t.Helper()
	seen, logged = &sightings{T: t}, new(strings.Builder)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l := remote.Listed{URLs: urls, HTTP: network.Client(), Log: slog.New(slog.NewTextHandler(logged, nil))}
		l.Watch(ctx, seen.see)
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
		seen.expect("at first", 1, want)
		w.Configure(map[string]string{"druid.worker.capacity": " 7 "})
		pass(time.Hour)
		want.Capacity = 7
		seen.expect("later", 2, want)
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
		network := workertest.NewNetwork()
		asked := make(chan time.Time, 100)
		network.Serve("broker:1", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked <- time.Now()
			http.NotFound(w, r)
		}))
		w := workertest.New("h:1", 2, druid.UnknownLocation)
		defer w.Close()
		w.Configure(map[string]string{"druid.worker.capacity": "many"})
		network.Serve("h:1", w)
		begun := time.Now()
		seen, logged, stop := listed(t, network, "http://broker:1", "http://h:1", "http://nobody:1")
		defer stop()
		seen.expect("at first", 1)
		pass(40 * time.Second)
		for _, after := range []time.Duration{0, 1, 3, 7, 15, 25, 35} {
			if at := (<-asked).Sub(begun); at != after*time.Second {
				t.Errorf("asked after %v, want %d s", at, after)
			}
		}
		for _, text := range []string{"it is no MiddleManager, and no Indexer", `its druid.worker.capacity is \"many\"`, "url=http://nobody:1"} {
			if n := strings.Count(logged.String(), text); n != 1 {
				t.Errorf("%q is logged %d times:\n%s", text, n, logged)
			}
		}
		w.Configure(map[string]string{"druid.worker.capacity": "3"})
		pass(11 * time.Second)
		there := remote.Node{Scheme: "http", Host: "h:1", IP: "h", Capacity: 3, Version: "0", Category: "_default_worker_category", URL: "http://h:1"}
		seen.expect("as soon as it says what it is", 2, there)
		network.Cut("h:1", true)
		pass(30 * time.Second)
		seen.expect("after half a minute of silence", 2, there)
		pass(2 * time.Minute)
		seen.expect("after more", 3)
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
