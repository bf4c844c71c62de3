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
	var buf [24]byte
	digits := buf[:0] // without leading zeros
	exponent, seen, zeros, i := 0, 0, 0, 0
	fraction := false
	for ; i < len(b); i++ {
		c := b[i]
		if c == '.' && !fraction {
			fraction = true
			continue
		}
		if c-'0' > 9 {
			break
		}
		seen++
		if fraction {
			exponent--
		}
		switch { // zeros are written late, so that those at the end can become part of the exponent
		case c == '0':
			zeros++
		case len(digits) == 0:
			digits, zeros = append(digits, c), 0
		default:
			if len(digits)+zeros >= len(buf) {
				return 0, false // too long to be whole and within int64
			}
			for ; zeros > 0; zeros-- {
				digits = append(digits, '0')
			}
			digits = append(digits, c)
		}
	}
	if seen == 0 {
		return 0, false
	}
	if i < len(b) {
		e, ok := parseExponent(b[i:])
		if !ok {
			return 0, false
		}
		exponent += e
	}
	if len(digits) == 0 {
		return 0, true
	}
	exponent += zeros
	if exponent < 0 || len(digits)+exponent > 19 {
		return 0, false
	}
	for ; exponent > 0; exponent-- {
		digits = append(digits, '0')
	}
	v, err := strconv.ParseUint(string(digits), 10, 64)
	switch {
	case err != nil || v > 1<<63 || v == 1<<63 && !negative:
		return 0, false
	case negative:
		return -int64(v), true
	}
	return int64(v), true
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
