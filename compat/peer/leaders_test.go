//go:build peer

package peer

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

var leaderRounds = flag.Int("rounds", 2, "how many times the tests of leaders kill or freeze who leads")

// TestLeaders: two ovates, on a real PostgreSQL and ZooKeeper, of which the one that leads is killed or frozen again and again, while clients write all
// the time. Never do two write, and nothing that was accepted is lost. The log tells how long it takes until the next one writes.
func TestLeaders(t *testing.T) {
	hold(t, 4*time.Second, (*contest).ovate)
}

// TestLeadersJava is the same of an ovate and a Java Overlord. What a Java Overlord still writes after it was frozen the log tells: nothing that ovate
// does could keep it from that.
func TestLeadersJava(t *testing.T) {
	hold(t, 8*time.Second, (*contest).java)
}

// hold holds a contest: it has an ovate contend with another server.
func hold(t *testing.T, session time.Duration, other func(*contest, string) *contender) {
	seed := drawn(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute+time.Duration(*leaderRounds)*2*time.Minute)
	defer cancel()
	s := newSite(ctx, t, 1)
	s.conf.session = session
	c := &contest{site: s, random: rand.New(rand.NewPCG(seed, seed)), election: newElection(t, s.keeper), writes: newWrites(s), pressure: newPressure(ctx), takeovers: map[string][]time.Duration{}}
	defer c.pressure.work.Wait()
	defer cancel()
	c.enter(0, (*contest).ovate)
	c.awaitLead(c.servers[0].overlord)
	c.writes.begin(c.servers[0].user)
	c.enter(1, other)
	c.awaitCandidates()
	c.writes.cover()
	c.pressure.begin()
	for n := range *leaderRounds {
		c.round(n + 1)
	}
	c.ends()
	c.looksBack()
}

// contest is what the rounds have in common.
type contest struct {
	*site
	random    *rand.Rand
	election  *election
	writes    *writes
	pressure  *pressure
	servers   [2]*contender
	users     int
	within    int                        // how often a process had a transaction under way when it was frozen
	late      int                        // requests for servers that had lost the lead
	takeovers map[string][]time.Duration // by who took over from whom, and what became of that one
}

// contender is a process that may lead.
type contender struct {
	*overlord
	place  int
	user   string // of the database
	data   string // its folder, if it is an ovate
	isJava bool
	again  func(c *contest, data string) *contender // starts it again, when it has ended
}

func (o *contender) url() string { return o.overlord.overlord.URL() }

func (o *contender) kind() string {
	if o.isJava {
		return "Java"
	}
	return "ovate"
}

func (c *contest) ovate(data string) *contender {
	return &contender{user: c.named("ovate"), overlord: c.ovateIn(data), data: data, again: (*contest).ovate}
}

func (c *contest) java(string) *contender {
	return &contender{user: c.named("java"), overlord: c.site.java(), isJava: true, again: (*contest).java}
}

// named gives the next process a name in the database.
func (c *contest) named(kind string) (user string) {
	c.users++
	user = fmt.Sprintf("%s_%d", kind, c.users)
	c.writes.name(user)
	c.conf.metadata = maps.Clone(c.conf.metadata)
	c.conf.metadata["druid.metadata.storage.connector.user"] = user
	c.conf.metadata["druid.indexer.queue.storageSyncRate"] = "PT1S" // a setting of both
	return user
}

// enter starts a server at a place.
func (c *contest) enter(place int, start func(*contest, string) *contender) {
	c.t.Helper()
	data := ""
	if before := c.servers[place]; before != nil {
		data = before.data
	}
	if data == "" {
		data = c.t.TempDir()
	}
	server := start(c, data)
	server.place = place
	c.servers[place] = server
	c.pressure.on(place, server)
}

// ends returns once everything that clients have asked for is accepted.
func (c *contest) ends() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, 4*time.Minute)
	defer cancel()
	var open map[string]string
	if err := Poll(ctx, func() (bool, error) { open = c.pressure.end(); return len(open) == 0, nil }); err != nil {
		c.t.Fatalf("nobody accepts %v", open)
	}
	c.pressure.work.Wait()
}

