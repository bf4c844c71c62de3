package timeformat

import "strings"

// Shape is a way to write a date in as many digits as a number since 1970 has: the pattern.
type Shape string

// Shapes are those that are not read unless the caller says so.
var Shapes = [...]Shape{"yyMMddHHmm", "ddMMyyHHmm", "MMddyyHHmm", "ddMMyyyyHH", "MMddyyyyHH", "yyMMddHHmmss", "yyyyMMddHHmmssSS", "yyyyDDDHHmmssSSS", "yyyyMMddHHmmssSSSSS"}

// OtherShapes are those of digits that are as many as no number since 1970 has, or too small for one.
var OtherShapes = [...]Shape{"ddMMyyyy", "MMddyyyy", "ddMMyyyyHHmm", "MMddyyyyHHmm", "ddMMyyyyHHmmss", "MMddyyyyHHmmss", "yyyyDDD", "yyyyDDDHHmm", "yyyyMMddHHmmssSSS"}

// Certain tells whether digits that all have the shape can hardly be anything else: their years are those of now, and as numbers since 1970 they would be times
// from 2030 to 2036.
func (s Shape) Certain() bool { return s[:4] == "yyyy" }

// Fits tells whether digits are a date of this shape.
func (s Shape) Fits(b []byte) bool {
	if len(b) != len(s) {
		return false
	}
	for i := 0; i < len(s); {
		letter, value, begin := s[i], 0, i
		for ; i < len(s) && s[i] == letter; i++ {
			if b[i]-'0' > 9 {
				return false
			}
			value = value*10 + int(b[i]-'0')
		}
		least, most := 0, 1<<31
		switch letter {
		case 'y':
			if i-begin == 4 {
				least, most = 1900, 2099
			}
		case 'M':
			least, most = 1, 12
		case 'd':
			least, most = 1, 31
		case 'D':
			least, most = 1, 366
		case 'H':
			most = 23
			if strings.Trim(string(b[i:]), "0") == "" {
				most = 24 // the end of the day
			}
		case 'm', 's':
			most = 59
		}
		if value < least || value > most {
			return false
		}
	}
	return true
}
