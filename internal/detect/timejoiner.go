package detect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ovate/internal/calendar"
	"ovate/internal/detect/number"
	"ovate/internal/detect/timeformat"
	"ovate/internal/nullword"
	"ovate/internal/table"
)

// joiner joins the texts of a row. It belongs to one worker.
type joiner struct {
	*join
	texts  [][]byte
	text   []byte
	date   *timeformat.Format // of the date alone, if the caller knows it; else nil
	excel  bool               // it is that of spreadsheets
	fields []patternField     // of the pattern that the caller gave, if each column is one of them; else none
	short  bool               // the year of the row at hand has two digits
	clock  int                // how many digits times of day have in the pattern that the caller gave, if they are digits alone; else 0
}

// patternField is what a column is in a pattern: how many letters stand for it, and which text before it. The last one is what ends the pattern.
type patternField struct {
	before string
	width  int
}

// fieldsOf are the parts of a pattern.
func fieldsOf(pattern string) (fields []patternField) {
	var before strings.Builder
	for i := 0; i < len(pattern); {
		switch c := pattern[i]; {
		case c == '\'':
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return nil
			}
			if end == 0 {
				before.WriteByte('\'')
			}
			before.WriteString(pattern[i+1 : i+1+end])
			i += end + 2
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			n := len(pattern[i:]) - len(strings.TrimLeft(pattern[i:], string([]byte{c})))
			fields = append(fields, patternField{before.String(), n})
			before.Reset()
			i += n
		default:
			before.WriteByte(c)
			i++
		}
	}
	return append(fields, patternField{before.String(), 0})
}

// fields are the parts of the pattern that the caller gave, if each of the columns is one of them.
func (o *Options) fields(j *join) []patternField {
	date := timeformat.OfDate(o.TimeFormat)
	if j.of(yearPart) < 0 && !(date && len(j.keys) > 2) {
		return nil
	}
	fields := fieldsOf(o.TimeFormat)
	if len(fields) != len(j.keys)+1 {
		return nil
	}
	return fields
}

func newJoiner(j *join, o Options) (*joiner, error) {
	c := &joiner{join: j, texts: make([][]byte, len(j.keys)), fields: o.fields(j)}
	switch bare := timeformat.Unquoted(o.TimeFormat); {
	case strings.Contains(bare, "HHmmss"):
		c.clock = len("HHmmss")
	case strings.Contains(bare, "HHmm"):
		c.clock = len("HHmm")
	}
	if j.of(datePart) < 0 || !timeformat.OfDate(o.TimeFormat) || len(c.fields) > 0 {
		return c, nil
	}
	var err error
	c.date, err = timeformat.New(o.TimeFormat, "")
	c.excel = o.TimeFormat == timeformat.Excel
	return c, err
}

