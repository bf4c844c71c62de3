package detect

import (
	"slices"
	"strings"

	"ovate/internal/calendar"
	"ovate/internal/detect/timeformat"
	"ovate/internal/nullword"
	"ovate/internal/table"
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
	minutePart:  {"minute", "min", "minutes", "minuto", "分"},
	secondPart:  {"second", "sec", "seconds", "sekunde", "segundo", "秒"},
}

// rest is what a name says besides that a column holds a part of a time: that it is of the start, or of Berlin. is tells whether it says
// the part at all.
func (p timePart) rest(name string) (rest string, is bool) {
	var others []string
	words := wordsOf(name)
	if n := len(words) - 3; n >= 0 && (words[n] == "day" || words[n] == "date") && words[n+1] == "of" && words[n+2] == "month" {
		words = append(words[:n], "day")
	}
	for _, word := range words {
		if slices.Contains(timePartWords[p], word) {
			is = true
			continue
		}
		if p <= clockPart {
			if before, found := strings.CutSuffix(word, timePartWords[p][0]); found { // startdate
				is, word = true, before
			}
		}
		others = append(others, word)
	}
	return strings.Join(others, " "), is
}

// name is how people are told of the columns.
func (j *join) name() string {
	names := make([]string, len(j.keys))
	for i, key := range j.keys {
		names[i] = columnName(key)
	}
	return strings.Join(names, joinSign)
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

// joiner joins the texts of a row. It belongs to one worker.
type joiner struct {
	*join
	texts [][]byte
	text  []byte
	date  *timeformat.Format // of the date alone, if the caller knows it; else nil
	excel bool               // it is that of spreadsheets
}

func newJoiner(j *join, o Options) (*joiner, error) {
	c := &joiner{join: j, texts: make([][]byte, len(j.keys))}
	if j.of(datePart) < 0 || !timeformat.OfDate(o.TimeFormat) {
		return c, nil
	}
	var err error
	c.date, err = timeformat.New(o.TimeFormat, "")
	c.excel = o.TimeFormat == timeformat.Excel
	return c, err
}

// readsJoined are the options for the texts that are made by joining: their date is written as ISO has it where its format was given.
func (o Options) readsJoined(j *join) Options {
	if j.of(datePart) >= 0 && timeformat.OfDate(o.TimeFormat) {
		o.TimeFormat = ""
	}
	return o
}

func (c *joiner) reset() {
	for i := range c.texts {
		c.texts[i] = c.texts[i][:0]
	}
}

// index is that of a column among those that are joined, -1 if it is none of them.
func (j *join) index(key string) int { return slices.Index(j.keys, key) }

// take keeps the text of a column of the row at hand, by its index among those that are joined; it is -1 for others.
func (c *joiner) take(i int, kind table.Kind, raw []byte) {
	if i < 0 || kind == table.Empty || kind == table.Null {
		return
	}
	if b := trim(raw); nullword.Index(b) < 0 {
		c.texts[i] = append(c.texts[i][:0], b...)
	}
}

// joined is the text of the row at hand, nothing if a part is missing.
func (c *joiner) joined() []byte {
	c.text = c.text[:0]
	for i := range c.texts {
		if len(c.texts[i]) == 0 {
			return nil
		}
	}
	if c.of(yearPart) < 0 && c.of(hourPart) < 0 {
		for i, text := range c.texts {
			if i > 0 {
				c.text = append(c.text, ' ')
			}
			switch {
			case c.holds[i] == datePart:
				text = c.isoDate(text)
			case c.excel:
				if clock := timeformat.ExcelClock(text); len(clock) > 0 {
					text = clock
				}
			}
			c.text = append(c.text, text...)
		}
		return c.text
	}
	c.add("", datePart)
	c.add("", yearPart)
	c.add("-Q", quarterPart)
	c.add("-", monthPart)
	c.add("-", dayPart)
	c.add(" ", clockPart)
	if c.of(hourPart) >= 0 {
		c.add(" ", hourPart)
		if c.of(minutePart) < 0 && len(c.texts[c.of(hourPart)]) <= 2 {
			c.text = append(c.text, ":00"...)
		}
		c.add(":", minutePart)
		c.add(":", secondPart)
	}
	return c.text
}

// add appends a part, if there is a column of it. Numbers get two digits.
func (c *joiner) add(before string, p timePart) {
	i := c.of(p)
	if i < 0 {
		return
	}
	text := c.texts[i]
	switch {
	case p == datePart:
		text = c.isoDate(text)
	case p == quarterPart && text[0]|0x20 == 'q':
		text = text[1:]
	}
	c.text = append(c.text, before...)
	if len(text) == 1 && p > quarterPart && text[0]-'0' <= 9 {
		c.text = append(c.text, '0')
	}
	c.text = append(c.text, text...)
}

// isoDate is a date in a format that the caller gave, as ISO has it; the text as it is if there is no such format.
func (c *joiner) isoDate(text []byte) []byte {
	var read timeformat.Value
	switch {
	case c.date == nil:
		return text
	case !c.date.Read(text, &read) || read.At%calendar.MillisPerDay != 0:
		return []byte("?") // which reads as no time
	}
	return []byte(read.At.String()[:len("2024-01-01")])
}
