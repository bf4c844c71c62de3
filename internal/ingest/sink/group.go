package sink

import "ovate/internal/ingest/row"

// groupTable finds the group of a row: open addressing over the hashes of the groups of an index.
type groupTable struct {
	slots  []int32 // group+1, 0 is free
	hashes []uint64
}

// group returns the group that row r of the batch belongs to, and whether it had to be begun.
func (x *Index) group(set *Set, b *row.Batch, r int32) (g int32, begun bool) {
	set.one[0] = r
	fields := set.fieldsOf(set.one[:])
	held := int32(0)
	for _, k := range fields {
		x.dimension(set, k) // also without a value
		if b.Discovered[k].ID(int(r)) != 0 {
			held++
		}
	}
	t := &x.groups
	if 2*(len(t.hashes)+1) > len(t.slots) {
		t.grow()
	}
	hash, mask := set.hashes[r], uint64(len(t.slots)-1)
	i := hash & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		g := t.slots[i] - 1
		if t.hashes[g] == hash && x.held[g] == held && x.holds(g, set, b, r, fields) {
			return g, false
		}
	}
	g = int32(len(t.hashes))
	t.slots[i] = g + 1
	t.hashes = append(t.hashes, hash)
	x.held = append(x.held, held)
	x.appendRows(set, b, set.one[:])
	return g, true
}

// holds tells whether group g has the time and the dimensions of row r of the batch, which has the given fields and a value in as many
// of them as the group: where all of those agree there is no other.
func (x *Index) holds(g int32, set *Set, b *row.Batch, r int32, fields []int32) bool {
	if x.time[g] != set.time[r] {
		return false
	}
	for i := range b.Dimensions {
		if !x.Dimensions[i].equal(&b.Dimensions[i], r, g) {
			return false
		}
	}
	for _, k := range fields {
		if id := b.Discovered[k].ID(int(r)); id != 0 && x.dimension(set, k).at(g) != id {
			return false
		}
	}
	return true
}

func (t *groupTable) grow() {
	t.slots = make([]int32, max(64, 2*len(t.slots)))
	mask := uint64(len(t.slots) - 1)
	for g, hash := range t.hashes {
		i := hash & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = int32(g) + 1
	}
}
