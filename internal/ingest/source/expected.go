package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"ovate/internal/checksum"
	"ovate/internal/spec"
)

// ChangedError is a file that holds something else than when it was checked. Whoever reads the file names it.
type ChangedError struct {
	was, is int64 // bytes
}

func (e *ChangedError) Error() string {
	now := "as many others"
	if e.is != e.was {
		now = fmt.Sprint(e.is)
	}
	return fmt.Sprintf("it has changed since it was checked: it had %d bytes, and has %s now. Nothing was stored: run ovate ingest again when nobody writes to it", e.was, now)
}

// expected reads a file, and ends with a ChangedError instead of the end of the file if that is not what is wanted. The checksum is taken of what is
// read anyway, compressed as it is.
type expected struct {
	io.ReadCloser // decompressed
	stored        *checksum.Reader
	want          checksum.Sum
}

// openExpected reads a file that a name tells the compression of. What it returns closes it, as it does itself after an error.
func openExpected(f io.ReadCloser, compressed string, want checksum.Sum, consumed *atomic.Int64) (io.ReadCloser, error) {
	e := &expected{stored: &checksum.Reader{ReadCloser: f}, want: want}
	r, err := decompress(e.stored, compressed, consumed)
	if err != nil {
		return nil, errors.Join(e.explain(err), f.Close())
	}
	e.ReadCloser = r
	return e, nil
}

// Read implements io.Reader.
func (e *expected) Read(b []byte) (int, error) {
	n, err := e.ReadCloser.Read(b)
	if err != nil {
		err = e.explain(err)
	}
	return n, err
}

// explain is what ends the reading: that the file is another one, where it is, explains everything else.
func (e *expected) explain(err error) error {
	if drained := e.stored.Drain(); drained != nil {
		if err == io.EOF {
			return drained
		}
		return err
	}
	if e.stored.Sum != e.want {
		return &ChangedError{e.want.Length, e.stored.Sum.Length}
	}
	return err
}

// Changed reads the files of a source to their ends, and returns the ChangedError of the first that is not as expected, nil if all are or cannot be read. It
// is for those who gave up before, as rows were at fault.
func Changed(ctx context.Context, s spec.InputSource, policy Policy) error {
	var changed *ChangedError
	inputs, err := Open(ctx, s, policy, nil)
	for i := 0; err == nil && i < len(inputs); i++ {
		err = inputs[i].readAll(ctx)
		if !errors.As(err, &changed) {
			err = nil
		}
	}
	if errors.As(err, &changed) {
		return err
	}
	return nil
}

// readAll reads an input for nothing but its end.
func (in *Input) readAll(ctx context.Context) error {
	r, err := in.Open(ctx)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return errors.Join(named(in.Name, err), r.Close())
}
