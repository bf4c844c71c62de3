package table

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ovate/internal/choice"
)

// envelope is what the one object of an input holds, in which the rows may be a list, as answers of web services have it.
type envelope struct {
	lists  []innerList
	beside []string // other keys of the objects that hold the lists, as paths
	more   bool     // there is more than one object
	turned []*turned
	count  int       // of the keys of the outermost object
	alike  bool      // all its values are texts, or all are numbers
	broken error     // it is no JSON
	wanted []string  // path of the object whose values by key are asked for; nil if none is
	every  []*turned // objects at that path
}

// innerList is a list below some keys.
type innerList struct {
	path  []string
	of    byte // how its first value begins; a bracket that closes it if there is none
	bytes int64
}

func (l innerList) String() string { return keyPath(l.path) }

// deepest is how many keys a list may be below.
const deepest = 4

// findEnvelope reads all of an input that begins with an object. wanted is the path of the object whose values by key the caller asks for; nil if none is.
func (in *Input) findEnvelope(wanted []string) (*envelope, error) {
	text, err := in.text()
	if err != nil {
		return nil, err
	}
	r := &blocks{in: in, r: text}
	if err := r.skip(); err != nil {
		return nil, errors.Join(err, text.Close())
	}
	w := &walker{Reader: in.buffered(r.r)}
	e := &envelope{wanted: wanted}
	walked := w.expect('{', "no object")
	if walked == nil {
		walked = e.walk(w, nil)
	}
	if walked == nil {
		_, after := w.next()
		e.more = after == nil
	}
	if err := text.Close(); err != nil {
		return nil, err
	}
	e.broken = walked
	return e, nil
}

// walk goes through an object whose opening brace has been read.
func (e *envelope) walk(w *walker, path []string) error {
	_, err := e.members(w, path)
	return err
}

// mostMembers is how many keys an object may have to be looked at as one that holds columns or rows by its keys.
const mostMembers = 100_000

// members goes through an object, and says of each of its keys what it holds.
func (e *envelope) members(w *walker, path []string) (members []member, err error) {
	before := len(e.turned)
	all := &shape{begin: w.read, keys: map[string]int{}}
	err = w.keys(func(key string) error {
		m, err := e.member(w, path, key, all)
		if all.add(m); len(members) <= mostMembers {
			members = append(members, m)
		}
		return err
	})
	if err != nil {
		return members, err
	}
	e.count, e.alike = all.members, alike(members) // the outermost ends last
	if e.wanted != nil && slices.Equal(path, e.wanted) {
		e.every = append(e.every, all.rows(path))
	}
	var t *turned
	if len(members) <= mostMembers {
		t = turnedFrom(path, members)
	}
	byIndex := all.indexes == all.members
	few := all.members < fewKeyed && len(e.turned) > before // tables beside each other
	if keyed := all.keyed(path); keyed != nil && (byIndex || t == nil && !few) {
		t = keyed
	}
	if t != nil {
		e.turned = append(e.turned, t)
	}
	return members, nil
}

// member goes through what an object holds under a key.
func (e *envelope) member(w *walker, path []string, key string, all *shape) (m member, err error) {
	m.key = key
	err = func() error {
		at := append(slices.Clone(path), key)
		c, err := w.next()
		if err != nil {
			return err
		}
		m.of, m.offset = c, w.read
		switch {
		case c == '{' && (len(at) < deepest || len(at) <= len(e.wanted)):
			lists, beside := len(e.lists), len(e.beside)
			inner, err := e.members(w, at)
			m.count = len(inner)
			all.addKeys(inner)
			m.indexed = !slices.ContainsFunc(inner, func(m member) bool { return !isIndex(m.key) })
			if len(e.lists) == lists {
				e.beside = e.beside[:beside] // what is below it does not count
				e.besides(at)
			}
			return err
		case c == '[':
			begin := w.read
			if c, err = w.next(); err != nil {
				return err
			}
			list := innerList{path: at, of: c}
			if err := w.back(); err != nil {
				return err
			}
			m.first = c
			if c == '"' && slices.Contains(nameLists, key) {
				m.names, m.count, err = w.texts()
			} else {
				m.count, err = w.count()
			}
			if err != nil {
				return err
			}
			if list.bytes = w.read - begin; c == '{' || c == '[' || c == ']' {
				e.lists = append(e.lists, list)
			} else {
				e.besides(at)
			}
			return nil
		}
		e.besides(at)
		if err := w.back(); err != nil {
			return err
		}
		return w.skip(0)
	}()
	return m, err
}

// besides notes a key that holds no list of rows.
func (e *envelope) besides(path []string) {
	if len(e.beside) < 1000 {
		e.beside = append(e.beside, keyPath(path))
	}
}

// wrappings are keys that say something of a list of rows and nothing of one of them; layerKeys are more of them beside the features of GeoJSON.
var (
	wrappings = strings.Fields(`count total total_count totalcount totalresults totalfeatures numbermatched numberreturned resultcount next previous prev
		page pages per_page perpage page_size pagesize page_count total_pages totalpages limit offset skip cursor next_cursor next_page has_more hasmore more
		status statuscode success successful message msg error errors warning warnings request request_id requestid meta metadata links _links paging pagination
		took timed_out _shards _scroll_id pit_id max_score generator generated osm3s license copyright attribution api apiversion etag`)
	layerKeys = strings.Fields(`type name crs bbox timestamp xy_coordinate_resolution`)
)

