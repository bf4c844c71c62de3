package table

import (
	"slices"
	"unicode/utf8"
)

// span is some characters of a line, counted from its beginning.
type span struct{ begin, end int }

// layout is where the columns of a text stand that is aligned by blanks. It is taken only where it is the one way to part the lines at the beginning that all
// of them allow:
//
//   - A gutter is a place that is blank in every line. Columns are parted by gutters, though not by each: words of one value or name may stand above each other, too.
//   - Within a value or a name there is one blank between two words.
//   - The values of a column of which one has several words begin at one place or end at one, as its name does. Where all of them are single words that overlap,
//     they are a column however they are aligned.
//   - Every column has a name, but for the first, which may be the names of the rows.
//
// If several ways are possible, that one counts which leaves no column without a value, if it is the only such one and blanks beside each other part its columns:
// a single blank may be within a name. All other lines are then held against the layout while they are read.
type layout struct {
	gutters []gutter
	sides   []side // by column
	values  []span // by column, where the values begin and end that have a side in common
	rule    []byte // the line of dashes that shows where the columns are, or nil
	words   bool   // each word is a field, and these are the places where it stands
}

// gutter is the characters between two columns, counted from the beginning of a line.
type gutter = span

// side is what the values of a column have in common.
type side uint8

const (
	leftSide  side = 1 << iota // where they begin
	rightSide                  // where they end
)

// placed is a line of the beginning and its words.
type placed struct {
	text  []byte
	words []span
	bytes []span // of the words, the same where each character is a byte
}

// place finds the words of a line, by the places of their characters.
func place(text []byte) (p placed) {
	p.set(text)
	return p
}

// set is place that makes use of the room that there is.
func (p *placed) set(text []byte) {
	p.text, p.words, p.bytes = text, p.words[:0], p.bytes[:0]
	at, begin, first := 0, -1, 0
	for i := 0; i < len(text); at++ {
		n := 1
		if text[i] >= utf8.RuneSelf {
			_, n = utf8.DecodeRune(text[i:])
		}
		switch blank := text[i] == ' '; {
		case blank && begin >= 0:
			p.words, p.bytes = append(p.words, span{begin, at}), append(p.bytes, span{first, i})
			begin = -1
		case !blank && begin < 0:
			begin, first = at, i
		}
		i += n
	}
	if begin >= 0 {
		p.words, p.bytes = append(p.words, span{begin, at}), append(p.bytes, span{first, len(text)})
	}
}

// cut returns the text of the words from one on and before another.
func (p *placed) cut(from, to int) []byte { return p.text[p.bytes[from].begin:p.bytes[to-1].end] }

// wordAt is the first word that stands at a place or behind it.
func (p *placed) wordAt(place int) int {
	at, _ := slices.BinarySearchFunc(p.words, place, func(w span, place int) int { return w.begin - place })
	return at
}

// within is the words that stand in some places, and whether more than a blank is between two of them.
func (p *placed) within(s span) (words []span, torn bool) {
	first := p.wordAt(s.begin)
	last := first
	for last < len(p.words) && p.words[last].begin < s.end {
		torn = torn || last > first && p.words[last].begin > p.words[last-1].end+1
		last++
	}
	return p.words[first:last], torn
}

// runs tells whether more than a blank stands between two words, or one before the first.
func (p *placed) runs() bool {
	_, torn := p.within(span{0, len(p.text) + 1})
	return torn || len(p.words) > 0 && p.words[0].begin > 0
}

// usedPlaces are the places that lines use, with gutters between them.
func usedPlaces(lines []placed) (all []span) {
	var spans []span
	for _, l := range lines {
		spans = append(spans, l.words...)
	}
	slices.SortFunc(spans, func(a, b span) int { return a.begin - b.begin })
	for _, s := range spans {
		if n := len(all); n > 0 && s.begin <= all[n-1].end {
			all[n-1].end = max(all[n-1].end, s.end)
		} else {
			all = append(all, s)
		}
	}
	return all
}

// add adds what the values of the next column have in common.
func (l *layout) add(values []span) {
	l.sides = append(l.sides, sidesOf(values))
	place := span{}
	if len(values) > 0 {
		place = values[0]
	}
	l.values = append(l.values, place)
}

// sidesOf is what values have in common.
func sidesOf(values []span) side {
	if len(values) == 0 {
		return 0
	}
	sides := leftSide | rightSide
	for _, v := range values {
		if v.begin != values[0].begin {
			sides &^= leftSide
		}
		if v.end != values[0].end {
			sides &^= rightSide
		}
	}
	return sides
}
