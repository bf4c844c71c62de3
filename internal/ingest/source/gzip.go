package source

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gzipReader reads gzip data of one member or several. Between two members it looks at what follows, because the library cannot tell
// bytes that are no gzip data from a member that was cut off.
type gzipReader struct {
	stream *bufio.Reader
	member *gzip.Reader
}

func newGzipReader(stream io.Reader) (*gzipReader, error) {
	buffered := bufio.NewReader(stream)
	member, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, err
	}
	member.Multistream(false)
	return &gzipReader{buffered, member}, nil
}

func (g *gzipReader) Read(b []byte) (int, error) {
	n, err := g.member.Read(b)
	if err == io.EOF {
		err = g.next()
	}
	return n, err
}

// next goes on to the next member; it returns io.EOF after the last one.
func (g *gzipReader) next() error {
	const magic = "\x1f\x8b"
	head, err := g.stream.Peek(len(magic))
	switch {
	case len(head) == 0:
		return err
	case err != nil && err != io.EOF:
		return err
	case string(head) != magic[:len(head)]:
		return errors.New("after its end bytes follow that are no gzip data; remove them from the file")
	}
	if err := g.member.Reset(g.stream); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	g.member.Multistream(false)
	return nil
}
