package table

import (
	"fmt"
	"strings"

	"ovate/internal/moment"
	"ovate/internal/quantity"
)

// mostSeconds is how many lines behind a header may be more of it: names of another level, units, and how values were made.
const mostSeconds = 3

// lookAround finds lines that seem to be neither header nor rows: a title before a header that is not the first line, and more of the header behind it.
// Whether they are left out is up to the caller.
func (d *Dialect) lookAround(records []record, times *moment.Reader) {
	header := lateHeader(records, times)
	if header < 0 {
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
	d.around = fmt.Sprintf("%s: --skip-lines %s leaves %s out.", text, flag, left)
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
		if width > 1 && 10*same >= 9*len(records[i:]) && len(records) > i+1 && words > 0 {
			return i
		}
		break
	}
	return -1
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
		if words == 0 {
			return k
		}
	}
	return n
}

// Around says which lines seem to be a title before the header or more of the header behind it, and which flag leaves them out: a sentence, or nothing.
func (d *Dialect) Around() string { return d.around }
