package zookeeper_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/internal/cluster/zookeeper"
	"ovate/internal/cluster/zookeeper/zookeepertest"
	"ovate/internal/leadership"
	"ovate/internal/leadership/leadershiptest"

	"github.com/go-zookeeper/zk"
)

// candidate opens a latch of its own client.
func candidate(t *testing.T, c zookeeper.Config, address string) *zookeeper.Latch {
	t.Helper()
	l := open(t, c).OverlordLatch(address)
	l.Start()
	t.Cleanup(l.Stop)
	return l
}

// Two servers with a session each.
func TestLatch(t *testing.T) {
	t.Parallel()
	server := shared.Start(t)
	leadershiptest.Exercise(t, func(t *testing.T) (all []leadershiptest.Candidate) {
		for _, address := range []string{"http://one:8090", "http://two:8090"} {
			all = append(all, leadershiptest.Candidate{Leadership: candidate(t, config(t, server.Address()), address), Address: address})
		}
		return all
	})
}

// rivals are two servers, of which the first can be cut off, and leads.
type rivals struct {
	proxy *zookeepertest.Proxy
	one   *zookeeper.Latch
	two   *zookeeper.Latch
	lead  *leadership.Lead // the first's

	waits chan struct{}  // closed when the second waits for the lead
	next  chan time.Time // when the second has it
}

const first, second = "http://one:8090", "http://two:8090"

// compete has the first lead and the second wait, with sessions that last so long.
func compete(t *testing.T, address string, session time.Duration) *rivals {
	t.Helper()
	r := &rivals{proxy: zookeepertest.NewProxy(t, address), waits: make(chan struct{}), next: make(chan time.Time, 1)}
	c := config(t, r.proxy.Address())
	c.SessionTimeout = session
	r.one = candidate(t, c, first)
	r.two = candidate(t, config(t, address), second)
	var err error
	if r.lead, err = r.one.Gain(t.Context(), func() { t.Error("it waits") }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.lead.Resign)
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		lead, err := r.two.Gain(ctx, func() { close(r.waits) })
		if err != nil {
			if ctx.Err() == nil {
				t.Error(err)
			}
			return
		}
		r.next <- time.Now()
		lead.Resign()
	}()
	t.Cleanup(func() { cancel(); <-ended })
	within(t, r.waits, "the second waits")
	eventually(t, "the second knows the first", func() bool { return r.two.Leader() == first })
	return r
}

