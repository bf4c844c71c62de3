package row

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
)

// Dictionary numbers the distinct strings of a column in the order they are first seen. Entry 0 is null.
// One goroutine adds; others may read a View taken before. Its texts may take 4 GiB, which is as far as ends reach: whoever adds to
// one for long asks Full now and then.
type Dictionary struct {
	epoch  int
	ends   []uint32
	data   []byte
	keys   []uint64 // by entry, see key
	table  []int32  // open addressing, 0 is free
	seed   maphash.Seed
	secret uint64 // odd
	limit  int    // bytes of data; math.MaxUint32, but for tests
}

// NewDictionary returns a dictionary that holds only null.
func NewDictionary() *Dictionary {
	seed := maphash.MakeSeed()
	d := &Dictionary{seed: seed, secret: maphash.Comparable(seed, 0) | 1, limit: math.MaxUint32}
	d.clear()
	return d
}

func (d *Dictionary) clear() {
	d.ends, d.keys, d.data = []uint32{0}, []uint64{0}, nil
	d.table = make([]int32, 8)
}

// Len is the number of entries, the null at 0 included.
func (d *Dictionary) Len() int { return len(d.ends) }

// Bytes is about how much memory the dictionary takes.
func (d *Dictionary) Bytes() int64 {
	return int64(cap(d.data)) + int64(cap(d.ends)+len(d.table))*4 + int64(cap(d.keys))*8
}

// TextBytes is how much of that the strings are.
func (d *Dictionary) TextBytes() int64 { return int64(len(d.data)) }

// Full tells whether the dictionary has taken half of what it can: the next batch still fits, and then it has to be restarted or
// left to others.
func (d *Dictionary) Full() bool { return len(d.data) > d.limit/2 || len(d.ends) > math.MaxInt32/2 }

// View is what the dictionary holds now.
func (d *Dictionary) View() View { return View{Epoch: d.epoch, ends: d.ends, data: d.data} }

// Restart empties the dictionary and begins a new epoch. Views taken before stay valid.
func (d *Dictionary) Restart() {
	d.epoch++
	d.clear()
}

// ID returns the number of s, which is added if it is new. s is not kept.
func (d *Dictionary) ID(s []byte) int32 {
	key := d.key(s)
	mask := uint64(len(d.table) - 1)
	slot := d.slot(key) & mask
	for {
		id := d.table[slot]
		if id == 0 {
			return d.add(s, key, slot)
		}
		if d.keys[id] == key && (key < hashed || string(d.data[d.ends[id-1]:d.ends[id]]) == string(s)) {
			return id
		}
		slot = (slot + 1) & mask
	}
}

// hashed marks the keys that are hashes.
const hashed = 0xff << 56

// key is the whole of a string of up to seven bytes, most of what dimensions hold, with its length; or else a hash.
func (d *Dictionary) key(s []byte) uint64 {
	switch n := len(s); {
	case n > 7:
		return maphash.Bytes(d.seed, s) | hashed
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(s)) | uint64(binary.LittleEndian.Uint32(s[n-4:]))<<(8*(n-4)) | uint64(n)<<56
	case n > 0:
		half, last := n>>1, n-1
		return uint64(s[0]) | uint64(s[half])<<(8*half) | uint64(s[last])<<(8*last) | uint64(n)<<56
	}
	return 0
}

// slot spreads the keys over the table in a way that nobody outside can foresee.
func (d *Dictionary) slot(key uint64) uint64 {
	high, low := bits.Mul64(key^d.secret, 0x9e3779b97f4a7c15)
	high, low = bits.Mul64(high^low, d.secret)
	return high ^ low
}

func (d *Dictionary) add(s []byte, key, slot uint64) int32 {
	if len(d.data)+len(s) > d.limit || len(d.ends) == math.MaxInt32 {
		panic(fmt.Sprintf("a dictionary of %d strings and %d bytes cannot take another of %d: it should have been restarted before", len(d.ends), len(d.data), len(s)))
	}
	id := int32(len(d.ends))
	d.data = append(d.data, s...)
	d.ends = append(d.ends, uint32(len(d.data)))
	d.keys = append(d.keys, key)
	d.table[slot] = id
	if len(d.ends)*2 > len(d.table) {
		d.grow()
	}
	return id
}

func (d *Dictionary) grow() {
	d.table = make([]int32, len(d.table)*2)
	mask := uint64(len(d.table) - 1)
	for id := 1; id < len(d.keys); id++ {
		slot := d.slot(d.keys[id]) & mask
		for d.table[slot] != 0 {
			slot = (slot + 1) & mask
		}
		d.table[slot] = int32(id)
	}
}