// readsJoined are the options for the texts that are made by joining: their date is written as ISO has it where its format was given.
func (o Options) readsJoined(j *join) Options {
	if j.of(datePart) >= 0 && timeformat.OfDate(o.TimeFormat) && len(o.fields(j)) == 0 {
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

// joined is the text of the row at hand, nothing if a part is missing. It is not ok if a part is none: then it is what stands in the columns.
func (c *joiner) joined() (text []byte, ok bool) {
	c.text, c.short = c.text[:0], false
	for i := range c.texts {
		if len(c.texts[i]) == 0 {
			return nil, true
		}
	}
	switch {
	case len(c.fields) > 0:
		c.addFields()
		ok = true
	case c.of(yearPart) < 0 && c.of(hourPart) < 0:
		ok = c.addInOrder()
	default:
		ok = c.addParts()
	}
	if !ok {
		c.text = c.text[:0]
		for i, one := range c.texts {
			if i > 0 {
				c.text = append(c.text, ' ')
			}
			c.text = append(c.text, one...)
		}
	}
	return c.text, ok
}

// addFields appends the texts as the pattern has them.
func (c *joiner) addFields() {
	for i, text := range c.texts {
		c.text = append(c.text, c.fields[i].before...)
		c.pad(text, c.fields[i].width)
	}
	c.text = append(c.text, c.fields[len(c.texts)].before...)
}

// pad appends a text, with zeros before digits that are fewer than they should be.
func (c *joiner) pad(text []byte, width int) {
	if number.AreDigits(text, 0, len(text)) {
		for range width - len(text) {
			c.text = append(c.text, '0')
		}
	}
	c.text = append(c.text, text...)
}

// addInOrder appends a date and what else there is of the day, with blanks between them.
func (c *joiner) addInOrder() (ok bool) {
	for i, text := range c.texts {
		if c.holds[i] == milliPart {
			c.addMillis(text)
			continue
		}
		if i > 0 {
			c.text = append(c.text, ' ')
		}
		switch {
		case c.holds[i] == datePart:
			if text, ok = c.isoDate(text); !ok {
				return false
			}
		case c.excel:
			if clock := timeformat.ExcelClock(text); len(clock) > 0 {
				text = clock
			}
		case c.holds[i] == clockPart:
			c.pad(text, c.clock)
			continue
		}
		c.text = append(c.text, text...)
	}
	return true
}

// addParts appends the parts of a date and a time of day as ISO has them.
func (c *joiner) addParts() (ok bool) {
	if i := c.of(datePart); i >= 0 {
		date, ok := c.isoDate(c.texts[i])
		if !ok {
			return false
		}
		c.text = append(c.text, date...)
	}
	if c.of(yearDayPart) >= 0 {
		if !c.addYearDay() {
			return false
		}
	} else if i := c.of(yearPart); i >= 0 {
		c.text = append(c.text, c.year(c.texts[i])...)
	}
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
	if i := c.of(milliPart); i >= 0 {
		c.addMillis(c.texts[i])
	}
	return true
}

// add appends a part, if there is a column of it. Numbers get two digits.
func (c *joiner) add(before string, p timePart) {
	i := c.of(p)
	if i < 0 {
		return
	}
	text := c.texts[i]
	if p == quarterPart && text[0]|0x20 == 'q' {
		text = text[1:]
	}
	c.text = append(c.text, before...)
	if len(text) == 1 && p > quarterPart && text[0]-'0' <= 9 {
		c.text = append(c.text, '0')
	}
	c.text = append(c.text, text...)
}

// year is a year with its century. One of two digits, or one that has lost its zero, is of those from 1969 to 2068.
func (c *joiner) year(text []byte) []byte {
	if len(text) > 2 || !number.AreDigits(text, 0, len(text)) {
		return text
	}
	c.short = true
	n, _ := strconv.Atoi(string(text)) // which are digits
	return strconv.AppendInt(nil, timeformat.Century(int64(n)), 10)
}

// addMillis appends milliseconds behind seconds.
func (c *joiner) addMillis(text []byte) {
	c.text = append(c.text, '.')
	c.pad(text, len("000"))
}

// addYearDay appends the date that a year and the number of a day in it are.
func (c *joiner) addYearDay() (ok bool) {
	year, yearErr := strconv.Atoi(string(timeformat.WholePart(c.year(c.texts[c.of(yearPart)]))))
	day, dayErr := strconv.Atoi(string(timeformat.WholePart(c.texts[c.of(yearDayPart)])))
	if yearErr != nil || dayErr != nil || year < 1000 || year > 9999 || day < 1 || day > 366 {
		return false
	}
	is, month, of := calendar.FromDays(calendar.Days(int64(year), 1, 1) + int64(day) - 1)
	c.text = fmt.Appendf(c.text, "%04d-%02d-%02d", is, month, of)
	return is == int64(year)
}

// isoDate is a date in a format that the caller gave, as ISO has it; the text as it is if there is no such format. It is not ok if it is none.
func (c *joiner) isoDate(text []byte) (date []byte, ok bool) {
	var read timeformat.Value
	switch {
	case c.date == nil:
		return text, true
	case !c.date.Read(text, &read) || read.At%calendar.MillisPerDay != 0:
		return nil, false
	}
	return []byte(read.At.String()[:len("2024-01-01")]), true
}
