package sqldbtest

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy is the network between a store and a server, which breaks when a test wants it to.
type Proxy struct {
	// Address is where the store connects to.
	Address string

	listener net.Listener
	server   string
	running  sync.WaitGroup

	mu    sync.Mutex
	links map[*link]bool
	fault Fault
	times int // that the fault happens
	late  []late
	pace  Pace

	untilFrozen int           // so many requests or answers more
	frozen      chan struct{} // closed then; nil if nobody asked for that
	end         end
}

// Pace is how a network carries what is sent.
type Pace struct {
	Delay time.Duration // before each piece
	Piece int           // bytes; 0 is as many as there are
}

// Fault is what the proxy does with connections from now on.
type Fault int

// Faults.
const (
	None Fault = iota
	// LoseAnswer breaks a connection with the next answer, which the client does not get.
	LoseAnswer
	// LoseRequest breaks a connection with the next request, which the server does not get.
	LoseRequest
	// DelayRequest breaks the client's side with the next request. The server gets it with Deliver, and does not hear before that.
	DelayRequest
)

// link is one connection with its two halves.
type link struct {
	client, server net.Conn
	mute           bool // nothing arrives any more, and nobody is told
	ends           int  // with which of the next answers the server is gone; 0: none
	commits        bool // the next answer is that to a COMMIT
}

func (l *link) close() {
	l.client.Close()
	l.server.Close()
}

// late is a request that is under way.
type late struct {
	server  net.Conn
	request []byte
}

// NewProxy makes a proxy before a server.
func NewProxy(tb testing.TB, server string) *Proxy {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{Address: listener.Addr().String(), listener: listener, server: server, links: map[*link]bool{}}
	p.running.Go(p.accept)
	tb.Cleanup(func() {
		if err := listener.Close(); err != nil {
			tb.Error(err)
		}
		p.Deliver()
		p.Cut()
		p.running.Wait()
	})
	return p
}

// Break has a fault happen once.
func (p *Proxy) Break(f Fault) { p.BreakTimes(f, 1) }

// BreakTimes has a fault happen so many times, one after the other.
func (p *Proxy) BreakTimes(f Fault, times int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.times = f, times
}

// Cut breaks all connections there are.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.close()
	}
	clear(p.links)
}

// Reset breaks all connections there are in the rudest way: what is under way is lost, and both ends are told of an error.
func (p *Proxy) Reset() {
	p.mu.Lock()
	for l := range p.links {
		for _, half := range []net.Conn{l.client, l.server} {
			if tcp, is := half.(*net.TCPConn); is {
				_ = tcp.SetLinger(0) // it may have gone
			}
		}
	}
	p.mu.Unlock()
	p.Cut()
}

// Mute has nothing arrive any more on the connections there are, which stay open.
func (p *Proxy) Mute() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.mute = true
	}
}

// Freeze mutes all connections when so many more requests, or answers, have come: the last of them does not arrive, and frozen is closed.
func (p *Proxy) Freeze(n int) (frozen <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.untilFrozen, p.frozen = n, make(chan struct{})
	return p.frozen
}

// Thaw has connections freeze no more, if they have not yet.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = nil
}

// count counts a request or an answer, for Freeze.
func (p *Proxy) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen == nil {
		return
	}
	if p.untilFrozen--; p.untilFrozen > 0 {
		return
	}
	for l := range p.links {
		l.mute = true
	}
	close(p.frozen)
	p.frozen = nil
}

// Turn has connections from now on go to another server.
func (p *Proxy) Turn(server string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = server
}

// SetPace is for all connections from now on.
func (p *Proxy) SetPace(pace Pace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pace = pace
}

// send sends what was read to the other half.
func (p *Proxy) send(l *link, to net.Conn, data []byte) error {
	p.mu.Lock()
	pace := p.pace
	p.mu.Unlock()
	for len(data) > 0 {
		n := len(data)
		if pace.Piece > 0 {
			n = min(n, pace.Piece)
		}
		if pace.Delay > 0 {
			time.Sleep(pace.Delay) // it is what the network does
		}
		p.mu.Lock()
		mute := l.mute
		p.mu.Unlock()
		if mute {
			return nil
		}
		if _, err := to.Write(data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// Deliver lets the server have what was delayed.
func (p *Proxy) Deliver() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.late {
		_, _ = l.server.Write(l.request) // it may have gone
		l.server.Close()
	}
	p.late = nil
}

// happens tells whether a fault is to happen now.
func (p *Proxy) happens(f Fault) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != f {
		return false
	}
	if p.times--; p.times == 0 {
		p.fault = None
	}
	return true
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		address := p.server
		p.mu.Unlock()
		server, err := net.Dial("tcp", address)
		if err != nil || p.isGone() {
			client.Close()
			if err == nil {
				server.Close()
			}
			continue
		}
		l := &link{client: client, server: server}
		p.mu.Lock()
		p.links[l] = true
		p.mu.Unlock()
		p.running.Go(func() { p.carry(l, client, server, false) })
		p.running.Go(func() { p.carry(l, server, client, true) })
	}
}

// carry carries what one half sends to the other.
func (p *Proxy) carry(l *link, from, to net.Conn, answers bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		switch {
		case err != nil:
			if p.has(l) {
				l.close()
			}
			return
		case p.endsWith(l, buf[:n], answers):
			return
		case answers && p.happens(LoseAnswer), !answers && p.happens(LoseRequest):
			l.close()
			return
		case !answers && p.happens(DelayRequest):
			p.mu.Lock()
			p.late = append(p.late, late{l.server, append([]byte{}, buf[:n]...)})
			delete(p.links, l)
			p.mu.Unlock()
			l.client.Close()
			return
		}
		p.count()
		if err := p.send(l, to, buf[:n]); err != nil && p.has(l) {
			l.close()
			return
		}
	}
}

// has tells whether both halves belong together still.
func (p *Proxy) has(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.links[l]
}
