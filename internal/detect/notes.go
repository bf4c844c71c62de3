package detect

import (
	"fmt"
	"strings"
)

// noteList gathers what has to be told, by what it is.
type noteList struct {
	nulls, kept, decimals, thousands, finer, zeros, signed, lists, short, jsonLists, objects, bools, mixed, tooLong, beyond, unclear, either, perhaps, points, pointed, renamed, nested, plain, sums []string

	decimalCommas bool // some column has them
}

func (n *noteList) all() (notes []string) {
	add := func(names []string, format string) {
		if len(names) > 0 {
			shown := names[:min(len(names), 12)]
			list := strings.Join(shown, ", ")
			if more := len(names) - len(shown); more > 0 {
				list += fmt.Sprintf(" and %d more", more)
			}
			notes = append(notes, fmt.Sprintf(format, list))
		}
	}
	add(n.nulls, "Null: %s.")
	add(n.kept, "Words that often mean null are kept in columns of text: %s. --null WORD makes one null everywhere.")
	add(n.decimals, "Read with decimal commas: %s.")
	add(n.thousands, "Read with commas between thousands: %s.")
	add(n.pointed, "Read with points between thousands: %s.")
	add(n.unclear, "Kept as text, as points and commas in it are used in more ways than one: %s.")
	add(n.perhaps, "Kept as text, as a comma in it may part thousands: %s. --type COLUMN=double takes it so.")
	add(n.either, "Kept as text, as a comma in it may be a decimal one or part thousands: %s. --type COLUMN=double takes it for a decimal one, --type COLUMN=long for one between thousands.")
	add(n.points, "Kept as text, as semicolons between the fields, or decimal commas in other columns, say that a point in it may part thousands: %s. --type COLUMN=double takes it for a decimal point, --type COLUMN=long for one between thousands.")
	add(n.finer, "Rounded, as a double has 15 to 17 digits: %s. --type COLUMN=string keeps all of them.")
	add(n.zeros, "Zeros at the end of a fraction are not kept: %s. --type COLUMN=string keeps them.")
	add(n.signed, "-0 is 0 in columns of whole numbers: %s.")
	add(n.tooLong, "Kept as text, as a double would lose digits of its whole numbers: %s.")
	add(n.beyond, "Kept as text, as no long or double holds a number that large: %s.")
	add(n.lists, "Lists are kept as lists of texts, numbers in them as they are written, in their order: %s.")
	add(n.short, "To Druid, a list of one value is that value, and an empty list is null: %s.")
	add(n.jsonLists, "Lists that a list of texts cannot hold, as they have nulls, objects, lists or nothing in them, are kept as JSON: %s.")
	add(n.objects, "Objects are kept as JSON: %s.")
	add(n.bools, "Druid has no type for true and false, so that they are texts: %s.")
	add(n.mixed, "Numbers are texts, as they are written, beside values that are none: %s.")
	add(n.nested, "Nested objects become columns with a point in their names: %s.")
	add(n.renamed, "Renamed, as Druid has no such column or another has the name: %s.")
	add(n.sums, "%s.")
	return append(notes, n.plain...)
}

// tellNumbers notes what is not as it is written in a column of numbers.
func (n *noteList) tellNumbers(c *column, p *plan, name string) {
	var nulls []string
	if c.words.sum() > 0 {
		nulls = append(nulls, c.words.String())
	}
	if c.blank > 0 {
		nulls = append(nulls, fmt.Sprintf("%q %s", "", times(c.blank)))
	}
	if len(nulls) > 0 {
		n.nulls = append(n.nulls, fmt.Sprintf("%s (%s)", name, strings.Join(nulls, " and ")))
	}
	switch p.commas {
	case decimals:
		if c.forms[decimalComma]+c.forms[eitherComma] == 0 {
			n.pointed = append(n.pointed, name)
			break
		}
		n.decimals = append(n.decimals, name)
	case thousands:
		n.thousands = append(n.thousands, name)
	}
	if p.Type == "long" {
		if c.signed > 0 {
			n.signed = append(n.signed, fmt.Sprintf("%s (%s)", name, times(c.signed)))
		}
		return
	}
	if rounded := c.finer + c.inexact; rounded > 0 {
		n.finer = append(n.finer, fmt.Sprintf("%s (%s)", name, times(rounded)))
	}
	if c.zeros > 0 && c.places&(c.places-1) != 0 {
		n.zeros = append(n.zeros, fmt.Sprintf("%s (%s, the first %q in %s, line %d)", name, times(c.zeros), c.firstZero.value, c.firstZero.input, c.firstZero.line))
	}
}

// whyText notes that few values make a text of a column of numbers.
func (n *noteList) whyText(c *column, name string) {
	others, numbers := c.others(), c.numbers()
	if others > 0 && others == c.forms[huge]+c.forms[overflow] {
		n.addBeyond(c)
		return
	}
	if numbers == 0 || others == 0 || others*10 > numbers || c.firstText.batch == 0 {
		return
	}
	kind := "long"
	if c.forms[double] > 0 {
		kind = "double"
	}
	n.plain = append(n.plain, fmt.Sprintf("%s is text, as %s of its %s values %s no number, the first %q in %s, line %d; --type %s=%s --skip-bad leaves such rows out.",
		name, count(others), count(others+numbers), verb(others), c.firstText.value, c.firstText.input, c.firstText.line, name, kind))
}

func (n *noteList) addBeyond(c *column) {
	first := &c.firstBeyond
	n.beyond = append(n.beyond, fmt.Sprintf("%s (the first %q in %s, line %d)", columnName(c.key), first.value, first.input, first.line))
}

func verb(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
