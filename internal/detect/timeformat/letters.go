package timeformat

import (
	"fmt"
	"regexp"
	"strings"
)

// letterRuns are the texts, the fields whatever the case of their letters, and what is between them.
var letterRuns = regexp.MustCompile(`'[^']*'|[yY]+|m+|M+|[dD]+|[hH]+|s+|S+|[aA]+|k+|K+|[A-Za-z]|[^A-Za-z']+|'`)

// field is a run of letters of a pattern, and the letter that it is meant to have.
type field struct {
	text, before string // before: what separates it from the field before it
	at           int    // where it is among the parts
	letter       byte
}

// meant changes letters whose case can hardly be meant. Which field a letter is, is told by its neighbours, whatever its case: months are beside days or years,
// minutes behind hours or before seconds, fractions behind seconds.
func meant(given string) (string, error) {
	parts := letterRuns.FindAllString(given, -1)
	fields := fieldsOf(parts)
	if err := decideMinutes(given, parts, fields); err != nil {
		return "", err
	}
	decideOthers(fields, strings.ContainsAny(Unquoted(given), "we"))
	for _, f := range fields {
		parts[f.at] = strings.Repeat(string(f.letter), len(f.text))
		if f.letter == 'a' {
			parts[f.at] = "a"
		}
	}
	for i, part := range parts {
		if part == "T" {
			parts[i] = "'T'"
		}
	}
	return strings.Join(parts, ""), complete(given, fields)
}

func fieldsOf(parts []string) []field {
	var fields []field
	before := ""
	for i, part := range parts {
		if strings.Contains("ymdhsak", strings.ToLower(part[:1])) {
			fields = append(fields, field{text: part, before: before, at: i, letter: part[0]})
			before = ""
		} else {
			before += part
		}
	}
	return fields
}

// is tells whether the field at i is one of some letters, in either case.
func is(fields []field, i int, letters string) bool {
	return i >= 0 && i < len(fields) && strings.Contains(letters, strings.ToLower(fields[i].text[:1]))
}

// decideMinutes tells months from minutes.
func decideMinutes(given string, parts []string, fields []field) error {
	for i := range fields {
		f := &fields[i]
		if !is(fields, i, "m") {
			continue
		}
		clock := is(fields, i-1, "hk") || is(fields, i+1, "s")
		date := is(fields, i-1, "yd") || is(fields, i+1, "yd")
		switch {
		case len(f.text) > 2:
			f.letter = 'M'
		case clock && date && f.before != ":" && !is(fields, i+1, "s"):
			// It is the month if no other field is, nor a day of the year that needs none.
			other := false
			for k := range fields {
				other = other || is(fields, k, "d") && len(fields[k].text) == 3 || k != i && is(fields, k, "m") && (is(fields, k-1, "yd") || is(fields, k+1, "yd") || len(fields[k].text) > 2)
			}
			if f.letter = 'm'; !other {
				if next := fields[i+1].before; strings.Contains("-/.", f.before) || next == "" || !strings.Contains("-/.", next) {
					before, after := strings.Join(parts[:f.at], ""), strings.Join(parts[f.at+1:], "")
					return refused(given, "%s can be months, %sMM%s, and minutes, %smm%s", f.text, before, after, before, after)
				}
				f.letter = 'M'
			}
		case clock:
			f.letter = 'm'
		case date:
			f.letter = 'M'
		}
	}
	return nil
}

// decideOthers tells the letters of all but months and minutes.
func decideOthers(fields []field, weeks bool) {
	var month, half, year, day, seconds bool
	for i, f := range fields {
		month = month || f.letter == 'M'
		half = half || is(fields, i, "a")
		year = year || is(fields, i, "y")
		day = day || is(fields, i, "d") && len(f.text) < 3
	}
	for i := range fields {
		f := &fields[i]
		switch f.text[0] | 0x20 {
		case 'y':
			if !weeks {
				f.letter = 'y'
			}
		case 'd':
			switch {
			case month && day && len(f.text) > 2:
				f.letter = 'E' // as Moment.js has it
			case month:
				f.letter = 'd'
			case year && len(f.text) == 3:
				f.letter = 'D'
			}
		case 'h':
			if f.letter = 'H'; half {
				f.letter = 'h'
			}
		case 'a':
			f.letter = 'a'
		case 's':
			if seconds {
				f.letter = 'S'
			} else if len(f.text) <= 2 {
				f.letter = 's'
			}
			seconds = true
		}
	}
}

// complete refuses a pattern that has a part of a time twice, or one without the greater one that it is a part of.
func complete(given string, fields []field) error {
	var has [128]int
	for _, f := range fields {
		has[f.letter]++
	}
	for _, letter := range "yMdDHhmsS" {
		if has[letter] > 1 {
			return refused(given, "%c is in it twice", letter)
		}
	}
	hours := has['H'] + has['h'] + has['k'] + has['K']
	switch {
	case has['S'] > 0 && has['s'] == 0:
		return refused(given, "it has fractions of seconds (SSS) without seconds (ss)")
	case has['m'] > 0 && hours == 0 && has['y'] > 0, has['s'] > 0 && has['m'] == 0 && hours > 0:
		return refused(given, "it has minutes (mm) or seconds (ss) without what they are a part of")
	case has['d'] > 0 && has['M'] == 0 && has['y'] > 0:
		return refused(given, "it has days (dd) without months (MM); days of the year are DDD")
	}
	for _, f := range fields {
		if f.letter == 's' && len(f.text) > 2 {
			return refused(given, "%s can be seconds (ss) and fractions of them (SSS)", f.text)
		}
	}
	return nil
}

func refused(given, why string, args ...any) error {
	return fmt.Errorf("«--time-format %s»: %s; a pattern in the letters of Joda-Time is yyyy-MM-dd HH:mm:ss.SSS", given, fmt.Sprintf(why, args...))
}
