package number

// IsCreatable tells whether commons-lang's NumberUtils.isCreatable takes a text, which is not empty, for a number: 0x… is
// hexadecimal, digits after a leading zero must be octal, a type letter may end it.
func IsCreatable(b []byte) bool {
	if b[0] == '-' || b[0] == '+' {
		b = b[1:]
	}
	if len(b) > 1 && b[0] == '0' && !contains(b, '.') {
		switch c := b[1]; {
		case c == 'x' || c == 'X':
			return len(b) > 2 && all(b[2:], func(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f' })
		case c-'0' <= 9:
			return all(b[1:], func(c byte) bool { return c-'0' <= 7 })
		}
	}
	return isDecimalCreatable(b)
}

func isDecimalCreatable(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	var point, exponent, signAllowed, digit bool
	last := len(b) - 1
	for _, c := range b[:last] {
		switch {
		case c-'0' <= 9:
			digit, signAllowed = true, false
		case c == '.':
			if point || exponent {
				return false
			}
			point = true
		case c == 'e' || c == 'E':
			if exponent || !digit {
				return false
			}
			exponent, signAllowed = true, true
		case c == '+' || c == '-':
			if !signAllowed {
				return false
			}
			signAllowed, digit = false, false
		default:
			return false
		}
	}
	switch c := b[last]; {
	case c-'0' <= 9:
		return true
	case c == 'e' || c == 'E':
		return false
	case c == '.':
		return !point && !exponent && digit
	case !signAllowed && (c|0x20 == 'd' || c|0x20 == 'f'):
		return digit
	case c|0x20 == 'l':
		return digit && !exponent && !point
	}
	return false
}

func contains(b []byte, c byte) bool {
	for _, x := range b {
		if x == c {
			return true
		}
	}
	return false
}

func all(b []byte, ok func(byte) bool) bool {
	for _, c := range b {
		if !ok(c) {
			return false
		}
	}
	return true
}
