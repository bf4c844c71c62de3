package detect

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"ovate/internal/choice"
	"ovate/internal/detect/number"
	"ovate/internal/note"
	"ovate/internal/quantity"
)

// noteList gathers what has to be told, by what it is.
type noteList struct {
	nulls, kept, decimals, thousands, finer, varying, zeros, signed, lists, short, jsonLists, objects, bools, mixed, tooLong, beyond, tiny, unclear, either, perhaps, points, pointed, renamed, nested, infinite, marked, codes, blanks, apostrophes, minus, ending, ways, unclearMarks, unlike []subject

	sums []string

	texts []textColumn

	decimalCommas bool // some column has them
}

// subject is a column that a note is about, and what is shown of it behind its name.
type subject struct{ name, shown string }

func (n *noteList) all(all *note.List) {
	add := func(columns []subject, format string) {
		before, after, _ := strings.Cut(format, "%s")
		for _, c := range columns {
			all.AddColumn(before, c.name, c.shown, after)
		}
	}
	add(n.nulls, "Null: %s. «--type COLUMN=string» keeps the text.")
	add(n.kept, "Words that often mean null are kept in columns of text: %s. «--null=WORD» makes one null everywhere.")
	add(n.decimals, "Read with decimal commas: %s. «--type COLUMN=string» keeps the text.")
	add(n.thousands, "Read with commas between thousands: %s. «--type COLUMN=string» keeps the text.")
	add(n.pointed, "Read with points between thousands: %s. «--type COLUMN=string» keeps the text.")
	add(n.blanks, "Read with blanks between thousands: %s. «--type COLUMN=string» keeps the text.")
	add(n.apostrophes, "Read with apostrophes between thousands: %s. «--type COLUMN=string» keeps the text.")
	add(n.minus, "Read as negative by a minus behind it, or one that is no hyphen: %s. «--type COLUMN=string» keeps the text.")
	add(n.codes, "Kept as text, as it may be a code, such as a number of a telephone, or a number whose thousands are parted: %s. «--type COLUMN=long» takes it for a number.")
	add(n.ending, "Kept as text, as a minus at the end of each value may be something else: %s. «--type COLUMN=double» takes it for that of a number.")
	add(n.ways, "Kept as text, as thousands are parted in more ways than one: %s. «--type COLUMN=double» takes them for numbers all the same.")
	add(n.unclear, "Kept as text, as points and commas in it are used in more ways than one: %s.")
	add(n.perhaps, "Kept as text, as a comma in it may part thousands: %s. «--type COLUMN=double» takes it so.")
	add(n.either, "Kept as text, as a comma in it may be a decimal one or part thousands: %s. «--type COLUMN=double» takes it for a decimal one, «--type COLUMN=long» for one between thousands.")
	add(n.points, "Kept as text, as semicolons between the fields, or decimal commas in other columns, say that a point in it may part thousands: %s. «--type COLUMN=double» takes it for a decimal point, «--type COLUMN=long» for one between thousands.")
	add(n.finer, "Rounded, as a double has 15 to 17 digits: %s. «--type COLUMN=string» keeps all of them.")
	add(append(n.varying, n.zeros...), "Numbers are kept by their value, not as they are written: %s. «--type COLUMN=string» keeps the text.")
	add(n.signed, "-0 is 0 in columns of whole numbers: %s. «--type COLUMN=string» keeps the text.")
	add(n.tooLong, "Kept as text, as a double would lose digits of its whole numbers: %s.")
	add(n.beyond, "Kept as text, as no long or double holds a number that large: %s.")
	add(n.tiny, "Kept as text, as no double holds a number that near to zero: %s. «--null=WORD» makes it null.")
	add(n.marked, "Kept as text, as no number has a currency, a unit, a percent sign or brackets to Druid: %s. «--type COLUMN=double» takes the numbers alone.")
	add(n.unclearMarks, "Kept as text, as no number has a currency, a unit, a percent sign or brackets to Druid, and as a point or a comma in it may be a decimal one or part thousands: %s. «--type COLUMN=double» takes it for a decimal one, «--type COLUMN=long» for one between thousands.")
	add(n.unlike, "Kept as text, as its numbers are of more than one currency or unit: %s. Numbers that may be compared are in columns of their own.")
	add(n.infinite, "Kept as text, as no long or double is infinite to Druid: %s. «--null=WORD» makes it null.")
	add(n.lists, "Lists are kept as lists of texts, numbers in them as they are written, in their order: %s.")
	add(n.short, "To Druid, a list of one value is that value, and an empty list is null: %s.")
	add(n.jsonLists, "Lists that a list of texts cannot hold, as they have nulls, objects, lists or nothing in them, are kept as JSON: %s.")
	add(n.objects, "Objects are kept as JSON: %s.")
	add(n.bools, "Druid has no type for true and false, so that they are texts: %s.")
	add(n.mixed, "Numbers are texts, as they are written, beside values that are none: %s.")
	add(n.nested, "Nested objects become columns with a point in their names: %s.")
	add(n.renamed, "Renamed, as Druid has no such column or another has the name: %s.")
	for _, text := range n.sums {
		all.Add("", text, ".")
	}
	n.tellTexts(all)
}

