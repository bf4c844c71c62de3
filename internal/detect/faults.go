package detect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/internal/quantity"
	"ovate/internal/table"
)

// faults are lines and values that do not fit: how many rows have one, and what they have in common.
type faults struct {
	n     int64
	kinds map[faultKind]*faultGroup
	more  map[string]int64 // by column, or else by reason: rows whose kind came when there were too many
}

// faultKind is what several rows may have in common. The value is empty where the reason does not depend on it.
type faultKind struct{ column, value, why string }

// faultGroup is the rows of a kind.
type faultGroup struct {
	n     int64
	batch int // of the first
	first table.Fault
}

const (
	timeless    = "has no time"
	keptFaults  = 1000 // kinds, of each worker, so that a file that does not fit at all does not take all memory
	shownFaults = 12   // kinds that are told one by one
)

// addLine adds a line that is no row, or what stands for some.
func (f *faults) addLine(batch int, one table.Fault) {
	f.add(faultKind{one.Column, "", cmp.Or(one.Kind, one.Why)}, faultGroup{max(1, one.Rows), batch, one})
}

// addValue adds a row with a value that does not fit.
func (f *faults) addValue(batch int, one table.Fault) {
	f.add(faultKind{one.Column, one.Value, cmp.Or(one.Kind, one.Why)}, faultGroup{1, batch, one})
}

func (f *faults) add(kind faultKind, group faultGroup) {
	f.n += group.n
	if f.kinds == nil {
		f.kinds, f.more = map[faultKind]*faultGroup{}, map[string]int64{}
	}
	known := f.kinds[kind]
	switch {
	case known == nil && len(f.kinds) >= keptFaults:
		f.addMore(kind.common(), group.n)
	case known == nil:
		f.kinds[kind] = &group
	default:
		known.n += group.n
		if group.compare(known) < 0 {
			known.batch, known.first = group.batch, group.first
		}
	}
}

// addMore counts rows of kinds that are not kept, by what they have in common at least.
func (f *faults) addMore(common string, n int64) {
	if _, known := f.more[common]; !known && len(f.more) >= keptFaults {
		common = "others"
	}
	f.more[common] += n
}

func (g *faultGroup) compare(o *faultGroup) int {
	return cmp.Or(cmp.Compare(g.batch, o.batch), cmp.Compare(g.first.Line, o.first.Line))
}

// common is what the rows of a kind have in common at least.
func (k faultKind) common() string {
	if k.column != "" {
		return "column " + k.column
	}
	return fmt.Sprintf("lines like one that %s", k.why)
}

func (f *faults) merge(o *faults) {
	first := func(a, b faultKind) int { return o.kinds[a].compare(o.kinds[b]) }
	for _, kind := range slices.SortedFunc(maps.Keys(o.kinds), first) { // so that those that came first are kept
		f.add(kind, *o.kinds[kind])
	}
	for common, n := range o.more {
		f.n += n
		if f.more == nil {
			f.more = map[string]int64{}
		}
		f.addMore(common, n)
	}
}

// faultEntry is the rows of a kind, and what they have in common.
type faultEntry struct {
	faultKind
	*faultGroup
}

// inOrder are those of most rows first.
func (f *faults) inOrder() (all []faultEntry) {
	for kind, group := range f.kinds {
		all = append(all, faultEntry{kind, group})
	}
	slices.SortFunc(all, func(a, b faultEntry) int {
		return cmp.Or(cmp.Compare(b.n, a.n), a.compare(b.faultGroup), strings.Compare(a.column, b.column), strings.Compare(a.why, b.why))
	})
	return all
}

// Fault is what is wrong with some rows, and where the first of them stands.
type Fault struct {
	Rows   int64
	Line   int64
	Column string // empty: it is the line as a whole
	Value  string
	Why    string
}

// list is what is told one by one.
func (f *faults) list() (told []Fault) {
	for _, e := range f.inOrder() {
		if len(told) == shownFaults {
			break
		}
		told = append(told, Fault{e.n, e.first.Line, e.first.Column, e.first.Value, e.first.Why})
	}
	return told
}

// String is a line for each kind, those of most rows first, and at last how many rows there are of others.
func (f *faults) String() string {
	all := f.inOrder()
	var lines []string
	rest := map[string]int64{}
	maps.Copy(rest, f.more)
	for i, e := range all {
		if i < shownFaults {
			lines = append(lines, "  "+e.String())
		} else {
			rest[e.common()] += e.n
		}
	}
	if len(rest) == 0 {
		return strings.Join(lines, "\n")
	}
	var sum int64
	groups := make([]string, 0, len(rest))
	for common, n := range rest {
		sum += n
		groups = append(groups, common)
	}
	slices.SortFunc(groups, func(a, b string) int { return cmp.Or(cmp.Compare(rest[b], rest[a]), strings.Compare(a, b)) })
	for i, common := range groups {
		groups[i] = fmt.Sprintf("%s in %s", quantity.Count(rest[common]), common)
	}
	if most := 5; len(groups) > most {
		groups = append(groups[:most], "…")
	}
	return strings.Join(append(lines, fmt.Sprintf("  and %s more: %s", quantity.Of(sum, "row"), strings.Join(groups, ", "))), "\n")
}

// String says what is wrong, and where first.
func (g *faultGroup) String() string {
	text := fmt.Sprintf("%s, line %d", g.first.Input, g.first.Line)
	if g.n > 1 {
		text = fmt.Sprintf("%s, the first %s", quantity.Of(g.n, "row"), text)
	}
	if g.first.Column != "" {
		text += ", column " + g.first.Column
	}
	if g.first.Last > 0 {
		text += fmt.Sprintf(", up to line %d", g.first.Last)
	}
	text += ": "
	if g.first.Value != "" {
		text += fmt.Sprintf("%q ", g.first.Value)
	}
	return text + g.first.Why
}

// areEncodings tells whether all faults are of texts that are in another encoding, which is told with them.
func (f *faults) areEncodings() bool {
	for kind := range f.kinds {
		if !strings.Contains(kind.why, "not UTF-8") {
			return false
		}
	}
	return len(f.kinds) > 0
}

// inFirstRow is the line of the first row of a text file that no line names the columns of, if that row does not fit; 0 if there is none.
func (f *faults) inFirstRow(in *table.Table) int64 {
	for _, input := range in.Inputs {
		d := &input.Dialect
		if d.Format == "json" || d.Header {
			continue
		}
		for _, group := range f.kinds {
			if group.first.Column != "" && group.first.Input == input.Name && group.first.Line == d.Skip+1 {
				return group.first.Line
			}
		}
	}
	return 0
}
