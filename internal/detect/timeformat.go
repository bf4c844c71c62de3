package detect

import (
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/ingest/timestamp"
)

// Times outside these years are taken for something else that happens to read as a time.
const (
	earliest druid.Instant = -2208988800000 // 1900
	latest   druid.Instant = 7258118400000  // 2200
)

// numeric formats are told apart by magnitude: all that they can mean lies between 1990 and 2100, ten thousandfold apart.
var numericFormats = [...]struct {
	name     string
	perMilli float64
}{{"posix", 0.001}, {"millis", 1}, {"micro", 1e3}, {"nano", 1e6}}

const (
	from1990 = 631152000000
	to2100   = 4102444800000
)

// fitting returns the formats in which nearly all values of a column read as times: mostly none or one.
func fitting(v *values) []string {
	var texts []string // a part is enough to rule formats out; readTime reads all in the one that is left
	for _, text := range v.texts {
		if !isNull(text) {
			if texts = append(texts, text); len(texts) == 2000 {
				break
			}
		}
	}
	if len(texts) == 0 {
		return nil
	}
	var formats []string
	for _, format := range candidates(texts[0]) {
		if fits(texts, format, v.numbers()) {
			formats = append(formats, format)
		}
	}
	return formats
}

// candidates are the formats that the shape of one value allows.
func candidates(text string) []string {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return numericCandidates(text, n)
	}
	if looksISO(text) {
		if len(text) > 10 && text[10] == ' ' {
			return []string{"auto"}
		}
		return []string{"iso"}
	}
	digits := strings.IndexAny(text, "0123456789")
	if digits < 0 || len(text) < 8 || len(text) > 40 {
		return nil
	}
	return patterns()
}

func numericCandidates(text string, n float64) []string {
	for _, f := range numericFormats {
		if ms := n / f.perMilli; ms >= from1990 && ms < to2100 {
			return []string{f.name}
		}
	}
	switch len(text) {
	case 8:
		return []string{"yyyyMMdd"}
	case 14:
		return []string{"yyyyMMddHHmmss"}
	}
	return nil
}

// isGuess tells whether a format is one of digits alone, which ids and bar codes fit as well, so that the name must support it.
func isGuess(format string) bool {
	for _, f := range numericFormats {
		if format == f.name {
			return true
		}
	}
	return format == "yyyyMMdd" || format == "yyyyMMddHHmmss"
}

// looksISO tells whether a text begins like 2013-01-31. Bare years would be ISO as well, and so would any small number.
func looksISO(text string) bool {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' || len(text) > 10 && text[10] != 'T' && text[10] != ' ' {
		return false
	}
	_, err := strconv.Atoi(text[:4] + text[5:7] + text[8:10])
	return err == nil
}

// patterns are the ways in which dates are commonly written, in Joda-Time's letters.
func patterns() []string {
	var all []string
	for _, date := range []string{"yyyy/MM/dd", "MM/dd/yyyy", "dd/MM/yyyy", "dd.MM.yyyy", "MM-dd-yyyy", "dd-MM-yyyy", "dd-MMM-yyyy", "dd MMM yyyy", "MMM dd, yyyy"} {
		for _, time := range []string{"", " HH:mm", " HH:mm:ss", " HH:mm:ss.SSS", " hh:mm a", " hh:mm:ss a"} {
			all = append(all, date+time)
		}
	}
	return append(all, "dd/MMM/yyyy:HH:mm:ss Z", "EEE, dd MMM yyyy HH:mm:ss Z", "EEE, dd MMM yyyy HH:mm:ss 'GMT'",
		"EEE MMM dd HH:mm:ss yyyy", "EEE MMM dd HH:mm:ss Z yyyy")
}

// fits tells whether nearly all texts are plausible times in a format.
func fits(texts []string, format string, numbers bool) bool {
	parse, err := newParser(format, numbers)
	if err != nil {
		return false
	}
	bad, allowed := 0, int(float64(len(texts))*(1-minShare))
	for _, text := range texts {
		if t, ok := parse(text); !ok || t < earliest || t > latest {
			if bad++; bad > allowed {
				return false
			}
		}
	}
	return true
}

// looksLikeTime tells whether a single text reads as a time, as a field of data might and a header does not.
func looksLikeTime(text string) bool {
	for _, format := range candidates(text) {
		if fits([]string{text}, format, false) {
			return true
		}
	}
	return false
}

// newParser reads times exactly as ingestion will, which treats JSON numbers apart from texts.
func newParser(format string, numbers bool) (func(string) (druid.Instant, bool), error) {
	parser, err := timestamp.New(format)
	if err != nil {
		return nil, err
	}
	if !numbers {
		return func(text string) (druid.Instant, bool) { return parser.Text([]byte(text)) }, nil
	}
	return func(text string) (druid.Instant, bool) {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return parser.Long(n)
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return 0, false
		}
		return parser.Double(n)
	}, nil
}