// awaitCandidates returns once both stand for election, and one leads, which is told with its node.
func (c *contest) awaitCandidates() (leader *contender, node string) {
	c.t.Helper()
	c.until("both servers stand for election and one leads", func() bool {
		leader = nil
		all := c.election.candidates()
		for _, s := range c.servers {
			c.runs(s)
			if !slices.ContainsFunc(all, func(k candidate) bool { return k.address == s.url() }) {
				return false
			}
			if all[0].address == s.url() && s.leads() {
				leader, node = s, all[0].path
			}
		}
		return leader != nil
	})
	return leader, node
}

func (c *contest) until(what string, is func() bool) {
	c.t.Helper()
	until(c.ctx, c.t, what, is)
}

// runs fails the test if a process has ended by itself.
func (c *contest) runs(s *contender) {
	c.t.Helper()
	if err := s.lives(); err != nil {
		c.t.Fatalf("%s: %v", s.user, err)
	}
}

// round kills or freezes who leads, at any time while it writes, and what was frozen goes on when the other one has written for a while.
func (c *contest) round(n int) {
	c.t.Helper()
	leader, node := c.awaitCandidates()
	next := c.servers[1-leader.place]
	freeze, some, more := c.random.IntN(2) == 0, 1+c.random.IntN(30), 1+c.random.IntN(30)
	c.accepts(leader, time.Now(), some)
	since, gone := c.writes.last(), c.election.gone(node)
	struck, what := time.Now(), fmt.Sprintf("%s after %s was killed", next.kind(), leader.kind())
	if freeze {
		what = fmt.Sprintf("%s after %s was frozen", next.kind(), leader.kind())
		c.freeze(leader)
	} else {
		leader.kill()
	}
	ended := c.awaitEnd(gone)
	if ended.Before(struck) {
		what = "(of itself) " + what
	}
	c.accepts(next, ended, 1)
	first, _ := c.pressure.first(next, ended)
	took := first.answered.Sub(ended)
	c.takeovers[what] = append(c.takeovers[what], took)
	c.accepts(next, first.answered, more)
	if freeze {
		c.thaw(leader, next)
	} else {
		c.enter(leader.place, leader.again)
	}
	c.t.Logf("round %d: %s; its session ended after %.1f s, and the next one wrote %.2f s later", n, what, ended.Sub(struck).Seconds(), took.Seconds())
	if now, _ := c.awaitCandidates(); now != next {
		c.t.Logf("%s lost the lead to %s of itself", next.user, now.user)
		c.looksAt(leader, now, since, nil)
		return
	}
	c.looksAt(leader, next, since, c.pressure.since(leader, first.answered))
}

// freeze stops a process, be it in the midst of a transaction.
func (c *contest) freeze(s *contender) {
	c.t.Helper()
	c.signal(s, syscall.SIGSTOP)
	c.within += count(c.t, c.writes.db, `SELECT count(DISTINCT usename) FROM pg_stat_activity WHERE usename = $1 AND state LIKE 'idle in transaction%'`, s.user)
}

// awaitEnd returns when the session of who led has ended.
func (c *contest) awaitEnd(gone <-chan time.Time) (ended time.Time) {
	c.t.Helper()
	c.until("the session ends", func() bool {
		select {
		case ended = <-gone:
			return true
		default:
			return false
		}
	})
	return ended
}

// accepts returns once a server has accepted so many requests that were sent since a time.
func (c *contest) accepts(s *contender, since time.Time, n int) {
	c.t.Helper()
	c.until(fmt.Sprintf("%s accepts %d requests", s.user, n), func() bool {
		c.runs(s)
		return len(c.pressure.since(s, since)) >= n
	})
}

func (c *contest) signal(s *contender, signal syscall.Signal) {
	c.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		c.t.Fatal(err)
	}
}

// thaw has a server go on, of which all that has reached it meanwhile is asked, some of it for certain after another had begun to write. It returns
// when the server has answered that, and knows who leads.
func (c *contest) thaw(s, next *contender) {
	c.t.Helper()
	const asked = 8
	before := c.pressure.waitsFor(s)
	var late sync.WaitGroup
	for range asked {
		c.late++
		id := fmt.Sprint("late-", c.late)
		late.Go(func() { c.pressure.ask(s, false, "submit", id, tasksPath, longTask(id, "late")) })
	}
	c.until("the frozen server is asked", func() bool { return c.pressure.waitsFor(s) >= before+asked })
	c.signal(s, syscall.SIGCONT)
	late.Wait()
	c.until(s.user+" knows who leads", func() bool {
		c.runs(s)
		leader := s.get("/druid/indexer/v1/leader")
		return leader == next.url() || s.leads()
	})
}
