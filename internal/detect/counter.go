package detect

import (
	"bytes"
	"math"
	"math/bits"

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
	n := numberOf(b)
	isTime := w.addTime(c, b, n)
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
	if kind == table.Number && n.form != long {
		c.odd++
	}
	if n.power && n.form == double && n.places == 0 && !bytes.ContainsAny(b, "+-.") {
		c.powers++
		w.at(&c.firstPower, b)
	}
	if n.form == noNumber && !isTime {
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
			c.told++
			c.toldWords |= 1 << min(i, 63)
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
func (w *counter) addNumber(c *column, n number, raw, b []byte) {
	c.forms[n.form]++
	switch n.form {
	case long:
		c.addLong(n.value)
		if n.value == 0 && len(b) > 1 {
			c.signed++
		}
	case noNumber, coded, huge, overflow:
		c.texts++
		c.alike.add(raw)
		w.at(&c.firstText, raw)
		if n.form == huge || n.form == overflow {
			w.at(&c.firstBeyond, raw)
		}
		if n.form == huge && !wholePartFits(b) {
			c.inexact++
		}
	case eitherComma, decimalComma, groupedByComma:
		w.at(&c.firstComma, raw)
		if n.form == eitherComma {
			w.at(&c.firstEither, raw)
		}
		w.addComma(c, n.form, b)
	case double:
		w.addDouble(c, n, b, b)
	}
}

// addNumeral adds what no parser of numbers knows, but people may write as one: it returns the number and how a parser would have it.
func (w *counter) addNumeral(c *column, n number, raw, b []byte) (number, []byte) {
	people, is := numeralOf(w.loose, b)
	if !is {
		return n, b
	}
	w.loose = people.text
	n = numberOf(people.text)
	if people.mark != "" {
		c.marked++
		c.marks[n.form]++
		c.units |= markBit(people.mark)
		w.at(&c.firstMarked, raw)
		return number{}, b
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

// addDouble adds a double, which is b without the commas that are in it as it is written.
func (w *counter) addDouble(c *column, n number, b, written []byte) {
	if n.finer {
		c.finer++
	}
	if n.places > 0 {
		c.places |= 1 << min(n.places, 63)
		if n.places == 3 && !n.power && n.whole <= 3 && n.whole > 0 && b[len(b)-4-int(n.whole)] != '0' {
			c.pointed++
			w.at(&c.firstPointed, b)
		}
		if n.places > 1 && !n.power && b[len(b)-1] == '0' {
			c.zeros++
			w.at(&c.firstZero, written)
		}
	}
	if !wholePartFits(b) {
		c.inexact++
	}
}

// addComma adds a number with commas as what it is without them.
func (w *counter) addComma(c *column, f form, b []byte) {
	how := thousands
	if f == decimalComma {
		how = decimals
	}
	if b[0] == '+' {
		b = b[1:]
	}
	w.bare = how.plain(w.bare[:0], b)
	switch n := numberOf(w.bare); n.form {
	case long:
		c.addLong(n.value)
	case huge:
		c.vast++
		w.at(&c.firstBeyond, b)
		if !wholePartFits(w.bare) {
			c.inexact++
		}
	case double:
		w.addDouble(c, n, w.bare, b)
		if f == groupedByComma {
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
			if v := numberOf(value); v.form != long || value[0] == '-' && v.value == 0 {
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
