// Package number reads numbers as parsers and people write them, and tells what a double keeps of one.
package number

import (
	"bytes"
	"math"
	"strconv"
	"unsafe"
)

// Form is what a text looks like as a number.
type Form uint8

// The forms.
const (
	None           Form = iota // something else
	Long                       // a whole number within 64 bits
	Huge                       // one beyond
	Coded                      // digits after a zero or a plus: a zip code, a telephone
	Double                     // a number with a point or an exponent
	Overflow                   // a number that no double comes near
	DecimalComma               // 3,50 and 1.234,50: the comma can only be a decimal one
	EitherComma                // 1,234: 1.234 or 1234
	GroupedByComma             // 1,234,567 and 1,234.50: commas can only part thousands
	Forms                      // how many there are
)

// Number is a text as a number. It is small, as one is made of every value.
type Number struct {
	Value  int64 // of a long
	Whole  int32 // digits before a point
	Places int32 // digits behind it
	Form   Form
	Power  bool // it has an exponent
	Finer  bool // a double with more digits than it holds
}

// Of looks at a text. Nothing of what it decides depends on other values.
func Of(b []byte) (n Number) {
	begin := 0
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		begin = 1
	}
	end := digitsEnd(b, begin)
	n.Whole = int32(end - begin)
	switch {
	case end == len(b):
		n.readWhole(b, begin)
	case b[end] == ',':
		n.Form = commaForm(b[begin:], int(n.Whole))
	case b[end]|0x20 == 'i' && IsInfinity(b[end:]):
		n.Form = Overflow
	case b[end] == '.' || b[end]|0x20 == 'e':
		n.readDouble(b, begin, end)
	}
	return n
}

// digitsEnd is where the digits end that stand at a place.
func digitsEnd(b []byte, at int) int {
	for at < len(b) && b[at]-'0' <= 9 {
		at++
	}
	return at
}

// isCode tells whether digits, of which the first stands at begin, have a zero or a plus before them, which numbers do not keep.
func (n *Number) isCode(b []byte, begin int) bool {
	return n.Whole > 1 && b[begin] == '0' || b[0] == '+'
}

// readWhole takes digits, of which the first stands at begin, for a number.
func (n *Number) readWhole(b []byte, begin int) {
	switch {
	case n.Whole == 0:
		return
	case n.isCode(b, begin):
		n.Form = Coded
		return
	}
	n.Form = Long
	if n.Whole <= 18 {
		for _, c := range b[begin:] {
			n.Value = n.Value*10 + int64(c-'0')
		}
		if begin == 1 {
			n.Value = -n.Value
		}
		return
	}
	var err error
	if n.Value, err = strconv.ParseInt(view(b), 10, 64); err != nil {
		n.Form = Huge
	}
}

// readDouble takes digits, of which the first stands at begin, with a point or an exponent at the place at, for a number.
func (n *Number) readDouble(b []byte, begin, at int) {
	digits := int(n.Whole)
	if b[at] == '.' {
		end := digitsEnd(b, at+1)
		n.Places = int32(end - at - 1)
		digits += end - at - 1
		if at = end; at < len(b) && (b[at] == '.' || b[at] == ',') {
			n.Form = commaForm(b[begin:], int(n.Whole))
			return
		}
	}
	if digits == 0 || at < len(b) && !isExponent(b[at:]) {
		return
	}
	n.Form, n.Power = Double, at < len(b)
	if n.isCode(b, begin) {
		n.Form = Coded
	}
	n.readFinely(b, digits)
}

// isExponent tells whether a text is an exponent: e5, E-07.
func isExponent(b []byte) bool {
	if b[0]|0x20 != 'e' {
		return false
	}
	begin := 1
	if len(b) > 1 && (b[1] == '-' || b[1] == '+') {
		begin = 2
	}
	return begin < len(b) && digitsEnd(b, begin) == len(b)
}

// readFinely finds out whether a double comes near to a number of so many digits before its exponent, and holds all of them.
func (n *Number) readFinely(b []byte, digits int) {
	switch {
	case n.Power || digits > 300:
		d, _ := strconv.ParseFloat(view(b), 64) // which is a number
		kept := significant(b)
		if math.IsInf(d, 0) || d == 0 && kept > 0 {
			n.Form = Overflow
		}
		n.Finer = kept > digits17 || (kept > digits15 || math.Abs(d) < smallestNormal) && !holds(d, b, kept)
	case digits > digits15:
		n.Finer = finer(b)
	}
}

// MayBeThousands tells whether the point of a double, which is written so, may part thousands: 1.234.
func (n *Number) MayBeThousands(b []byte) bool {
	return n.Places == 3 && !n.Power && n.Whole <= 3 && n.Whole > 0 && b[len(b)-4-int(n.Whole)] != '0'
}

// IsInfinity tells whether letters are a word for a number beyond all others.
func IsInfinity(b []byte) bool {
	return bytes.EqualFold(b, []byte("inf")) || bytes.EqualFold(b, []byte("infinity"))
}

// WholePartFits tells whether a double is the whole part of a number: 9007199254740993.0 would become another one. A number with an
// exponent is not looked at: it was a double when it was written.
func WholePartFits(b []byte) bool {
	if b[0] == '-' {
		b = b[1:]
	}
	i := 0
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if i < 16 || i < len(b) && bytes.ContainsAny(b[i:], "eE") {
		return true
	}
	d, err := strconv.ParseFloat(view(b[:i]), 64)
	return err == nil && strconv.FormatFloat(d, 'f', 0, 64) == view(b[:i])
}

// commaForm looks at digits with commas and points, without a sign. whole is how many digits come first.
func commaForm(b []byte, whole int) Form {
	first := b[whole]
	groups, i := 0, whole
	for i < len(b) && b[i] == first && whole >= 1 && whole <= 3 && AreDigits(b, i+1, 3) && (i+4 == len(b) || b[i+4] == ',' || b[i+4] == '.') {
		groups++
		i += 4
	}
	grouped := groups > 0 && b[0] != '0'
	switch {
	case i == len(b) && first == ',' && groups == 1 && grouped:
		return EitherComma
	case i == len(b) && first == ',' && grouped:
		return GroupedByComma
	case i < len(b) && first == ',' && grouped && b[i] == '.' && AreDigits(b, i+1, len(b)-i-1):
		return GroupedByComma
	case i < len(b) && first == '.' && grouped && b[i] == ',' && i+1 < len(b) && AreDigits(b, i+1, len(b)-i-1):
		return DecimalComma
	case first == ',' && whole+1 < len(b) && AreDigits(b, whole+1, len(b)-whole-1) && (whole == 1 || whole > 1 && b[0] != '0'):
		return DecimalComma
	}
	return None
}

// AreDigits tells whether n digits stand at a place.
func AreDigits(b []byte, at, n int) bool {
	if n < 0 || at+n > len(b) {
		return false
	}
	for _, c := range b[at : at+n] {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// view is b as a string for the time of a call.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