// wraps tells whether a key says nothing of the rows in a list.
func (l innerList) wraps(path string) bool {
	return slices.ContainsFunc(strings.Split(strings.ToLower(path), "."), func(key string) bool {
		return slices.Contains(wrappings, key) || l.String() == "features" && slices.Contains(layerKeys, key)
	})
}

// chooseTurned takes the table that is held by columns or by keys, if there is but one, no list of objects that may be the rows, and nothing beside
// it that a row may have. others are those that could be meant, where it takes none.
func (e *envelope) chooseTurned() (t *turned, others []*turned) {
	others = e.outermost()
	lists := slices.ContainsFunc(e.lists, func(l innerList) bool { return l.of == '{' })
	if len(others) == 1 {
		t := others[0]
		root := len(t.path) == 0
		likely := t.kind != keyedRows || t.sure && (!lists || t.count >= fewKeyed)
		if likely && (root || !lists && !slices.ContainsFunc(e.besideTable(t), func(path string) bool { return !t.wraps(path) })) {
			return t, nil
		}
	}
	return nil, others
}

// besideTable are the paths of what is not in a table.
func (e *envelope) besideTable(t *turned) (beside []string) {
	beside = slices.Clone(t.beside)
	paths := slices.Clone(e.beside)
	for _, l := range e.lists {
		paths = append(paths, l.String())
	}
	for _, path := range paths {
		if len(t.path) > 0 && path != t.String() && !strings.HasPrefix(path, t.String()+".") {
			beside = append(beside, path)
		}
	}
	return beside
}

// seriesKeys are keys that say something of a table of measurements beside it.
var seriesKeys = strings.Fields(`latitude longitude elevation generationtime_ms utc_offset_seconds timezone timezone_abbreviation units`)

// wraps tells whether a key says nothing of the rows in a table beside it.
func (t *turned) wraps(path string) bool {
	if len(t.path) > 0 && path == t.String()+"_units" {
		return true
	}
	return slices.ContainsFunc(strings.Split(strings.ToLower(path), "."), func(key string) bool {
		return slices.Contains(wrappings, strings.ReplaceAll(key, " ", "")) || slices.Contains(seriesKeys, key)
	})
}

// choose takes the list that is the rows, if it is the only one and all beside it is about the list. Otherwise it says which could be, with the tables that
// are no lists.
func (e *envelope) choose(others []*turned) (rows *innerList, err error) {
	var objects []innerList
	for _, l := range e.lists {
		if l.of == '{' {
			objects = append(objects, l)
		}
	}
	if len(e.lists) == 1 {
		list := &e.lists[0]
		others := slices.ContainsFunc(e.beside, func(path string) bool { return !list.wraps(path) })
		if !others && (list.of == '{' || list.of == ']' && (len(e.beside) > 0 || slices.Contains(rowLists, list.String()))) {
			return list, nil
		}
	}
	if len(objects) == 0 && !slices.ContainsFunc(others, (*turned).asks) {
		return nil, nil // it is a row
	}
	return nil, e.ask(objects, others)
}

// ask is the error that says which lists of objects, and which values by key, could be the rows.
func (e *envelope) ask(objects []innerList, others []*turned) error {
	var names, paths []string // paths as the flag takes them
	advice := ""
	flag := func(path string) string { return choice.FlagWord("--json-path", path) }
	for _, t := range others {
		if t.asks() {
			names = append(names, fmt.Sprintf("the values in %s", cmp.Or(t.String(), "it")))
			paths = append(paths, flag(t.pathOf()))
			advice = cmp.Or(advice, flag(t.pathOf()))
		}
	}
	if len(objects) > 0 {
		longest := slices.MaxFunc(objects, func(a, b innerList) int { return cmp.Compare(a.bytes, b.bytes) })
		for _, l := range e.lists {
			switch within := func(t *turned) bool { return t.asks() && t.holds(l.path) }; {
			case slices.ContainsFunc(others, within):
				continue
			case l.of == '{' || l.of == '[' && l.bytes > longest.bytes:
				names, paths = append(names, l.String()), append(paths, flag(l.String()))
			}
			if l.of == '[' && l.bytes > longest.bytes {
				longest = l
			}
		}
		advice = cmp.Or(advice, flag(longest.String()))
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { return path == advice })
	for _, path := range paths[:min(len(paths), 3)] { // the likeliest comes first, but nothing tells that it is the right one
		advice += " or " + path
	}
	text := strings.Join(names, " or ")
	if most := 8; len(names) > most {
		text = fmt.Sprintf("%s or %d more", strings.Join(names[:most], " or "), len(names)-most)
	}
	return fmt.Errorf("holds one JSON object, in which %s could be the rows. Say which: %s; or «--json-path .» if the object itself is a row", text, advice)
}
