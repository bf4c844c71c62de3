package detect

import (
	"bytes"
	"fmt"
	"maps"
	"strings"

	"ovate/internal/jsontext"
	"ovate/internal/table"
)

const (
	mostLevels  = 32     // levels of nested objects that become columns
	mostParts   = 1000   // columns that the objects of one column may become
	mostOfParts = 10_000 // that those of all columns may become
	mostRoots   = table.MostColumns
)

// partSign stands between the keys of nested objects in the key of a column, so that it differs from one that has a point in its name,
// and from any other: no text has this byte.
const partSign = "\xff"

// layout is how nested objects become columns. It is decided over all rows, and whoever reads them again takes it as it is.
type layout struct {
	whole map[string]bool // columns whose objects are not taken apart, as they would become too many columns
	flat  bool            // no column's are
}

func (l *layout) keeps(key string) bool { return l.flat || l.whole[key] }

// widen leaves more objects whole where those that were counted became too many columns, and tells whether it did. What it decides does not depend on
// how many workers counted, as each of them went on until it had met one column more than there may be.
func (l *layout) widen(partsOf map[string][]string) bool {
	sum := 0
	whole := maps.Clone(l.whole)
	for root, parts := range partsOf {
		sum += min(len(parts), mostParts+1)
		if len(parts) > mostParts {
			whole[root] = true
		}
	}
	if sum > mostOfParts {
		l.flat = true
		return true
	}
	wider := len(whole) > len(l.whole)
	l.whole = whole
	return wider
}

// leaf is a column of the table whose objects are taken apart, or one that a value within them has. It belongs to one worker.
type leaf[V any] struct {
	key   string
	of    V     // what the pass keeps of the column
	whole bool  // objects in it are not taken apart
	parts int   // columns that objects in it became
	row   int64 // that had it last
}

// leaves takes nested objects apart: every value in them that is no object gets a column, by the keys that lead to it.
type leaves[V any] struct {
	names   []string // of the table's columns that were met
	roots   []*leaf[V]
	parts   map[string]*leaf[V]
	layout  *layout
	resolve func(key string) (of V, known bool) // of a column that was not met before
	unknown string                              // the first that is not known
	path    []byte
	scratch []byte
	row     int64  // counts the rows
	twice   string // of the row at hand: the key of the first that an object in it names more than once, or nothing
}

// newLeaves returns what takes rows apart for a worker. What resolve does not know is a change of the files.
func newLeaves[V any](how *layout, resolve func(key string) (of V, known bool)) *leaves[V] {
	return &leaves[V]{parts: map[string]*leaf[V]{}, layout: how, resolve: resolve}
}

// each calls a function for every value of a row.
func (l *leaves[V]) each(cells []table.Cell, t *table.Table, do func(of V, k table.Kind, raw []byte)) {
	l.row++
	l.twice = ""
	for i := range cells {
		cell := &cells[i]
		for int(cell.Column) >= len(l.roots) {
			if len(l.roots) > mostRoots {
				return // which whoever reads refuses: what is kept of columns takes kilobytes each
			}
			if len(l.roots) == len(l.names) {
				l.names = append(l.names, t.ColumnsFrom(len(l.names))...)
			}
			l.roots = append(l.roots, l.leaf(l.names[len(l.roots)]))
		}
		root := l.roots[cell.Column]
		if root == nil {
			continue
		}
		if cell.Kind != table.Object || root.whole || jsontext.IsEmpty(cell.Raw) { // an empty one would vanish if it were taken apart
			do(root.of, cell.Kind, cell.Raw)
			continue
		}
		l.path = append(l.path[:0], root.key...)
		l.object(cell.Raw, 1, root, do)
	}
}

// tooMany refuses more columns than can be kept in mind.
func (l *leaves[V]) tooMany(b *table.Batch) error {
	advice := ""
	if b.Input.Dialect.Format == "json" {
		advice = " If its keys are values, such as ids, write each as a row of its own: {\"id\": …, \"value\": …}; if there is but one object, «--json-path \"*\"» does so."
	}
	return refuse("%s, line %d: with %q there are more than %d columns, which is the most that is read.%s", b.Input.Name, b.Line, l.roots[mostRoots].key, mostRoots, advice)
}

func (l *leaves[V]) object(raw []byte, depth int, root *leaf[V], do func(of V, k table.Kind, raw []byte)) {
	base := len(l.path)
	for key, value := range jsontext.Members(raw) {
		l.path = append(append(l.path[:base], partSign...), l.unescaped(key)...)
		kind := table.KindOf(value[0])
		if kind == table.Object && depth < mostLevels && !jsontext.IsEmpty(value) {
			l.object(value, depth+1, root, do)
			continue
		}
		part := l.parts[string(l.path)]
		if part == nil {
			if part = l.part(root); part == nil {
				continue
			}
		}
		if part.row == l.row && l.twice == "" {
			l.twice = part.key
		}
		part.row = l.row
		if kind == table.String {
			value = l.unescaped(value[1 : len(value)-1])
		}
		do(part.of, kind, value)
	}
	l.path = l.path[:base]
}

// leaf is the one of a key that was not met before; nil if it is not known.
func (l *leaves[V]) leaf(key string) *leaf[V] {
	of, known := l.resolve(key)
	if !known {
		if l.unknown == "" {
			l.unknown = key
		}
		return nil
	}
	return &leaf[V]{key: key, of: of, whole: l.layout.keeps(key)}
}

// part is the leaf at the path, which was not met before: nil if it is not known, or if it is certain by now that the layout will be wider.
func (l *leaves[V]) part(root *leaf[V]) *leaf[V] {
	if root.parts > mostParts || len(l.parts) > mostOfParts {
		return nil
	}
	part := l.leaf(string(l.path))
	if part != nil {
		root.parts++
		l.parts[part.key] = part
	}
	return part
}

// changed fails if a column was met that was not there when all rows were counted.
func (l *leaves[V]) changed(in *table.Input) error {
	if l.unknown == "" {
		return nil
	}
	return fmt.Errorf("%s changed while it was read: %q was not there before", in.Name, columnName(l.unknown))
}

// unescaped is what the inside of a text in JSON says, up to the next call.
func (l *leaves[V]) unescaped(inside []byte) []byte {
	if bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	l.scratch = jsontext.Unescape(l.scratch[:0], inside)
	return l.scratch
}

// columnName is the key of a column for people.
func columnName(key string) string { return strings.ReplaceAll(key, partSign, ".") }

// rootOf is the column of the table that a key belongs to.
func rootOf(key string) string {
	root, _, _ := strings.Cut(key, partSign)
	return root
}
