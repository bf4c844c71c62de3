package detect

import (
	"bytes"
	"math"
	"math/bits"

	"ovate/druid"
	"ovate/internal/moment"
	"ovate/internal/table"
)

// place is where a value stands.
type place struct {
	batch int // 0 is nowhere: batches count from 1 here
	line  int64
	input string
	value string
}

func (p *place) before(q *place) bool {
	return p.batch != 0 && (q.batch == 0 || p.batch < q.batch || p.batch == q.batch && p.line < q.line)
}

// column is what is known of the values of a column, counted over all rows. Workers count on their own, and the counts are added up.
type column struct {
	key     string
	whole   bool  // objects in it are not taken apart
	crowded bool  // objects in it have too many keys
	score   int   // how much its name speaks of time
	named   bool  // its name can hardly mean anything but a time
	row     int64 // that had it last, of a part of objects
	slot    int   // of the plan that its values are for, while rows are converted

	values int64 // with all kinds of nulls
	nulls  int64 // empty fields, JSON's null, and the words that the caller takes for null
	told   int64 // how many of them are such words
	blank  int64 // texts of no characters, in quotes
	words  wordCounts

	forms    [forms]int64 // of what may be a number: not of JSON's texts
	texts    int64        // of text files
	strings  int64        // JSON's texts
	bools    int64
	lists    int64
	nested   int64  // objects that are kept
	deepList int64  // lists that hold nulls, lists or objects
	noList   int64  // empty lists
	oneList  int64  // lists of one value
	odd      int64  // values that the engine's own reader makes another text of, if the column is text
	padded   int64  // numbers with blanks around them
	finer    int64  // doubles with more digits than one holds
	inexact  int64  // numbers with a whole part that no double is
	tenths   int64  // numbers with commas between thousands and with a point
	vast     int64  // whole numbers with commas between thousands beyond 64 bits
	signed   int64  // -0
	pointed  int64  // doubles whose point may part thousands: 1.234
	zeros    int64  // doubles that end in a zero behind their point, as 1.10
	places   uint64 // a bit for every number of digits behind a point that there is

	min, max           int64     // of longs
	positive, negative [2]uint64 // sums of longs, 128 bits
	firstText          place     // what is no number
	firstComma         place     // what is a number with a comma
	firstBeyond        place     // what is a number beyond a long or a double
	firstPointed       place
	firstZero          place
	firstList          place // a list of one value, or of none

	times timeCounts
}

func newColumn(key string) *column {
	c := &column{key: key, score: nameScore(columnName(key)), named: meansInstant(columnName(key)), min: math.MaxInt64, max: math.MinInt64}
	c.times.init()
	return c
}

// counter adds values to columns. It belongs to one worker.
type counter struct {
	reader *moment.Reader
	given  *givenFormat // of the time, if the caller knows it
	zoned  bool         // the reader has a zone
	nulls  []string
	batch  int
	line   int64
	input  string
	plain  []byte // a number without its commas
}

func (w *counter) at(p *place, raw []byte) {
	if p.batch == 0 || w.batch < p.batch || w.batch == p.batch && w.line < p.line {
		*p = place{w.batch, w.line, w.input, cutText(string(raw[:min(len(raw), 100)]))}
	}
}

