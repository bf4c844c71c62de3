package table

import (
	"bytes"

	"ovate/internal/jsontext"
	"ovate/internal/moment"
)

// cutter finds where rows end, without looking at more of them than it has to.
type cutter interface {
	// cut returns the end of the last whole row in the data, which begins with a row; 0 if there is none. over says that no row
	// comes behind that, whatever else does.
	cut(data []byte) (end int, over bool)
}

func newCutter(d *Dialect, times *moment.Reader) cutter {
	switch {
	case d.Format == "json" && d.Layout != Lines:
		return &valueCutter{list: d.Layout == Array}
	case d.log:
		return &logCutter{logBeginning{d.Comment, times}, d.Break}
	case d.frame != nil && d.frame.grid:
		return gridCutter{d.Break}
	case d.Format == "json" || d.Quote == 0:
		return lineCutter{d.Break}
	}
	return textCutter{d}
}

// lineCutter is for rows that are lines.
type lineCutter struct{ br byte }

func (c lineCutter) cut(data []byte) (int, bool) { return bytes.LastIndexByte(data, c.br) + 1, false }

// textCutter is for text files whose quotes may hold line breaks.
type textCutter struct{ *Dialect }

func (c textCutter) cut(data []byte) (end int, over bool) {
	at := 0
	for {
		n := bytes.IndexByte(data[at:], c.Quote)
		if n < 0 {
			if last := bytes.LastIndexByte(data[at:], c.Break); last >= 0 {
				end = at + last + 1
			}
			return end, false
		}
		quote := at + n
		if last := bytes.LastIndexByte(data[at:quote], c.Break); last >= 0 {
			end = at + last + 1
		}
		at = quote + 1
		if c.Comment != "" && bytes.HasPrefix(data[end:], []byte(c.Comment)) {
			at = lineEnd(data, quote, c.Break)
			continue
		}
		if c.opens(data, quote) {
			if at = c.close(data, at); at < 0 {
				return end, false
			}
		}
	}
}

// opens tells whether the quote at data[i] begins a field: nothing but blanks stand between a delimiter or a line break and it.
func (d *Dialect) opens(data []byte, i int) bool {
	for {
		switch {
		case i == 0 || data[i-1] == d.Break:
			return true
		case d.Delimiter == "":
			return isBlank(data[i-1])
		case bytes.HasSuffix(data[:i], []byte(d.Delimiter)):
			return true
		case data[i-1] != ' ' || d.Delimiter[0] == ' ':
			return false
		}
		i--
	}
}

// close returns the place behind the quote that closes the field whose inside begins at data[i], -1 if none does.
func (d *Dialect) close(data []byte, i int) int {
	for begin := i; ; {
		n := bytes.IndexByte(data[i:], d.Quote)
		if n < 0 {
			return -1
		}
		i += n + 1
		if d.Escape != 0 {
			escapes := 0
			for k := i - 2; k >= begin && data[k] == d.Escape; k-- {
				escapes++
			}
			if escapes%2 == 1 {
				continue
			}
		}
		if i == len(data) || data[i] != d.Quote {
			return i
		}
		i++
	}
}

// valueCutter is for JSON over several lines. In a list, the bracket that opens it has been read.
type valueCutter struct{ list bool }

func (c valueCutter) cut(data []byte) (end int, over bool) {
	for i := 0; ; {
		for i < len(data) && (isBlank(data[i]) || data[i] == '\n' || data[i] == ',') {
			i++
		}
		if i == len(data) {
			return end, false
		}
		if c.list && data[i] == ']' {
			return i, true
		}
		next := jsontext.Outline(data, i)
		if next < 0 || next == len(data) && data[next-1] != '}' && data[next-1] != ']' {
			return end, false
		}
		i, end = next, next
	}
}
