package kafka

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/room"
)

// pipe is a connection whose other end writes answers of some lengths, of each so many bytes.
func pipe(t *testing.T, pool *room.Pool, lengths, bytes []int) *answers {
	here, there := net.Pipe()
	go func() {
		for i, n := range lengths {
			if _, err := there.Write(append(binary.BigEndian.AppendUint32(nil, uint32(n)), make([]byte, bytes[i])...)); err != nil {
				return
			}
		}
	}()
	a := newAnswers(here, pool)
	t.Cleanup(func() {
		if err := errors.Join(a.Close(), there.Close()); err != nil {
			t.Error(err)
		}
	})
	return a
}

// read reads an answer as the library does.
func read(a *answers) (length int, err error) {
	var head [4]byte
	if _, err := io.ReadFull(a, head[:]); err != nil {
		return 0, err
	}
	length = int(binary.BigEndian.Uint32(head[:]))
	_, err = io.ReadFull(a, make([]byte, length))
	return length, err
}

// However many brokers say how long an answer is that never comes, no more room is made for these than there is; what came, or was given up, gives its room back.
func TestAnswersThatNeverCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := room.NewPool(1 << 20)
		honest := pipe(t, pool, []int{10, 0, 300 << 10, freeAnswer, 7}, []int{10, 0, 300 << 10, freeAnswer, 7})
		for _, want := range []int{10, 0, 300 << 10, freeAnswer, 7} {
			if n, err := read(honest); n != want || err != nil {
				t.Errorf("%d bytes, %v, want %d", n, err, want)
			}
		}
		var liars []*answers
		for range 2 {
			a := pipe(t, pool, []int{512 << 10}, []int{1000})
			liars = append(liars, a)
			go func() { _, _ = read(a) }() // until it is closed
		}
		synctest.Wait()
		late, begun := pipe(t, pool, []int{512 << 10}, []int{512 << 10}), time.Now()
		if _, err := read(late); !errors.Is(err, errNoRoom) || time.Since(begun) != answerWait {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		if n, err := read(pipe(t, pool, []int{freeAnswer}, []int{freeAnswer})); n != freeAnswer || err != nil {
			t.Errorf("a small one: %d, %v", n, err)
		}
		waits := pipe(t, pool, []int{512 << 10}, []int{512 << 10})
		done := make(chan error)
		go func() {
			_, err := read(waits)
			done <- err
		}()
		synctest.Wait()
		if err := liars[0].Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Errorf("once one has given up: %v", err)
		}
		if n, err := read(pipe(t, pool, []int{512 << 10}, []int{512 << 10})); n != 512<<10 || err != nil {
			t.Errorf("once that has come: %d, %v", n, err)
		}
	})
}
