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
	} else {
		format = meant(given)
	}
	if _, err := timestamp.New(format); err != nil {
		return "", "", fmt.Errorf("--time-format: %w", err)
	}
	if format != given {
		note = fmt.Sprintf("--time-format %s is taken for %s, in the letters of Joda-Time that Druid uses.", given, format)
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
				return "", fmt.Errorf("--time-format %s: seconds since 1970 are --time-format posix", given)
			}
			letters, known := strptime[given[i]]
			if !known {
				return "", fmt.Errorf("--time-format %s: %%%c is not known; a pattern in the letters of Joda-Time is yyyy-MM-dd HH:mm:ss", given, given[i])
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

var (
	quotedParts = regexp.MustCompile(`'[^']*'`)
	runs        = regexp.MustCompile(`'[^']*'|[A-Za-z]+|[^A-Za-z']+`)
	// minutes next to a year or a day, as in yyyy-mm-dd HH:mm
	minutesForMonths = regexp.MustCompile(`[yY]+[-/. ]*m+|m+[-/. ]*[dD]+`)
	letterRuns       = regexp.MustCompile(`y+|Y+|M+|d+|D+|h+|H+|m+|s+|S+|a+|A+|T|Z+|z+|E+|.`)
)

// Unquoted is a pattern without the texts in it.
func Unquoted(format string) string { return quotedParts.ReplaceAllString(format, "") }

// meant changes letters that can hardly be meant as Joda-Time reads them: days of the year beside a month, minutes where a month is missing,
// hours to twelve without a half.
func meant(given string) string {
	if !strings.Contains(Unquoted(given), "M") {
		given = minutesForMonths.ReplaceAllStringFunc(given, func(part string) string { return strings.ReplaceAll(part, "m", "M") })
	}
	bare := Unquoted(given)
	monthless := !strings.Contains(bare, "M") && !strings.ContainsAny(bare, "hHkKw")
	hasMonth := strings.Contains(bare, "M") || monthless && strings.Contains(bare, "mm")
	half := strings.ContainsAny(bare, "aA")
	return runs.ReplaceAllStringFunc(given, func(part string) string {
		if part[0] == '\'' || !(part[0]|0x20 >= 'a' && part[0]|0x20 <= 'z') {
			return part
		}
		return letterRuns.ReplaceAllStringFunc(part, func(run string) string {
			switch {
			case run[0] == 'Y' && !strings.Contains(bare, "w") && !strings.Contains(bare, "e"):
				return strings.Repeat("y", len(run))
			case run[0] == 'D' && len(run) <= 2 && hasMonth && !strings.Contains(bare, "d"):
				return strings.Repeat("d", len(run))
			case run[0] == 'm' && monthless:
				return strings.Repeat("M", len(run))
			case run[0] == 'h' && !half:
				return strings.Repeat("H", len(run))
			case run[0] == 'A':
				return "a"
			case run == "T":
				return "'T'"
			}
			return run
		})
	})
}

// OfDate tells whether a format is one of dates without a time of day.
func OfDate(format string) bool {
	return format != "" && !strings.ContainsAny(Unquoted(format), "hHkK")
}
