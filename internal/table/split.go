package table

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// split reads one row without quotes.
func (f *fields) split(data []byte) {
	begin := f.at
	end := bytes.IndexByte(data[begin:], f.Break)
	if end < 0 {
		end = len(data)
		f.at = end
	} else {
		end += begin
		f.at = end + 1
	}
	end = begin + len(bytes.TrimRight(data[begin:end], f.returns()))
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	wanted := ones * uint64(f.delimiter[0])
	from := begin
	room := data[:cap(data)]
	for i := begin; i < end; i += 8 {
		x := binary.LittleEndian.Uint64(room[i:]) ^ wanted
		m := ^((x&^highs + ^uint64(highs)) | x | ^uint64(highs)) // the high bit of every byte that is a delimiter
		if rest := end - i; rest < 8 {
			m &= 1<<(8*rest) - 1
		}
		for ; m != 0; m &= m - 1 {
			to := i + bits.TrailingZeros64(m)>>3
			f.add(data[from:to])
			from = to + 1
		}
	}
	f.add(data[from:end])
}

func (f *fields) add(raw []byte) {
	kind := Text
	if len(raw) == 0 {
		kind = Empty
	}
	f.cells = append(f.cells, Cell{Kind: kind, Raw: raw})
}

// full leaves all else that there is where the row at hand has more fields than may be.
func (f *fields) full(data []byte) bool {
	if f.most == 0 || len(f.cells) <= f.most {
		return false
	}
	f.at = len(data)
	return true
}

// record reads one row.
func (f *fields) record(data []byte) {
	if f.frame != nil {
		f.framed(data)
		return
	}
	if f.places != nil {
		f.fixedLine(data)
		return
	}
	if len(f.delimiter) == 0 {
		f.aligned(data)
		return
	}
	for end := -1; !f.full(data); { // where the line ends, looked for again only behind it
		begin := f.at
		quote := begin
		if f.delimiter[0] != ' ' {
			for quote < len(data) && data[quote] == ' ' {
				quote++
			}
		}
		if f.Quote != 0 && quote < len(data) && data[quote] == f.Quote {
			if quote > begin {
				f.odd |= oddQuoted
				if !f.Trim || len(f.cells) == 0 {
					f.outside.add(f.line)
				}
			}
			if !f.quoted(data, quote+1, &end) {
				return
			}
			continue
		}
		if end < begin {
			end = lineEnd(data, begin, f.Break)
		}
		rest := data[begin:end]
		n := bytes.Index(rest, f.delimiter)
		if n >= 0 {
			f.at = begin + n + len(f.delimiter)
			rest = rest[:n]
		} else {
			f.at = min(end+1, len(data))
			rest = bytes.TrimRight(rest, f.returns())
		}
		if f.Quote != 0 && bytes.IndexByte(rest, '"') >= 0 {
			f.odd |= oddQuote
		}
		if f.Trim && len(f.cells) > 0 {
			rest = bytes.TrimLeft(rest, " ")
		}
		f.add(rest)
		if n < 0 {
			return
		}
	}
}

// returns are the characters that may stand before the one that ends a line.
func (f *fields) returns() string {
	if f.Break == '\r' {
		return "\n"
	}
	return "\r"
}

func lineEnd(data []byte, at int, br byte) int {
	if n := bytes.IndexByte(data[at:], br); n >= 0 {
		return at + n
	}
	return len(data)
}

// aligned reads a row whose fields are parted by runs of blanks, of which a carriage return is one where it ends no line.
func (f *fields) aligned(data []byte) {
	for !f.full(data) {
		for f.at < len(data) && data[f.at] != f.Break && isBlank(data[f.at]) {
			f.at++
		}
		switch {
		case f.at == len(data):
			return
		case data[f.at] == f.Break:
			f.at++
			return
		case f.Quote != 0 && data[f.at] == f.Quote:
			begin := f.at + 1
			end := f.close(data, begin)
			if end < 0 {
				f.unclosed(data, begin)
				return
			}
			f.unquote(data[begin : end-1])
			if f.at = end; end < len(data) && !isBlank(data[end]) && data[end] != f.Break && f.why == "" {
				f.bad, f.why = len(f.cells)-1, "has more behind the quote that ends it"
			}
		default:
			begin := f.at
			if f.Brackets && data[begin] == '[' {
				f.at = bracketEnd(data, begin, f.Break)
			}
			for f.at < len(data) && !isBlank(data[f.at]) && data[f.at] != f.Break {
				f.at++
			}
			f.add(data[begin:f.at])
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// quoted reads a field whose inside begins at data[i]. It says whether another field follows in the row. line is where the line ends, if
// that is known already.
func (f *fields) quoted(data []byte, i int, line *int) bool {
	end := f.close(data, i)
	if end < 0 {
		f.unclosed(data, i)
		return false
	}
	f.unquote(data[i : end-1])
	if *line < end {
		*line = lineEnd(data, end, f.Break)
	}
	stop := *line
	between := data[end:stop]
	n := 0
	if !bytes.HasPrefix(between, f.delimiter) {
		n = bytes.Index(between, f.delimiter)
	}
	if n >= 0 {
		between = between[:n]
	}
	if len(between) > 0 {
		if more := bytes.Trim(between, " \r"); len(more) > 0 && f.why == "" {
			f.bad = len(f.cells) - 1
			f.why, f.kind = fmt.Sprintf("ends in a quote, and %q comes behind it", shown(more)), "ends in a quote, and more comes behind it"
			if end >= 2 && data[end-2] == '\\' {
				f.why += `; if a backslash makes quotes part of the value, say «--escape '\'»`
			}
		} else if bytes.IndexByte(between, ' ') >= 0 {
			f.odd |= oddQuoted
			f.outside.add(f.line)
		} else if n >= 0 || len(bytes.TrimSuffix(between, []byte{'\r'})) > 0 {
			f.odd |= oddQuoted
		}
	}
	if n >= 0 {
		f.at = end + n + len(f.delimiter)
		return true
	}
	f.at = min(stop+1, len(data))
	return false
}

func (f *fields) unclosed(data []byte, i int) {
	f.open = true
	f.bad, f.why = len(f.cells), "begins with a quote that is never closed, so that all lines behind it are no rows"
	f.cells = append(f.cells, Cell{Kind: Quoted, Raw: data[i:]})
	f.at = len(data)
}

// unquote adds what stands within quotes.
func (f *fields) unquote(raw []byte) {
	if f.Format != "csv" || f.Quote != '"' {
		f.odd |= oddQuoted
	}
	if bytes.IndexByte(raw, f.Quote) >= 0 || f.Escape != 0 && bytes.IndexByte(raw, f.Escape) >= 0 {
		begin := len(f.texts)
		for i := 0; i < len(raw); i++ {
			if next := i + 1; next < len(raw) {
				switch c := raw[i]; {
				case c == f.Quote && raw[next] == f.Quote:
					i = next
				case f.Escape != 0 && c == f.Escape && (raw[next] == f.Quote || raw[next] == f.Escape):
					f.odd |= oddQuoted
					if raw[next] == f.Escape {
						f.halved.add(f.line)
					}
					i = next
				}
			}
			f.texts = append(f.texts, raw[i])
		}
		raw = f.texts[begin:len(f.texts):len(f.texts)]
	}
	f.cells = append(f.cells, Cell{Kind: Quoted, Raw: raw})
}