// tellNumbers notes what is not as it is written in a column of numbers.
func (n *noteList) tellNumbers(c *column, p *plan, name string) {
	var nulls []string
	if c.words.sum() > 0 {
		nulls = append(nulls, c.words.String())
	}
	if c.blank > 0 {
		nulls = append(nulls, fmt.Sprintf("%q %s", "", quantity.Times(c.blank)))
	}
	if len(nulls) > 0 {
		n.nulls = append(n.nulls, subject{name, fmt.Sprintf(" (%s)", strings.Join(nulls, " and "))})
	}
	n.tellNumerals(c, name)
	switch {
	case p.marked: // each is told as a change
	case p.commas == decimals:
		if c.forms[number.DecimalComma]+c.forms[number.EitherComma] == 0 {
			n.pointed = append(n.pointed, subject{name: name})
			break
		}
		n.decimals = append(n.decimals, subject{name, c.commaSample(p.commas)})
	case p.commas == thousands:
		n.thousands = append(n.thousands, subject{name, c.commaSample(p.commas)})
	}
	if p.Type == "long" {
		if c.signed > 0 {
			n.signed = append(n.signed, subject{name, fmt.Sprintf(" (%s)", quantity.Times(c.signed))})
		}
		return
	}
	if rounded := c.finer + c.inexact; rounded > 0 {
		n.finer = append(n.finer, subject{name, fmt.Sprintf(" (%s)", quantity.Times(rounded))})
	}
	n.tellWriting(c, p, name)
}

// tellNumerals notes that a column of numbers is written as people do.
func (n *noteList) tellNumerals(c *column, name string) {
	sample := subject{name, fmt.Sprintf(" (%s)", &c.firstSign)}
	switch {
	case c.signs[blankSign] > 0:
		n.blanks = append(n.blanks, sample)
	case c.signs[apostropheSign] > 0:
		n.apostrophes = append(n.apostrophes, sample)
	}
	if c.minus > 0 {
		n.minus = append(n.minus, subject{name, fmt.Sprintf(" (%s)", &c.firstMinus)})
	}
}

// tellWriting notes that a column of doubles has numbers by whose writing more than their value may be meant: zeros at the end of a fraction, and digits with
// an e between them. Where other fractions have more or fewer digits these may be versions, and are told with their place.
func (n *noteList) tellWriting(c *column, p *plan, name string) {
	switch {
	case c.powers > 0:
		n.varying = append(n.varying, subject{name, fmt.Sprintf(" (%s, the first %s)", quantity.Times(c.powers), &c.firstPower)})
	case c.zeros > 0 && c.places&(c.places-1) != 0:
		n.varying = append(n.varying, subject{name, fmt.Sprintf(" (%s, the first %s)", quantity.Times(c.zeros), &c.firstZero)})
	case c.zeros > 0 && p.commas != decimals: // else one is shown as a number with a decimal comma
		n.zeros = append(n.zeros, subject{name, fmt.Sprintf(" (%q)", c.firstZero.value)})
	}
}

// commaSample names a value by which the commas of a column were understood, and one that they may be misunderstood in.
func (c *column) commaSample(how commas) string {
	text := fmt.Sprintf(" (%s", &c.firstComma)
	if f := &c.firstEither; f.batch != 0 && c.forms[number.DecimalComma]+c.forms[number.GroupedByComma]+c.forms[number.Double] > 0 {
		if *f != c.firstComma {
			text += fmt.Sprintf("; %s", f)
		}
		text += fmt.Sprintf(" is %s", how.plain(nil, trim([]byte(f.value))))
	}
	return text + ")"
}

// whyText notes that few values make a text of a column of numbers.
func (n *noteList) whyText(c *column, name string) {
	others, numbers := c.others(), c.numbers()
	if others > 0 && others == c.forms[number.Huge]+c.forms[number.Overflow] {
		n.addBeyond(c)
		return
	}
	switch {
	case c.allMarked() && c.marksUnclear():
		n.unclearMarks = append(n.unclearMarks, subject{name, fmt.Sprintf(" (%s)", &c.marked.unclear)})
		return
	case c.allMarked():
		n.marked = append(n.marked, subject{name, fmt.Sprintf(" (the first %s)", &c.marked.first)})
		return
	case c.marksDiffer() && c.marked.meanUnits(numbers > 0):
		n.unlike = append(n.unlike, subject{name, fmt.Sprintf(" (%s; the first %s)", c.marked.list(numbers > 0), &c.marked.first)})
		return
	}
	if numbers == 0 || others == 0 || others > 1 && others > numbers || c.firstText.batch == 0 {
		return
	}
	kind := "long"
	if c.forms[number.Double]+c.forms[number.DecimalComma]+c.tenths+c.codedParts > 0 {
		kind = "double"
	}
	null := ""
	if c.alike.n == 1 && c.forms[number.Coded]+c.forms[number.Huge]+c.forms[number.Overflow] == 0 && c.bools+c.lists+c.nested == 0 && (others > 1 || !strings.ContainsFunc(c.alike.text, isLetterOrDigit)) {
		null = c.alike.text
	}
	t := textColumn{name: name, kind: kind, large: c.forms[number.Huge], others: others, given: others + numbers, coded: c.forms[number.Coded], spaces: c.spaces, null: null, first: c.firstNone, firstCoded: c.firstCoded}
	if t.left = others - t.coded - t.spaces; kind == "double" {
		t.left -= c.forms[number.Huge]
	} else {
		t.first.keepFirst(&c.firstBeyond)
	}
	if t.left == 0 {
		t.first = c.firstText
	}
	n.texts = append(n.texts, t)
}

