package sink

import (
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// Values numbers the distinct values of one string dimension over every index of a task, so that a string is
// hashed once when it is parsed and once when it is first seen here, and a row holds one 4-byte code:
// code >= 0 is an entry of the dictionary (0 is null), code < 0 is list -1-code.
type Values struct {
	handling spec.MultiValueHandling
	dict     *row.Dictionary
	lists    lists
	workers  []translation

	ranks   []int32 // see rank
	counted sizes   // what a set has counted them as
}

// translation turns the ids of one worker's dictionary into ours.
type translation struct {
	epoch int
	ids   []int32
}

func newValues(handling spec.MultiValueHandling, workers int) *Values {
	return &Values{handling: handling, dict: row.NewDictionary(), workers: make([]translation, workers)}
}

// translate replaces the ids of a batch's column by codes. A string is looked up when it first occurs in a row, not
// because the worker knows it: the worker's dictionary outlives ours.
func (v *Values) translate(worker int, c *row.Column) {
	t := &v.workers[worker]
	if t.epoch != c.Dict.Epoch {
		t.epoch, t.ids = c.Dict.Epoch, t.ids[:0]
	}
	for len(t.ids) < c.Dict.Len() {
		t.ids = append(t.ids, unknown)
	}
	t.ids[0] = 0
	v.translateIDs(t.ids, c.ListIDs, c.Dict)
	if len(c.ListEnds) == 0 {
		v.translateIDs(t.ids, c.IDs, c.Dict)
		return
	}
	for i, id := range c.IDs {
		if id >= 0 {
			v.translateIDs(t.ids, c.IDs[i:i+1], c.Dict)
			continue
		}
		k, start := -1-id, int32(0)
		if k > 0 {
			start = c.ListEnds[k-1]
		}
		c.IDs[i] = v.lists.code(v.arrange(c.ListIDs[start:c.ListEnds[k]]))
	}
}

// unknown marks an id of a worker that has not been translated.
const unknown = -1

func (v *Values) translateIDs(known, ids []int32, view row.View) {
	for i, id := range ids {
		to := known[id]
		if to == unknown {
			to = v.dict.ID(view.At(id))
			known[id] = to
		}
		ids[i] = to
	}
}

// at returns dictionary entry id, nil for null.
func (v *Values) at(id int32) []byte { return v.dict.View().At(id) }

// full tells whether the values have to leave memory, however much of it there is: what their numbers reach has an end.
func (v *Values) full() bool { return v.dict.Full() || v.lists.full() }

func (v *Values) bytes() int64 {
	n := v.dict.Bytes() + v.lists.bytes()
	for _, t := range v.workers {
		n += int64(cap(t.ids)) * 4
	}
	return n
}

// rank makes sure that ranks, the place of every dictionary entry in Java's order with null first, is up to
// date. Nothing may be translated while ranks are read by others.
func (v *Values) rank() {
	view := v.dict.View()
	if len(v.ranks) == view.Len() {
		return
	}
	order := make([]int32, view.Len()-1)
	for i := range order {
		order[i] = int32(i) + 1
	}
	sortStrings(order, view)
	v.ranks = make([]int32, view.Len())
	for r, id := range order {
		v.ranks[id] = int32(r) + 1
	}
}
