package source

import (
	"bufio"
	"context"
	"errors"
	"io"
)

// unsized reads a file whose size is said to be 0. There is nothing in it, unless its file system makes the content up while it is
// read, as procfs does and many that run in user space do. Some of these wait for content that does not come, in a read that
// cannot be called off: the reader fails when its context ends, and leaves such a read behind until it returns.
type unsized struct {
	*bufio.Reader
	out  *io.PipeReader
	stop func() bool
}

func newUnsized(ctx context.Context, file io.ReadCloser) *unsized {
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, file)
		in.CloseWithError(errors.Join(err, file.Close())) // nil is the end
	}()
	stop := context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	return &unsized{bufio.NewReader(out), out, stop}
}

// isEmpty waits until something has been read, or nothing is there.
func (u *unsized) isEmpty() (bool, error) {
	_, err := u.Peek(1)
	if err == io.EOF {
		return true, nil
	}
	return false, err
}

func (u *unsized) Close() error {
	u.stop()
	return u.out.Close()
}
