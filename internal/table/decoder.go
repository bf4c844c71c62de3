package table

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// noUTF8 stands in decoded text for what could not be decoded.
const noUTF8 = 0xff

// wide decodes UTF-16 or UTF-32. The decoders of x/text make U+FFFD of half a character, which the text may also really have.
type wide struct {
	transform.NopResetter
	size  int // of a unit, in bytes
	order binary.ByteOrder
}

var wides = map[string]wide{
	"utf-16le": {size: 2, order: binary.LittleEndian}, "utf-16be": {size: 2, order: binary.BigEndian},
	"utf-32le": {size: 4, order: binary.LittleEndian}, "utf-32be": {size: 4, order: binary.BigEndian},
}

// Transform implements transform.Transformer.
func (w wide) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		r, n := w.decode(src[nSrc:])
		if n == 0 {
			if !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			r, n = -1, len(src)-nSrc // the text ends within a character
		}
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		if r < 0 {
			dst[nDst] = noUTF8
			nDst++
		} else {
			nDst += utf8.EncodeRune(dst[nDst:], r)
		}
		nSrc += n
	}
	return nDst, nSrc, nil
}

// decode returns the first character and its length, 0 if src ends within it. What is no character is -1.
func (w wide) decode(src []byte) (r rune, n int) {
	if len(src) < w.size {
		return -1, 0
	}
	if w.size == 4 {
		if u := w.order.Uint32(src); u <= utf8.MaxRune && utf8.ValidRune(rune(u)) {
			return rune(u), 4
		}
		return -1, 4
	}
	r = rune(w.order.Uint16(src))
	switch {
	case !utf16.IsSurrogate(r):
		return r, 2
	case r >= 0xdc00: // a second half without a first one
		return -1, 2
	case len(src) < 4:
		return -1, 0
	}
	if both := utf16.DecodeRune(r, rune(w.order.Uint16(src[2:]))); both != utf8.RuneError {
		return both, 4
	}
	return -1, 2
}

// broken takes each U+FFFD for something that could not be decoded. Only gb18030, of the encodings that are decoded in this way, has that
// character itself.
type broken struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (broken) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	replacement := []byte("\ufffd")
	for tail := 1; tail < len(replacement) && !atEOF; tail++ {
		if bytes.HasSuffix(src, replacement[:tail]) { // the rest may follow
			src, err = src[:len(src)-tail], transform.ErrShortSrc
			break
		}
	}
	for nSrc < len(src) {
		n := bytes.Index(src[nSrc:], replacement)
		if n < 0 {
			n = len(src) - nSrc
		}
		copied := copy(dst[nDst:], src[nSrc:nSrc+n])
		nDst, nSrc = nDst+copied, nSrc+copied
		switch {
		case copied < n, nSrc < len(src) && nDst == len(dst):
			return nDst, nSrc, transform.ErrShortDst
		case nSrc < len(src):
			dst[nDst] = noUTF8
			nDst, nSrc = nDst+1, nSrc+len(replacement)
		}
	}
	return nDst, nSrc, err
}
