package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"ovate/internal/choice"
	"ovate/internal/moment"
	"ovate/internal/quantity"
)

// mostSeconds is how many lines behind a header may be more of it: names of another level, units, and how values were made.
const mostSeconds = 3

// lookAround finds lines that seem to be neither header nor rows: a title before a header that is not the first line, and more of the header behind it, or
// what stands before rows without a header.
// Whether they are left out is up to the caller.
func (d *Dialect) lookAround(records []record, times *moment.Reader) {
	if d.around = signedLines(records); d.around != "" {
		return
	}
	header := lateHeader(records, times)
	if header < 0 {
		d.around = narrowLines(records)
		return
	}
	seconds := secondHeaders(records[header], records[header+1:], times)
	if header == 0 && seconds == 0 {
		return
	}
	name, before := records[header], records[header].line-1
	flag := ""
	if before > 0 {
		flag = fmt.Sprintf("%d", before)
	}
	text := ""
	if header > 0 {
		text = fmt.Sprintf("Line %d (%s) looks like the header, and the %s before it like a title", name.line, preview(name), quantity.Of(before, "line"))
	}
	if seconds > 0 {
		first, last := records[header+1], records[header+seconds].line
		if before > 0 {
			flag = rangeText(1, before) + ","
		}
		flag += rangeText(first.line, last)
		if header == 0 {
			d.seconds = [2]int64{first.line, last}
		}
		if before == 0 && first.line == last {
			flag = fmt.Sprintf("%d-%d", last, last)
		}
		switch {
		case text != "":
			text += fmt.Sprintf(", and line %d (%s) behind it like more of it, such as units", first.line, preview(first))
		case seconds == 1:
			text = fmt.Sprintf("Line %d (%s) looks like more of the header, such as units", first.line, preview(first))
		default:
			text = fmt.Sprintf("Lines %d to %d look like more of the header, such as units, the first of them %s", first.line, last, preview(first))
		}
	}
	left := "them"
	if header == 0 && seconds == 1 {
		left = "it"
	}
	d.around = fmt.Sprintf("%s: «--skip-lines %s» leaves %s out.", text, flag, left)
}

// signedLines says that the first records begin with a sign that others do not, as comments of other kinds do, and which flag leaves them out. One line alone
// with as many fields as the others, a name less or a name more is rather a header. It is "" if there are none.
func signedLines(records []record) string {
	if len(records) == 0 || signOf(records[0]) == 0 {
		return ""
	}
	sign, first, signed := signOf(records[0]), -1, 0
	var others []record
	for i, r := range records {
		if signOf(r) == sign {
			signed++
			continue
		}
		if first < 0 {
			first = i
		}
		others = append(others, r)
	}
	width := commonWidth(others)
	odd := slices.ContainsFunc(records[:max(first, 0)], func(r record) bool { return len(r.cells) != width })
	if one := len(records[0].cells); width < 2 || !odd || 2*signed > len(records) || first == 1 && one > 1 && (one == width-1 || one == width+1) {
		return ""
	}
	before, lines := records[first].line-1, "Line 1 begins"
	if before > 1 {
		lines = fmt.Sprintf("Lines 1 to %d begin", before)
	}
	return fmt.Sprintf("%s with %c, as comments may, and most of the others have %d fields: %s leaves out all lines that begin so, «--skip-lines %d» the first alone.",
		lines, sign, width, choice.Flag("--comment", string(sign)), before)
}

// narrowLines says which of the first records have far fewer fields than nearly all behind them, and which flag leaves them out; "" if none have.
func narrowLines(records []record) string {
	width, n := commonWidth(records), 0
	for n < min(len(records), titleRows) && len(records[n].cells) < width {
		n++
	}
	if n == 0 || width < 2 || len(records)-n < 2 {
		return ""
	}
	same := 0
	for _, r := range records[n:] {
		if len(r.cells) == width {
			same++
		}
	}
	if last := len(records[n-1].cells); last > 1 && last == width-1 || 10*same < 9*(len(records)-n) {
		return ""
	}
	before := records[n].line - 1
	return fmt.Sprintf("Line %d is the first with %d fields, as most lines behind it have: «--skip-lines %d» leaves out what stands before it.", before+1, width, before)
}

