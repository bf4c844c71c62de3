package detect

import (
	"slices"
	"strconv"
	"strings"
)

// druidTime is the name under which a segment holds the time.
const druidTime = "__time"

// nameSet is the names that columns of a data source have, each once, with the last number that was given to one that came again.
type nameSet map[string]int

func (n nameSet) take(name string) { n[name] = 1 }

func (n nameSet) has(name string) bool { return n[name] > 0 }

// give makes a name that Druid can have, and that no other column has. Druid lists the columns of a segment with commas between
// them, so that a name cannot have one.
func (n nameSet) give(name string) string {
	name = strings.ReplaceAll(strings.ReplaceAll(name, ", ", " "), ",", "_")
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, name)
	if strings.TrimSpace(name) == "" {
		name = "column"
	}
	if name == druidTime {
		name = "time"
	}
	given := name
	for n.has(given) {
		n[name]++
		given = name + "_" + strconv.Itoa(n[name])
	}
	n.take(given)
	return given
}

// longestName is of how many bytes a name is that people have given. A line that was taken for one may have megabytes.
const longestName = 1000

// wordsOf splits a name where people join words: at signs, and before capitals and digits. What is too long to be one has none.
func wordsOf(name string) []string {
	if len(name) > longestName {
		return nil
	}
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	upper := func(i int) bool { return i < len(runes) && runes[i] >= 'A' && runes[i] <= 'Z' }
	lower := func(i int) bool { return i < len(runes) && runes[i] >= 'a' && runes[i] <= 'z' }
	for i, r := range runes {
		switch {
		case r < 0x80 && !upper(i) && !lower(i) && (r < '0' || r > '9'):
			flush()
			continue
		case upper(i) && i > 0 && (lower(i-1) || upper(i-1) && lower(i+1)):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return words
}

// dateNames are words for a date or a time in other languages than English.
var dateNames = []string{"datum", "zeit", "zeitpunkt", "zeitstempel", "fecha", "dato", "tarih", "päivämäärä", "dátum", "datetid", "дата", "время", "日付", "日時", "年月日", "日期", "时间", "時間", "날짜", "일시", "التاريخ", "تاريخ"}

// nameScore tells how much a name speaks of time.
func nameScore(name string) (score int) {
	words := wordsOf(name)
	for _, word := range words {
		s := 0
		switch word {
		case "timestamp":
			s = 100
		case "time", "datetime", "ts":
			s = 80
		case "date", "day", "epoch", "when", "dt":
			s = 60
		case "at", "on", "created", "t", "period", "month", "quarter", "week":
			s = 50
		case "year", "yr", "yyyymm", "yyyymmdd", "yymmdd", "ddmmyy", "mmddyy":
			s = 40
		default:
			if slices.Contains(dateNames, word) {
				s = 60
			}
		}
		if s > 0 && len(words) == 1 {
			s += 10
		}
		score = max(score, s)
	}
	if name == druidTime {
		return 200
	}
	return score
}

func hasWord(name string, wanted ...string) bool {
	for _, word := range wordsOf(name) {
		for _, w := range wanted {
			if word == w {
				return true
			}
		}
	}
	return false
}