// textColumn is a column that is text, as few of its values are no numbers.
type textColumn struct {
	name, kind    string // kind is the type of its numbers
	others, given int64
	left          int64  // others that no column of that type takes
	large         int64  // whole numbers beyond a long
	coded         int64  // others that are digits behind a zero or a plus
	spaces        int64  // others that are blanks alone
	null          string // the only other text, if it may be a word for null
	first         place  // of those that no column takes, if there are any
	firstCoded    place
}

// tellTexts notes the columns that few values make text: those that one line makes text together.
func (n *noteList) tellTexts(all *note.List) {
	type lineOf struct {
		input string
		line  int64
	}
	byLine := map[lineOf]int{}
	for _, c := range n.texts {
		if c.others == 1 && c.left == 1 {
			byLine[lineOf{c.first.input, c.first.line}]++
		}
	}
	for i := range n.texts {
		c := &n.texts[i]
		at := lineOf{c.first.input, c.first.line}
		if many := byLine[at]; c.others == 1 && c.left == 1 && many > 3 {
			all.Add(fmt.Sprintf("%s columns are text, as line %d of %s holds no number in them: ", quantity.Count(int64(many)), at.line, at.input), fmt.Sprintf("%s (%q)", c.name, c.first.value),
				fmt.Sprintf(". If it is no row but a second header, «--skip-lines %d-%[1]d» leaves it out, with the lines before the header, if there are any.", at.line))
			continue
		}
		all.AddKind(c.told())
	}
}

// told is the kind of the note on a column, what stands before its name, and what behind it.
func (c *textColumn) told() (kind, before, name, text string) {
	typed := choice.Flag("--type", c.name+"="+c.kind)
	not := "no number"
	if c.kind == "long" && c.large > 0 {
		if not = "no whole number that a long holds"; c.large == c.left {
			not = "too large for a long"
		}
	}
	why := fmt.Sprintf("%s of its %s values %s %s, the first %s", quantity.Count(c.left), quantity.Count(c.given), quantity.Form(c.left, "is", "are"), not, &c.first)
	switch {
	case c.left > 0 && c.coded > 0:
		return "coded in part", "", c.name, fmt.Sprintf(" is text, as %s, and %s %s with a zero or a plus, the first %s; %s «--skip-bad» leaves out the rows of the former, and takes the latter for numbers.",
			why, quantity.Count(c.coded), quantity.Form(c.coded, "begins", "begin"), &c.firstCoded, typed)
	case c.left > 0 && c.null != "":
		return "null", "", c.name, fmt.Sprintf(" is text, as %s; %s makes null of it in all columns, %s «--skip-bad» leaves such rows out.", why, choice.Flag("--null", c.null), typed)
	case c.left > 0:
		return "text", "", c.name, fmt.Sprintf(" is text, as %s; %s «--skip-bad» leaves such rows out.", why, typed)
	case c.coded > 0:
		return "coded", "", c.name, fmt.Sprintf(" is text, as %s of its %s values %s with a zero or a plus, which numbers do not keep, the first %s; %s takes it for numbers.",
			quantity.Count(c.coded), quantity.Count(c.given), quantity.Form(c.coded, "begins", "begin"), &c.firstCoded, typed)
	}
	return "blanks", "", c.name, fmt.Sprintf(" is text, as %s of its %s values %s blanks alone, the first %s; %s makes null of them, and %s in all columns.",
		quantity.Count(c.spaces), quantity.Count(c.given), quantity.Form(c.spaces, "is", "are"), &c.first, typed, choice.Flag("--null", " "))
}

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func (n *noteList) addBeyond(c *column) {
	list := &n.beyond
	if value := trim([]byte(c.firstBeyond.value)); number.IsInfinity(bytes.TrimLeft(value, "+-")) {
		list = &n.infinite
	} else if d, err := strconv.ParseFloat(string(value), 64); err == nil && d == 0 {
		list = &n.tiny
	}
	*list = append(*list, subject{columnName(c.key), fmt.Sprintf(" (the first %s)", &c.firstBeyond)})
}
