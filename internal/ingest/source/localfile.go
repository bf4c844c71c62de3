package source

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"ovate/internal/clock"
)

// localFile is an open file whose reads end with its context. A read that was given up may still write to the memory that it was given.
type localFile struct {
	ctx    context.Context
	stalls *Stalls
	path   string
	file   *os.File

	buffer []byte // what is read goes here first; nil if the caller's memory can be lost to a read that was given up
	unread []byte // of the buffer
}

// fileBuffer is the length of buffers of files.
const fileBuffer = 64 << 10

// openLocal opens a file that may be read.
func (p Policy) openLocal(ctx context.Context, path string, buffered bool) (*localFile, error) {
	if err := p.Stalls.admit(ctx, path); err != nil {
		return nil, err
	}
	f, err := call(ctx, p.Stalls, path, func() (*os.File, error) { return p.openWhenFree(ctx, path) }, closeLate)
	if err != nil {
		return nil, err
	}
	opened := &localFile{ctx: ctx, stalls: p.Stalls, path: path, file: f}
	if buffered {
		opened.buffer = make([]byte, fileBuffer)
	}
	return opened, nil
}

// leasePause is how long a file is left alone that its owner, such as a file server, has not given up yet.
const leasePause = 50 * time.Millisecond

// openWhenFree opens a file that may be read. One that somebody holds a lease on, who is asked to give it up then, is tried again.
func (p Policy) openWhenFree(ctx context.Context, path string) (*os.File, error) {
	open := p.open
	if p.opens != nil {
		open = p.opens
	}
	for {
		f, err := open(path)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return f, err
		}
		if !clock.Pause(ctx, leasePause) {
			return nil, context.Cause(ctx)
		}
	}
}

// closeLate closes a file that nobody waits for any more: nothing was written to it, so that no error means a loss.
func closeLate(f *os.File) { _ = f.Close() }

// Read implements io.Reader.
func (f *localFile) Read(b []byte) (int, error) {
	if f.buffer == nil {
		return f.read(b)
	}
	if len(f.unread) == 0 {
		if err := f.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, f.unread)
	f.unread = f.unread[n:]
	return n, nil
}

// fill reads into the empty buffer.
func (f *localFile) fill() error {
	n, err := f.read(f.buffer)
	f.unread = f.buffer[:n]
	return err
}

func (f *localFile) read(b []byte) (int, error) {
	if f.ctx.Err() != nil {
		return 0, context.Cause(f.ctx)
	}
	n, err := call(f.ctx, f.stalls, f.path, func() (int, error) { return f.file.Read(b) }, func(int) {})
	if inner := new(os.PathError); errors.As(err, &inner) {
		err = inner.Err // whoever reads names the file
	}
	return n, err
}

// isEmpty waits until something has been read, or nothing is there. The file is buffered.
func (f *localFile) isEmpty() (bool, error) {
	err := f.fill()
	if err == io.EOF {
		return true, nil
	}
	return false, err
}

// Close also ends a read that was given up, if the file system can do that; else the descriptor goes with it.
func (f *localFile) Close() error { return f.file.Close() }
