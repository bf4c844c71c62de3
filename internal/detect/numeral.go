package detect

import (
	"net/netip"
	"unicode"
	"unicode/utf8"

	"ovate/internal/detect/number"
)

// groupSign is what parts the thousands of a number besides a comma.
type groupSign uint8

const (
	noSign groupSign = iota
	blankSign
	apostropheSign
	pointSign
	groupSigns
)

// numeral is a number as people write it and no parser of numbers knows it: 1 234,5 and 1'234.50 and 1.234.567, 12,50- and 12,00 EUR.
type numeral struct {
	text  []byte // the number, in what numberOf reads
	sign  groupSign
	minus bool   // it is negative, and the sign does not stand before it as a hyphen
	mark  string // a currency, a unit or brackets; "" if there is none
}

// longestNumeral bounds the texts that are looked at.
const longestNumeral = 40

// numeralOf looks at a text that is no number to numberOf. What it returns is in dst.
func numeralOf(dst, b []byte) (n numeral, is bool) {
	if !mayBeNumeral(b) {
		return n, false
	}
	if last := len(b) - 1; b[0] == '(' && b[last] == ')' {
		n.mark, n.minus = brackets, true
		b = b[1:last]
	}
	negative := false
	b, negative, n.minus = leadingMinus(b, n.minus)
	mark, b := markBefore(b)
	if mark != "" && !negative {
		b, negative, n.minus = leadingMinus(b, n.minus)
	}
	text, rest := n.digits(dst, b)
	if len(text) == 0 || negative && n.minus {
		return n, false
	}
	rest = skipSpaces(rest)
	if len(rest) > 0 && rest[0] == '-' && !negative && !n.minus {
		n.minus = true
		rest = skipSpaces(rest[1:])
	}
	if behind, is := markBehind(rest); !is || behind != "" && mark != "" {
		return n, false
	} else if behind != "" {
		mark = behind
	}
	if mark != "" {
		n.mark = mark
	}
	if (negative || n.minus) && text[0] != '-' {
		text = append(text, 0)
		copy(text[1:], text)
		text[0] = '-'
	}
	n.text = text
	switch number.Of(text).Form {
	case number.None, number.Coded, number.Overflow:
		return n, false
	}
	return n, n.sign != noSign || n.minus || n.mark != ""
}

// mayBeNumeral tells of nearly all texts at once that they are none: by how they begin, or as they have no digits.
func mayBeNumeral(b []byte) bool {
	if len(b) < 2 || len(b) > longestNumeral || b[0]-'a' < 26 || b[0]-'A' < 26 && b[1]-'A' >= 26 && b[1] < utf8.RuneSelf && b[1] != '$' {
		return false
	}
	for _, c := range b {
		if c-'0' <= 9 {
			return true
		}
	}
	return false
}

// leadingMinus goes behind a sign at the beginning. other tells of a minus that is no hyphen.
func leadingMinus(b []byte, other bool) (rest []byte, negative, minus bool) {
	const dash = "\u2212"
	switch {
	case len(b) > 0 && b[0] == '-':
		return skipSpaces(b[1:]), true, other
	case len(b) > len(dash) && string(b[:len(dash)]) == dash && !other:
		return skipSpaces(b[len(dash):]), false, true
	}
	return b, false, other
}

// digits reads a number, whose thousands may be parted, and appends it without what parts them.
func (n *numeral) digits(dst, b []byte) (text, rest []byte) {
	text = dst[:0]
	i := 0
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	text = append(text, b[:i]...)
	first, groups := i, 0
	for i > 0 && i < len(b) && first <= 3 && b[0] != '0' {
		sign, size := signAt(b[i:])
		if sign == noSign || n.sign != noSign && sign != n.sign || !number.AreDigits(b, i+size, min(3, len(b)-i-size)) || len(b)-i-size < 3 || i+size+3 < len(b) && b[i+size+3]-'0' <= 9 {
			break
		}
		n.sign = sign
		groups++
		text = append(text, b[i+size:i+size+3]...)
		i += size + 3
	}
	if n.sign == pointSign && groups == 3 && isAddress(b[:i]) {
		return nil, b
	}
	if n.sign == pointSign && (groups < 2 || i < len(b) && (b[i] == ',' || b[i] == '.')) { // 1.234 and 1.234.567,5 are numbers as they stand
		n.sign, text, i = noSign, append(dst[:0], b[:first]...), first
	}
	for i < len(b) && (b[i]-'0' <= 9 || b[i] == '.' || b[i] == ',') {
		text = append(text, b[i])
		i++
	}
	return text, b[i:]
}

// isAddress tells whether digits with points may be the address of a computer: 192.168.100.200.
func isAddress(b []byte) bool {
	_, err := netip.ParseAddr(string(b))
	return err == nil
}

// signAt is what may part thousands at the beginning of a text, and how many bytes it is.
func signAt(b []byte) (sign groupSign, size int) {
	r, size := utf8.DecodeRune(b)
	switch r {
	case ' ', '\u00a0', '\u202f', '\u2009':
		return blankSign, size
	case '\'', '\u2019':
		return apostropheSign, size
	case '.':
		return pointSign, size
	}
	return noSign, 0
}

func skipSpaces(b []byte) []byte {
	for len(b) > 0 {
		sign, size := signAt(b)
		if sign != blankSign {
			break
		}
		b = b[size:]
	}
	return b
}

// markBefore is a currency before a number: a sign, or three capital letters and a blank.
func markBefore(b []byte) (mark string, rest []byte) {
	end, signs, capitals := 0, 0, 0
	for end < len(b) {
		r, size := utf8.DecodeRune(b[end:])
		if unicode.Is(unicode.Sc, r) {
			signs++
		} else if r >= 'A' && r <= 'Z' {
			capitals++
		} else {
			break
		}
		end += size
	}
	rest = skipSpaces(b[end:])
	if signs == 1 && capitals <= 3 || signs == 0 && capitals == 3 && len(rest) < len(b)-end {
		return string(b[:end]), rest
	}
	return "", b
}

// markBehind is a currency or a unit, of a few letters or signs, behind a number. It is false if something else stands there.
func markBehind(b []byte) (mark string, is bool) {
	letters := 0
	for _, r := range string(b) {
		switch letters++; {
		case letters > 5:
			return "", false
		case unicode.IsLetter(r), unicode.Is(unicode.Sc, r):
		case r == '%', r == '‰', r == '°', r == '/', r == '²', r == '³', r == '.' && letters > 1:
		default:
			return "", false
		}
	}
	return string(b), true
}
