package api

import (
	"net/http"

	"ovate/internal/surface"
)

// chunkSize is how large the pieces of an answer are.
const chunkSize = surface.PieceSize

// stream is a 200 of any length. The answer begins with the first piece
// that is sent: an error before that still becomes an answer of its own; after it, call.fail cuts the connection, so
// that a client cannot take what it has for the whole.
type stream struct{ *surface.Elements }

// stream opens an answer with text, which fill puts elements into and closing ends.
func (c *call) stream(opening, closing string, fill func(s *stream) error) error {
	pooled := c.chunks.Get().(*[]byte)
	s := &stream{surface.NewElements(append((*pooled)[:0], opening...), func(piece []byte) {
		if !c.begun {
			c.begin(http.StatusOK, contentJSON)
		}
		c.send(piece)
	})}
	defer func() {
		if cap(s.Buf) <= 4*chunkSize { // a buffer that one huge element has stretched must not stay
			*pooled = s.Buf
			c.chunks.Put(pooled)
		}
	}()
	if err := fill(s); err != nil {
		return err
	}
	s.Buf = append(s.Buf, closing...)
	s.Flush()
	return nil
}

// streamElements answers with a list of what is JSON already.
func streamElements[T ~[]byte](c *call, opening, closing string, all []T) error {
	return c.stream(opening, closing, func(s *stream) error {
		for _, element := range all {
			s.Put(append(s.Next(), element...))
		}
		return nil
	})
}
