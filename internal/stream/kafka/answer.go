package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"time"

	"ovate/internal/room"
)

const (
	// mostAnswer is how many bytes an answer of a broker has at most: what is known of a hundred thousand partitions has fewer.
	mostAnswer = 8 << 20
	// mostAnswers is how many bytes those have together that are on their way from all brokers, whoever these are. Small ones, of up to freeAnswer, do not count.
	mostAnswers = 128 << 20
	freeAnswer  = 64 << 10
	// answerWait is how long an answer waits for room beside the others.
	answerWait = 10 * time.Second
)

// errNoRoom is that the answers of other brokers need all the memory.
var errNoRoom = errors.New("the answers of other brokers take all the memory that there is for them")

// answers is a connection to a broker, of whose answers no more are read at a time than there is room for: each says first how long it is, and then the library makes
// that much room for it, whether it comes or not. One goroutine reads.
type answers struct {
	net.Conn
	lasts context.Context // until Close
	end   context.CancelFunc

	head [4]byte // the length of an answer, as far as it has come
	have int
	left int64 // of the answer

	mu   sync.Mutex // guards what follows
	hold *room.Hold
}

func newAnswers(conn net.Conn, pool *room.Pool) *answers {
	a := &answers{Conn: conn, hold: pool.Hold("")}
	a.lasts, a.end = context.WithCancel(context.Background())
	return a
}

// Read implements net.Conn. The length of an answer is handed on once there is room for that.
func (a *answers) Read(b []byte) (int, error) {
	if a.left == 0 {
		n, err := a.Conn.Read(b[:min(len(b), len(a.head)-a.have)])
		copy(a.head[a.have:], b[:n])
		if a.have += n; a.have < len(a.head) || err != nil {
			return n, err
		}
		length := int64(binary.BigEndian.Uint32(a.head[:]))
		if err := a.take(length); err != nil {
			return 0, err // nor will anything be read: whoever asks closes it
		}
		a.have, a.left = 0, length
		return n, nil
	}
	n, err := a.Conn.Read(b[:min(int64(len(b)), a.left)])
	if a.left -= int64(n); a.left == 0 {
		a.mu.Lock()
		a.hold.Keep(0)
		a.mu.Unlock()
	}
	return n, err
}

// take makes room for an answer. One that is too long the library refuses.
func (a *answers) take(n int64) error {
	if n <= freeAnswer || n > mostAnswer {
		return nil
	}
	ctx, cancel := context.WithTimeout(a.lasts, answerWait)
	defer cancel()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.hold.Wait(ctx, n) != nil {
		return errNoRoom
	}
	return nil
}

// Close implements net.Conn.
func (a *answers) Close() error {
	a.end()
	err := a.Conn.Close()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hold.Release()
	return err
}
