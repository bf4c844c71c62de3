package detect

import (
	"fmt"
	"slices"
	"strconv"

	"ovate/internal/detect/number"
)

// typeOf is the narrowest type that keeps every value.
func (n *noteList) typeOf(c *column) (string, commas) {
	numbers := c.numbers()
	if numbers == 0 || c.others() > 0 {
		return "string", noCommas
	}
	if list, first := n.doubtOf(c); list != nil {
		*list = append(*list, subject{columnName(c.key), fmt.Sprintf(" (%s)", first)})
		return "string", noCommas
	}
	doubles, comma, either, grouped := c.forms[number.Double], c.forms[number.DecimalComma], c.forms[number.EitherComma], c.forms[number.GroupedByComma]
	if c.inexact > 0 && doubles+comma+c.tenths > 0 {
		n.tooLong = append(n.tooLong, subject{name: columnName(c.key)})
		return "string", noCommas
	}
	switch {
	case c.signs[pointSign] > 0 && comma+either+grouped == 0 && c.pointed == doubles: // what parts thousands in one value does so in all
		return "long", decimals
	case comma+either+grouped == 0 && doubles == 0:
		return "long", noCommas
	case comma+either+grouped == 0 && c.pointed == doubles && n.decimalCommas:
		first := &c.firstPointed
		n.points = append(n.points, subject{columnName(c.key), fmt.Sprintf(" (%s)", first)})
		return "string", noCommas
	case comma+either+grouped == 0:
		return "double", noCommas
	case comma > 0 && grouped == 0 && doubles == 0:
		return "double", decimals
	case grouped > 0 && comma == 0 && doubles+c.tenths > 0:
		return "double", thousands
	case grouped > 0 && comma == 0 && c.vast > 0:
		n.addBeyond(c)
		return "string", noCommas
	case grouped > 0 && comma == 0:
		return "long", thousands
	}
	list := &n.unclear
	switch {
	case comma+grouped+doubles == 0:
		list = &n.either
	case comma == 0:
		list = &n.perhaps
	}
	*list = append(*list, subject{columnName(c.key), fmt.Sprintf(" (%s)", &c.firstComma)})
	return "string", noCommas
}

// doubtOf is the list of columns among which one belongs that is text, as its numbers may be something else by how people write them: codes, where all digits are
// parted in the same way, as in numbers of telephones.
func (n *noteList) doubtOf(c *column) (list *[]subject, first *place) {
	parted, ways := int64(0), 0
	for _, count := range c.signs[blankSign:] {
		parted += count
		if count > 0 {
			ways++
		}
	}
	same := c.forms[number.Long] == c.given() && len(strconv.FormatInt(c.min, 10)) == len(strconv.FormatInt(c.max, 10))
	switch {
	case ways > 1, ways == 1 && c.forms[number.GroupedByComma] > 0, c.signs[pointSign] > 0 && c.pointed < c.forms[number.Double]:
		return &n.ways, &c.firstSign
	case parted > 0 && parted == c.given() && (same || c.signs[pointSign] > 0) && !(c.signs[pointSign] > 0 && n.decimalCommas):
		return &n.codes, &c.firstSign
	case c.minus > 0 && c.minus == c.given() && c.firstMinus.value[0]-'0' <= 9:
		return &n.ending, &c.firstMinus
	}
	return nil, nil
}

// forcedCommas is how commas are read in a column that the caller gave a type of numbers.
func (n *noteList) forcedCommas(c *column, kind string) commas {
	doubles, comma, either, grouped := c.withMarks(number.Double), c.withMarks(number.DecimalComma), c.withMarks(number.EitherComma), c.withMarks(number.GroupedByComma)
	switch {
	case c.pointsPart() > 0 && grouped == 0 && c.allPointed():
		return decimals
	case kind == "long" && comma == 0 && either+grouped > 0:
		return thousands
	case kind == "long" && (n.decimalCommas || c.marked.n > 0) && doubles > 0 && c.allPointed() && either+grouped == 0:
		return decimals
	case comma+either > 0 && grouped == 0 && doubles == 0:
		return decimals
	case grouped+either > 0 && comma == 0:
		return thousands
	}
	return noCommas
}

// decimalCommas tells whether the files come from where commas are decimal ones: semicolons part their fields, or a column has numbers
// with commas that can be nothing else.
func (s *scan) decimalCommas() bool {
	return s.semicolons || slices.ContainsFunc(s.columns, func(c *column) bool {
		return c.forms[number.DecimalComma] > 0 && c.numbers() == c.given() && c.forms[number.GroupedByComma]+c.forms[number.Double] == 0
	})
}
