package detect

import (
	"bytes"
	"math"
	"math/bits"

	"ovate/internal/detect/number"
	"ovate/internal/detect/timeformat"
	"ovate/internal/jsontext"
	"ovate/internal/moment"
	"ovate/internal/nullword"
	"ovate/internal/table"
)

// counter adds values to columns. It belongs to one worker.
type counter struct {
	reader *moment.Reader
	given  *timeformat.Format // of the time, if the caller knows it
	zoned  bool               // the reader has a zone
	nulls  []string
	batch  int
	line   int64
	input  string
	bare   []byte // a number without its commas
	loose  []byte // one without what else people write
	plain  []byte // one without its power of ten
}

func (w *counter) at(p *place, raw []byte) {
	if p.batch == 0 || w.batch < p.batch || w.batch == p.batch && w.line < p.line {
		*p = place{w.batch, w.line, w.input, cutText(string(raw[:min(len(raw), 100)]))}
	}
}

// add adds a value to what is known of its column.
func (w *counter) add(c *column, kind table.Kind, raw []byte) {
	c.values++
	switch kind {
	case table.Empty, table.Null:
		c.nulls++
		return
	case table.Bool, table.List, table.Object:
		w.addNoText(c, kind, raw)
		return
	}
	b := trim(raw)
	if w.addNull(c, kind, raw, b) {
		return
	}
	n := number.Of(b)
	isTime := w.addTime(c, kind, raw, b, n)
	if kind == table.String {
		c.strings++
		c.alike.add(raw)
		w.at(&c.firstText, raw)
		return
	}
	if len(b) != len(raw) {
		c.padded++
	}
	if bytes.IndexByte(raw, 1) >= 0 {
		c.odd++
	}
	if kind == table.Number && n.Form != number.Long {
		c.odd++
	}
	if n.Power && n.Form == number.Double && n.Places == 0 && !bytes.ContainsAny(b, "+-.") {
		c.powers++
		w.at(&c.firstPower, b)
	}
	if n.Form == number.None && !isTime {
		n, b = w.addNumeral(c, n, raw, b)
	}
	w.addNumber(c, n, raw, b)
}

// addNoText adds a value of JSON that is neither a text nor a number.
func (w *counter) addNoText(c *column, kind table.Kind, raw []byte) {
	switch kind {
	case table.Bool:
		c.bools++
	case table.List:
		c.lists++
		w.addList(c, raw)
	case table.Object:
		c.nested++
	}
	w.at(&c.firstText, raw)
}

// addNull adds a text, which is b without the blanks around it, if it is a kind of null.
func (w *counter) addNull(c *column, kind table.Kind, raw, b []byte) (is bool) {
	for i, word := range w.nulls {
		if isWord(raw, word) {
			c.nulls++
			c.addTold(i, len(w.nulls), 1)
			return true
		}
	}
	if len(raw) == 0 {
		c.blank++
		return true
	}
	word := nullword.Index(b)
	if word < 0 {
		return false
	}
	c.words[word]++
	if kind == table.Number {
		c.odd++ // NaN
	}
	return true
}

// addNumber adds what may be a number, which is b without the blanks around it, and without what only people write.
func (w *counter) addNumber(c *column, n number.Number, raw, b []byte) {
	c.forms[n.Form]++
	switch n.Form {
	case number.Long:
		c.addLong(n.Value)
		if n.Value == 0 && len(b) > 1 {
			c.signed++
		}
	case number.None, number.Coded, number.Huge, number.Overflow:
		c.texts++
		c.alike.add(raw)
		w.at(&c.firstText, raw)
		switch {
		case n.Form == number.Coded:
			w.at(&c.firstCoded, raw)
			if bytes.ContainsAny(b, ".eE") || len(b) > len("9223372036854775807") {
				c.codedParts++
			}
		case n.Form != number.Huge && len(b) == 0:
			c.spaces++
		case n.Form != number.Huge:
			w.at(&c.firstNone, raw)
		}
		if n.Form == number.Huge || n.Form == number.Overflow {
			w.at(&c.firstBeyond, raw)
		}
		if n.Form == number.Huge && !number.WholePartFits(b) {
			c.inexact++
		}
	case number.EitherComma, number.DecimalComma, number.GroupedByComma:
		w.at(&c.firstComma, raw)
		if n.Form == number.EitherComma {
			w.at(&c.firstEither, raw)
		}
		w.addComma(c, n.Form, raw, b)
	case number.Double:
		w.addDouble(c, n, raw, b)
	}
}

