package surface

import (
	"unicode/utf8"

	"ovate/druid"
)

// PieceSize is how large the pieces are in which a long answer leaves: enough for few system calls, and little enough to keep for the next.
const PieceSize = 64 << 10

// Elements are JSON elements with commas between them, however many, which leave in pieces.
type Elements struct {
	// Buf is what has not left yet.
	Buf   []byte
	send  func(piece []byte)
	first bool
}

// NewElements are elements behind what is in a buffer. send sends a piece, which it does not keep.
func NewElements(buf []byte, send func(piece []byte)) *Elements {
	return &Elements{Buf: buf, send: send, first: true}
}

// Next returns the buffer to append the next element to; Put takes it back.
func (e *Elements) Next() []byte {
	if e.first {
		e.first = false
		return e.Buf
	}
	return append(e.Buf, ',')
}

// Put takes back the buffer with an element, or a part of one, which Put, Raw and Text continue.
func (e *Elements) Put(buf []byte) {
	if e.Buf = buf; len(e.Buf) >= PieceSize {
		e.Flush()
	}
}

// Within has the next element be the first one of a list in an element.
func (e *Elements) Within() { e.first = true }

// Raw continues an element with JSON. What is large leaves from where it is: many who read it slowly have no copy each.
func (e *Elements) Raw(text []byte) {
	if len(text) < PieceSize {
		e.Put(append(e.Buf, text...))
		return
	}
	e.Flush()
	e.send(text)
}

// Text continues an element with a JSON string, piece by piece.
func (e *Elements) Text(of []byte) {
	e.Put(append(e.Buf, '"'))
	var quoted []byte
	for len(of) > 0 {
		n := min(len(of), PieceSize)
		for cut := n; n < len(of) && cut > n-utf8.UTFMax; cut-- {
			if utf8.RuneStart(of[cut]) {
				n = cut
				break
			}
		}
		quoted = druid.AppendString(quoted[:0], string(of[:n]))
		e.Put(append(e.Buf, quoted[1:len(quoted)-1]...))
		of = of[n:]
	}
	e.Put(append(e.Buf, '"'))
}

// Flush has leave what has not left yet.
func (e *Elements) Flush() {
	e.send(e.Buf)
	e.Buf = e.Buf[:0]
}
