package workertest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
)

// Network connects a client with servers in memory, and loses what it is told to lose. It works in bubbles of synctest.
type Network struct {
	mu      sync.Mutex // guards everything below
	servers map[string]*server
}

// server is one host.
type server struct {
	network *Network
	http    *http.Server
	handler http.Handler
	accept  chan net.Conn
	closed  chan struct{}
	conns   map[net.Conn]bool

	cut                       bool // nobody reaches it
	loseRequests, loseAnswers int  // of the next POSTs
}

// NewNetwork makes a network without servers.
func NewNetwork() *Network { return &Network{servers: map[string]*server{}} }

// Serve makes a handler answer as a host.
func (n *Network) Serve(host string, h http.Handler) {
	s := &server{network: n, handler: h, accept: make(chan net.Conn), closed: make(chan struct{}), conns: map[net.Conn]bool{}}
	s.http = &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)}
	n.mu.Lock()
	n.servers[host] = s
	n.mu.Unlock()
	go func() { _ = s.http.Serve(s) }()
}

// Close ends all servers.
func (n *Network) Close() {
	n.mu.Lock()
	servers := n.servers
	n.servers = map[string]*server{}
	n.mu.Unlock()
	for _, s := range servers {
		_ = s.http.Close()
	}
}

// Client is a client of the network.
func (n *Network) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: n.dial, MaxIdleConnsPerHost: 2}}
}

func (n *Network) dial(ctx context.Context, _, host string) (net.Conn, error) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	n.mu.Lock()
	s := n.servers[host]
	if s == nil || s.cut {
		n.mu.Unlock()
		return nil, refused
	}
	ours, theirs := net.Pipe()
	s.conns[ours] = true
	n.mu.Unlock()
	select {
	case s.accept <- theirs:
		return ours, nil
	case <-s.closed:
		return nil, refused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Cut breaks all connections to a host and lets nobody connect, or lets them again.
func (n *Network) Cut(host string, cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.servers[host]
	s.cut = cut
	if cut {
		for c := range s.conns {
			_ = c.Close()
		}
		clear(s.conns)
	}
}

// Lose lets the next POSTs to a host get lost: some before they arrive, then some answers on their way back.
func (n *Network) Lose(host string, requests, answers int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.servers[host]
	s.loseRequests, s.loseAnswers = requests, answers
}

// fate tells what is to be lost of a POST.
func (s *server) fate() (request, answer bool) {
	s.network.mu.Lock()
	defer s.network.mu.Unlock()
	switch {
	case s.loseRequests > 0:
		s.loseRequests--
		return true, false
	case s.loseAnswers > 0:
		s.loseAnswers--
		return false, true
	}
	return false, false
}

// ServeHTTP answers, if nothing gets lost.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		s.handler.ServeHTTP(w, r)
		return
	}
	request, answer := s.fate()
	if request {
		panic(http.ErrAbortHandler)
	}
	if answer {
		s.handler.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	s.handler.ServeHTTP(w, r)
}

// Accept is that of a net.Listener.
func (s *server) Accept() (net.Conn, error) {
	select {
	case c := <-s.accept:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

// Close is that of a net.Listener.
func (s *server) Close() error {
	s.network.mu.Lock()
	defer s.network.mu.Unlock()
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return nil
}

// Addr is that of a net.Listener.
func (s *server) Addr() net.Addr { return &net.TCPAddr{} }
