package api

import (
	"net/http"
	"unicode/utf8"

	"ovate/druid"
)

// A long answer leaves in pieces of this size: large enough for few system calls, small enough to keep for the next.
const chunkSize = 64 << 10

// stream is a 200 of any length, made of JSON elements with commas between them. The answer begins with the first piece
// that is sent: an error before that still becomes an answer of its own; after it, call.fail cuts the connection, so
// that a client cannot take what it has for the whole.
type stream struct {
	c     *call
	buf   []byte
	first bool
}

// stream opens an answer with text, which fill puts elements into and closing ends.
func (c *call) stream(opening, closing string, fill func(s *stream) error) error {
	pooled := c.chunks.Get().(*[]byte)
	s := &stream{c: c, buf: append((*pooled)[:0], opening...), first: true}
	defer func() {
		if cap(s.buf) <= 4*chunkSize { // a buffer that one huge element has stretched must not stay
			*pooled = s.buf
			c.chunks.Put(pooled)
		}
	}()
	if err := fill(s); err != nil {
		return err
	}
	s.buf = append(s.buf, closing...)
	s.flush()
	return nil
}

// streamElements answers with a list of what is JSON already.
func streamElements[T ~[]byte](c *call, opening, closing string, all []T) error {
	return c.stream(opening, closing, func(s *stream) error {
		for _, element := range all {
			s.put(append(s.next(), element...))
		}
		return nil
	})
}

// next returns the buffer to append the next element to; put takes it back.
func (s *stream) next() []byte {
	if s.first {
		s.first = false
		return s.buf
	}
	return append(s.buf, ',')
}

func (s *stream) put(buf []byte) {
	s.buf = buf
	if len(s.buf) >= chunkSize {
		s.flush()
	}
}

// raw continues an element with JSON. What is large leaves from where it is: many who read it slowly have no copy each.
func (s *stream) raw(text []byte) {
	if len(text) < chunkSize {
		s.put(append(s.buf, text...))
		return
	}
	s.flush()
	s.c.send(text)
}

// text continues an element with a JSON string, piece by piece.
func (s *stream) text(of []byte) {
	s.put(append(s.buf, '"'))
	var quoted []byte
	for len(of) > 0 {
		n := min(len(of), chunkSize)
		for cut := n; n < len(of) && cut > n-utf8.UTFMax; cut-- {
			if utf8.RuneStart(of[cut]) {
				n = cut
				break
			}
		}
		quoted = druid.AppendString(quoted[:0], string(of[:n]))
		s.put(append(s.buf, quoted[1:len(quoted)-1]...))
		of = of[n:]
	}
	s.put(append(s.buf, '"'))
}

func (s *stream) flush() {
	if !s.c.begun {
		s.c.begin(http.StatusOK, contentJSON)
	}
	s.c.send(s.buf)
	s.buf = s.buf[:0]
}
