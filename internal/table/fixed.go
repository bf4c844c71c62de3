package table

import (
	"bytes"
	"fmt"
)

// fixedLine reads a row whose columns stand at the same places in all lines.
func (f *fields) fixedLine(data []byte) {
	end := lineEnd(data, f.at, f.Break)
	line := bytes.TrimRight(data[f.at:end], " \r\n")
	f.at = min(end+1, len(data))
	if len(line) == 0 {
		return
	}
	if l := f.places; l.words {
		f.wordsAt(line)
	} else {
		f.fixed(line)
	}
	if f.marks(line) && (f.why != "" || bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte{commentMark, ' '}) && f.hashes == 0) {
		f.reset()
		f.add(line)
		f.bad, f.why = 0, "begins with #, and does not stand where the columns do"
	}
}

// fixed parts a line at the gutters. A text that is longer than those seen at first may go into a gutter, from one side, as long as two blanks are left. What
// stands in one by itself, or goes through it, belongs to no column. A line with text in the first of several columns alone is no row.
func (f *fields) fixed(line []byte) {
	l := f.places
	p := &f.placed
	p.set(line)
	from, last := 0, span{} // the word at hand, and the field before it
	for i := range len(l.gutters) + 1 {
		zone := l.zone(i)
		to := from
		for to < len(p.words) && (i == len(l.gutters) || p.words[to].begin < zone.end) {
			to++
		}
		if i == 1 && len(l.gutters) > 1 && from == len(p.words) && l.rule == nil {
			return
		}
		if to == from {
			if i == 0 && l.rule != nil && l.rule[0] == '=' && len(f.names) > 0 && f.names[0] != "" {
				f.add(bytes.TrimLeft(line, " "))
				f.bad, f.why = 0, "has nothing in the first column, so that it goes on from the line before, as in tables of reST; have what wrote it write csv instead"
				return
			}
			f.add(nil)
			continue
		}
		cell := span{p.words[from].begin, p.words[to-1].end}
		text := p.cut(from, to)
		if why := l.misfit(f, i, p.words[from], cell, last); why != "" && f.in != nil && !(i < len(f.names) && string(text) == f.names[i]) {
			f.add(text)
			f.bad, f.why = len(f.cells)-1, why
			return
		}
		f.add(text)
		from, last = to, cell
	}
}

// wordsAt reads a row whose words are its fields, each where its column is. Where there are more or fewer of them that is told by their number.
func (f *fields) wordsAt(line []byte) {
	p := &f.placed
	p.set(line)
	l, last := f.places, span{}
	for i, w := range p.words {
		f.add(p.cut(i, i+1))
		if f.in == nil || f.why != "" || len(p.words) != len(l.gutters)+1 {
			continue
		}
		if why := l.misfit(f, i, w, w, last); why != "" {
			f.bad, f.why = i, why
		}
		last = w
	}
}

// zone is the places of a column between the gutters beside it.
func (l *layout) zone(i int) span {
	z := span{0, 1 << 30}
	if i > 0 {
		z.begin = l.gutters[i-1].end
	}
	if i < len(l.gutters) {
		z.end = l.gutters[i].begin
	}
	return z
}

// misfit says why a text, of which this is the first word, is no value of a column; "" if it is one. last is the value before it.
func (l *layout) misfit(f *fields, i int, first, cell, last span) string {
	const otherwise = "; «--delimiter blanks» parts lines at all blanks"
	left, right := gutter{}, gutter{1 << 30, 1 << 30}
	if i > 0 {
		left = l.gutters[i-1]
	}
	if i < len(l.gutters) {
		right = l.gutters[i]
	}
	outside := cell.begin < left.begin || cell.begin >= right.begin || cell.end >= right.end || i > 0 && first.end <= left.end
	into := cell.begin < left.end || cell.end > right.begin
	near := i > 0 && last.end > 0 && cell.begin < last.end+2 && (cell.begin < left.end || last.end > left.begin)
	switch side := l.sides[i]; {
	case outside, near, into && l.rule != nil:
		return fmt.Sprintf("has text between the columns %s, which begin and end at the same places in other lines", f.beside(i, cell.begin < left.end || near)) + otherwise
	case side == 0, side&leftSide > 0 && cell.begin == l.values[i].begin, side&rightSide > 0 && cell.end == l.values[i].end:
		return ""
	}
	return "does not begin or end where the values of its column do in other lines" + otherwise
}

// beside names the columns on both sides of a gutter: before a column, or behind it.
func (f *fields) beside(i int, before bool) string {
	if before || i == len(f.places.gutters) {
		i--
	}
	if i+1 < len(f.Columns) {
		return f.Columns[i] + " and " + f.Columns[i+1]
	}
	return fmt.Sprintf("%d and %d", i+1, i+2)
}
