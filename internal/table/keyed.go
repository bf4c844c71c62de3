package table

import (
	"fmt"
	"slices"
	"strings"
)

// everyKey stands at the end of a path for all keys of an object, whose values are the rows.
const everyKey = "*"

const (
	fewKeyed  = 4  // objects by key that are fewer may as well be the parts of one row
	manyKeyed = 20 // objects by key that are more can hardly be, even if they are unlike
)

// shape is what the values of an object have in common, counted while it is read.
type shape struct {
	members int
	objects int // with a key at least
	hollow  int // objects without one, and nulls
	indexes int // keys that are whole numbers or times
	begin   int64
	total   int            // keys of all those objects
	keys    map[string]int // by key: how many of the objects have it
}

// mostKeys is how many different keys of the objects in an object are counted. Objects that have more have not much in common.
const mostKeys = 10_000

func (s *shape) addKeys(members []member) {
	for _, m := range members {
		s.total++
		if _, known := s.keys[m.key]; known || len(s.keys) < mostKeys || strings.HasPrefix(m.key, keyColumn) {
			s.keys[m.key]++
		}
	}
}

func (s *shape) add(m member) {
	s.members++
	switch {
	case m.of == '{' && m.count > 0:
		s.objects++
	case m.of == '{' || m.of == 'n':
		s.hollow++
	}
	if isIndex(m.key) {
		s.indexes++
	}
}

// alike tells whether the objects are rows of one table, going by their keys.
func (s *shape) alike() bool {
	shared, common := 0, 0
	for _, n := range s.keys {
		if n == s.objects || s.objects >= fewKeyed && 2*n >= s.objects {
			shared++
			common += n
		}
	}
	switch {
	case s.objects < fewKeyed && shared < 2:
		return false
	case s.objects > manyKeyed:
		return 2*common >= s.total
	}
	return 3*common >= 2*s.total
}

// keyed is the object as rows by key; nil if it can hardly be that.
func (s *shape) keyed(path []string) *turned {
	if len(path) == 0 && s.indexes == s.members && s.members >= fewKeyed && s.objects == 0 {
		return s.rows(path) // values by number or time
	}
	others := s.members - s.objects - s.hollow // such as one that tells of the objects
	if s.members < 2 || s.objects == 0 || s.hollow > s.objects || 10*others > s.members {
		return nil
	}
	t := s.rows(path)
	switch {
	case s.indexes == s.members && s.objects == s.members:
		t.sure = true
	case s.alike():
		t.sure = s.members > 2 && others == 0
	case s.members <= manyKeyed:
		return nil
	}
	return t
}

// rows is the object as rows by key, whatever its values are.
func (s *shape) rows(path []string) *turned {
	t := &turned{path: slices.Clone(path), kind: keyedRows, offsets: []int64{s.begin}, count: s.members}
	t.key = free(keyColumn, func(name string) bool { return s.keys[name] > 0 || name == valueColumn && s.objects < s.members })
	return t
}

// outermost are the tables that are in no other.
func (e *envelope) outermost() (all []*turned) {
	for i, t := range e.turned { // an object comes behind what is in it
		if !slices.ContainsFunc(e.turned[i+1:], func(other *turned) bool { return other.holds(t.path) }) {
			all = append(all, t)
		}
	}
	return all
}

// holds tells whether a path leads into the table.
func (t *turned) holds(path []string) bool {
	return len(path) > len(t.path) && slices.Equal(path[:len(t.path)], t.path)
}

// asks tells whether rows by key are so likely that it is to be asked for them, where nothing says whether they are meant.
func (t *turned) asks() bool {
	return t.kind == keyedRows && (len(t.path) == 0 || t.count >= fewKeyed)
}

// pathOf is how --json-path names a table.
func (t *turned) pathOf() string {
	if t.kind == keyedRows {
		return everyPath(t.path)
	}
	return t.String()
}

// lookEvery makes a row of each value of the object at a path, with its key.
func (in *Input) lookEvery(path []string) error {
	e, err := in.findEnvelope(path)
	name := everyPath(path)
	switch {
	case err != nil:
		return err
	case e.broken != nil:
		return fmt.Errorf("«--json-path %s»: %w", name, e.broken)
	case e.more:
		return fmt.Errorf("«--json-path %s»: there is more than one object, and each may have the same keys; make a file of each", name)
	case len(e.every) == 0:
		return fmt.Errorf("«--json-path %s»: there is no object %s", name, keyPath(path))
	case len(e.every) > 1:
		return fmt.Errorf("«--json-path %s»: there are two of it, and which is meant is not sure", name)
	case e.every[0].count == 0:
		return fmt.Errorf("«--json-path %s»: the object has no keys", name)
	}
	return in.turnInto(e.every[0], e)
}

// manyValues is how many values without keys of their own are more than one row is likely to have.
const manyValues = 100

// mayBeValues tells whether the keys of an object may be values, too: it has many, or its values are all alike, as where one text stands for another.
func (e *envelope) mayBeValues() bool { return e.count > manyValues || e.alike && e.count > 1 }

// alike tells whether all values of an object are texts, or all are numbers.
func alike(members []member) bool {
	texts, numbers := 0, 0
	for _, m := range members {
		switch KindOf(m.of) {
		case String:
			texts++
		case Number:
			numbers++
		}
	}
	return len(members) > 0 && (texts == len(members) || numbers == len(members))
}