// addNumeral adds what no parser of numbers knows, but people may write as one: it returns the number and how a parser would have it.
func (w *counter) addNumeral(c *column, n number.Number, raw, b []byte) (number.Number, []byte) {
	people, is := numeralOf(w.loose, b)
	if !is {
		return n, b
	}
	w.loose = people.text
	n = number.Of(people.text)
	if people.mark != "" {
		w.addMarked(&c.marked, &people, n, raw)
		return number.Number{}, b
	}
	if people.sign != noSign {
		c.signs[people.sign]++
		w.at(&c.firstSign, raw)
	}
	if people.minus {
		c.minus++
		w.at(&c.firstMinus, raw)
	}
	return n, people.text
}

// isWord tells whether a text is a word, perhaps with blanks around it. A word of blanks is any number of them.
func isWord(raw []byte, word string) bool {
	if word != "" && len(raw) > 0 && len(trim([]byte(word))) == 0 {
		return len(trim(raw)) == 0
	}
	return string(raw) == word || len(raw) > len(word) && word != "" && string(trim(raw)) == word
}

func (c *column) addLong(v int64) {
	c.min, c.max = min(c.min, v), max(c.max, v)
	if int64(float64(v)) != v || v == math.MaxInt64 {
		c.inexact++
	}
	sum, amount := &c.positive, uint64(v)
	if v < 0 {
		sum, amount = &c.negative, -uint64(v)
	}
	var carry uint64
	sum[1], carry = bits.Add64(sum[1], amount, 0)
	sum[0] += carry
}

// addDouble adds a double, which is b without what only people write, and raw as it is written.
func (w *counter) addDouble(c *column, n number.Number, raw, b []byte) {
	if n.Finer {
		c.finer++
	}
	if n.Places > 0 {
		c.places |= 1 << min(n.Places, 63)
		if n.MayBeThousands(b) {
			c.pointed++
			w.at(&c.firstPointed, trim(raw))
		}
		if n.Places > 1 && !n.Power && b[len(b)-1] == '0' {
			c.zeros++
			w.at(&c.firstZero, trim(raw))
		}
	}
	if !number.WholePartFits(b) {
		c.inexact++
	}
}

// addComma adds a number with commas as what it is without them.
func (w *counter) addComma(c *column, f number.Form, raw, b []byte) {
	how := thousands
	if f == number.DecimalComma {
		how = decimals
	}
	if b[0] == '+' {
		b = b[1:]
	}
	w.bare = how.plain(w.bare[:0], b)
	switch n := number.Of(w.bare); n.Form {
	case number.Long:
		c.addLong(n.Value)
	case number.Huge:
		c.vast++
		w.at(&c.firstBeyond, trim(raw))
		if !number.WholePartFits(w.bare) {
			c.inexact++
		}
	case number.Double:
		w.addDouble(c, n, raw, w.bare)
		if f == number.GroupedByComma {
			c.tenths++
		}
	}
}

// addList looks at what a list holds.
func (w *counter) addList(c *column, raw []byte) {
	n := 0
	for value := range jsontext.Elements(raw) {
		n++
		switch table.KindOf(value[0]) {
		case table.Null, table.List, table.Object:
			c.deepList++
			return
		case table.Number:
			if v := number.Of(value); v.Form != number.Long || value[0] == '-' && v.Value == 0 {
				c.odd++
			}
		}
	}
	switch n {
	case 0:
		c.noList++
	case 1:
		c.oneList++
	default:
		return
	}
	w.at(&c.firstList, raw)
}
