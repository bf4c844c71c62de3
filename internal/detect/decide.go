package detect

import (
	"fmt"
	"slices"
	"strings"

	"ovate/internal/spelling"
)

// plan is how the values of a column become those of the engine.
type plan struct {
	Column
	key    string // of the column they come from
	commas commas
	asJSON bool // lists and objects are kept as texts
	forced bool // the caller gave the type
}

// decide chooses the columns, their types and the time.
func (t *Table) decide(s *scan, o Options) error {
	if err := s.checkNames(o); err != nil {
		return err
	}
	if err := t.findTime(s, o); err != nil {
		return err
	}
	t.names = names{}
	if t.Time.Column != "" {
		t.names.take(t.Time.Column)
	}
	if s.rows == 0 {
		return nil
	}
	n := noteList{decimalCommas: s.decimalCommas()}
	for _, c := range s.columns {
		name := columnName(c.key)
		switch {
		case t.isTime(c.key) && o.Types[name] == "":
			continue // else the caller wants its values as a column too
		case len(o.Columns) > 0 && !slices.Contains(o.Columns, name) && !slices.Contains(o.Columns, rootOf(c.key)):
			continue
		case o.drops(c.key):
			continue
		case c.values == 0 && s.hasParts(c.key):
			continue // nested objects alone, which have become columns
		}
		p := n.plan(c, o.Types[name], s.rows)
		p.key = c.key
		p.Name = t.names.give(name)
		if p.Name != name {
			n.renamed = append(n.renamed, fmt.Sprintf("%q is %q", name, p.Name))
		}
		if strings.Contains(c.key, partSign) {
			if root := rootOf(c.key); !slices.Contains(n.nested, root) {
				n.nested = append(n.nested, root)
			}
		}
		t.plans = append(t.plans, p)
	}
	t.nameSums(s, &n)
	for i := range t.plans {
		t.Columns = append(t.Columns, t.plans[i].Column)
	}
	t.Notes = append(t.Notes, t.Time.notes...)
	t.Notes = append(t.Notes, n.all()...)
	return nil
}

func (t *Table) isTime(key string) bool { return t.Time.Column != "" && key == t.Time.key }

func (s *scan) hasParts(key string) bool {
	return slices.ContainsFunc(s.columns, func(c *column) bool { return strings.HasPrefix(c.key, key+partSign) })
}

// checkNames finds columns that the caller names and that there are not.
func (s *scan) checkNames(o Options) error {
	check := func(flag, name string) error {
		for _, c := range s.columns {
			if columnName(c.key) == name || rootOf(c.key) == name {
				return nil
			}
		}
		names := make([]string, len(s.columns))
		for i, c := range s.columns {
			names[i] = columnName(c.key)
		}
		if close := spelling.Nearest(name, names); close != "" {
			return refuse("%s: there is no column %q. Did you mean %q? The columns are:\n%s", flag, name, close, s.list())
		}
		return refuse("%s: there is no column %q; the columns are:\n%s", flag, name, s.list())
	}
	for _, name := range o.Columns {
		if err := check("--columns", name); err != nil {
			return err
		}
	}
	for _, name := range o.Drop {
		if err := check("--drop", name); err != nil {
			return err
		}
	}
	for name, kind := range o.Types {
		if kind != "long" && kind != "double" && kind != "string" {
			return refuse("--type %s=%s: a type is long, double or string", name, kind)
		}
		if err := check("--type", name); err != nil {
			return err
		}
	}
	if o.TimeColumn != "" {
		return check("--time-column", o.TimeColumn)
	}
	return nil
}

// list is the names of all columns.
func (s *scan) list() string {
	var lines []string
	for _, c := range s.columns {
		if len(lines) == 50 {
			return strings.Join(append(lines, fmt.Sprintf("  and %d more", len(s.columns)-50)), "\n")
		}
		lines = append(lines, "  "+columnName(c.key))
	}
	return strings.Join(lines, "\n")
}

