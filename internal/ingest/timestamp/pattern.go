package timestamp

import (
	"fmt"
	"strings"
	"time"
)

// pattern is a compiled pattern of Joda-Time's DateTimeFormat, for parsing.
type pattern struct {
	tokens []token
	pivot  int // two-digit years are within 50 years of it
	zones  *zones
}

// token is one part of a pattern.
type token struct {
	kind    tokenKind
	field   field
	digits  int      // numbers: at most so many are read
	signed  bool     // numbers: a sign may come first
	letters int      // numbers: how many letters stand for it
	adjoins bool     // numbers: it stands right behind another
	lenient bool     // two-digit years: any number of digits is read, two of them as such
	literal string   // lower case
	names   []string // what a name may be, longest first
	values  []int    // what it means
}

type tokenKind uint8

const (
	literalToken tokenKind = iota
	numberToken
	twoDigitYear
	fractionToken
	nameToken
	offsetToken
	zoneNameToken
	zoneIDToken
)

// pivotYear is the year that two digits are near, as Joda-Time has it.
func pivotYear() int { return time.Now().Year() - 30 }

// compile reads a pattern: letters stand for fields, quotes are around texts, everything else stands for itself.
func compile(text string) (*pattern, error) {
	if text == "" {
		return nil, fmt.Errorf("the pattern is empty")
	}
	p := &pattern{pivot: pivotYear(), zones: newZones()}
	parts := cut(text)
	for i, part := range parts {
		next := ""
		if i+1 < len(parts) {
			next = parts[i+1]
		}
		t, err := newToken(part, next)
		if err != nil {
			return nil, err
		}
		t.letters, t.adjoins = len(part), i > 0 && isNumeric(parts[i-1])
		p.tokens = append(p.tokens, t)
	}
	return p, nil
}

// cut divides a pattern into runs of one letter and texts. Texts get a quote in front.
func cut(s string) []string {
	var parts []string
	for i := 0; i < len(s); {
		begin := i
		if isLetter(s[i]) {
			for i < len(s) && s[i] == s[begin] {
				i++
			}
			parts = append(parts, s[begin:i])
			continue
		}
		literal, quoted := []byte{'\''}, false
		for ; i < len(s); i++ {
			switch c := s[i]; {
			case c == '\'' && i+1 < len(s) && s[i+1] == '\'':
				literal = append(literal, c)
				i++
				continue
			case c == '\'':
				quoted = !quoted
				continue
			case isLetter(c) && !quoted:
			default:
				literal = append(literal, c)
				continue
			}
			break
		}
		parts = append(parts, string(literal))
	}
	return parts
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isNumeric tells whether a part of a pattern stands for a number, which would swallow digits of the one before it.
func isNumeric(part string) bool {
	if part == "" {
		return false
	}
	return strings.IndexByte("cCxyYdhHmsSeDFwWkK", part[0]) >= 0 || part[0] == 'M' && len(part) <= 2
}

func newToken(part, next string) (token, error) {
	n := len(part)
	numeric := func(f field, digits int) (token, error) {
		return token{kind: numberToken, field: f, digits: max(digits, n)}, nil
	}
	switch part[0] {
	case '\'':
		return token{kind: literalToken, literal: strings.ToLower(part[1:])}, nil
	case 'y', 'Y', 'x':
		return yearToken(part, next), nil
	case 'M':
		if n >= 3 {
			return months(), nil
		}
		return numeric(monthOfYear, 2)
	case 'd':
		return numeric(dayOfMonth, 2)
	case 'D':
		return numeric(dayOfYear, 3)
	case 'e':
		return numeric(dayOfWeek, 1)
	case 'E':
		return weekdays(), nil
	case 'w':
		return numeric(weekOfWeekyear, 2)
	case 'a':
		return nameTable(halfdayOfDay, []string{"AM", "PM"}, nil, 0), nil
	case 'h':
		return numeric(clockhourOfHalfday, 2)
	case 'K':
		return numeric(hourOfHalfday, 2)
	case 'H':
		return numeric(hourOfDay, 2)
	case 'k':
		return numeric(clockhourOfDay, 2)
	case 'm':
		return numeric(minuteOfHour, 2)
	case 's':
		return numeric(secondOfMinute, 2)
	case 'S':
		return token{kind: fractionToken, field: millisOfSecond, digits: n}, nil
	case 'z':
		if n >= 4 {
			return token{}, fmt.Errorf("%s, the full name of a time zone, can be written but not read", part)
		}
		return token{kind: zoneNameToken}, nil
	case 'Z':
		if n >= 3 {
			return token{kind: zoneIDToken}, nil
		}
		return token{kind: offsetToken}, nil
	}
	return token{}, fmt.Errorf("%s is none of the letters y Y x M d D e E w a h H k K m s S z Z; letters that stand for themselves go in single quotes", part)
}

func yearToken(part, next string) token {
	n := len(part)
	t := token{kind: numberToken, field: year, digits: 9, signed: true}
	switch part[0] {
	case 'x':
		t.field = weekyear
	case 'Y':
		if n != 2 {
			t.field, t.signed = yearOfEra, false
		}
	}
	if n == 2 {
		t.kind, t.lenient = twoDigitYear, !isNumeric(next)
	} else if isNumeric(next) {
		t.digits = n
	}
	return t
}

func months() token {
	long := []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	return nameTable(monthOfYear, long, shorten(long), 1)
}

func weekdays() token {
	long := []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	return nameTable(dayOfWeek, long, shorten(long), 1)
}

func shorten(names []string) []string {
	short := make([]string, len(names))
	for i, n := range names {
		short[i] = n[:3]
	}
	return short
}

// nameTable lists names as they are, in lower and in upper case; Joda-Time reads no other mixture. The long ones come first.
func nameTable(f field, long, short []string, first int) token {
	t := token{kind: nameToken, field: f}
	for _, names := range [][]string{long, short} {
		for i, n := range names {
			for _, form := range []string{n, strings.ToLower(n), strings.ToUpper(n)} {
				t.names = append(t.names, form)
				t.values = append(t.values, i+first)
			}
		}
	}
	return t
}
