package feed

import (
	"fmt"
	"strconv"
	"strings"
)

// Place is where a reader is: what it has read of a term. The zero Place is that of who has read nothing.
type Place struct {
	term  string
	count int64
}

// ParsePlace is the place whose text is the id of an event; the zero Place if that is empty.
func ParsePlace(id string) (Place, error) {
	if id == "" {
		return Place{}, nil
	}
	dash := strings.LastIndexByte(id, '-')
	count, err := strconv.ParseInt(id[dash+1:], 10, 64)
	if dash < 0 || err != nil || count < 0 {
		return Place{}, fmt.Errorf("[%.100s] is not the id of an event", id)
	}
	return Place{id[:dash], count}, nil
}

// String is the id of the last event that was read.
func (p Place) String() string { return string(p.Append(nil)) }

// Append adds String to a text.
func (p Place) Append(text []byte) []byte {
	return strconv.AppendInt(append(append(text, p.term...), '-'), p.count, 10)
}

// Known tells that the place is one of a term: events are heard of.
func (p Place) Known() bool { return p.term != "" }

// Before is the place so many events earlier in the same term.
func (p Place) Before(events int) Place { return Place{p.term, p.count - int64(events)} }