// signOf is the sign with which a record begins, as comments do of other kinds than those known; 0 if it begins with something that values do, too.
func signOf(r record) rune {
	if len(r.cells) == 0 || r.cells[0].Kind != Text {
		return 0
	}
	if first := r.cells[0].Raw[0]; strings.IndexByte("@!%;/>*$^~&|:=<", first) >= 0 {
		return rune(first)
	}
	return 0
}

// rangeText is how --skip-lines names lines.
func rangeText(first, last int64) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d-%d", first, last)
}

// lateHeader is the record that is the header by the number of its fields: the first that has as many as nearly all behind it. It is 0 if that is the
// first, and -1 if there is none.
func lateHeader(records []record, times *moment.Reader) int {
	width := commonWidth(records)
	for i, r := range records[:min(len(records), titleRows)] {
		if len(r.cells) != width {
			continue
		}
		same := 0
		for _, o := range records[i:] {
			if len(o.cells) == width {
				same++
			}
		}
		words := 0
		for _, c := range r.cells {
			if lookOf(c.Raw, times) == word {
				words++
			}
		}
		names := i == 0 || len(records[0].cells)+1 != width && areNames(r, times)
		if width > 1 && 10*same >= 9*len(records[i:]) && len(records) > i+1 && words > 0 && names {
			return i
		}
		break
	}
	return -1
}

// areNames tells whether a record has words alone, or numbers that go on in equal steps, as years do.
func areNames(r record, times *moment.Reader) bool {
	return isSeries(r) || !slices.ContainsFunc(r.cells, func(c Cell) bool { return lookOf(c.Raw, times) > word })
}

// secondHeaders counts the records behind a header that have words, or nothing, in all columns of which the rows behind them have numbers or times.
func secondHeaders(header record, rows []record, times *moment.Reader) (n int) {
	n = min(mostSeconds, len(rows)-1)
	if n < 1 {
		return 0
	}
	below := rows[max(n, len(rows)/2):]
	var typed []int
	for i := range header.cells {
		if l := columnLook(below, i, times); l == fraction || l == instant {
			typed = append(typed, i)
		}
	}
	for k, r := range rows[:n] {
		if hasInstant(r, times) {
			return k
		}
		words := 0
		for _, i := range typed {
			if i >= len(r.cells) {
				return k
			}
			switch lookOf(r.cells[i].Raw, times) {
			case word:
				words++
			case nothing:
				if strings.Trim(string(r.cells[i].Raw), " ") != "" {
					return k // a word for null
				}
			default:
				if string(r.cells[i].Raw) != "%" {
					return k
				}
				words++
			}
		}
		if words == 0 && (k == 0 || !isScant(r, typed)) {
			return k
		}
	}
	return n
}

// hasInstant tells whether a record has a time in it, as rows have, and no line of a header.
func hasInstant(r record, times *moment.Reader) bool {
	return slices.ContainsFunc(r.cells, func(c Cell) bool { return lookOf(c.Raw, times) == instant })
}

// isScant tells whether nothing stands in columns of a record, and little in the others, as in the third line of a header that marks some of its columns.
func isScant(r record, columns []int) bool {
	filled := 0
	for i, c := range r.cells {
		if len(bytes.TrimSpace(c.Raw)) > 0 {
			if filled++; slices.Contains(columns, i) {
				return false
			}
		}
	}
	return len(columns) > 0 && 2*filled <= len(r.cells)
}

// IsSecond tells whether a line is of those that Around takes for more of a header that stands before them, as its first line.
func (d *Dialect) IsSecond(line int64) bool {
	return d.seconds[0] > 0 && line >= d.seconds[0] && line <= d.seconds[1]
}

// HasSeconds tells whether there are such lines.
func (d *Dialect) HasSeconds() bool { return d.seconds[0] > 0 }

// Around says which lines seem to be a title before the header or more of the header behind it, and which flag leaves them out: a sentence, or nothing.
func (d *Dialect) Around() string { return d.around }
