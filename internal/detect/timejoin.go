package detect

import (
	"slices"
	"strings"
)

// joinSign stands between the names of columns that are joined to the time, in --time-column and where people are told.
const joinSign = " + "

// join is how the texts of several columns become one text, which is read as the time of a row.
type join struct {
	keys  []string
	holds []timePart // by each of the keys
}

// timePart is which part of a time a column holds.
type timePart uint8

const (
	noPart timePart = iota
	datePart
	clockPart
	yearPart
	quarterPart
	monthPart
	dayPart
	hourPart
	minutePart
	secondPart
	milliPart   // of a second
	yearDayPart // the number of a day in its year
	timeParts
)

// timePartWords are the words by which people call a part of a time.
var timePartWords = [timeParts][]string{
	datePart:    {"date", "datum", "fecha", "dato", "data", "tag", "day", "jour", "日付", "日期", "дата"},
	clockPart:   {"time", "clock", "uhrzeit", "zeit", "hora", "heure", "ora", "tijd", "tid", "klokkeslett", "時刻", "時間", "时间", "время"},
	yearPart:    {"year", "yr", "yyyy", "jahr", "jaar", "année", "annee", "año", "ano", "anno", "年"},
	quarterPart: {"quarter", "qtr", "quartal", "trimestre"},
	monthPart:   {"month", "mon", "mo", "monat", "maand", "mois", "mes", "mese", "月"},
	dayPart:     {"day", "dy", "dd", "dom", "mday", "tag", "dag", "jour", "dia", "día", "giorno", "日"},
	hourPart:    {"hour", "hr", "hh", "stunde", "uur", "heure", "hora", "時"},
	minutePart:  {"minute", "min", "mn", "minutes", "minuto", "分"},
	secondPart:  {"second", "sec", "seconds", "sekunde", "segundo", "秒"},
	milliPart:   {"ms", "msec", "millis", "millisecond", "milliseconds"},
	yearDayPart: {"doy", "yday", "jday", "julian", "ddd", "yearday"},
}

// rest is what a name says besides that a column holds a part of a time, and in which zone: that it is of the start, or of Berlin. is tells whether it says
// the part at all.
func (p timePart) rest(name string) (rest string, is bool) {
	var others []string
	words := wordsOf(name)
	if n := len(words) - 3; n >= 0 && (words[n] == "day" || words[n] == "date") && words[n+1] == "of" {
		switch words[n+2] {
		case "month":
			words = append(words[:n], "day")
		case "year":
			words = append(words[:n], "doy")
		}
	}
	for _, word := range words {
		if slices.Contains(timePartWords[p], word) {
			is = true
			continue
		}
		if isZoneWord(word) {
			continue
		}
		if p == datePart || p == clockPart {
			if before, found := strings.CutSuffix(word, timePartWords[p][0]); found { // startdate
				is, word = true, before
			}
		}
		others = append(others, word)
	}
	return strings.Join(others, " "), is
}

// patternNames are names of columns that are those of patterns. By themselves they may mean anything, as mm may be the millimetres of rain.
var patternNames = [timeParts]string{yearPart: "yy", monthPart: "mm", secondPart: "ss"}

// isNamed tells whether a column that the caller joins is named for a part.
func (p timePart) isNamed(name string) bool {
	_, is := p.rest(name)
	return is || patternNames[p] != "" && strings.EqualFold(name, patternNames[p])
}

// name is how people are told of the columns.
func (j *join) name() string {
	names := make([]string, len(j.keys))
	for i, key := range j.keys {
		names[i] = columnName(key)
	}
	return strings.Join(names, joinSign)
}

// pattern is one for all columns together, in the order in which they are joined: what a format that the caller gives has to be like.
func (j *join) pattern() string {
	letters := [timeParts]string{datePart: "yyyy-MM-dd", clockPart: "HH:mm:ss", yearPart: "yyyy", quarterPart: "Q", monthPart: "MM", dayPart: "dd", hourPart: "HH", minutePart: "mm", secondPart: "ss", milliPart: "SSS", yearDayPart: "DDD"}
	var text strings.Builder
	for i, p := range j.holds {
		switch {
		case i == 0:
		case p == minutePart || p == secondPart:
			text.WriteByte(':')
		case p == milliPart:
			text.WriteByte('.')
		case p > clockPart && p < hourPart || p == yearDayPart:
			text.WriteByte('-')
		default:
			text.WriteByte(' ')
		}
		text.WriteString(letters[p])
	}
	return text.String()
}

// coarser is the join without the finest part.
func (j *join) coarser() *join {
	n := len(j.keys) - 1
	return &join{j.keys[:n:n], j.holds[:n:n]}
}

// has tells whether a column is one of those that are joined.
func (j *join) has(key string) bool { return j != nil && j.index(key) >= 0 }

// of is the column that holds a part, -1 if none does.
func (j *join) of(p timePart) int { return slices.Index(j.holds, p) }
