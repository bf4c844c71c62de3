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

// broken takes each U+FFFD for something that could not be decoded, and each control character from U+0080 to U+009F, which stands for a byte that is no letter.
// Only gb18030, of the encodings that are decoded in this way, has U+FFFD itself.
type broken struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (broken) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		n, size := nextBroken(src[nSrc:])
		if size < 0 && atEOF {
			n, size = len(src)-nSrc, 0
		}
		copied := copy(dst[nDst:], src[nSrc:nSrc+n])
		nDst, nSrc = nDst+copied, nSrc+copied
		switch {
		case copied < n, size > 0 && nDst == len(dst):
			return nDst, nSrc, transform.ErrShortDst
		case size < 0:
			return nDst, nSrc, transform.ErrShortSrc
		case size > 0:
			dst[nDst] = noUTF8
			nDst, nSrc = nDst+1, nSrc+size
		}
	}
	return nDst, nSrc, nil
}

// nextBroken is where in a text the next character stands that is taken for broken, and how many bytes it has: none if there is no such character, and -1 if the
// text may end within one.
func nextBroken(src []byte) (at, size int) {
	const replacement = "\ufffd"
	for i, c := range src {
		switch rest := src[i:]; {
		case c != 0xc2 && c != replacement[0]: // 0xc2 begins U+0080 to U+00BF
		case !utf8.FullRune(rest):
			return i, -1
		case c == 0xc2 && rest[1] < 0xa0:
			return i, 2
		case bytes.HasPrefix(rest, []byte(replacement)):
			return i, len(replacement)
		}
	}
	return len(src), 0
}
