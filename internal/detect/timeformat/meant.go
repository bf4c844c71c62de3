package timeformat

import (
	"fmt"
	"regexp"
	"strings"

	"ovate/internal/ingest/timestamp"
)

// strptime are the directives of C and Python, in Joda-Time's letters.
var strptime = map[byte]string{'Y': "yyyy", 'y': "yy", 'm': "MM", 'd': "dd", 'e': "dd", 'H': "HH", 'I': "hh", 'M': "mm", 'S': "ss", 'f': "SSSSSSSSS", 'p': "a",
	'b': "MMM", 'h': "MMM", 'B': "MMMM", 'a': "EEE", 'A': "EEEE", 'j': "DDD", 'z': "Z", 'Z': "z", 'T': "HH:mm:ss", 'R': "HH:mm", 'F': "yyyy-MM-dd", 'D': "MM/dd/yy", '%': "%"}

// Meant is what someone means who gives a format: one of Druid's names, a pattern of Joda-Time's, or one as Python or Moment.js
// have them. It says so if it changed something.
func Meant(given string) (format, note string, err error) {
	format = given
	switch lower := strings.ToLower(given); lower {
	case "", "iso", "auto", "millis", "posix", "micro", "nano", Ticks.Name(), Filetime.Name(), Excel:
		return lower, "", nil
	case "ruby":
		return "posix", "", nil
	}
	if strings.Contains(given, "%") {
		if format, err = fromStrptime(given); err != nil {
			return "", "", err
		}
	}
	if format, err = meant(format); err != nil {
		return "", "", err
	}
	if _, err := timestamp.New(format); err != nil {
		return "", "", fmt.Errorf("«--time-format»: %w", err)
	}
	if format != given {
		note = fmt.Sprintf("«--time-format %s» is taken for %s, in the letters of Joda-Time that Druid uses.", given, format)
	}
	return format, note, nil
}

func fromStrptime(given string) (string, error) {
	var text strings.Builder
	for i := 0; i < len(given); i++ {
		c := given[i]
		switch {
		case c == '%' && i+1 < len(given):
			i++
			if given[i] == '-' && i+1 < len(given) {
				i++
			}
			if given[i] == 's' {
				return "", fmt.Errorf("«--time-format %s»: seconds since 1970 are «--time-format posix»", given)
			}
			letters, known := strptime[given[i]]
			if !known {
				return "", fmt.Errorf("«--time-format %s»: %%%c is not known; a pattern in the letters of Joda-Time is yyyy-MM-dd HH:mm:ss", given, given[i])
			}
			text.WriteString(letters)
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			text.WriteString("'" + string(c) + "'")
		default:
			text.WriteByte(c)
		}
	}
	return text.String(), nil
}

var quotedParts = regexp.MustCompile(`'[^']*'`)

// Unquoted is a pattern without the texts in it.
func Unquoted(format string) string { return quotedParts.ReplaceAllString(format, "") }

// OfDate tells whether a format is one of dates without a time of day.
func OfDate(format string) bool {
	return format != "" && !strings.ContainsAny(Unquoted(format), "hHkK")
}
