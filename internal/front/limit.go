package front

import (
	"container/list"
	"math"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits are how many requests are answered in a second; 0 is any number. As many as in a second may come at once.
type Limits struct {
	Total     float64 // of all clients together
	PerClient float64 // of each address, and of each network of 64 bits of IPv6
}

// mostClients is how many addresses are remembered. One that is forgotten, as so many others have sent requests since, begins anew.
const mostClients = 10_000

// limiter keeps clients within Limits.
type limiter struct {
	total     *rate.Limiter // nil for any number
	perClient float64

	mu      sync.Mutex // guards what follows
	clients map[netip.Addr]*list.Element
	recent  list.List // of client, whoever has sent a request last in front
}

type client struct {
	address netip.Addr
	rate    *rate.Limiter
}

func newLimiter(l Limits) *limiter {
	if l == (Limits{}) {
		return nil
	}
	m := &limiter{perClient: l.PerClient, clients: map[netip.Addr]*list.Element{}}
	if l.Total > 0 {
		m.total = perSecond(l.Total)
	}
	return m
}

func perSecond(n float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(n), int(math.Ceil(n)))
}

// wait is for how long a request comes too early; 0 if it is answered. One that comes too early does not count.
func (m *limiter) wait(r *http.Request, now time.Time) time.Duration {
	if m == nil {
		return 0
	}
	var taken []*rate.Reservation
	var wait time.Duration
	for _, l := range []*rate.Limiter{m.client(r.RemoteAddr), m.total} {
		if l != nil {
			one := l.ReserveN(now, 1)
			taken, wait = append(taken, one), max(wait, one.DelayFrom(now))
		}
	}
	if wait > 0 {
		for _, one := range taken {
			one.CancelAt(now)
		}
	}
	return wait
}

// client is the limit of an address, or nil if there is none.
func (m *limiter) client(remote string) *rate.Limiter {
	if m.perClient == 0 {
		return nil
	}
	var address netip.Addr // that of none is one of its own
	if at, err := netip.ParseAddrPort(remote); err == nil {
		address = at.Addr().Unmap().WithZone("")
	}
	if address.Is6() {
		address = netip.PrefixFrom(address, 64).Masked().Addr()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.clients[address]; known != nil {
		m.recent.MoveToFront(known)
		return known.Value.(*client).rate
	}
	if len(m.clients) >= mostClients {
		oldest := m.recent.Remove(m.recent.Back()).(*client)
		delete(m.clients, oldest.address)
	}
	c := &client{address, perSecond(m.perClient)}
	m.clients[address] = m.recent.PushFront(c)
	return c.rate
}
