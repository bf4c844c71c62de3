package timeformat

import "bytes"

// mostPower is the greatest power of ten with which a time is written.
const mostPower = 25

// hasPower tells whether a number is written with a power of ten, which has three digits and a sign at most.
func hasPower(b []byte) bool {
	for _, c := range b[max(0, len(b)-len("e+123")):] {
		if c|0x20 == 'e' {
			return true
		}
	}
	return false
}

// WithoutPower appends a number that is written with a power of ten, as 1.705312800123E9, as its digits and its point. It is not ok for what is no such number,
// and for one that a spreadsheet shortened, as 1.60328E+12, of which digits are lost.
func WithoutPower(dst, b []byte) (_ []byte, ok bool) {
	at := bytes.IndexAny(b, "eE")
	if at <= 0 || at+1 == len(b) {
		return dst, false
	}
	number, exponent := b[:at], b[at+1:]
	plus, minus := exponent[0] == '+', exponent[0] == '-'
	if plus || minus {
		exponent = exponent[1:]
	}
	if len(exponent) == 0 || len(exponent) > 3 || !areDigits(exponent) {
		return dst, false
	}
	power := 0
	for _, c := range exponent {
		power = power*10 + int(c-'0')
	}
	if power > mostPower {
		return dst, false
	}
	if number[0] == '-' {
		dst, number = append(dst, '-'), number[1:]
	}
	whole, fraction, _ := bytes.Cut(number, []byte{'.'})
	if len(whole) == 0 || !areDigits(whole) || !areDigits(fraction) || plus && len(fraction) > 0 && len(fraction) <= 5 && power > len(fraction) {
		return dst, false
	}
	point := len(whole) + power
	if minus {
		point = len(whole) - power
	}
	for i := min(0, point-1); i < max(point, len(whole)+len(fraction)); i++ {
		if i == point {
			dst = append(dst, '.')
		}
		switch {
		case i < 0 || i >= len(whole)+len(fraction):
			dst = append(dst, '0')
		case i < len(whole):
			dst = append(dst, whole[i])
		default:
			dst = append(dst, fraction[i-len(whole)])
		}
	}
	return dst, true
}

// WholePart is a number without a fraction of zeros, as programs write it that have all numbers as doubles: 20240115.0.
func WholePart(b []byte) []byte {
	whole, fraction, found := bytes.Cut(b, []byte{'.'})
	if !found || len(fraction) == 0 || len(bytes.Trim(fraction, "0")) > 0 {
		return b
	}
	return whole
}