// plan chooses the type of a column.
func (n *noteList) plan(c *column, given string, rows int64) (p plan) {
	p.Type = given
	p.forced = given != ""
	if given == "" {
		p.Type, p.commas = n.typeOf(c)
	}
	name := columnName(c.key)
	if p.Type != "string" {
		if p.forced {
			p.commas = n.forcedCommas(c, p.Type)
		}
		p.Sum = p.Type
		if p.Type == "long" && !c.sumFits() {
			p.Sum = "double"
		}
		n.tellNumbers(c, &p, name)
		return p
	}
	if !p.forced {
		n.whyText(c, name)
	}
	if c.bools > 0 {
		n.bools = append(n.bools, name)
	}
	if c.strings+c.bools+c.lists+c.nested > 0 && c.numbers()+c.texts > 0 {
		n.mixed = append(n.mixed, name)
	}
	if c.words.sum() > 0 && c.others()+c.numbers() > 0 || c.words.sum() == c.values && c.values > 0 {
		n.kept = append(n.kept, fmt.Sprintf("%s (%s)", name, &c.words))
	}
	p.asJSON = c.deepList > 0 || c.noList > 0 && (c.nulls > 0 || c.values < rows) || c.nested > 0 && c.lists > 0
	switch {
	case c.lists > 0 && p.asJSON:
		n.jsonLists = append(n.jsonLists, name)
	case c.lists > 0:
		p.List = true
		n.lists = append(n.lists, name)
		if c.noList+c.oneList > 0 {
			n.short = append(n.short, fmt.Sprintf("%s (%s, the first %s in %s, line %d)", name, times(c.noList+c.oneList), c.firstList.value, c.firstList.input, c.firstList.line))
		}
	case c.nested > 0:
		n.objects = append(n.objects, name)
	}
	return p
}

// typeOf is the narrowest type that keeps every value.
func (n *noteList) typeOf(c *column) (string, commas) {
	numbers := c.numbers()
	if numbers == 0 || c.others() > 0 {
		return "string", noCommas
	}
	doubles, comma, either, grouped := c.forms[double], c.forms[decimalComma], c.forms[eitherComma], c.forms[groupedByComma]
	if c.inexact > 0 && doubles+comma+c.tenths > 0 {
		n.tooLong = append(n.tooLong, columnName(c.key))
		return "string", noCommas
	}
	switch {
	case comma+either+grouped == 0 && doubles == 0:
		return "long", noCommas
	case comma+either+grouped == 0 && c.pointed == doubles && n.decimalCommas:
		first := &c.firstPointed
		n.points = append(n.points, fmt.Sprintf("%s (%q in %s, line %d)", columnName(c.key), first.value, first.input, first.line))
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
	*list = append(*list, fmt.Sprintf("%s (%q in %s, line %d)", columnName(c.key), c.firstComma.value, c.firstComma.input, c.firstComma.line))
	return "string", noCommas
}

// forcedCommas is how commas are read in a column that the caller gave a type of numbers.
func (n *noteList) forcedCommas(c *column, kind string) commas {
	doubles, comma, either, grouped := c.forms[double], c.forms[decimalComma], c.forms[eitherComma], c.forms[groupedByComma]
	switch {
	case kind == "long" && comma == 0 && either+grouped > 0:
		return thousands
	case kind == "long" && n.decimalCommas && doubles > 0 && c.pointed == doubles && either+grouped == 0:
		return decimals
	case comma+either > 0 && grouped == 0 && doubles == 0:
		return decimals
	case grouped+either > 0 && comma == 0:
		return thousands
	}
	return noCommas
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

// decimalCommas tells whether a column has numbers with commas that can only be decimal ones.
func (s *scan) decimalCommas() bool {
	return slices.ContainsFunc(s.columns, func(c *column) bool {
		return c.forms[decimalComma] > 0 && c.numbers() == c.given() && c.forms[groupedByComma]+c.forms[double] == 0
	})
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
	add(n.points, "Kept as text, as other columns have decimal commas, so that a point in it may part thousands: %s. --type COLUMN=double takes it for a decimal point, --type COLUMN=long for one between thousands.")
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

// rollupNames are the columns that rollup adds.
type rollupNames struct {
	count string
	sums  map[string]string // by column
}

// nameSums names what rollup computes.
func (t *Table) nameSums(s *scan, n *noteList) {
	if !t.Rollup {
		return
	}
	texts := names{}
	for _, p := range t.plans {
		if p.Type == "string" {
			texts.take(p.Name)
		}
	}
	t.rollup = rollupNames{count: texts.give("count"), sums: map[string]string{}}
	if t.rollup.count != "count" {
		n.sums = append(n.sums, fmt.Sprintf("The number of rows is %q, as there is a column count", t.rollup.count))
	}
	for _, p := range t.plans {
		if p.Type == "string" {
			continue
		}
		want := "sum_" + p.Name
		t.rollup.sums[p.Name] = texts.give(want)
		if got := t.rollup.sums[p.Name]; got != want {
			n.sums = append(n.sums, fmt.Sprintf("The sum of %s is %q, as there is another %s", p.Name, got, want))
		}
		if p.Sum != p.Type {
			n.sums = append(n.sums, fmt.Sprintf("The sum of %s is a double, as it may leave 64 bits", p.Name))
		}
	}
}
