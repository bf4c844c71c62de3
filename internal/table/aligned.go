package table

import (
	"bytes"
	"regexp"
	"slices"

	"ovate/internal/moment"
)

// takeAligned finds out whether blanks part the fields, as many as there are, and where the columns stand. score is how well another delimiter does. Words
// are fields where they stand below their own names in each line, or where lines have nothing but single blanks and are not aligned at all.
func (d *Dialect) takeAligned(head []byte, whole bool, score float64, o Options, times *moment.Reader) bool {
	one := *d
	one.Delimiter = ""
	sample := one.sample(head, whole)
	if len(sample) < 2 {
		return len(sample) == 1 && score < 0.9 && agreement(sample) > 0.9 && hasNumbers(sample)
	}
	if l, line := one.ruledLayout(head, whole, sample[0].line); l != nil {
		d.places, d.first, d.Quote = l, line, 0
		return true
	}
	begins, gap := []int{0}, one.afterGap(head, sample)
	if o.SkipLines == nil && o.Header == nil {
		if at, sure := newTitled(sample, times).header(); sure && at > 0 && at < len(sample)-1 && one.isProse(head, sample[:at], sample[at]) {
			begins = append(begins, at)
		}
		if gap > 0 && gap < len(sample)-1 && !mayName(sample[gap-1], sample[gap]) && one.isProse(head, sample[:gap], sample[gap]) && secondHeaders(sample[gap], sample[gap+1:], times) == 0 {
			begins = slices.Insert(begins, 0, gap)
		}
	}
	for _, at := range begins {
		records := sample[at:]
		agree := agreement(records) > max(score, 0.9) && hasNumbers(records)
		l, is := one.align(one.linesOf(head, whole, records[0].line), records, agree, score < 0.5 && o.Quote == "", at == 0 && gap == 1, times)
		if !is {
			continue
		}
		if d.places = l; l != nil && !l.words {
			d.Quote = 0
		}
		d.first = records[0].line
		return true
	}
	return false
}

// afterGap is the first record that stands behind a blank line, 0 if none of the first does.
func (d *Dialect) afterGap(head []byte, records []record) int {
	at := d.Skip
	for line := range bytes.SplitSeq(head, []byte{d.Break}) {
		if at++; at > records[0].line && len(bytes.TrimSpace(line)) == 0 {
			return max(0, slices.IndexFunc(records[:min(len(records), titleRows)], func(r record) bool { return r.line > at }))
		}
	}
	return 0
}

// mayName tells whether a record has as many words as the one behind it, or one less, so that it may be its header.
func mayName(r, next record) bool {
	return len(r.cells) > 1 && (len(r.cells) == len(next.cells) || len(r.cells)+1 == len(next.cells))
}

// isProse tells whether the lines before a header can be a title: no more than a blank stands between their words, and they have fewer of them than the
// header, or a blank line behind them.
func (d *Dialect) isProse(head []byte, before []record, header record) bool {
	last := before[len(before)-1]
	for _, r := range before {
		if len(r.cells) >= len(header.cells) && header.line == last.line+1 {
			return false
		}
	}
	lines := d.linesOf(head, true, before[0].line)
	return !slices.ContainsFunc(lines[:min(len(lines), len(before))], func(l placed) bool { _, torn := l.within(span{0, len(l.text) + 1}); return torn })
}

// align decides whether lines, of which these are the words, are read by places, by words, or not at all. agree says that they have as many words as each
// other, alone that nothing else parts them, and titled that a blank line stands behind the first, which may be a title.
func (d *Dialect) align(lines []placed, records []record, agree, alone, titled bool, times *moment.Reader) (l *layout, is bool) {
	torn, tabs, quoted := 0, false, false
	for _, line := range lines {
		if line.runs() {
			torn++
		}
		tabs = tabs || bytes.IndexByte(line.text, '\t') >= 0
		quoted = quoted || d.Quote != 0 && (line.text[0] == d.Quote || bytes.Contains(line.text, []byte{' ', d.Quote}))
	}
	switch {
	case len(lines) < 2 || tabs:
		return nil, agree
	case agree && cutsTimes(records):
		agree = false
	}
	p := newProof(lines)
	l = p.layout()
	if quoted && (torn > 0 || !agree) {
		return nil, agree && (l == nil || p.full())
	}
	switch {
	case agree && torn == 0:
		return nil, l == nil || p.full() || len(lines) > 3
	case agree && p.full():
		if l != nil && len(l.gutters)+1 == len(p.blocks) {
			l.words = true
			return l, true
		}
		return nil, false
	case l != nil:
		return l, (agree || alone) && !titled && (2*torn >= len(lines) || len(lines) >= 2*fewValues)
	case !agree:
		return nil, false
	}
	if l = countedLayout(lines, len(records[0].cells)); l != nil && !titled {
		return l, true
	}
	return nil, numbersAlone(lines, records, times)
}

