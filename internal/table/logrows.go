package table

import (
	"bytes"
)

// logRows finds the rows of a log: a line that begins with a time, and the lines behind it that do not, such as those of a stack trace.
type logRows struct {
	*fields
	logBeginning
	timed int // where the time ends with which the row at hand begins; -1 if that is not known yet
}

func (r *logRows) begin(b *Batch) {
	r.fields.begin(b)
	r.timed = -1
}

func (r *logRows) next(b *Batch) bool {
	for r.at < len(b.data) {
		begin := r.at
		line := r.line + 1
		r.reset()
		text, end := r.row(b.data, line)
		r.line += int64(bytes.Count(b.data[begin:r.at], []byte{r.Break}))
		if len(bytes.TrimSpace(text)) == 0 {
			r.tellUnseen(b.data[begin:r.at], line)
			continue
		}
		if end > 0 {
			r.add(text[:end])
			r.add(bytes.TrimLeft(text[end:], " \t"))
		} else {
			r.add(text)
			r.why = "does not begin with a time, as other lines do"
		}
		if r.nul && r.why == "" {
			r.findNUL(b.data[begin:r.at])
		}
		if r.why == "" {
			r.check(line)
		}
		if r.why != "" {
			r.fault(b, line, begin)
			continue
		}
		for i := range r.cells {
			r.cells[i].Column = r.columns[i]
		}
		b.Line, b.Cells = line, r.cells
		return true
	}
	return false
}

// row steps over a row, which begins in a line, and returns it without what ends it and without comments, and where its time ends.
func (r *logRows) row(data []byte, line int64) (text []byte, timeEnd int) {
	begin, from := r.at, r.at // from is where that begins which is not in texts yet
	if timeEnd = r.timed; timeEnd < 0 {
		timeEnd = r.timeEnd(data[begin:lineEnd(data, begin, r.Break)])
	}
	r.timed = -1
	commented := false
	for goesOn := false; ; line++ {
		next := min(lineEnd(data, r.at, r.Break)+1, len(data))
		switch {
		case r.leavesOut(data[r.at:next]):
			r.texts = append(r.texts, data[from:r.at]...)
			from, commented = next, true
		case r.at > begin && !goesOn && len(bytes.TrimSpace(data[r.at:next])) > 0 && timeEnd > 0:
			goesOn = true
			r.in.tell(line, "does not begin with a time, and belongs to the message before it, with any more behind it")
		}
		if r.at = next; r.at == len(data) {
			break
		}
		if rest := data[r.at:lineEnd(data, r.at, r.Break)]; !r.leavesOut(rest) {
			if end := r.timeEnd(rest); end > 0 {
				r.timed = end
				break
			}
		}
	}
	if text = data[from:r.at]; commented {
		r.texts = append(r.texts, text...)
		text = r.texts
	}
	return bytes.TrimRight(text, "\r\n"), timeEnd
}

// logCutter cuts before a line that begins with a time.
type logCutter struct {
	logBeginning
	br byte
}

func (c *logCutter) cut(data []byte) (end int, over bool) {
	for end = bytes.LastIndexByte(data, c.br) + 1; end > 0; end = bytes.LastIndexByte(data[:end-1], c.br) + 1 {
		if line := data[end:lineEnd(data, end, c.br)]; !c.leavesOut(line) && c.timeEnd(line) > 0 {
			return end, false
		}
	}
	return 0, false
}
