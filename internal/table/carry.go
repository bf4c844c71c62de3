package table

import "bytes"

// carry is what of the lines before a batch decides how its first ones are read: most lines say for themselves what they are, but dashes and
// words may be a row or none by what stands before them.
type carry struct {
	gap    bool // a blank line, and no row behind it
	headed bool // the header, perhaps again, and no row behind it
	goesOn bool // a row of a drawn table, which goes on in the next line
}

// carrier finds what is carried from one batch to the next. It reads the last lines of a batch as the worker does that takes it.
type carrier struct {
	in    *Input // of its own, so that nothing is told twice
	rows  *fields
	lines int // of the header, the fewest that are read
	carry carry
}

// newCarrier returns nil where nothing is carried, as the lines say for themselves what they are.
func newCarrier(t *Table, in *Input) *carrier {
	own := &Input{Name: in.Name, Dialect: in.Dialect, columns: in.columns}
	f, is := newRows(t, own).(*fields)
	if !is {
		return nil
	}
	return &carrier{own, f, int(max(1, in.Dialect.headerLines)), carry{headed: in.Dialect.Header}}
}

// take returns what stands before a batch, and goes behind it; and whether its last line can be judged only with the one behind it. lines is how
// many stand before it.
func (c *carrier) take(data []byte, lines int64) (before carry, asks bool) {
	if c == nil {
		return carry{}, false
	}
	before = c.carry
	for n := c.lines; ; n *= 2 { // mostly the last line is a row, which ends it
		tail := lastLines(data, n, c.in.Dialect.Break)
		b := &Batch{Input: c.in, data: tail, lines: lines + int64(bytes.Count(data[:len(data)-len(tail)], []byte{c.in.Dialect.Break}))}
		whole := len(tail) == len(data)
		if b.carry = (carry{headed: true}); whole { // dashes alone do not tell whether they are a row
			b.carry = before
		}
		c.rows.begin(b)
		last := int64(0)
		for c.rows.next(b) {
			if !c.rows.dashes() { // which may be no row, behind what may be the end of a header
				last = b.Line
			}
		}
		for _, f := range b.Faults {
			last = max(last, f.Line)
		}
		certain := last >= b.lines+int64(c.lines) // those before may be the end of a header
		if c.carry = (carry{c.rows.gap, c.rows.headed, c.rows.goesOn}); certain || whole || b.stop != nil {
			return before, c.rows.asked
		}
	}
}

// lastLines are so many lines at the end of some text, or all of it.
func lastLines(data []byte, n int, br byte) []byte {
	end := len(bytes.TrimSuffix(data, []byte{br}))
	for range n {
		if end = bytes.LastIndexByte(data[:end], br); end < 0 {
			return data
		}
	}
	return data[end+1:]
}
