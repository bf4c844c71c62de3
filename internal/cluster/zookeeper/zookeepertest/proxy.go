package zookeepertest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy leads to a server, unless it is told otherwise.
type Proxy struct {
	listener net.Listener
	to       string
	work     sync.WaitGroup

	mu      sync.Mutex // guards what follows
	closed  bool
	refuse  bool
	frozen  chan struct{} // closed unless nothing goes through
	conns   map[net.Conn]bool
	session Session
}

// NewProxy listens at a port of its own until the test ends.
func NewProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, to: to, conns: map[net.Conn]bool{}, frozen: make(chan struct{})}
	close(p.frozen)
	p.work.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Address is where it listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Session is the one that was begun or resumed last.
func (p *Proxy) Session() Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session
}

// Cut ends all connections; with refuse, new ones end at once until Mend.
func (p *Proxy) Cut(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = refuse
	for c := range p.conns {
		c.Close()
	}
}

// Freeze keeps connections, on which nothing arrives any more until Mend, in neither direction.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = make(chan struct{})
}

// Mend lets all through again.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = false
	p.thaw()
}

func (p *Proxy) thaw() {
	select {
	case <-p.frozen:
	default:
		close(p.frozen)
	}
}

func (p *Proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	p.thaw()
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.work.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil {
			client.Close()
			continue
		}
		if !p.hold(client, server) {
			client.Close()
			server.Close()
			continue
		}
		p.work.Go(func() { p.copy(server, client, nil) })
		p.work.Go(func() { p.copy(client, server, new(greeting)) })
	}
}

func (p *Proxy) hold(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse || p.closed {
		return false
	}
	for _, c := range conns {
		p.conns[c] = true
	}
	return true
}

// copy takes what arrives to the other side, and reads along in what the server says first.
func (p *Proxy) copy(to io.WriteCloser, from net.Conn, first *greeting) {
	defer to.Close()
	defer from.Close()
	defer func() {
		p.mu.Lock()
		delete(p.conns, from)
		p.mu.Unlock()
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		frozen := p.frozen
		if first.add(buffer[:n]) {
			p.session = first.session()
		}
		p.mu.Unlock()
		<-frozen
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}

// greeting is what a server says first: the sizes and the version have 4 bytes each, as has the timeout; then the session follows.
type greeting struct{ text []byte }

// add tells whether the greeting is complete now, once.
func (g *greeting) add(text []byte) bool {
	const size = 40
	if g == nil || len(g.text) >= size {
		return false
	}
	g.text = append(g.text, text...)
	return len(g.text) >= size
}

func (g *greeting) session() (s Session) {
	copy(s.ID[:], g.text[12:20])
	copy(s.Password[:], g.text[24:40])
	return s
}
