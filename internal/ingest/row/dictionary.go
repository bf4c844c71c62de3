package row

import (
	"bytes"
	"hash/maphash"
)

// Dictionary numbers the distinct strings of a column in the order they are first seen. Entry 0 is null.
// One goroutine adds; others may read a View taken before.
type Dictionary struct {
	epoch  int
	ends   []uint32
	data   []byte
	table  []int32 // open addressing, 0 is free
	hashes []uint32
	seed   maphash.Seed
}

// NewDictionary returns a dictionary that holds only null.
func NewDictionary() *Dictionary {
	return &Dictionary{ends: []uint32{0}, hashes: []uint32{0}, table: make([]int32, 64), seed: maphash.MakeSeed()}
}

// Len is the number of entries, the null at 0 included.
func (d *Dictionary) Len() int { return len(d.ends) }

// Bytes is about how much memory the dictionary takes.
func (d *Dictionary) Bytes() int64 {
	return int64(cap(d.data)) + int64(cap(d.ends)+cap(d.hashes)+len(d.table))*4
}

// View is what the dictionary holds now.
func (d *Dictionary) View() View { return View{Epoch: d.epoch, ends: d.ends, data: d.data} }

// Restart empties the dictionary and begins a new epoch. Views taken before stay valid.
func (d *Dictionary) Restart() {
	d.epoch++
	d.ends, d.hashes, d.data = []uint32{0}, []uint32{0}, nil
	d.table = make([]int32, 64)
}

// ID returns the number of s, which is added if it is new. s is not kept.
func (d *Dictionary) ID(s []byte) int32 {
	h := uint32(maphash.Bytes(d.seed, s))
	mask := uint32(len(d.table) - 1)
	i := h & mask
	for {
		id := d.table[i]
		if id == 0 {
			break
		}
		if d.hashes[id] == h && bytes.Equal(d.data[d.ends[id-1]:d.ends[id]], s) {
			return id
		}
		i = (i + 1) & mask
	}
	id := int32(len(d.ends))
	d.data = append(d.data, s...)
	d.ends = append(d.ends, uint32(len(d.data)))
	d.hashes = append(d.hashes, h)
	d.table[i] = id
	if len(d.ends)*2 > len(d.table) {
		d.grow()
	}
	return id
}

func (d *Dictionary) grow() {
	d.table = make([]int32, len(d.table)*2)
	mask := uint32(len(d.table) - 1)
	for id := 1; id < len(d.ends); id++ {
		i := d.hashes[id] & mask
		for d.table[i] != 0 {
			i = (i + 1) & mask
		}
		d.table[i] = int32(id)
	}
}
