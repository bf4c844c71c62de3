package row

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
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
	secret uint64 // of the hashes of short strings
}

// NewDictionary returns a dictionary that holds only null.
func NewDictionary() *Dictionary {
	seed := maphash.MakeSeed()
	return &Dictionary{
		ends: []uint32{0}, hashes: []uint32{0}, table: make([]int32, 64),
		seed: seed, secret: maphash.Comparable(seed, 0),
	}
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
	h := d.hash(s)
	mask := uint32(len(d.table) - 1)
	i := h & mask
	for {
		id := d.table[i]
		if id == 0 {
			break
		}
		if d.hashes[id] == h && string(d.data[d.ends[id-1]:d.ends[id]]) == string(s) {
			return id
		}
		i = (i + 1) & mask
	}
	return d.add(s, h, i)
}

func (d *Dictionary) add(s []byte, h, slot uint32) int32 {
	id := int32(len(d.ends))
	d.data = append(d.data, s...)
	d.ends = append(d.ends, uint32(len(d.data)))
	d.hashes = append(d.hashes, h)
	d.table[slot] = id
	if len(d.ends)*2 > len(d.table) {
		d.grow()
	}
	return id
}

// hash mixes short strings, most of what dimensions hold, in a few instructions and leaves long ones to maphash.
func (d *Dictionary) hash(s []byte) uint32 {
	var a, b uint64
	switch n := len(s); {
	case n > 16:
		return uint32(maphash.Bytes(d.seed, s))
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint64(s[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(s)), uint64(binary.LittleEndian.Uint32(s[n-4:]))
	case n > 0:
		a = uint64(s[0])<<16 | uint64(s[n>>1])<<8 | uint64(s[n-1])
	}
	hi, lo := bits.Mul64(a^d.secret, b^d.secret>>32^uint64(len(s))<<56^0x9e3779b97f4a7c15)
	return uint32(hi ^ lo ^ (hi^lo)>>32)
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
