package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// forPeople are the streams as people see them: what names, values and errors hold that a terminal would obey, or that hides what is
// there, is shown escaped on Err, and on Out if that is a terminal. Others get what is there, byte by byte. flush is called at the end, and
// returns an error if people cannot have read all.
func (s *Streams) forPeople() (shown *Streams, flush func() error) {
	out, err := s.Out, &escaper{w: s.Err}
	flush = func() error { return errors.Join(err.flush(), err.failed) }
	if file, is := terminalOf(s.Out); is {
		screen := &escaper{w: file}
		out, flush = screen, func() error { return errors.Join(screen.flush(), err.flush(), screen.failed, err.failed) }
	}
	return &Streams{In: s.In, Out: out, Err: err, Environ: s.Environ}, flush
}

// terminalOf is the terminal that a stream leads to, for those who move its cursor or ask for its size.
func terminalOf(stream any) (file *os.File, is bool) {
	if e, escapes := stream.(*escaper); escapes {
		stream = e.w
	}
	file, is = stream.(*os.File)
	return file, is && term.IsTerminal(int(file.Fd()))
}

// escaper writes control characters, those that turn or hide text, and bytes that are not UTF-8 as Go's escapes: \x1b.
type escaper struct {
	w io.Writer

	mu     sync.Mutex
	rest   []byte // the beginning of a character
	out    []byte
	failed error // of a write
}

// Write takes all of b, but what begins a character at its end is written with what follows.
func (e *escaper) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	in := b
	if len(e.rest) > 0 {
		in = append(bytes.Clone(e.rest), b...)
		e.rest = e.rest[:0]
	}
	e.out = e.out[:0]
	for len(in) > 0 {
		r, n := utf8.DecodeRune(in)
		switch {
		case r == utf8.RuneError && n == 1 && !utf8.FullRune(in):
			e.rest, in = append(e.rest, in...), nil
			continue
		case r == utf8.RuneError && n == 1:
			e.out = fmt.Appendf(e.out, `\x%02x`, in[0])
		case isShown(r):
			e.out = append(e.out, in[:n]...)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			e.out = append(e.out, quoted[1:len(quoted)-1]...)
		}
		in = in[n:]
	}
	if _, err := e.w.Write(e.out); err != nil {
		e.failed = err
		return 0, err
	}
	return len(b), nil
}

// flush writes a character that has not come to its end.
func (e *escaper) flush() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, b := range e.rest {
		if _, err := fmt.Fprintf(e.w, `\x%02x`, b); err != nil {
			return err
		}
	}
	e.rest = nil
	return nil
}

// isShown tells whether a terminal shows a character as what it is.
func isShown(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return true
	case r < 0x20, r >= 0x7F && r <= 0x9F: // C0, DEL and C1
		return false
	case r == 0x061C, r == 0x200B, r == 0x200E, r == 0x200F, r >= 0x2028 && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF:
		return false // marks and controls of the direction of text, ends of lines, and what has no width
	}
	return true
}