func (w *counter) add(c *column, kind table.Kind, raw []byte) {
	c.values++
	switch kind {
	case table.Empty, table.Null:
		c.nulls++
		return
	case table.Bool:
		c.bools++
		w.at(&c.firstText, raw)
		return
	case table.List:
		c.lists++
		w.addList(c, raw)
		w.at(&c.firstText, raw)
		return
	case table.Object:
		c.nested++
		w.at(&c.firstText, raw)
		return
	}
	for _, word := range w.nulls {
		if string(raw) == word {
			c.nulls++
			c.told++
			return
		}
	}
	if len(raw) == 0 {
		c.blank++
		return
	}
	b := trim(raw)
	if word := nullWord(b); word >= 0 {
		c.words[word]++
		if kind == table.Number {
			c.odd++ // NaN
		}
		return
	}
	n := numberOf(b)
	w.addTime(c, b, n)
	if kind == table.String {
		c.strings++
		w.at(&c.firstText, raw)
		return
	}
	if len(b) != len(raw) {
		c.padded++
	}
	if bytes.IndexByte(raw, 1) >= 0 {
		c.odd++
	}
	c.forms[n.form]++
	switch n.form {
	case long:
		c.addLong(n.value)
		if n.value == 0 && len(b) > 1 {
			c.signed++
		}
	case noNumber, coded, huge, overflow:
		c.texts++
		w.at(&c.firstText, raw)
		if n.form == huge || n.form == overflow {
			w.at(&c.firstBeyond, raw)
		}
		if n.form == huge && !wholePartFits(b) {
			c.inexact++
		}
	case eitherComma, decimalComma, groupedByComma:
		w.at(&c.firstComma, raw)
		w.addComma(c, n.form, b)
	case double:
		w.addDouble(c, n, b)
	}
	if kind == table.Number && n.form != long {
		c.odd++
	}
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

func (w *counter) addDouble(c *column, n number, b []byte) {
	if n.finer {
		c.finer++
	}
	if n.places > 0 {
		c.places |= 1 << min(n.places, 63)
		if n.places == 3 && !n.power && n.whole <= 3 && n.whole > 0 && b[len(b)-4-n.whole] != '0' {
			c.pointed++
			w.at(&c.firstPointed, b)
		}
		if n.places > 1 && !n.power && b[len(b)-1] == '0' {
			c.zeros++
			w.at(&c.firstZero, b)
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
	w.plain = how.plain(w.plain[:0], b)
	switch n := numberOf(w.plain); n.form {
	case long:
		c.addLong(n.value)
	case huge:
		c.vast++
		w.at(&c.firstBeyond, b)
		if !wholePartFits(w.plain) {
			c.inexact++
		}
	case double:
		w.addDouble(c, n, w.plain)
		if f == groupedByComma {
			c.tenths++
		}
	}
}

// addList looks at what a list holds.
func (w *counter) addList(c *column, raw []byte) {
	n := 0
	for i := skipBlanks(raw, 1); i < len(raw) && raw[i] != ']'; n++ {
		end, kind := skipValue(raw, i)
		switch kind {
		case table.Null, table.List, table.Object:
			c.deepList++
			return
		case table.Number:
			if v := numberOf(raw[i:end]); v.form != long || raw[i] == '-' && v.value == 0 {
				c.odd++
			}
		}
		if i = skipBlanks(raw, end); i < len(raw) && raw[i] == ',' {
			i = skipBlanks(raw, i+1)
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

// merge adds what another worker counted.
func (c *column) merge(o *column) {
	c.crowded = c.crowded || o.crowded
	for _, sum := range [...][2]*int64{
		{&c.values, &o.values}, {&c.nulls, &o.nulls}, {&c.told, &o.told}, {&c.blank, &o.blank}, {&c.texts, &o.texts}, {&c.strings, &o.strings},
		{&c.bools, &o.bools}, {&c.lists, &o.lists}, {&c.nested, &o.nested}, {&c.deepList, &o.deepList}, {&c.noList, &o.noList}, {&c.odd, &o.odd},
		{&c.padded, &o.padded}, {&c.finer, &o.finer}, {&c.inexact, &o.inexact}, {&c.signed, &o.signed},
		{&c.tenths, &o.tenths}, {&c.vast, &o.vast}, {&c.oneList, &o.oneList}, {&c.pointed, &o.pointed}, {&c.zeros, &o.zeros},
	} {
		*sum[0] += *sum[1]
	}
	c.words.add(&o.words)
	for i, n := range o.forms {
		c.forms[i] += n
	}
	c.min, c.max = min(c.min, o.min), max(c.max, o.max)
	for _, sum := range [...][2]*[2]uint64{{&c.positive, &o.positive}, {&c.negative, &o.negative}} {
		var carry uint64
		sum[0][1], carry = bits.Add64(sum[0][1], sum[1][1], 0)
		sum[0][0] += sum[1][0] + carry
	}
	c.places |= o.places
	for _, p := range [...][2]*place{{&c.firstText, &o.firstText}, {&c.firstComma, &o.firstComma}, {&c.firstBeyond, &o.firstBeyond}, {&c.firstPointed, &o.firstPointed},
		{&c.firstZero, &o.firstZero}, {&c.firstList, &o.firstList}} {
		if p[1].before(p[0]) {
			*p[0] = *p[1]
		}
	}
	c.times.merge(&o.times)
}

// sumFits tells whether no sum of some of the longs leaves 64 bits.
func (c *column) sumFits() bool {
	return c.positive[0] == 0 && c.positive[1] <= math.MaxInt64 && c.negative[0] == 0 && c.negative[1] <= math.MaxInt64
}

// numbers counts the values that are some kind of number.
func (c *column) numbers() int64 {
	return c.forms[long] + c.forms[double] + c.forms[decimalComma] + c.forms[eitherComma] + c.forms[groupedByComma]
}

// others counts the values that are neither numbers nor any kind of null.
func (c *column) others() int64 { return c.texts + c.strings + c.bools + c.lists + c.nested }

// given counts the values that are no kind of null.
func (c *column) given() int64 { return c.values - c.nulls - c.blank - c.words.sum() }

// span keeps the first and the last of some instants.
type span struct {
	n        int64
	min, max druid.Instant
}

func newSpan() span { return span{min: druid.MaxInstant, max: druid.MinInstant} }

func (s *span) add(t druid.Instant) {
	s.n++
	s.min, s.max = min(s.min, t), max(s.max, t)
}

func (s *span) merge(o span) {
	s.n += o.n
	s.min, s.max = min(s.min, o.min), max(s.max, o.max)
}

func cutText(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
