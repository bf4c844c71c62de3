package smile

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"
)

// maxDigits is how many a number in JSON may have here. An integer of that many fits into maxBigNumber.
const maxDigits = 2400

// Encode converts one JSON value to Smile, as Druid's mapper writes it: shared property names, no shared string values, raw binary. The server only
// reads Smile: documents are made for tests, and by what speaks to a real Druid as its services do. Errors are *Error.
func Encode(json []byte) (smile []byte, err error) {
	if !stdjson.Valid(json) {
		return nil, syntaxError(json)
	}
	e := encoder{in: json, out: make([]byte, 0, len(json)+4), names: map[string]int{}}
	e.out = append(e.out, header...)
	e.out = append(e.out, sharedNamesFlag|rawBinaryFlag)
	if err := e.document(); err != nil {
		return nil, err
	}
	return e.out, nil
}

func syntaxError(json []byte) error {
	var v any
	err := stdjson.Unmarshal(json, &v)
	if syntax, ok := err.(*stdjson.SyntaxError); ok {
		return &Error{Offset: int(syntax.Offset), Problem: syntax.Error()}
	}
	return &Error{Problem: fmt.Sprintf("invalid JSON: %v", err)}
}

// encoder walks over JSON that is known to be valid.
type encoder struct {
	in    []byte
	pos   int
	out   []byte
	open  []byte         // the brackets of the containers that are open
	key   bool           // whether the next string is a name
	names map[string]int // what names were seen, and their number
	count int            // numbers given
}

func (e *encoder) document() error {
	for e.pos < len(e.in) {
		switch c := e.in[e.pos]; c {
		case ' ', '\t', '\n', '\r', ':':
			e.pos++
		case ',':
			e.key = e.open[len(e.open)-1] == '{'
			e.pos++
		case '[', '{':
			if len(e.open) == maxDepth {
				return &Error{Offset: e.pos, Problem: fmt.Sprintf("containers are nested more than %d deep", maxDepth)}
			}
			e.open = append(e.open, c)
			if e.key = c == '{'; e.key {
				e.token(startObject, 1)
			} else {
				e.token(startArray, 1)
			}
		case ']':
			e.end(endArray)
		case '}':
			e.end(endObject)
		case '"':
			if err := e.string(); err != nil {
				return err
			}
		case 'n':
			e.token(null, len("null"))
		case 't':
			e.token(trueToken, len("true"))
		case 'f':
			e.token(falseToken, len("false"))
		default:
			if err := e.number(); err != nil {
				return err
			}
		}
	}
	return nil
}

// token writes a token for n bytes of JSON.
func (e *encoder) token(token byte, n int) {
	e.out = append(e.out, token)
	e.pos += n
}

func (e *encoder) end(token byte) {
	e.open = e.open[:len(e.open)-1]
	e.key = false
	e.token(token, 1)
}

func (e *encoder) number() error {
	end := e.pos
	for end < len(e.in) && bytes.IndexByte([]byte("0123456789-+.eE"), e.in[end]) >= 0 {
		end++
	}
	if end-e.pos > maxDigits {
		return &Error{Offset: e.pos, Problem: fmt.Sprintf("a number of %d digits is longer than %d", end-e.pos, maxDigits)}
	}
	e.out = appendNumber(e.out, string(e.in[e.pos:end]))
	e.pos = end
	return nil
}

