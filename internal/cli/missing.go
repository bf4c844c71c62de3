package cli

import (
	"fmt"
	"io"
	"strings"

	"ovate/client"
	"ovate/internal/quantity"
)

// missingParts notes segments of which something is missing in what a command prints: each in a line, not too many, and all in the error at its end.
type missingParts struct {
	notes io.Writer
	n     int
}

// add notes a segment.
func (m *missingParts) add(s *client.Segment, reason string) {
	const most = 20
	reason, _, _ = strings.Cut(reason, "\n")
	switch m.n++; {
	case m.n <= most:
		fmt.Fprintf(m.notes, "segment %s: %s\n", s.ID(), reason)
	case m.n == most+1:
		fmt.Fprintln(m.notes, "…")
	}
}

// err is nil if nothing is missing.
func (m *missingParts) err(what, rest string) error {
	if m.n == 0 {
		return nil
	}
	return fmt.Errorf("%s of %s; %s", what, quantity.Of(m.n, "segment"), rest)
}

// whyUncounted is why nobody knows how many rows a segment has; "" if that is known.
func whyUncounted(s *client.Segment) string {
	switch {
	case s.Rows != nil:
		return ""
	case s.Unreadable != "":
		return s.Unreadable
	case s.Uncounted != "":
		return s.Uncounted
	}
	return "the server does not tell how many rows it has"
}
