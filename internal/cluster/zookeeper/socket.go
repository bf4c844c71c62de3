package zookeeper

import (
	"encoding/binary"
	"net"
	"time"
)

// socket is a connection to a server. It makes up for four things of the library:
//
// It does not tell for how long the server keeps a session that it does not hear from: so the socket reads along in the server's greeting,
// in which length, version of the protocol and timeout in milliseconds have four bytes each.
//
// It waits for the greeting almost seven times as long as the session lasts, or for ever: the socket has it wait once as long.
//
// On a new connection it tells the server of its watches, since when it has heard nothing of them. If answers come before that it reads and
// writes this at the same time, and may get it wrong: so the socket tells when it was sent, before which nobody asks for anything.
//
// It answers a request twice when that cannot be written: at once, and when the connection has ended. The second time it may wait for ever
// for somebody to take the answer, and then never connects again. So writing never fails: the connection is closed, and reading tells of it.
type socket struct {
	net.Conn
	patience time.Duration
	greeting []byte

	asked   bool          // the library has sent its greeting, which is no packet like others
	watches chan struct{} // closed when the watches were sent
}

func newSocket(conn net.Conn, patience time.Duration) *socket {
	return &socket{Conn: conn, patience: patience, watches: make(chan struct{})}
}

const setWatches = 101

// Write is called with a packet at a time, with length, number and kind of the request in four bytes each, by one goroutine at a time.
func (s *socket) Write(p []byte) (int, error) {
	_, err := s.Conn.Write(p)
	if s.asked && len(p) >= 12 && binary.BigEndian.Uint32(p[8:]) == setWatches {
		select {
		case <-s.watches:
		default:
			close(s.watches)
		}
	}
	s.asked = true
	if err != nil {
		s.Conn.Close()
	}
	return len(p), nil
}

const greetingSize = 12

func (s *socket) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if missing := greetingSize - len(s.greeting); missing > 0 {
		s.greeting = append(s.greeting, p[:min(n, missing)]...)
	}
	return n, err
}

func (s *socket) SetReadDeadline(t time.Time) error {
	if latest := time.Now().Add(s.patience); len(s.greeting) < greetingSize && (t.IsZero() || t.After(latest)) {
		t = latest
	}
	return s.Conn.SetReadDeadline(t)
}

// greeted tells whether the server has said anything.
func (s *socket) greeted() bool { return len(s.greeting) > 0 }

// timeout is what the greeting said.
func (s *socket) timeout() time.Duration {
	if len(s.greeting) < greetingSize {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint32(s.greeting[8:])) * time.Millisecond
}
