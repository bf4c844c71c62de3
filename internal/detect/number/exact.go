package number

import (
	"math"
	"math/bits"
	"strconv"
)

// A double holds any number of 15 digits, and needs 17 at most to be told from all others.
const (
	digits15 = 15
	digits17 = 17
)

// smallestNormal is the smallest double with all its bits.
const smallestNormal = 0x1p-1022

// powers are those of ten within 64 bits.
var powers = func() (p [20]uint64) {
	p[0] = 1
	for i := range p[1:] {
		p[i+1] = 10 * p[i]
	}
	return p
}()

// fraction is a number without an exponent and with more digits than every double holds.
type fraction struct {
	digits uint64 // of up to 19 digits, from the first to the last that is not zero, those before and behind the point
	places int    // of them behind the point, negative if there are zeros before it
	kept   int    // how many digits there are
}

func fractionOf(b []byte) (f fraction) {
	zeros, point := 0, false
	for _, c := range b {
		switch {
		case c == '.':
			point = true
			f.places -= zeros
			continue
		case c-'0' > 9:
			continue
		case c == '0':
			if f.kept == 0 {
				if point {
					f.places++
				}
				continue
			}
			zeros++
			continue
		}
		if f.kept += zeros + 1; f.kept <= 19 {
			f.digits = f.digits*powers[zeros+1] + uint64(c-'0')
		}
		if point {
			f.places += zeros + 1
		}
		zeros = 0
	}
	return f
}

// finer tells whether a double has fewer digits than a number without an exponent. Those that were written from a double have not.
func finer(b []byte) bool {
	f := fractionOf(b)
	switch {
	case f.digits < 1<<52 && f.kept <= digits17:
		return false // rounding moves it by less than half of its last digit
	case f.kept > digits17:
		return true
	}
	d, _ := strconv.ParseFloat(view(b), 64)
	d = math.Abs(d)
	n := 1075 - int(math.Float64bits(d)>>52) // d is its 53 bits, divided by 2 to the power of n
	if n < 1 || n > 64 || f.places < 0 || f.places >= len(powers) {
		return !holds(d, b, f.kept)
	}
	// How far is d from the number, both times ten to the power of places and 2 to that of n? It may be half a digit.
	high, low := bits.Mul64(math.Float64bits(d)&(1<<52-1)|1<<52, powers[f.places])
	low, borrow := bits.Sub64(low, f.digits<<n, 0)
	high, borrow = bits.Sub64(high, f.digits>>(64-n), borrow)
	if borrow == 1 {
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	return high > 0 || low > 1<<(n-1)
}

// holds tells whether a double, written in its shortest form or with as many digits as a text has, is that text. Every text that was
// written from a double is.
func holds(d float64, b []byte, digits int) bool {
	if d == 0 {
		return true
	}
	var room [40]byte
	d = math.Abs(d)
	return sameDigits(strconv.AppendFloat(room[:0], d, 'e', -1, 64), b) || sameDigits(strconv.AppendFloat(room[:0], d, 'e', digits-1, 64), b)
}

// sameDigits tells whether a text begins with the digits of a written number.
func sameDigits(written, b []byte) bool {
	at := 0 // of the digit of the text that comes next
	for at < len(b) && b[at]-'1' > 8 {
		at++
	}
	for _, c := range written {
		switch {
		case c == '.':
			continue
		case c == 'e':
			return significant(b[at:]) == 0
		case at < len(b) && b[at] == '.':
			at++
		}
		if at == len(b) || b[at] != c {
			return false
		}
		at++
	}
	return true
}

// significant counts the digits between the first and the last that are not zeros, before an exponent.
func significant(b []byte) int {
	n, zeros := 0, 0
	for _, c := range b {
		switch {
		case c|0x20 == 'e':
			return n
		case c == '0' && n > 0:
			zeros++
		case c-'1' <= 8:
			n += zeros + 1
			zeros = 0
		}
	}
	return n
}