// TestLatchSucceeds: who comes back to the place of one that was killed leads at once, and waits for nobody's session. Another one waits.
func TestLatchSucceeds(t *testing.T) {
	t.Parallel()
	server := shared.Start(t)
	proxy := zookeepertest.NewProxy(t, server.Address())
	c := config(t, proxy.Address())
	c.SessionTimeout = 20 * time.Second
	came := func(c zookeeper.Config, address, place string) *zookeeper.Latch {
		l := open(t, c).OverlordLatch(address)
		l.Succeed(place)
		l.Start()
		t.Cleanup(l.Stop)
		return l
	}
	killed, err := came(c, first, "folder").Gain(t.Context(), func() { t.Error("it waits") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(killed.Resign)
	proxy.Freeze()
	t.Cleanup(proxy.Mend)
	ctx, cancel := context.WithCancel(t.Context())
	if lead, err := came(config(t, server.Address()), first, "another").Gain(ctx, cancel); err == nil {
		t.Error("another one leads beside it")
		lead.Resign()
	}
	lead, err := came(config(t, server.Address()), second, "folder").Gain(t.Context(), func() { t.Error("it waits") })
	if err != nil {
		t.Fatal(err)
	}
	proxy.Mend()
	within(t, killed.Lasts.Done(), "one that is not dead after all leads no more")
	lead.Resign()
}

// TestStrangeLeader: nobody is sent on to what leads by a name under which more than a server can be asked, and the log says so.
func TestStrangeLeader(t *testing.T) {
	t.Parallel()
	c := config(t, shared.Start(t).Address())
	lead, err := candidate(t, c, "http://one:8090/x?").Gain(t.Context(), func() { t.Error("it waits") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lead.Resign)
	var log locked
	client, err := zookeeper.Open(c, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	l := client.OverlordLatch(second)
	l.Start()
	t.Cleanup(l.Stop)
	eventually(t, "the log tells of it", func() bool { return strings.Contains(log.text(), "http://one:8090/x?") })
	if leader := l.Leader(); leader != "" {
		t.Errorf("requests are sent on to %q", leader)
	}
}

// locked is a text to which many write.
type locked struct {
	mu      sync.Mutex
	written strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.Write(p)
}

func (l *locked) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.String()
}

// patience ends only what hangs: a busy machine may stall for a while.
const patience = 5 * time.Minute

func within(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("after %v it is not so that %s", patience, what)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in %v it does not happen that %s", patience, what)
		}
	}
}

// passes has the lead pass to the second, not before the first has lost it. It returns how long after that it was.
func (r *rivals) passes(t *testing.T) time.Duration {
	t.Helper()
	within(t, r.lead.Lasts.Done(), "the first has lost the lead")
	lost := time.Now()
	if r.one.Leader() == first {
		t.Error("the first calls itself the leader")
	}
	select {
	case at := <-r.next:
		return at.Sub(lost)
	case <-time.After(patience):
		t.Fatal("the second does not lead")
		return 0
	}
}

// A term ends when the connection is lost. The node goes when the lead is given back; who lost the lead can gain it again.
func TestLatchConnectionCut(t *testing.T) {
	t.Parallel()
	r := compete(t, zookeepertest.StartSlow(t, 15*time.Second).Address(), patience)
	r.proxy.Cut(false)
	within(t, r.lead.Lasts.Done(), "the first has lost the lead")
	select {
	case <-r.next:
		t.Error("the second leads although the first was not given back")
	default:
	}
	r.lead.Resign()
	again, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	lead, err := r.one.Gain(again, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if lead.Lasts.Err() != nil || r.one.Leader() != first {
		t.Error("the first does not lead again")
	}
	lead.Resign()
	r.passes(t)
}

// A session that is ended from outside, while its client is connected.
func TestLatchSessionEnds(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	r := compete(t, address, 5*time.Second)
	before := r.proxy.Session()
	zookeepertest.End(t, address, before)
	t.Log("passed after", r.passes(t))
	r.lead.Resign()
	lead, err := r.one.Gain(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	if lead.Lasts.Err() != nil || r.proxy.Session() == before {
		t.Error("it leads in the old session")
	}
	lead.Resign()
}

// A network on which nothing arrives any more: the lead is lost before ZooKeeper gives it to the next.
func TestLatchNetworkFreezes(t *testing.T) {
	t.Parallel()
	r := compete(t, shared.Start(t).Address(), 3*time.Second)
	r.proxy.Freeze()
	if after := r.passes(t); after <= 0 {
		t.Errorf("the second leads %v before the first has lost the lead", -after)
	}
	if r.one.Leader() != "" {
		t.Errorf("it thinks that %q leads, and cannot know", r.one.Leader())
	}
	r.proxy.Mend()
	r.lead.Resign()
	eventually(t, "the first leads again", func() bool {
		lead, err := r.one.Gain(t.Context(), func() {})
		if err == nil {
			lead.Resign()
		}
		return err == nil
	})
}

// A node that somebody deletes.
func TestLatchNodeDeleted(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	r := compete(t, address, 5*time.Second)
	o := newObserver(t, address, config(t, address).Chroot)
	nodes := o.children(t, "/druid/overlord/_OVERLORD")
	if len(nodes) != 2 {
		t.Fatalf("the nodes are %q", nodes)
	}
	for _, n := range nodes {
		if string(o.data(t, "/druid/overlord/_OVERLORD/"+n)) == first {
			o.remove(t, "/druid/overlord/_OVERLORD/"+n)
		}
	}
	r.passes(t)
}

// A server that is killed and comes back, as the only one: with its data, or without. Then it hangs up on every session that has seen more than it has, and
// says nothing of an end: sessions are begun anew, and one leads.
func TestLatchServerRestarts(t *testing.T) {
	t.Parallel()
	for name, forgets := range map[string]bool{"with its data": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := zookeepertest.Start(t)
			r := compete(t, server.Address(), 5*time.Second)
			server.Kill()
			within(t, r.lead.Lasts.Done(), "the first has lost the lead")
			eventually(t, "nobody is known to lead", func() bool { return r.one.Leader()+r.two.Leader() == "" })
			r.lead.Resign()
			if forgets {
				if err := server.Wipe(); err != nil {
					t.Fatal(err)
				}
			}
			if err := server.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			select {
			case <-r.next:
			case <-time.After(patience):
				t.Fatal("the second does not lead")
			}
			lead, err := r.one.Gain(t.Context(), func() {})
			if err != nil {
				t.Fatal(err)
			}
			lead.Resign()
		})
	}
}

// Where there is no ZooKeeper, Gain says that it waits, can be given up, and a client can be closed.
func TestLatchNoServer(t *testing.T) {
	t.Parallel()
	c := config(t, "127.0.0.1:1,127.0.0.1:2")
	c.ConnectionTimeout = 10 * time.Millisecond
	l := candidate(t, c, first)
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := l.Gain(ctx, cancel); err != context.Canceled || l.Leader() != "" {
		t.Errorf("without servers Gain ends with %v, and %q leads", err, l.Leader())
	}
}

// Where ZooKeeper does not let a server stand for election, Gain says that it waits, and leads once it is let.
func TestLatchRefused(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	c := config(t, address)
	owner := newObserver(t, address, "")
	if err := owner.conn.AddAuth("digest", []byte("owner:geheim")); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.conn.Create(c.Chroot, nil, 0, zk.DigestACL(zk.PermAll, "owner", "geheim")); err != nil {
		t.Fatal(err)
	}
	l := candidate(t, c, first)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	waits, led := make(chan struct{}), make(chan *leadership.Lead, 1)
	go func() {
		lead, err := l.Gain(ctx, func() { close(waits) })
		if err != nil {
			t.Error(err)
		}
		led <- lead
	}()
	within(t, waits, "it waits, as the node may not be made")
	if _, err := owner.conn.SetACL(c.Chroot, zk.WorldACL(zk.PermAll), -1); err != nil {
		t.Fatal(err)
	}
	if lead := <-led; lead != nil {
		lead.Resign()
	}
}