func (e *encoder) string() error {
	start, plain := e.pos, true
	for e.pos++; e.in[e.pos] != '"'; e.pos++ {
		switch c := e.in[e.pos]; {
		case c == '\\':
			e.pos++
			plain = false
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	e.pos++
	text := e.in[start+1 : e.pos-1]
	if !plain {
		var s string
		if err := stdjson.Unmarshal(e.in[start:e.pos], &s); err != nil {
			return &Error{Offset: start, Problem: err.Error()}
		}
		text = []byte(s)
	}
	if e.key {
		e.key = false
		e.name(text)
	} else {
		e.out = appendText(e.out, text)
	}
	return nil
}

// The longest texts and names, in bytes, that Jackson writes with their length in the token. The tokens would do
// for one byte more of Unicode.
const (
	maxShort            = 64
	maxShortUnicodeName = 56
)

func appendText(dst, s []byte) []byte {
	long, ascii := len(s) > maxShort, isASCII(s)
	switch {
	case len(s) == 0:
		return append(dst, emptyString)
	case long && ascii:
		return append(append(append(dst, longASCII), s...), endOfString)
	case long:
		return append(append(append(dst, longUnicode), s...), endOfString)
	case ascii:
		dst = append(dst, shortASCII+byte(len(s)-1))
	default:
		dst = append(dst, shortUnicode+byte(len(s)-2))
	}
	return append(dst, s...)
}

// name writes the name of an entry, or a reference to it.
func (e *encoder) name(s []byte) {
	if i, ok := e.names[string(s)]; ok {
		if i < shortASCIIName-nameReference {
			e.out = append(e.out, nameReference+byte(i))
		} else {
			e.out = append(e.out, longNameReference+byte(i>>8), byte(i))
		}
		return
	}
	ascii := isASCII(s)
	switch {
	case len(s) == 0:
		e.out = append(e.out, emptyString)
		return
	case ascii && len(s) <= maxShort:
		e.out = append(append(e.out, shortASCIIName+byte(len(s)-1)), s...)
	case !ascii && len(s) <= maxShortUnicodeName:
		e.out = append(append(e.out, shortUnicodeName+byte(len(s)-2)), s...)
	default:
		e.out = append(append(append(e.out, longName), s...), endOfString)
	}
	e.share(string(s))
}

// share gives a name a number. Numbers that would be written with the bytes 0xFE or 0xFF, which framing protocols
// look for, are passed over.
func (e *encoder) share(s string) {
	if e.count == maxShared {
		clear(e.names)
		e.count = 0
	}
	if e.count&0xFF < 0xFE {
		e.names[s] = e.count
	}
	e.count++
}

func isASCII(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// zigzag makes small integers of either sign small.
func zigzag(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }

// appendVarint is the inverse of varint.
func appendVarint(dst []byte, v uint64) []byte {
	var buf [11]byte
	i := len(buf) - 1
	buf[i] = 0x80 | byte(v&0x3F)
	for v >>= 6; v > 0; v >>= 7 {
		i--
		buf[i] = byte(v & 0x7F)
	}
	return append(dst, buf[i:]...)
}

// appendFixed64 is the inverse of fixed for ten bytes.
func appendFixed64(dst []byte, v uint64) []byte {
	for shift := 63; shift >= 0; shift -= 7 {
		dst = append(dst, byte(v>>shift&0x7F))
	}
	return dst
}

// appendSevenBits is the inverse of sevenBits.
func appendSevenBits(dst, data []byte) []byte {
	for len(data) > 0 {
		n := min(7, len(data))
		var bits uint64
		for _, b := range data[:n] {
			bits = bits<<8 | uint64(b)
		}
		for i := n - 1; i >= 0; i-- {
			dst = append(dst, byte(bits>>(7*i+n)&0x7F))
		}
		dst = append(dst, byte(bits&(1<<n-1)))
		data = data[n:]
	}
	return dst
}

// appendNumber encodes the literal of a JSON number as Jackson does that has read it without a type: integers in
// the shortest form, all others as doubles.
func appendNumber(dst []byte, literal string) []byte {
	if v, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return appendInteger(dst, v)
	}
	if v, ok := new(big.Int).SetString(literal, 10); ok {
		data := twosComplement(v)
		dst = appendVarint(append(dst, bigInteger), uint64(len(data)))
		return appendSevenBits(dst, data)
	}
	// Out of range is infinite, which is what Jackson makes of it too.
	f, _ := strconv.ParseFloat(literal, 64)
	return appendFixed64(append(dst, float64Token), math.Float64bits(f))
}

func appendInteger(dst []byte, v int64) []byte {
	switch {
	case v >= -16 && v <= 15:
		return append(dst, smallInteger+byte(zigzag(v)))
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return appendVarint(append(dst, int32Token), zigzag(v))
	}
	return appendVarint(append(dst, int64Token), zigzag(v))
}

// twosComplement is v big-endian in as few bytes as keep its sign.
func twosComplement(v *big.Int) []byte {
	if v.Sign() >= 0 {
		data := v.Bytes()
		if len(data) == 0 || data[0]&0x80 != 0 {
			data = append([]byte{0}, data...)
		}
		return data
	}
	n := new(big.Int).Not(v).BitLen()/8 + 1
	return new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(n)*8)).FillBytes(make([]byte, n))
}
