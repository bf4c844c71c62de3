package detect

import (
	"math"
	"math/bits"

	"ovate/druid"
	"ovate/internal/detect/number"
)

// column is what is known of the values of a column, counted over all rows. Workers count on their own, and the counts are added up.
type column struct {
	key   string
	score int  // how much its name speaks of time
	named bool // its name can hardly mean anything but a time

	values int64 // with all kinds of nulls
	nulls  int64 // empty fields, JSON's null, and the words that the caller takes for null

	told  []int64 // how many are each of the words that the caller takes for null; none if no value is one
	blank int64   // texts of no characters, in quotes
	words wordCounts

	forms      [number.Forms]int64 // of what may be a number: not of JSON's texts
	signs      [groupSigns]int64   // numbers by what parts their thousands, besides commas
	texts      int64               // of text files
	strings    int64               // JSON's texts
	bools      int64
	lists      int64
	nested     int64  // objects that are kept
	deepList   int64  // lists that hold nulls, lists or objects
	noList     int64  // empty lists
	oneList    int64  // lists of one value
	odd        int64  // values that the engine's own reader makes another text of, if the column is text
	padded     int64  // numbers with blanks around them
	finer      int64  // doubles with more digits than one holds
	inexact    int64  // numbers with a whole part that no double is
	tenths     int64  // numbers with commas between thousands and with a point
	spaces     int64  // texts of blanks alone, which are null where the caller gives a type of numbers
	codedParts int64  // digits behind a zero or a plus that are no whole number of 64 bits
	vast       int64  // whole numbers with commas between thousands beyond 64 bits
	signed     int64  // -0
	pointed    int64  // doubles whose point may part thousands: 1.234
	zeros      int64  // doubles that end in a zero behind their point, as 1.10
	powers     int64  // doubles that are digits with an e between them, as 1e5
	minus      int64  // numbers whose minus does not stand before them as a hyphen
	places     uint64 // a bit for every number of digits behind a point that there is

	min, max           int64     // of longs
	positive, negative [2]uint64 // sums of longs, 128 bits
	alike              alike     // of what is no number
	firstText          place     // what is no number
	firstNone          place     // what no column of numbers takes
	firstCoded         place     // what are digits behind a zero or a plus
	firstComma         place     // what is a number with a comma
	firstEither        place     // what is one with a comma that may be a decimal one or part thousands
	firstBeyond        place     // what is a number beyond a long or a double
	firstPointed       place
	firstZero          place
	firstPower         place
	firstList          place // a list of one value, or of none
	firstSign          place // a number with thousands that are parted, but by no comma
	firstMinus         place

	marked markCounts
	times  timeCounts
}

func newColumn(key string) *column {
	c := &column{key: key, score: nameScore(columnName(key)), named: meansInstant(columnName(key)), min: math.MaxInt64, max: math.MinInt64}
	c.times.init()
	return c
}

// merge adds what another worker counted.
func (c *column) merge(o *column) {
	for _, sum := range [...][2]*int64{
		{&c.values, &o.values}, {&c.nulls, &o.nulls}, {&c.blank, &o.blank}, {&c.texts, &o.texts}, {&c.strings, &o.strings},
		{&c.bools, &o.bools}, {&c.lists, &o.lists}, {&c.nested, &o.nested}, {&c.deepList, &o.deepList}, {&c.noList, &o.noList}, {&c.odd, &o.odd},
		{&c.padded, &o.padded}, {&c.finer, &o.finer}, {&c.inexact, &o.inexact}, {&c.signed, &o.signed},
		{&c.tenths, &o.tenths}, {&c.vast, &o.vast}, {&c.spaces, &o.spaces}, {&c.codedParts, &o.codedParts}, {&c.oneList, &o.oneList}, {&c.pointed, &o.pointed}, {&c.zeros, &o.zeros}, {&c.powers, &o.powers}, {&c.minus, &o.minus},
	} {
		*sum[0] += *sum[1]
	}
	c.words.add(&o.words)
	for i, n := range o.forms {
		c.forms[i] += n
	}
	for i, n := range o.signs {
		c.signs[i] += n
	}
	c.marked.merge(&o.marked)
	for i, n := range o.told {
		c.addTold(i, len(o.told), n)
	}
	c.min, c.max = min(c.min, o.min), max(c.max, o.max)
	for _, sum := range [...][2]*[2]uint64{{&c.positive, &o.positive}, {&c.negative, &o.negative}} {
		var carry uint64
		sum[0][1], carry = bits.Add64(sum[0][1], sum[1][1], 0)
		sum[0][0] += sum[1][0] + carry
	}
	c.places |= o.places
	c.alike.merge(&o.alike)
	for _, p := range [...][2]*place{{&c.firstText, &o.firstText}, {&c.firstNone, &o.firstNone}, {&c.firstCoded, &o.firstCoded}, {&c.firstComma, &o.firstComma}, {&c.firstEither, &o.firstEither}, {&c.firstBeyond, &o.firstBeyond}, {&c.firstPointed, &o.firstPointed},
		{&c.firstZero, &o.firstZero}, {&c.firstPower, &o.firstPower}, {&c.firstList, &o.firstList}, {&c.firstSign, &o.firstSign}, {&c.firstMinus, &o.firstMinus}} {
		p[0].keepFirst(p[1])
	}
	c.times.merge(&o.times)
}

// sumFits tells whether no sum of some of the longs leaves 64 bits.
func (c *column) sumFits() bool {
	return c.positive[0] == 0 && c.positive[1] <= math.MaxInt64 && c.negative[0] == 0 && c.negative[1] <= math.MaxInt64
}

// numbers counts the values that are some kind of number.
func (c *column) numbers() int64 {
	return c.forms[number.Long] + c.forms[number.Double] + c.forms[number.DecimalComma] + c.forms[number.EitherComma] + c.forms[number.GroupedByComma]
}

// loose counts the numbers that are written as people do and no parser of numbers knows.
func (c *column) loose() int64 {
	return c.signs[blankSign] + c.signs[apostropheSign] + c.signs[pointSign] + c.minus
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
