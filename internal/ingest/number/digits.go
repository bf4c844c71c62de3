package number

import (
	"unicode"
	"unicode/utf8"
)

// ASCIIDigits writes decimal digits of other scripts as ASCII ones, which is how Long.parseLong and BigDecimal read them. It
// returns b itself if all of it is ASCII.
func ASCIIDigits(b []byte) []byte {
	plain := true
	for _, c := range b {
		plain = plain && c < utf8.RuneSelf
	}
	if plain {
		return b
	}
	var out []byte
	for _, r := range string(b) {
		if r >= utf8.RuneSelf && unicode.IsDigit(r) {
			r = '0' + digitValue(r)
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// digitValue relies on the digits of a script standing together, from zero to nine.
func digitValue(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}
