package format

import "bytes"

// splitQuoted fills t.cells from a csv line that has quotes, in the way of opencsv's RFC4180Parser: a quote counts only
// at the start of a field, a field whose quote is never closed takes the rest of the line.
func (t *textLines) splitQuoted(p *Parser, begin, end int) {
	line := p.data[begin:end]
	add := func(from, to int) { t.addQuoted(p, begin+from, begin+to) }
	for at := 0; at < len(line); {
		comma := indexFrom(line, ',', at)
		switch {
		case comma < 0:
			add(at, len(line))
			at = len(line)
		case line[at] != '"':
			add(at, comma)
			at = comma + 1
		default:
			stop := quotedEnd(line, at)
			add(at, min(stop, len(line)))
			at = stop + 1
		}
	}
	if line[len(line)-1] == ',' {
		add(len(line), len(line))
	}
}

// quotedEnd is where the field that begins with the quote at line[at] ends: at a comma or at the end of the line.
func quotedEnd(line []byte, at int) int {
	quote := indexFrom(line, '"', at+1)
	inside := false
	isInner := func() bool { return quote >= 0 && quote < len(line)-1 }
	for isInner() {
		if !inside && line[quote+1] == ',' {
			return quote + 1
		}
		for again := true; again; again = isInner() && line[quote+1] == '"' {
			quote = indexFrom(line, '"', quote+1)
			inside = !inside
		}
	}
	return len(line)
}

func indexFrom(b []byte, c byte, at int) int {
	if at > len(b) {
		return -1
	}
	if n := bytes.IndexByte(b[at:], c); n >= 0 {
		return at + n
	}
	return -1
}

// addQuoted adds a field that may be quoted. Quotes around it are dropped unless it has a single one, and two quotes become
// one. Only a field without any character is null: "" is an empty text.
func (t *textLines) addQuoted(p *Parser, begin, end int) {
	raw := p.data[begin:end]
	quotes := bytes.Count(raw, []byte(`"`))
	if quotes == 0 {
		t.addCell(p, begin, end)
		return
	}
	if quotes > 1 && raw[0] == '"' {
		begin++
		if raw = raw[1:]; raw[len(raw)-1] == '"' {
			end--
			raw = raw[:len(raw)-1]
		}
	}
	if bytes.Contains(raw, []byte(`""`)) {
		begin = len(p.data)
		p.data = append(p.data, bytes.ReplaceAll(raw, []byte(`""`), []byte(`"`))...)
		end = len(p.data)
	}
	v := value{kind: text, start: int32(begin), end: int32(end)}
	t.keep(t.classify(p, v))
}
