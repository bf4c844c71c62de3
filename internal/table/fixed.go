package table

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"
)

// gutter is the places, in characters from the beginning of a line, that are blank between two columns which begin and end at the same places in all lines.
type gutter struct{ begin, end int }

// findGutters finds out whether words and columns are not the same in lines that seem to be aligned by blanks: a field holds several words, and the next may be
// empty. The columns are then those that stand above each other, and not the words of a line, which may be as many by chance.
func (d *Dialect) findGutters(head []byte, whole bool, begin int64) bool {
	lines := d.linesFrom(head, whole, begin)
	if len(lines) < 2 {
		return false
	}
	used := []bool{}
	for _, line := range lines {
		if bytes.ContainsAny(line, "\t\"'[") {
			return false
		}
		at := 0
		for _, r := range string(line) {
			if at == len(used) {
				used = append(used, false)
			}
			used[at] = used[at] || r != ' '
			at++
		}
	}
	one := *d
	one.gutters = guttersOf(used, lines)
	if len(one.gutters) == 0 || !one.explains(lines) {
		return false
	}
	d.gutters, d.Quote = one.gutters, 0
	return true
}

// linesFrom is the lines of the beginning from one on that are not blank, as many as are looked at.
func (d *Dialect) linesFrom(head []byte, whole bool, begin int64) (lines [][]byte) {
	at := d.Skip
	for line := range bytes.SplitSeq(head, []byte{d.Break}) {
		if at++; at < begin {
			continue
		}
		if text := bytes.TrimRight(line, " \r\n"); len(text) > 0 {
			lines = append(lines, text)
		}
		if len(lines) > headRows {
			break
		}
	}
	if !whole && len(lines) > 0 { // the last may be cut off
		lines = lines[:len(lines)-1]
	}
	return lines
}

// guttersOf is what no line uses. One blank alone is within a column where the first line has nothing behind it, nor has another, as in values of two
// words, and where the first line alone has something on one side of it, as a name of two words has.
func guttersOf(used []bool, lines [][]byte) (all []gutter) {
	for at := 0; at < len(used); at++ {
		if used[at] || at == 0 || len(all) > 0 && all[len(all)-1].end >= at {
			continue
		}
		g := gutter{at, at}
		for g.end < len(used) && !used[g.end] {
			g.end++
		}
		end := g.end
		for end < len(used) && used[end] {
			end++
		}
		begin := g.begin
		for begin > 0 && used[begin-1] {
			begin--
		}
		left := func(line []byte) bool { return !blankBetween(line, begin, g.begin) }
		right := func(line []byte) bool { return !blankBetween(line, g.end, end) }
		rows := lines[1:]
		within := slices.ContainsFunc(rows, not(right)) && !right(lines[0]) || !slices.ContainsFunc(rows, left) || !slices.ContainsFunc(rows, right)
		if g.end < len(used) && (g.end-g.begin > 1 || !within) {
			all = append(all, g)
		}
	}
	return all
}

// not is the opposite of what is told of lines.
func not(is func([]byte) bool) func([]byte) bool { return func(line []byte) bool { return !is(line) } }

// blankBetween tells whether a line has nothing from one character to another.
func blankBetween(line []byte, begin, end int) bool {
	at := 0
	for _, r := range string(line) {
		if at >= begin && at < end && r != ' ' {
			return false
		}
		at++
	}
	return true
}

// explains tells whether lines are better read by gutters than by their words: at least one line has a word in each column, and others have several words,
// one blank between them, in one that holds not numbers alone; or more than a blank parts all columns, and in one of them some lines have more words than
// others. Where fields are empty and none has several words, most lines have a word in each column, and more than a blank parts columns. The first column
// alone may have no name, as that of the rows' names.
func (d *Dialect) explains(lines [][]byte) bool {
	f := &fields{Dialect: d}
	plain, several, empty := 0, 0, 0
	fewest, most := make([]int, len(d.gutters)+1), make([]int, len(d.gutters)+1)
	for i, line := range lines {
		f.reset()
		if f.fixed(line); f.why != "" || i == 0 && len(f.cells) <= len(d.gutters) {
			return false
		}
		alone := true
		for col, c := range f.cells {
			words := bytes.Fields(c.Raw)
			alone = alone && len(words) == 1
			if n := len(words); n > 0 {
				most[col] = max(most[col], n)
				if fewest[col] == 0 || n < fewest[col] {
					fewest[col] = n
				}
			}
			switch {
			case bytes.Contains(c.Raw, []byte("  ")):
				return false
			case i == 0 && col > 0 && len(words) == 0, len(words) > 1 && areNumbers(words):
				return false
			case len(words) > 1:
				several++
			case len(words) == 0:
				empty++
			}
		}
		if alone && len(f.cells) == len(d.gutters)+1 {
			plain++
		}
	}
	wide := !slices.ContainsFunc(d.gutters, func(g gutter) bool { return g.end-g.begin < 2 })
	return several > 0 && (plain > 0 || wide && !slices.Equal(fewest, most)) || wide && empty > 0 && 2*plain > len(lines)
}

// areNumbers tells whether all texts are made of digits and the like.
func areNumbers(texts [][]byte) bool {
	for _, text := range texts {
		if len(bytes.Trim(text, "0123456789.,+-eE")) > 0 {
			return false
		}
	}
	return true
}

// fixedLine reads a row whose columns begin and end at the same places in all lines.
func (f *fields) fixedLine(data []byte) {
	end := lineEnd(data, f.at, f.Break)
	line := bytes.TrimRight(data[f.at:end], " \r\n")
	f.at = min(end+1, len(data))
	if len(line) > 0 {
		f.fixed(line)
	}
}

// fixed parts a line at the gutters. A text that is longer than those seen at first may go into a gutter, from one side, as long as a blank is left. What
// stands in one by itself belongs to no column. A line with text in the first of several columns alone is no row.
func (f *fields) fixed(line []byte) {
	from, at, rest := 0, 0, 0 // a byte, and the character there
	skip := func(to int) int {
		for i := rest; ; {
			if at == to || i == len(line) {
				rest = i
				return i
			}
			_, n := utf8.DecodeRune(line[i:])
			i += n
			at++
		}
	}
	for i, g := range f.gutters {
		begin := skip(g.begin)
		end := skip(g.end)
		if begin == len(line) && i == 0 && len(f.gutters) > 1 {
			break
		}
		left, right := begin, end
		for left < end && left > from && line[left-1] != ' ' && line[left] != ' ' {
			left++
		}
		for right > left && right < len(line) && line[right] != ' ' && line[right-1] != ' ' {
			right--
		}
		if len(bytes.Trim(line[left:right], " ")) > 0 || left == right && begin < end && end < len(line) {
			f.bad, f.why = len(f.cells), fmt.Sprintf("has text between the columns %s, which begin and end at the same places in other lines; --delimiter blanks parts lines at all blanks", f.beside(i))
			f.add(bytes.Trim(line[from:], " "))
			return
		}
		f.add(bytes.Trim(line[from:left], " "))
		from = right
	}
	f.add(bytes.Trim(line[from:], " "))
}

// beside names the columns on both sides of a gutter.
func (f *fields) beside(i int) string {
	if i+1 < len(f.Columns) {
		return f.Columns[i] + " and " + f.Columns[i+1]
	}
	return fmt.Sprintf("%d and %d", i+1, i+2)
}
