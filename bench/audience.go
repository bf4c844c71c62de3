package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// audience are clients that follow events, and throw away what they are told.
type audience struct {
	conns   []net.Conn
	readers sync.WaitGroup
	told    atomic.Int64 // bytes
	leaving atomic.Bool
	lost    atomic.Int64 // streams that ended before their client left
}

// gather opens so many streams of events, and returns once all of them are answered.
func (r *trial) gather(ctx context.Context, path string, n int) (*audience, error) {
	a := &audience{}
	for range n {
		if err := a.join(ctx, r.address, path); err != nil {
			return nil, errors.Join(fmt.Errorf("open stream %d of %d: %w", len(a.conns)+1, n, err), a.leave())
		}
	}
	return a, nil
}

// join opens one stream, and reads it from then on.
func (a *audience) join(ctx context.Context, address, path string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	a.conns = append(a.conns, conn)
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n", path, address); err != nil {
		return err
	}
	in := bufio.NewReaderSize(conn, 4<<10)
	status, err := in.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 200 ") {
		return fmt.Errorf("GET %s is answered with %q", path, strings.TrimSpace(status))
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	a.readers.Go(func() { a.read(in) })
	return nil
}

// read reads a stream to its end.
func (a *audience) read(in *bufio.Reader) {
	for {
		n, err := in.Discard(max(1, in.Buffered()))
		a.told.Add(int64(n))
		if err != nil {
			if !a.leaving.Load() {
				a.lost.Add(1)
			}
			return
		}
	}
}

// leave closes all streams, once. It is an error if one had ended before.
func (a *audience) leave() error {
	if a.leaving.Swap(true) {
		return nil
	}
	var err error
	for _, c := range a.conns {
		err = errors.Join(err, c.Close())
	}
	a.readers.Wait()
	if n := a.lost.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d streams of events ended by themselves: %w", n, len(a.conns), io.ErrUnexpectedEOF))
	}
	return err
}
