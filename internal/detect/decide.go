package detect

import (
	"fmt"
	"slices"
	"strings"

	"ovate/internal/quantity"
	"ovate/internal/spelling"
)

// plan is how the values of a column become those of the engine.
type plan struct {
	Column
	key    string // of the column they come from
	commas commas
	asJSON bool // lists and objects are kept as texts
	forced bool // the caller gave the type
	loose  bool // some numbers are written as people do
	marked bool // so are all texts, with a currency, a unit or brackets, that do not count
}

// decide chooses the columns, their types and the time.
func (t *Table) decide(s *scan, o Options) error {
	if err := s.checkNames(o); err != nil {
		return err
	}
	if err := t.findTime(s, o); err != nil {
		return err
	}
	t.names = nameSet{}
	if t.Time.Column != "" {
		t.names.take(t.Time.Column)
	}
	if s.rows == 0 {
		return nil
	}
	n := noteList{decimalCommas: s.decimalCommas()}
	for _, c := range s.columns {
		name := columnName(c.key)
		if c.values > 0 || !s.hasParts(c.key) {
			t.Fields = append(t.Fields, name)
		}
		switch {
		case t.isTime(c.key) && o.Types[name] == "":
			continue // else the caller wants its values as a column too
		case !o.wants(c.key):
			continue
		case c.values == 0 && s.hasParts(c.key):
			continue // nested objects alone, which have become columns
		}
		p := n.plan(c, o.Types[name], s.rows)
		p.key = c.key
		p.Name = t.names.give(name)
		if p.Name != name {
			p.From = name
			n.renamed = append(n.renamed, subject{name: fmt.Sprintf("%s is %q", s.calledAlike(c.key), p.Name)})
		}
		if strings.Contains(c.key, partSign) {
			if root := rootOf(c.key); !slices.Contains(n.nested, subject{name: root}) {
				n.nested = append(n.nested, subject{name: root})
			}
		}
		t.plans = append(t.plans, p)
	}
	t.nameSums(s, &n)
	for i := range t.plans {
		t.Columns = append(t.Columns, t.plans[i].Column)
	}
	t.tellNulls(s, o)
	for _, text := range t.Time.notes {
		t.notes.Tell("%s", text)
	}
	n.all(&t.notes)
	return nil
}

// calledAlike is the name of a column, with what it is if another one has the name: a key with a point in it, or a part of an object.
func (s *scan) calledAlike(key string) string {
	name := columnName(key)
	switch twin := slices.ContainsFunc(s.columns, func(c *column) bool { return c.key != key && columnName(c.key) == name }); {
	case !twin:
		return fmt.Sprintf("%q", name)
	case key == name:
		return fmt.Sprintf("the key %q", name)
	}
	return fmt.Sprintf("%q of the object %s", name, rootOf(key))
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
		if err := check("«--columns»", name); err != nil {
			return err
		}
	}
	for _, name := range o.Drop {
		if err := check("«--drop»", name); err != nil {
			return err
		}
	}
	for name, kind := range o.Types {
		if kind != "long" && kind != "double" && kind != "string" {
			return refuse("«--type %s=%s»: a type is long, double or string", name, kind)
		}
		if err := check("«--type»", name); err != nil {
			return err
		}
		if c := s.index[name]; c != nil && !o.wants(c.key) {
			return refuse("«--type %s=%s»: %q is not ingested, by «--columns» or «--drop»", name, kind, name)
		}
	}
	if o.TimeColumn != "" && s.joinNamed(o.TimeColumn) == nil {
		return check("«--time-column»", o.TimeColumn)
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
		p.loose, p.marked = c.loose() > 0, p.forced && c.allMarked()
		p.Sum = p.Type
		if p.Type == "long" && !c.sumFits() {
			p.Sum = "double"
		}
		n.tellNumbers(c, &p, name)
		return p
	}
	if c.bools > 0 {
		n.bools = append(n.bools, subject{name: name})
	}
	if c.strings+c.bools+c.lists+c.nested > 0 && c.numbers()+c.texts > 0 {
		n.mixed = append(n.mixed, subject{name, fmt.Sprintf(" (the first %s)", &c.firstText)})
	} else if !p.forced {
		n.whyText(c, name)
	}
	if c.words.sum() > 0 && c.others()+c.numbers() > 0 || c.words.sum() == c.values && c.values > 0 {
		n.kept = append(n.kept, subject{name, fmt.Sprintf(" (%s)", &c.words)})
	}
	p.asJSON = c.deepList > 0 || c.noList > 0 && (c.nulls > 0 || c.values < rows) || c.nested > 0 && c.lists > 0
	switch {
	case c.lists > 0 && p.asJSON:
		n.jsonLists = append(n.jsonLists, subject{name: name})
	case c.lists > 0:
		p.List = true
		n.lists = append(n.lists, subject{name: name})
		if c.noList+c.oneList > 0 {
			n.short = append(n.short, subject{name, fmt.Sprintf(" (%s, the first %s in %s, line %d)", quantity.Times(c.noList+c.oneList), c.firstList.value, c.firstList.input, c.firstList.line)})
		}
	case c.nested > 0:
		n.objects = append(n.objects, subject{name: name})
	}
	return p
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
	texts := nameSet{}
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
