package zookeeper_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"ovate/internal/cluster/zookeeper/zookeepertest"
)

// Three servers that are cut off, frozen and let through again at random: whoever gains the lead finds that whoever had it before has
// lost it, and in the end one leads.
func TestLatchChaos(t *testing.T) {
	t.Parallel()
	const seed = 7
	address := shared.Start(t).Address()
	var mu sync.Mutex
	var current context.Context // the term that began last
	gains := map[string]int{}
	chaos, end := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var proxies []*zookeepertest.Proxy
	for _, name := range []string{"http://a:1", "http://b:1", "http://c:1"} {
		proxy := zookeepertest.NewProxy(t, address)
		proxies = append(proxies, proxy)
		c := config(t, proxy.Address())
		c.SessionTimeout = 2 * zookeepertest.Tick
		l := candidate(t, c, name)
		all.Go(func() {
			for {
				lead, err := l.Gain(chaos, func() {})
				if err != nil {
					return
				}
				mu.Lock()
				if current != nil && current.Err() == nil {
					t.Error("two lead")
				}
				current = lead.Lasts
				gains[name]++
				mu.Unlock()
				select {
				case <-lead.Lasts.Done():
				case <-time.After(900 * time.Millisecond):
				case <-chaos.Done():
				}
				lead.Resign()
			}
		})
	}
	random := rand.New(rand.NewPCG(seed, seed))
	for range 9 {
		p := proxies[random.IntN(len(proxies))]
		switch random.IntN(4) {
		case 0:
			p.Cut(false)
		case 1:
			p.Cut(true)
		default:
			p.Freeze()
		}
		time.Sleep(time.Duration(random.IntN(1200)) * time.Millisecond)
		proxies[random.IntN(len(proxies))].Mend()
	}
	for _, p := range proxies {
		p.Mend()
	}
	mu.Lock()
	t.Logf("leads of each: %v", gains)
	clear(gains)
	mu.Unlock()
	eventually(t, "all of them lead in turn", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(gains) == len(proxies)
	})
	end()
	all.Wait()
}
