// Package source opens the inputs that an ingestion spec names: data within the spec, local files and HTTP.
package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync/atomic"

	"ovate/internal/spec"
)

// Input is one thing to read from its beginning to its end.
type Input struct {
	Name string // for people
	URI  string // as Druid's reports name it; empty for inline data
	Size int64  // bytes to read, compressed as they are; -1 if unknown, as for files that are said to have none
	// Consumed counts the bytes read so far, compressed as they are, by all readers that Open returned.
	Consumed *atomic.Int64
	// Hide replaces in what is shown of the data what a server was sent in confidence; nil if nothing was.
	Hide func(string) string
	// Open returns the decompressed data. Its errors name the input, those of the reader only the trouble.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Open lists the inputs of a source in the order in which they are to be read.
// It fails if a file or folder does not exist or may not be read, naming it; HTTP is tried only by Input.Open, and is tried again
// if that may help, which notify is told of unless it is nil.
func Open(ctx context.Context, s spec.InputSource, policy Policy, notify func(Interruption)) ([]Input, error) {
	switch s := s.(type) {
	case spec.InlineSource:
		return inline(s.Data), nil
	case spec.LocalSource:
		return local(ctx, s, policy)
	case spec.HTTPSource:
		if notify == nil {
			notify = func(Interruption) {}
		}
		return remote(s, policy, notify)
	}
	return nil, fmt.Errorf("inputSource: %T cannot be read; use inline, local or http", s)
}

func inline(data string) []Input {
	consumed := new(atomic.Int64)
	return []Input{{
		Name: "inline data", Size: int64(len(data)), Consumed: consumed,
		Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(&counter{bytes.NewReader([]byte(data)), consumed}), nil
		},
	}}
}

// counter counts what is read through it.
type counter struct {
	io.Reader
	n *atomic.Int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}
