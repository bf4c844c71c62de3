package number

import (
	"math"
	"strconv"
)

// ParseDouble reads a number as Java writes it (Guava's Doubles.tryParse and Floats.tryParse): no blanks, NaN and
// Infinity, a suffix of f or d, hexadecimal digits with a binary exponent. size is 32 or 64.
func ParseDouble(b []byte, size int) (float64, bool) {
	if d, ok := parsePlainDecimal(b); ok && size == 64 {
		return d, true
	}
	rest := b
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		rest = rest[1:]
	}
	switch {
	case string(rest) == "NaN":
		return math.NaN(), true
	case string(rest) == "Infinity":
		if b[0] == '-' {
			return math.Inf(-1), true
		}
		return math.Inf(1), true
	case !isJavaNumber(rest):
		return 0, false
	}
	if last := b[len(b)-1] | 0x20; (last == 'f' || last == 'd') && (!isHex(rest) || hasBinaryExponent(rest)) {
		b = b[:len(b)-1]
	}
	d, _ := strconv.ParseFloat(view(b), size) // the only error left is a range, for which it gives ±Inf as Java does
	return d, true
}

// parsePlainDecimal reads digits with at most one point in them when that takes one exact division.
func parsePlainDecimal(b []byte) (float64, bool) {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 16 {
		return 0, false
	}
	var mantissa uint64
	point := -1
	for i, c := range digits {
		switch {
		case c-'0' <= 9:
			mantissa = mantissa*10 + uint64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return 0, false
		}
	}
	if point < 0 && len(digits) > 15 || point >= 0 && len(digits) == 1 {
		return 0, false
	}
	d := float64(mantissa)
	if point >= 0 {
		d /= powersOfTen[len(digits)-1-point]
	}
	if len(digits) != len(b) {
		d = -d
	}
	return d, true
}

var powersOfTen = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

func isHex(b []byte) bool { return len(b) > 1 && b[0] == '0' && b[1]|0x20 == 'x' }

func hasBinaryExponent(b []byte) bool {
	for _, c := range b {
		if c|0x20 == 'p' {
			return true
		}
	}
	return false
}

// isJavaNumber tells whether b, which has no sign, is a finite number by the grammar of Double.valueOf.
func isJavaNumber(b []byte) bool {
	isDigit, exponent := func(c byte) bool { return c-'0' <= 9 }, byte('e')
	hex := isHex(b)
	if hex {
		b = b[2:]
		isDigit = func(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f' }
		exponent = 'p'
	}
	i, digits := 0, 0
	for ; i < len(b) && isDigit(b[i]); i++ {
		digits++
	}
	if i < len(b) && b[i] == '.' {
		for i++; i < len(b) && isDigit(b[i]); i++ {
			digits++
		}
	}
	if digits == 0 {
		return false
	}
	if i < len(b) && b[i]|0x20 == exponent {
		i++
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			i++
		}
		begin := i
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
		}
		if i == begin {
			return false
		}
	} else if hex {
		return false
	}
	if i < len(b) && (b[i]|0x20 == 'f' || b[i]|0x20 == 'd') {
		i++
	}
	return i == len(b)
}
