package zookeeper

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// session is one session of a client, with one connection of the library, which would begin another session by itself when this one has
// expired: what was meant for this one would happen in that. So the connection reaches no server any more then.
type session struct {
	client  *Client
	conn    *zk.Conn
	ready   chan struct{}   // closed once conn is set
	events  <-chan zk.Event // closed when the library has ended
	expired chan struct{}

	ctx context.Context // ends when no server is wanted any more
	end context.CancelFunc

	mu      sync.Mutex // guards what follows
	socket  *socket    // the last one
	link    *link
	links   int           // so far
	known   bool          // the server knows the user
	lost    time.Time     // when the last link ended
	timeout time.Duration // how long the servers keep the session without one
	refused int           // how often a server has hung up without a greeting since then
	gaveUp  sync.Once
}

func (c *Client) begin() (*session, error) {
	s := &session{client: c, ready: make(chan struct{}), expired: make(chan struct{})}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.known = c.config.User == "" || c.config.Password == ""
	defer close(s.ready)
	var err error
	s.conn, s.events, err = zk.Connect(c.config.Hosts, c.config.SessionTimeout, zk.WithDialer(s.dial), zk.WithHostProvider(new(hosts)),
		zk.WithEventCallback(s.event), zk.WithLogger(library{c.log}), zk.WithMaxBufferSize(64<<20))
	return s, err
}

// close ends the session, and waits for the library to end; not for ever, as it may block when requests come while it is closed.
func (s *session) close() {
	s.conn.Close() // waits a second at most
	s.end()
	s.mu.Lock()
	if s.socket != nil {
		s.socket.Close()
	}
	s.mu.Unlock()
	patience := time.NewTimer(5 * time.Second)
	defer patience.Stop()
	for open := true; open; {
		select {
		case _, open = <-s.events:
		case <-patience.C:
			s.client.log.Warn("the library for ZooKeeper does not end after its connection is closed; it is left alone")
			open = false
		}
	}
	s.down()
}

func (s *session) dial(network, address string, _ time.Duration) (net.Conn, error) {
	if s.ctx.Err() != nil {
		return nil, errClosed
	}
	c := s.client.config
	dialer := net.Dialer{Timeout: min(c.ConnectionTimeout, max(time.Second, c.SessionTimeout/time.Duration(len(c.Hosts))))}
	conn, err := dialer.DialContext(s.ctx, network, address)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil { // meanwhile
		conn.Close()
		return nil, errClosed
	}
	if s.socket != nil {
		s.socket.Close() // the library leaves it open when the session has expired
		if s.link == nil && !s.socket.greeted() {
			s.refused++
		}
	}
	if s.forgotten() {
		conn.Close()
		s.client.log.Warn("ZooKeeper hangs up on this session, as servers do that have lost their data", "lost", s.lost, "attempts", s.refused)
		s.giveUp()
		return nil, errClosed
	}
	s.socket = newSocket(conn, c.SessionTimeout)
	return s.socket, nil
}

// mostRefused is how often servers hang up before they are taken to know nothing of a session.
const mostRefused = 3

// forgotten tells whether the session is not to be had again: it should have expired, and servers that are there hang up on it without a word. They do
// so to whoever has seen later changes than they have, and say nothing of an end. A server that starts does it, too, for which a new session is no
// harm. The caller holds mu.
func (s *session) forgotten() bool {
	return s.links > 0 && s.link == nil && s.refused >= mostRefused && time.Since(s.lost) > s.timeout
}

// giveUp ends the session for this client.
func (s *session) giveUp() {
	s.gaveUp.Do(func() {
		s.end()
		close(s.expired)
	})
}

// event is told of what happens, in order; the library waits for it.
func (s *session) event(e zk.Event) {
	if e.Type != zk.EventSession {
		return
	}
	switch e.State {
	case zk.StateHasSession:
		s.up(e.Server)
	case zk.StateDisconnected:
		s.down()
	case zk.StateExpired:
		s.down()
		s.giveUp()
	}
}

func (s *session) up(server string) {
	<-s.ready
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = &link{conn: s.conn, chroot: s.client.config.Chroot, session: s.conn.SessionID(), timeout: s.socket.timeout(), down: make(chan struct{})}
	s.timeout, s.refused = s.link.timeout, 0
	s.client.log.Info("connected to ZooKeeper", "server", server, "session", fmt.Sprintf("0x%x", s.link.session), "sessionTimeout", s.link.timeout)
	if s.links++; s.links == 1 && s.known {
		s.client.set(s.link)
		return
	}
	l, again, watches := s.link, s.links > 1, s.socket.watches
	s.client.work.Go(func() {
		if again && !awaitWatches(l, watches) {
			return
		}
		s.introduce(l)
	})
}

// awaitWatches waits until the library has sent its watches, if it has any, unless the link ends.
func awaitWatches(l *link, watches <-chan struct{}) bool {
	none := time.NewTimer(200 * time.Millisecond)
	defer none.Stop()
	select {
	case <-watches:
	case <-none.C:
	case <-l.down:
		return false
	}
	return true
}

// introduce tells the server who the user is, once: the library does so on later connections.
func (s *session) introduce(l *link) {
	c := s.client
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	var err error
	if !known {
		_, err = call(c.ctx, l, func(conn *zk.Conn) (any, error) {
			return nil, conn.AddAuth(c.config.AuthScheme, []byte(c.config.User+":"+c.config.Password))
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != l {
		return
	}
	if err != nil {
		c.log.Error("ZooKeeper does not take the user", "user", c.config.User, "scheme", c.config.AuthScheme, "properties", userKey+", "+passwordKey, "error", err)
		s.socket.Close() // it is tried again on the next connection
		return
	}
	s.known = true
	c.set(l)
}

func (s *session) down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil {
		return
	}
	close(s.link.down)
	s.link, s.lost = nil, time.Now()
	s.client.set(nil)
	if s.ctx.Err() == nil && s.client.ctx.Err() == nil {
		s.client.log.Warn("the connection to ZooKeeper is lost")
	}
}

// library takes what the library has to say.
type library struct{ log *slog.Logger }

func (l library) Printf(format string, args ...any) {
	l.log.Debug("zookeeper: " + fmt.Sprintf(format, args...))
}
