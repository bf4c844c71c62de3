package detect

import (
	"strings"

	"ovate/internal/table"
)

const (
	deepest   = 32   // levels of nested objects that become columns
	mostParts = 1000 // columns that nested objects may become
	mostRoots = 20_000
)

// partSign stands between the keys of nested objects in the key of a column, so that it differs from one that has a point in its name,
// and from any other: no text has this byte.
const partSign = "\xff"

// leaves takes nested objects apart: every value in them that is no object gets a column, by the keys that lead to it.
type leaves struct {
	names   []string // of the table's columns that were met
	roots   []*column
	parts   map[string]*column
	fresh   func(key string) *column
	path    []byte
	scratch []byte
	row     int64   // counts the rows
	twice   *column // of the row at hand: the first that an object in it names more than once
}

// each calls a function for every value of a row.
func (l *leaves) each(cells []table.Cell, t *table.Table, do func(c *column, k table.Kind, raw []byte)) {
	l.row++
	l.twice = nil
	for i := range cells {
		cell := &cells[i]
		for int(cell.Column) >= len(l.roots) {
			if len(l.roots) == len(l.names) {
				l.names = append(l.names, t.ColumnsFrom(len(l.names))...)
			}
			l.roots = append(l.roots, l.fresh(l.names[len(l.roots)]))
		}
		root := l.roots[cell.Column]
		if cell.Kind != table.Object || root.whole || isEmptyObject(cell.Raw) {
			do(root, cell.Kind, cell.Raw)
			continue
		}
		l.path = append(l.path[:0], root.key...)
		l.object(cell.Raw, 1, root, do)
	}
}

// tooMany refuses more columns than can be kept in mind.
func (l *leaves) tooMany(b *table.Batch) error {
	advice := ""
	if b.Input.Dialect.Format == "json" {
		advice = " If its keys are values, such as ids, write each as a row of its own: {\"id\": …, \"value\": …}; if there is but one object, --json-path \"*\" does so."
	}
	return refuse("%s, line %d: with %q there are more than %d columns, which is the most that is read.%s", b.Input.Name, b.Line, l.roots[mostRoots].key, mostRoots, advice)
}

func (l *leaves) object(raw []byte, depth int, root *column, do func(c *column, k table.Kind, raw []byte)) {
	base := len(l.path)
	for i := skipBlanks(raw, 1); i < len(raw) && raw[i] == '"'; {
		end := skipText(raw, i)
		var key []byte
		key, l.scratch = unquote(raw[i:end], l.scratch)
		l.path = append(append(l.path[:base], partSign...), key...)
		i = skipBlanks(raw, skipBlanks(raw, end)+1)
		end, kind := skipValue(raw, i)
		value := raw[i:end]
		i = skipBlanks(raw, end)
		if i < len(raw) && raw[i] == ',' {
			i = skipBlanks(raw, i+1)
		}
		if kind == table.Object && depth < deepest && !isEmptyObject(value) {
			l.object(value, depth+1, root, do)
			continue
		}
		part := l.parts[string(l.path)]
		if part == nil {
			if len(l.parts) >= mostParts {
				root.crowded = true
				continue
			}
			key := string(l.path)
			part = l.fresh(key)
			l.parts[key] = part
		}
		if part.row == l.row && l.twice == nil {
			l.twice = part
		}
		part.row = l.row
		if kind == table.String {
			value, l.scratch = unquote(value, l.scratch)
		}
		do(part, kind, value)
	}
	l.path = l.path[:base]
}

// isEmptyObject tells whether an object has no keys. It would vanish if it were taken apart, and is kept as it is written instead.
func isEmptyObject(raw []byte) bool {
	i := skipBlanks(raw, 1)
	return i < len(raw) && raw[i] == '}'
}

// columnName is the key of a column for people.
func columnName(key string) string { return strings.ReplaceAll(key, partSign, ".") }

// rootOf is the column of the table that a key belongs to.
func rootOf(key string) string {
	root, _, _ := strings.Cut(key, partSign)
	return root
}
