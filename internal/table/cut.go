package table

import "bytes"

// cutter finds where rows end, without looking at more of them than it has to.
type cutter interface {
	// cut returns the end of the last whole row in the data, which begins with a row; 0 if there is none.
	cut(data []byte) int
}

func newCutter(in *Input) cutter {
	d := &in.Dialect
	if d.Format == "json" || d.Quote == 0 {
		return lineCutter{d.Break}
	}
	return &textCutter{d}
}

// lineCutter is for rows that are lines.
type lineCutter struct{ end byte }

func (c lineCutter) cut(data []byte) int { return bytes.LastIndexByte(data, c.end) + 1 }

// textCutter is for text files whose quotes may hold line breaks.
type textCutter struct{ *Dialect }

func (c *textCutter) cut(data []byte) (end int) {
	at := 0
	for {
		n := bytes.IndexByte(data[at:], c.Quote)
		if n < 0 {
			return max(end, at+bytes.LastIndexByte(data[at:], c.Break)+1)
		}
		quote := at + n
		if last := bytes.LastIndexByte(data[at:quote], c.Break); last >= 0 {
			end = at + last + 1
		}
		at = quote + 1
		if c.opens(data, quote) {
			if at = c.close(data, at); at < 0 {
				return end
			}
		}
	}
}

// opens tells whether the quote at data[i] begins a field: nothing but blanks stand between a delimiter or a line break and it.
func (d *Dialect) opens(data []byte, i int) bool {
	for {
		head := data[:i]
		if i == 0 || data[i-1] == d.Break || data[i-1] == '\n' || bytes.HasSuffix(head, []byte(d.Delimiter)) {
			return true
		}
		if data[i-1] != ' ' {
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
		if d.Escape != 0 && d.Escape != d.Quote {
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
