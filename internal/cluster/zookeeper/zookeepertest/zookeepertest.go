// Package zookeepertest gives tests a real ZooKeeper, and a way to it that they can break.
package zookeepertest

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"ovate/compat/peer"
)

// Tick is the servers' unit of time: sessions last from 2 to 20 of them.
const Tick = 250 * time.Millisecond

// Start starts a server of this test alone, which is skipped where none is installed.
func Start(t testing.TB) *peer.Keeper {
	t.Helper()
	return StartSlow(t, Tick)
}

// StartSlow is Start with another unit of time, for tests in which no session may end before its time, however long a busy machine stalls.
func StartSlow(t testing.TB, tick time.Duration) *peer.Keeper {
	t.Helper()
	k := start(t, tick)
	t.Cleanup(k.Stop)
	return k
}

func start(t testing.TB, tick time.Duration) *peer.Keeper {
	t.Helper()
	if _, err := peer.Installed(t.Context()); err != nil {
		t.Skip("no ZooKeeper to test with:", err)
	}
	k, err := peer.StartKeeper(t.Context(), tick)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Shared is a server for all tests of a package, each of which has paths of its own. The package's TestMain calls Stop.
type Shared struct {
	once   sync.Once
	keeper *peer.Keeper
}

// Start is the server, which runs from the first call on.
func (s *Shared) Start(t testing.TB) *peer.Keeper {
	t.Helper()
	s.once.Do(func() { s.keeper = start(t, Tick) })
	if s.keeper == nil {
		t.Skip("no ZooKeeper to test with")
	}
	return s.keeper
}

// Stop stops the server, if it runs.
func (s *Shared) Stop() {
	if s.keeper != nil {
		s.keeper.Stop()
	}
}

// Session is what one needs to speak in a session: its id and its password.
type Session struct {
	ID       [8]byte
	Password [16]byte
}

// End ends a session from outside, as ZooKeeper does when it hears nothing in it: another connection takes it over and closes it.
func End(t testing.TB, address string, s Session) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	connect := make([]byte, 16, 44) // protocol version, last zxid seen, timeout
	binary.BigEndian.PutUint32(connect[12:], 10000)
	connect = append(connect, s.ID[:]...)
	connect = binary.BigEndian.AppendUint32(connect, uint32(len(s.Password)))
	connect = append(connect, s.Password[:]...)
	closing := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 1), 1<<32-11)
	for _, packet := range [][]byte{connect, closing} {
		if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(packet))), packet...)); err != nil {
			t.Fatal(err)
		}
		var size [4]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			t.Fatal("the session was not taken over or closed:", err)
		}
		if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(size[:]))); err != nil {
			t.Fatal(err)
		}
	}
}
