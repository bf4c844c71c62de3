package detect

import (
	"bytes"
	"math"
	"strconv"
	"unsafe"
)

// form is what a text looks like as a number.
type form uint8

const (
	noNumber       form = iota
	long                // a whole number within 64 bits
	huge                // one beyond
	coded               // digits after a zero or a plus: a zip code, a telephone
	double              // a number with a point or an exponent
	overflow            // a number that no double comes near
	decimalComma        // 3,50 and 1.234,50: the comma can only be a decimal one
	eitherComma         // 1,234: 1.234 or 1234
	groupedByComma      // 1,234,567 and 1,234.50: commas can only part thousands
	forms
)

// number is a text as a number. It is small, as one is made of every value.
type number struct {
	value  int64 // of a long
	whole  int32 // digits before a point
	places int32 // digits behind it
	form   form
	power  bool // it has an exponent
	finer  bool // a double with more digits than it holds
}

// numberOf looks at a text. Nothing of what it decides depends on other values.
func numberOf(b []byte) (n number) {
	i := 0
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		i = 1
	}
	begin := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	n.whole = int32(i - begin)
	leading := n.whole > 1 && b[begin] == '0' || len(b) > 0 && b[0] == '+'
	switch {
	case i == len(b):
		if n.whole == 0 {
			return n
		}
		if leading {
			n.form = coded
			return n
		}
		n.form = long
		if n.whole <= 18 {
			for _, c := range b[begin:] {
				n.value = n.value*10 + int64(c-'0')
			}
			if begin == 1 {
				n.value = -n.value
			}
			return n
		}
		var err error
		if n.value, err = strconv.ParseInt(view(b), 10, 64); err != nil {
			n.form = huge
		}
		return n
	case b[i] == ',':
		n.form = commaForm(b[begin:], int(n.whole))
		return n
	case b[i]|0x20 == 'i' && isInfinity(b[i:]):
		n.form = overflow
		return n
	case b[i] != '.' && b[i]|0x20 != 'e':
		return n
	}
	digits := int(n.whole)
	if b[i] == '.' {
		i++
		point := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		n.places = int32(i - point)
		digits += i - point
		if i < len(b) && (b[i] == '.' || b[i] == ',') {
			n.form = commaForm(b[begin:], int(n.whole))
			return n
		}
	}
	if digits == 0 {
		return n
	}
	exponent := i < len(b)
	if exponent {
		if b[i]|0x20 != 'e' {
			return n
		}
		i++
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			i++
		}
		power := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == power || i < len(b) {
			return n
		}
	}
	n.form, n.power = double, exponent
	if leading {
		n.form = coded
	}
	switch {
	case exponent || digits > 300:
		d, _ := strconv.ParseFloat(view(b), 64)
		kept := significant(b)
		if math.IsInf(d, 0) || d == 0 && kept > 0 {
			n.form = overflow
		}
		n.finer = kept > digits17 || (kept > digits15 || math.Abs(d) < smallestNormal) && !holds(d, b, kept)
	case digits > digits15:
		n.finer = finer(b)
	}
	return n
}

// isInfinity tells whether letters are a word for a number beyond all others.
func isInfinity(b []byte) bool {
	return bytes.EqualFold(b, []byte("inf")) || bytes.EqualFold(b, []byte("infinity"))
}

// wholePartFits tells whether a double is the whole part of a number: 9007199254740993.0 would become another one. A number with an
// exponent is not looked at: it was a double when it was written.
func wholePartFits(b []byte) bool {
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
func commaForm(b []byte, whole int) form {
	first := b[whole]
	groups, i := 0, whole
	for i < len(b) && b[i] == first && whole >= 1 && whole <= 3 && areDigits(b, i+1, 3) && (i+4 == len(b) || b[i+4] == ',' || b[i+4] == '.') {
		groups++
		i += 4
	}
	grouped := groups > 0 && b[0] != '0'
	switch {
	case i == len(b) && first == ',' && groups == 1 && grouped:
		return eitherComma
	case i == len(b) && first == ',' && grouped:
		return groupedByComma
	case i < len(b) && first == ',' && grouped && b[i] == '.' && areDigits(b, i+1, len(b)-i-1):
		return groupedByComma
	case i < len(b) && first == '.' && grouped && b[i] == ',' && i+1 < len(b) && areDigits(b, i+1, len(b)-i-1):
		return decimalComma
	case first == ',' && whole+1 < len(b) && areDigits(b, whole+1, len(b)-whole-1) && (whole == 1 || whole > 1 && b[0] != '0'):
		return decimalComma
	}
	return noNumber
}

func areDigits(b []byte, at, n int) bool {
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

// commas is how the commas of a column are read.
type commas uint8

const (
	noCommas  commas = iota
	decimals         // the last is a decimal point, points part thousands
	thousands        // they part thousands
)

// plain appends a number without what parts its thousands, and with a decimal point.
func (c commas) plain(dst, b []byte) []byte {
	for _, x := range b {
		switch {
		case c == decimals && x == ',':
			dst = append(dst, '.')
		case c == decimals && x == '.' || c == thousands && x == ',':
		default:
			dst = append(dst, x)
		}
	}
	return dst
}

// trim drops blanks around a field.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// view is b as a string for the time of a call.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