// countedLayout is the layout of values below a header that is not aligned with them: each line has a word in each column, none of which can be a part of another
// column, and there are as many columns as names, the first of which stands at the beginning, or one more. No name stands above another column than its own,
// and where rows are few each stands above that.
func countedLayout(lines []placed, names int) *layout {
	var rows []placed
	for _, line := range lines[1:] {
		if n := len(line.words); n == names || n == names+1 {
			rows = append(rows, line)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	p := newProof(slices.Insert(rows, 0, rows[0]))
	if n := len(p.blocks); !p.full() || n < names || n > names+1 || n == names && lines[0].words[0].begin > p.blocks[0].begin {
		return nil
	}
	for i, name := range lines[0].words {
		own := i + len(p.blocks) - names
		for k, block := range p.blocks {
			if above := name.begin < block.end && block.begin < name.end; k != own && above || k == own && !above && len(rows) < fewValues {
				return nil
			}
		}
	}
	l := &layout{words: true}
	for i := range p.blocks {
		if i > 0 {
			if is, _ := p.column(i-1, i+1); is {
				return nil
			}
			l.gutters = append(l.gutters, gutter{p.blocks[i-1].end, p.blocks[i].begin})
		}
		_, values, _ := p.cells(i, i+1)
		l.add(values)
	}
	return l
}

// numbersAlone tells whether the rows behind the header have nothing but numbers and times, none of which is one of several words, perhaps behind a name. No
// column is without a name: the header begins where they do.
func numbersAlone(lines []placed, records []record, times *moment.Reader) bool {
	torn := false
	for _, line := range lines[1:] {
		if line.words[0].begin < lines[0].words[0].begin {
			return false
		}
		torn = torn || line.runs()
	}
	return (!torn || len(records) > 3) && !slices.ContainsFunc(records[1:], func(r record) bool {
		return slices.ContainsFunc(r.cells[min(1, len(r.cells)):], func(c Cell) bool { return lookOf(c.Raw, times) == word })
	})
}

var (
	dayOnly  = regexp.MustCompile(`^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}$`)
	hourOnly = regexp.MustCompile(`^\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?$`)
)

// cutsTimes tells whether words make two fields of dates and times of day that may stand below one name: there is a name less than fields, and the first of
// them is not the number of the row.
func cutsTimes(records []record) bool {
	width := commonWidth(records[1:])
	if width != len(records[0].cells)+1 || numbered(records[1:]) {
		return false
	}
	for i := range width - 1 {
		if !slices.ContainsFunc(records[1:], func(r record) bool {
			return len(r.cells) == width && !(dayOnly.Match(r.cells[i].Raw) && hourOnly.Match(r.cells[i+1].Raw))
		}) {
			return true
		}
	}
	return false
}

// linesOf is the lines of the beginning from one on, as many as are looked at, without those that are no rows whatever the others are.
func (d *Dialect) linesOf(head []byte, whole bool, begin int64) (lines []placed) {
	at := d.Skip
	for line := range bytes.SplitSeq(head, []byte{d.Break}) {
		if at++; at < begin || d.omits(at) {
			continue
		}
		text := bytes.TrimRight(line, " \r\n")
		if len(text) == 0 || text[0] == endOfFile || d.Comment != "" && bytes.HasPrefix(text, []byte(d.Comment)) || d.asideOf(text) != "" || len(lines) > 0 && d.marks(text) {
			continue
		}
		if lines = append(lines, place(text)); len(lines) > headRows {
			break
		}
	}
	if !whole && len(lines) > 0 { // the last may be cut off
		lines = lines[:len(lines)-1]
	}
	return lines
}

// marks tells whether a line begins with the mark of comments, blanks before it or not.
func (d *Dialect) marks(text []byte) bool {
	if d.Delimiter == "" {
		text = bytes.TrimLeft(text, " ")
	}
	return d.Comments && len(text) > 0 && text[0] == commentMark
}

// countOfRows is how clients of databases and others say behind a table how many rows it has.
var countOfRows = regexp.MustCompile(`(?i)^(\([\d,]+ rows?( affected)?\)|[\d,]+ rows? in set.*|[\d,]+ rows? (selected|affected|returned|fetched)\.?|[\d,]+ record\(s\) selected\.?|\[[\d,]+ rows x [\d,]+ columns\]|total:? [\d,]+ (rows?|records?|lines?|entries))$`)

const (
	whyRule  = "is nothing but dashes, not as many as there are columns, and no row"
	whyCount = "tells how many rows there are, and is none"
)

// asideOf says why a line of a text that is aligned by blanks is no row, whatever the others are; "" if it may be one.
func (d *Dialect) asideOf(text []byte) string {
	text = bytes.TrimRight(text, " \r")
	switch {
	case d.Brackets, len(text) < 3:
	case d.places != nil && d.places.rule != nil && bytes.Equal(text, d.places.rule):
		return whyRule
	case isDashes(text):
		return whyRule
	case (bytes.Contains(text, []byte(" row")) || bytes.Contains(text, []byte(" record")) || bytes.Contains(text, []byte(" lines")) || bytes.Contains(text, []byte(" entries"))) && countOfRows.Match(bytes.TrimLeft(text, " ")):
		return whyCount
	}
	return ""
}

// skipAside goes behind the line at hand if it is no row of a text that is aligned by blanks, whatever the others are.
func (f *fields) skipAside(data []byte, line int64) bool {
	end := lineEnd(data, f.at, f.Break)
	why := f.asideOf(data[f.at:end])
	if why == "" || len(f.Columns) == 1 {
		return false
	}
	f.at = min(end+1, len(data))
	if f.in != nil {
		f.in.tell(line, why)
	}
	return true
}
