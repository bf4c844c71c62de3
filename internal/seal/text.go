package seal

import (
	"bytes"
	"encoding/base64"
	"strings"

	"ovate/internal/jsontext"
	"ovate/internal/secret"
)

// A sealed value is the JSON text "ovate:sealed:ID:BASE64": the id of the key, and what it has made of the value's bytes. It holds in one row alone, so that
// nobody learns a secret by having it stored in another.
const mark = "ovate:sealed:"

var encoding = base64.RawURLEncoding

// IsSealed tells whether a text is a sealed one, of which nobody who uses it as it is gets what it was.
func IsSealed(text string) bool { return strings.HasPrefix(text, mark) }

// Seal is JSON with its secrets sealed for a row. What is no JSON, and what has no secrets, stays as it is. A text that looks like a sealed one is sealed, too: so
// whoever sends one gets back what he has sent.
func (k *Keys) Seal(row string, text []byte) []byte {
	if !jsontext.Valid(text) {
		return text
	}
	first := &k.all[0]
	looksSealed := func(text []byte) bool { return bytes.HasPrefix(jsontext.Unescape(nil, text), []byte(mark)) }
	return secret.Replace(text, looksSealed, func(value []byte) []byte {
		return []byte(`"` + mark + first.id + ":" + encoding.EncodeToString(first.aead.Seal(nil, nil, value, []byte(row))) + `"`)
	})
}

// Open is what was sealed for a row, byte for byte. What no key opens stays as it is.
func (k *Keys) Open(row string, text []byte) []byte {
	var opened []byte
	done := 0
	for at, end := range sealed(text) {
		if value, ok := k.open(row, text[at+1:end-1]); ok {
			opened = append(append(opened, text[done:at]...), value...)
			done = end
		}
	}
	if done == 0 {
		return text
	}
	return append(opened, text[done:]...)
}

// open opens one value.
func (k *Keys) open(row string, text []byte) (value []byte, ok bool) {
	id, body, _ := bytes.Cut(text[len(mark):], []byte(":"))
	by := k.of(string(id))
	if by == nil {
		return nil, false
	}
	raw, err := encoding.DecodeString(string(body))
	if err != nil {
		return nil, false
	}
	value, err = by.aead.Open(nil, nil, raw, []byte(row))
	return value, err == nil
}

// sealed goes through the sealed values of a text: where each begins, with its quote, and ends.
func sealed(text []byte) func(yield func(at, end int) bool) {
	return func(yield func(at, end int) bool) {
		for at := 0; ; {
			i := bytes.Index(text[at:], []byte(`"`+mark))
			if i < 0 {
				return
			}
			at += i
			length := bytes.IndexByte(text[at+1:], '"')
			if length < 0 || !yield(at, at+length+2) {
				return
			}
			at += length + 2
		}
	}
}

// isCurrent tells whether a text has as many sealed values as another, and each by the first key.
func (k *Keys) isCurrent(text, other []byte) bool {
	count := 0
	for at, end := range sealed(text) {
		if !bytes.HasPrefix(text[at+1:end], []byte(mark+k.all[0].id+":")) {
			return false
		}
		count++
	}
	for range sealed(other) {
		count--
	}
	return count == 0
}
