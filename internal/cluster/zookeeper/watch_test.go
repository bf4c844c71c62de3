package zookeeper_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"ovate/internal/cluster"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/cluster/zookeeper/zookeepertest"
)

// diary writes down what a watch tells: "+host:port" of who came, "-host:port" of who went, and "." after each call.
type diary struct {
	mu   sync.Mutex
	text strings.Builder
}

func (d *diary) changed(c cluster.Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range c.Went {
		d.text.WriteString("-" + n.Address())
	}
	for _, n := range c.Came {
		d.text.WriteString("+" + n.Address())
	}
	d.text.WriteString(".")
}

// says waits until that is all there is.
func (d *diary) says(t *testing.T, want string) {
	t.Helper()
	eventually(t, "the diary says "+want, func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		if got := d.text.String(); !strings.HasPrefix(want, got) {
			t.Fatalf("the diary says %q, want %q", got, want)
		}
		return d.text.String() == want
	})
}

func worker(port int) cluster.Node {
	return cluster.Node{Role: cluster.MiddleManager, Service: "druid/middleManager", Host: "w", PlaintextPort: port, TLSPort: -1}
}

func announce(t *testing.T, c *zookeeper.Client, n cluster.Node) (withdraw func()) {
	t.Helper()
	withdraw, err := c.Announce(n)
	if err != nil {
		t.Fatal(err)
	}
	return withdraw
}

const workers = "/druid/internal-discovery/MIDDLE_MANAGER"

// Who comes and goes is told; what is no node is passed over, until it is one; nobody goes when the connection is lost.
func TestWatch(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	proxy := zookeepertest.NewProxy(t, address)
	c := config(t, proxy.Address())
	o := newObserver(t, address, c.Chroot)
	others := open(t, config(t, address))
	var d diary
	stop := open(t, c).Watch(cluster.MiddleManager, d.changed)
	defer stop()
	d.says(t, ".")
	announce(t, others, worker(1))
	d.says(t, ".+w:1.")
	for name, data := range map[string]string{"empty": "", "text": "hello", "gzip": "\x1f\x8b\x08broken", "role": overlordText, "host": `{"druidNode":{"plaintextPort":1},"nodeType":"middleManager"}`,
		"path": `{"druidNode":{"host":"w:8091/x?","plaintextPort":1},"nodeType":"middleManager"}`} {
		o.create(t, workers+"/"+name, []byte(data))
	}
	away := announce(t, others, worker(2))
	d.says(t, ".+w:1.+w:2.")
	o.create(t, workers+"/late:1", nil)
	late := worker(3)
	text, err := late.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.conn.Set(o.chroot+workers+"/late:1", text, -1); err != nil {
		t.Fatal(err)
	}
	d.says(t, ".+w:1.+w:2.+w:3.")
	proxy.Cut(false)
	away()
	d.says(t, ".+w:1.+w:2.+w:3.-w:2.")
	proxy.Cut(false)
	zookeepertest.End(t, address, proxy.Session())
	o.remove(t, workers+"/late:1")
	d.says(t, ".+w:1.+w:2.+w:3.-w:2.-w:3.")
	again := worker(2)
	again.StartTime = 1
	announce(t, others, again)
	d.says(t, ".+w:1.+w:2.+w:3.-w:2.-w:3.+w:2.")
	stop()
	o.create(t, workers+"/late:2", text)
	var second diary
	stop = open(t, c).Watch(cluster.MiddleManager, second.changed)
	second.says(t, "+w:3+w:1+w:2.") // in the order of the names of their znodes
	stop()
	d.says(t, ".+w:1.+w:2.+w:3.-w:2.-w:3.+w:2.")
}

// Nodes that come and go all the time are all known in the end, by one who was there all along, one cut off again and again, and a new one.
func TestWatchCrowd(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	proxy := zookeepertest.NewProxy(t, address)
	others := open(t, config(t, address))
	crowds := []*crowd{{}, {}, {}}
	for i, at := range []string{address, proxy.Address()} {
		defer open(t, config(t, at)).Watch(cluster.MiddleManager, crowds[i].changed)()
	}
	want := map[string]bool{}
	var withdrawals []func()
	for i := range 60 {
		withdraw := announce(t, others, worker(1000+i))
		if i%3 == 0 {
			withdrawals = append(withdrawals, withdraw)
		} else {
			want["w:"+strconv.Itoa(1000+i)] = true
		}
		if i%20 == 10 {
			proxy.Cut(false)
		}
	}
	for _, withdraw := range withdrawals {
		withdraw()
	}
	defer open(t, config(t, address)).Watch(cluster.MiddleManager, crowds[2].changed)()
	for i, c := range crowds {
		eventually(t, "watch "+strconv.Itoa(i)+" knows all that are there", func() bool { return c.is(t, want) })
	}
}

// crowd is who is there by what a watch has told.
type crowd struct {
	mu   sync.Mutex
	here map[string]bool
	odd  []string
}

func (c *crowd) changed(change cluster.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.here == nil {
		c.here = map[string]bool{}
	}
	for _, n := range change.Went {
		if !c.here[n.Address()] {
			c.odd = append(c.odd, n.Address()+" went without having come")
		}
		delete(c.here, n.Address())
	}
	for _, n := range change.Came {
		if c.here[n.Address()] {
			c.odd = append(c.odd, n.Address()+" came twice")
		}
		c.here[n.Address()] = true
	}
}

func (c *crowd) is(t *testing.T, want map[string]bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.odd) > 0 {
		t.Fatal(c.odd)
	}
	if len(c.here) != len(want) {
		return false
	}
	for n := range want {
		if !c.here[n] {
			return false
		}
	}
	return true
}
