package table

import (
	"fmt"
	"slices"

	"ovate/internal/moment"
)

// turned is an object that holds the values of a table by columns, or by the key of a row, as pandas and web services write them.
type turned struct {
	path    []string
	kind    turnedKind
	names   []string // of the columns; of keyed rows none
	offsets []int64  // of the text: behind the bracket that opens a column, or whatever else the kind has; of keyed rows, what holds them
	beside  []string // paths of what is in the object and no part of the table
	count   int      // of keyed rows
	sure    bool     // of keyed rows: they can hardly be anything else
	key     string   // the column of the keys of rows, or of the index of split ones
	index   int64    // of split ones: behind the bracket that opens the list of indexes, 0 if there is none
}

// turnedKind is how the values are arranged.
type turnedKind int

const (
	listColumns   turnedKind = iota // {"a":[1,2],"b":[3,4]}
	objectColumns                   // {"a":{"0":1,"1":2},"b":{"0":3,"1":4}}
	keyedRows                       // {"2024-01-01":{"a":1,"b":3},"2024-01-02":{"a":2,"b":4}}
	splitRows                       // {"columns":["a","b"],"data":[[1,3],[2,4]]}
)

func (t *turned) String() string { return keyPath(t.path) }

// tell says in what way rows were made of it.
func (t *turned) tell() string {
	where := "its one object"
	if len(t.path) > 0 {
		where = t.String()
	}
	switch t.kind {
	case listColumns:
		return fmt.Sprintf("the lists in %s are taken for columns, of which the values at the same place are a row", where)
	case objectColumns:
		return fmt.Sprintf("the objects in %s are taken for columns, of which the values with the same key are a row; the keys are column %s", where, t.key)
	case keyedRows:
		return fmt.Sprintf("the values in %s are taken for rows; their keys are column %s", where, t.key)
	}
	text := fmt.Sprintf("the lists in %s are taken for rows, and their columns named by the list beside them", where)
	if t.key != "" && t.key != indexColumn {
		text += "; the index is column " + t.key
	}
	return text
}

// keyColumn is the column of the keys of rows, indexColumn that of the index that pandas gives them, if no other column has that name. valueColumn is
// that of values by key which are no objects.
const (
	keyColumn   = "key"
	valueColumn = "value"
	indexColumn = "index"
)

// member is what an object holds under a key, as far as it tells how the values of a table are arranged.
type member struct {
	key     string
	of      byte // an object's brace, a list's bracket, or another byte
	first   byte // of a list: how its first value begins
	count   int  // of its values, or keys
	indexed bool // an object whose keys are all numbers or times
	offset  int64
	names   []string // of a list of texts with a name that lists of names have
}

// nameLists and rowLists are the names of the list of names and of that of rows.
var (
	nameLists = []string{"columns", "fields", "header", "headers", "names", "column_names"}
	rowLists  = []string{"data", "rows", "values", "items", "records", "results", "features"}
)

// turnedFrom tells whether the members of an object are a table; nil if not, or if it is not sure.
func turnedFrom(path []string, members []member) *turned {
	t := &turned{path: slices.Clone(path)}
	lists, objects, indexed := 0, 0, 0
	for _, m := range members {
		same := m.count == members[0].count
		switch {
		case m.of == '[' && m.first != '{' && m.first != '[' && m.count > 1 && same:
			lists++
		case m.of == '{' && m.count > 0:
			objects++
			if m.indexed && same {
				indexed++
			}
		}
		t.names = append(t.names, m.key)
		t.offsets = append(t.offsets, m.offset)
	}
	switch n := len(members); {
	case n > 1 && lists == n:
		t.kind = listColumns
	case n > 0 && objects == n && indexed == n && members[0].count > 1:
		t.kind = objectColumns
		t.key = free(keyColumn, func(name string) bool { return slices.Contains(t.names, name) })
	default:
		return splitFrom(t, members)
	}
	return t
}

// splitFrom looks for a list of rows beside one of the names of their columns. Where two lists could be the rows, it takes none.
func splitFrom(t *turned, members []member) *turned {
	var names, rows, index *member
	for i := range members {
		switch m := &members[i]; {
		case m.of != '[' && t.wraps(m.key):
			t.beside = append(t.beside, keyPath(append(slices.Clone(t.path), m.key)))
		case m.of != '[':
			return nil
		case m.names != nil && names == nil:
			names = m
		case m.first == '[' && rows == nil && slices.Contains(rowLists, m.key):
			rows = m
		case m.key == indexColumn && index == nil && m.first != '{':
			index = m
		default:
			return nil
		}
	}
	if names == nil || rows == nil || index != nil && index.count != rows.count {
		return nil
	}
	t.kind, t.names, t.offsets = splitRows, names.names, []int64{rows.offset}
	if index != nil {
		t.index = index.offset
		t.key = free(indexColumn, func(name string) bool { return slices.Contains(t.names, name) })
	}
	return t
}

// free is a name, with a number if others have it.
func free(name string, taken func(name string) bool) string {
	one := name
	for n := 2; taken(one); n++ {
		one = fmt.Sprintf("%s_%d", name, n)
	}
	return one
}

// isIndex tells whether a key is what rows are numbered by: a whole number or a time.
func isIndex(key string) bool {
	l := lookOf([]byte(key), moment.UTC())
	return l == whole || l == instant
}
