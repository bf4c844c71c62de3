package number

import (
	"math"
	"strconv"
)

// ParseExactLong reads what a long dimension takes from a text: a whole number after an optional plus, or a decimal
// number whose value is whole (DimensionHandlerUtils.getExactLongFromDecimalString).
func ParseExactLong(b []byte) (int64, bool) {
	if v, ok := ParseLong(b); ok {
		return v, true
	}
	if len(b) == 0 {
		return 0, false
	}
	if b[0] == '+' {
		if v, ok := ParseLong(b[1:]); ok {
			return v, true
		}
	}
	return parseWholeDecimal(ASCIIDigits(b))
}

// parseWholeDecimal reads a BigDecimal and takes its value if that is a whole number within int64.
func parseWholeDecimal(b []byte) (int64, bool) {
	negative := b[0] == '-'
	if negative || b[0] == '+' {
		b = b[1:]
	}
	var d decimal
	rest, ok := d.read(b)
	if !ok {
		return 0, false
	}
	if len(rest) > 0 {
		e, ok := parseExponent(rest)
		if !ok {
			return 0, false
		}
		d.exponent += e
	}
	v, ok := d.whole()
	switch {
	case !ok || v > 1<<63 || v == 1<<63 && !negative:
		return 0, false
	case negative:
		return -int64(v), true
	}
	return int64(v), true
}

// decimal is digits, the zeros behind them, and how many places the point stands behind those.
type decimal struct {
	buf      [24]byte
	digits   int // that buf has, the first of which is no zero
	zeros    int // which are written late, so that those at the end can become part of the exponent
	exponent int
}

// read reads digits, with a point between them or not, and what comes behind. It fails if there are none, or too many to be whole and within int64.
func (d *decimal) read(b []byte) (rest []byte, ok bool) {
	seen, fraction := 0, false
	for i, c := range b {
		if c == '.' && !fraction {
			fraction = true
			continue
		}
		if c-'0' > 9 {
			return b[i:], seen > 0
		}
		seen++
		if fraction {
			d.exponent--
		}
		if !d.add(c) {
			return nil, false
		}
	}
	return nil, seen > 0
}

// add adds a digit, if there is room.
func (d *decimal) add(digit byte) bool {
	switch {
	case digit == '0':
		d.zeros++
		return true
	case d.digits == 0:
		d.zeros = 0
	case d.digits+d.zeros >= len(d.buf):
		return false
	}
	d.fill(d.zeros)
	d.zeros = 0
	d.buf[d.digits] = digit
	d.digits++
	return true
}

// fill writes zeros behind the digits.
func (d *decimal) fill(zeros int) {
	for ; zeros > 0; zeros-- {
		d.buf[d.digits] = '0'
		d.digits++
	}
}

// whole is the number, if it is whole and no longer than an int64.
func (d *decimal) whole() (uint64, bool) {
	if d.digits == 0 {
		return 0, true
	}
	zeros := d.exponent + d.zeros
	if zeros < 0 || d.digits+zeros > 19 {
		return 0, false
	}
	d.fill(zeros)
	v, err := strconv.ParseUint(string(d.buf[:d.digits]), 10, 64)
	return v, err == nil
}

func parseExponent(b []byte) (int, bool) {
	if len(b) < 2 || b[0]|0x20 != 'e' {
		return 0, false
	}
	b = b[1:]
	if b[0] == '+' {
		b = b[1:]
	}
	e, ok := ParseLong(b)
	if !ok || e > math.MaxInt32 || e < -math.MaxInt32 {
		return 0, false
	}
	return int(e), true
}
