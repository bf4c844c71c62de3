package secret

import (
	"bytes"

	"ovate/internal/jsontext"
)

// Replace is JSON, which must be valid, with something else in the place of each value that Hide does not show as it is, and of each text that also
// tells of: what with makes of it, quotes and all. Every other byte stays as it is.
func Replace(stored []byte, also func(text []byte) bool, with func(value []byte) []byte) []byte {
	r := replacer{stored: stored, also: also, with: with}
	r.value(bytes.TrimLeft(stored, " \t\r\n"), false)
	if r.dst == nil {
		return stored
	}
	return append(r.dst, stored[r.done:]...)
}

type replacer struct {
	stored []byte
	also   func(text []byte) bool
	with   func(value []byte) []byte

	dst  []byte // what was stored up to done, with what is in its place
	done int
}

func (r *replacer) value(value []byte, secret bool) {
	switch value[0] {
	case '{':
		for key, member := range jsontext.Members(value) {
			r.value(member, secretMember(string(jsontext.Unescape(nil, key)), secret))
		}
	case '[':
		for element := range jsontext.Elements(value) {
			r.value(element, secret)
		}
	case '"':
		s := shower{}
		if s.text(value, secret); s.hid || r.also(value[1:len(value)-1]) {
			r.put(value)
		}
	case 'n', 't', 'f':
	default:
		if secret {
			r.put(value)
		}
	}
}

// put replaces a value, which is a part of what is stored: of one that begins later less is left of the whole.
func (r *replacer) put(value []byte) {
	at := cap(r.stored) - cap(value)
	r.dst = append(append(r.dst, r.stored[r.done:at]...), r.with(value)...)
	r.done = at + len(value)
}
