package table

import (
	"context"
	"io"
	"sync/atomic"
)

// untilDone reads or writes until a context is done.
type untilDone struct {
	ctx context.Context
	io.ReadCloser
	io.Writer
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.ReadCloser.Read(p)
}

func (u untilDone) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Writer.Write(p)
}

// looking is how far inputs have been looked at, one after the other, of which each may be read more than once.
type looking struct {
	before int64 // bytes of those that are done
	read   atomic.Int64
}

// from counts what is read of an input from its beginning on.
func (l *looking) from(stored io.ReadCloser) io.ReadCloser {
	if l == nil {
		return stored
	}
	l.read.Store(l.before)
	return &counting{stored, &l.read}
}

// counting counts the bytes that are read.
type counting struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n.Add(int64(n))
	return n, err
}
