package table

import (
	"bytes"
	"slices"
)

const (
	mostBlocks = 1000 // of a line
	mostJoined = 6    // blocks of one column
	fewValues  = 4    // of which something may be true by chance
)

// proof finds out how lines are parted. The first line names the columns.
type proof struct {
	lines  []placed
	blocks []span
	tight  bool   // a single blank parts all blocks
	header []bool // by block: the first line has something there
	filled []bool // so have others
}

func newProof(lines []placed) *proof {
	p := &proof{lines: lines, blocks: usedPlaces(lines), tight: true}
	if len(p.blocks) > mostBlocks {
		p.blocks = nil
	}
	for i, b := range p.blocks {
		p.tight = p.tight && (i == 0 || b.begin == p.blocks[i-1].end+1)
		words, _ := lines[0].within(b)
		p.header = append(p.header, len(words) > 0)
		p.filled = append(p.filled, slices.ContainsFunc(lines[1:], func(l placed) bool {
			words, _ := l.within(b)
			return len(words) > 0
		}))
	}
	return p
}

// full tells whether each line has one word in each block, but for the first line in the first of them.
func (p *proof) full() bool {
	for i, b := range p.blocks {
		for k, l := range p.lines {
			if words, _ := l.within(b); len(words) != 1 && (i > 0 || k > 0 || len(words) > 0) {
				return false
			}
		}
	}
	return len(p.blocks) > 1
}

// ways counts how the blocks up to one can be columns.
type ways struct {
	all, whole int // whole are those in which each column has values
	from       int // the block with which the last column begins in a whole one
	any        int // or in another one
}

// layout returns the one way in which the lines can be parted, nil if there is none or several.
func (p *proof) layout() *layout {
	if len(p.blocks) < 2 {
		return nil
	}
	to := make([]ways, len(p.blocks)+1)
	to[0] = ways{all: 1, whole: 1}
	for end := 1; end <= len(p.blocks); end++ {
		for begin := max(0, end-mostJoined); begin < end; begin++ {
			is, empty := p.column(begin, end)
			if !is || to[begin].all == 0 {
				continue
			}
			to[end].all += to[begin].all
			to[end].any = begin
			if !empty && to[begin].whole > 0 {
				to[end].whole += to[begin].whole
				to[end].from = begin
			}
		}
		to[end].all, to[end].whole = min(to[end].all, 2), min(to[end].whole, 2)
	}
	last := to[len(p.blocks)]
	if last.whole > 1 || last.whole == 0 && last.all != 1 {
		return nil
	}
	var begins []int
	for end := len(p.blocks); end > 0; end = begins[0] {
		from := to[end].from
		if last.whole == 0 {
			from = to[end].any
		}
		begins = slices.Insert(begins, 0, from)
	}
	if len(begins) < 2 {
		return nil
	}
	l := &layout{}
	single, fewest := false, len(p.lines)
	for i, begin := range begins {
		end := len(p.blocks)
		if i+1 < len(begins) {
			end = begins[i+1]
		}
		if i > 0 {
			g := gutter{p.blocks[begin-1].end, p.blocks[begin].begin}
			single = single || g.end == g.begin+1
			l.gutters = append(l.gutters, g)
		}
		_, values, _ := p.cells(begin, end)
		l.add(values)
		fewest = min(fewest, len(values))
	}
	if unnamed := begins[1] > 1 && !slices.Contains(p.header[:begins[1]], true); last.all > 1 && (unnamed || single && fewest < fewValues) {
		return nil
	}
	return l
}

// cells are the places that the name and the values take in the column of some blocks, and whether more than a blank is within one of them.
func (p *proof) cells(begin, end int) (name span, values []span, torn bool) {
	within := span{p.blocks[begin].begin, p.blocks[end-1].end}
	for i, l := range p.lines {
		words, apart := l.within(within)
		torn = torn || apart
		switch {
		case len(words) == 0:
		case i == 0:
			name = span{words[0].begin, words[len(words)-1].end}
		default:
			values = append(values, span{words[0].begin, words[len(words)-1].end})
		}
	}
	return name, values, torn
}

// column tells whether some blocks can be a column, and whether it has no values.
func (p *proof) column(begin, end int) (is, empty bool) {
	name, values, torn := p.cells(begin, end)
	unnamed := name.end == 0
	empty = len(values) == 0
	switch {
	case torn, unnamed && begin > 0:
		return false, false
	case end > begin+1 && p.below(begin, end):
		return sidesOf(values) != 0, false
	case end > begin+1 && !p.single(begin, end):
		return false, false
	case empty, end == begin+1 && !p.several(begin, end):
		return true, empty
	case end > begin+1 && p.apart(begin, end):
		return false, false
	}
	sides := sidesOf(values)
	if unnamed {
		return sides != 0, false
	}
	left, right := sides&leftSide > 0, sides&rightSide > 0
	aligned := left && name.begin == values[0].begin || right && name.end == values[0].end
	return aligned || end == begin+1 && right && name.begin == p.blocks[begin].begin, false
}

// single tells whether a single blank parts all blocks.
func (p *proof) single(begin, end int) bool {
	for i := begin + 1; i < end; i++ {
		if p.blocks[i].begin != p.blocks[i-1].end+1 {
			return false
		}
	}
	return true
}

// several tells whether a name or a value has several words.
func (p *proof) several(begin, end int) bool {
	within := span{p.blocks[begin].begin, p.blocks[end-1].end}
	return slices.ContainsFunc(p.lines, func(l placed) bool {
		words, _ := l.within(within)
		return len(words) > 1
	})
}

// below tells whether the values of some blocks stand behind their name, as numbers at the right end of a column do whose name is at its left one.
func (p *proof) below(begin, end int) bool {
	names := begin
	for names < end && p.header[names] && !p.filled[names] {
		names++
	}
	return names > begin && names < end && !slices.Contains(p.header[names:end], true) && p.single(begin, names) && p.single(names, end)
}

// apart tells whether blocks that a single blank parts in each line are columns by all that lines show: each has a word in all of them, and these are numbers
// alone, or there is nothing but such blanks between columns, and so many lines that words above each other are none by chance.
func (p *proof) apart(begin, end int) bool {
	within := span{p.blocks[begin].begin, p.blocks[end-1].end}
	numbers, row := true, false // row is that the first line is numbers, too, and names nothing
	texts := map[string]bool{}
	for i, l := range p.lines {
		for _, b := range p.blocks[begin:end] {
			if words, _ := l.within(b); len(words) == 0 {
				return false
			}
		}
		words, _ := l.within(within)
		first := l.wordAt(words[0].begin)
		cell := l.cut(first, first+len(words))
		if i == 0 {
			row = areNumbers(bytes.Fields(cell))
			continue
		}
		texts[string(cell)] = true
		numbers = numbers && areNumbers(bytes.Fields(cell))
	}
	return numbers && (row || len(texts) >= 3) || p.tight && len(texts) > fewValues
}

// areNumbers tells whether all texts are made of digits and the like.
func areNumbers(texts [][]byte) bool {
	for _, text := range texts {
		if len(bytes.Trim(text, "0123456789.,+-eE%")) > 0 {
			return false
		}
	}
	return true
}
