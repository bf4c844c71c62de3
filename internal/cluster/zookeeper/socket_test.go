package zookeeper

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
)

const setAuth = 100

// unwritable is a connection on which the user, whom the library names when it has connected again, cannot be written.
type unwritable struct{ net.Conn }

func (c unwritable) Write(p []byte) (int, error) {
	if len(p) >= 12 && binary.BigEndian.Uint32(p[8:]) == setAuth {
		return 0, errors.New("cannot be written")
	}
	return c.Conn.Write(p)
}

// serve answers as a server in which nothing is, whatever is asked for, until the connection ends.
func serve(conn net.Conn) {
	defer conn.Close()
	answer := func(body []byte) error {
		_, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
		return err
	}
	for greeted := false; ; greeted = true {
		var size [4]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		request := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(conn, request); err != nil {
			return
		}
		body := binary.BigEndian.AppendUint32(nil, 0) // version of the protocol
		if !greeted {
			body = binary.BigEndian.AppendUint32(body, 4000)                            // timeout in milliseconds
			body = binary.BigEndian.AppendUint64(body, 1)                               // session
			body = append(binary.BigEndian.AppendUint32(body, 16), make([]byte, 16)...) // its password
		} else {
			body = append([]byte(nil), request[:4]...)    // number of the request
			body = binary.BigEndian.AppendUint64(body, 1) // transaction
			body = append(body, 0, 0, 0, 0)               // no error
		}
		if answer(body) != nil {
			return
		}
	}
}

// The library connects again after a request could not be written, and ends when it is closed.
func TestSocketThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	var dials atomic.Int32
	last := make(chan net.Conn, 8) // the client's end of each connection
	dial := func(_, _ string, _ time.Duration) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go serve(theirs) // ends with the connection
		var conn net.Conn = ours
		if dials.Add(1) == 2 {
			conn = unwritable{ours}
		}
		last <- ours
		return newSocket(conn, 4*time.Second), nil
	}
	conn, events, err := zk.Connect([]string{"127.0.0.1:1"}, 4*time.Second, zk.WithDialer(dial), zk.WithHostProvider(new(hosts)), zk.WithLogInfo(false))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.AddAuth("digest", []byte("user:password")); err != nil {
		t.Fatal(err)
	}
	(<-last).Close()
	late := time.After(5 * time.Minute)
	for sessions := 0; sessions < 3; {
		select {
		case e := <-events:
			if e.State == zk.StateHasSession {
				sessions++
			}
		case <-late:
			t.Fatal("it does not connect again")
		}
	}
	conn.Close()
	for range events { // closed when the library has ended
	}
}
