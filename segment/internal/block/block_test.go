package block

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/segment/internal/compress"
)

func join(parts [][]byte) []byte { return slices.Concat(parts...) }

// The bytes of the worked example in the format's description.
func TestGenericBytes(t *testing.T) {
	t.Parallel()
	var w GenericWriter
	for _, v := range []string{"p", "q", "r"} {
		if err := w.Add([]byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	want := "\x01\x01\x00\x00\x00\x1f\x00\x00\x00\x03\x00\x00\x00\x05\x00\x00\x00\x0a\x00\x00\x00\x0f\x00\x00\x00\x00p\x00\x00\x00\x00q\x00\x00\x00\x00r"
	if got := string(join(w.AppendParts(nil, true))); got != want {
		t.Errorf("wrote % x", got)
	}
}

func TestGeneric(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Ptr(rapid.SliceOfN(rapid.Byte(), 0, 6), true)).Draw(t, "values")
		var w GenericWriter
		for _, v := range values {
			add := w.AddNull
			if v != nil {
				add = func() error { return w.Add(*v) }
			}
			if err := add(); err != nil {
				t.Fatal(err)
			}
		}
		data := join(w.AppendParts(nil, false))
		c := NewCursor(append(data, "rest"...), 0)
		g := c.Generic()
		if c.Err() != nil || g.Len() != len(values) || c.Left() != 4 || g.Size() != len(data) {
			t.Fatalf("%d values, %d bytes left, size %d (%v)", g.Len(), c.Left(), g.Size(), c.Err())
		}
		for i, v := range values {
			got, ok := g.At(i)
			if ok != (v != nil) || v != nil && string(got) != string(*v) {
				t.Fatalf("value %d is %q %t", i, got, ok)
			}
		}
	})
}

func TestGenericOfManyFilesIsRefused(t *testing.T) {
	t.Parallel()
	c := NewCursor([]byte{2, 1, 0, 0, 0, 4, 0, 0, 0, 0}, 0)
	c.Generic()
	if err := c.Err(); err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Error(err)
	}
}

func TestPacked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SampledFrom(packedWidths[:]).Draw(t, "bits")
		values := rapid.SliceOf(rapid.Uint64Max(math.MaxUint64>>(64-bits))).Draw(t, "values")
		page := appendPacked(nil, values, bits)
		if len(page) != packedSize(bits, len(values)) {
			t.Fatalf("%d values of %d bits take %d bytes, want %d", len(values), bits, len(page), packedSize(bits, len(values)))
		}
		for i, v := range values {
			if got := unpack(page, bits, i); got != v {
				t.Fatalf("value %d of %d bits is %#x, want %#x", i, bits, got, v)
			}
		}
	})
}

func TestPackedPerBlock(t *testing.T) {
	t.Parallel()
	want := map[int]int{1: 262144, 2: 131072, 4: 65536, 8: 32768, 12: 32768, 16: 16384, 20: 16384, 24: 16384, 32: 8192, 40: 8192, 48: 8192, 56: 8192, 64: 4096}
	for bits, n := range want {
		if got := packedPerBlock(bits); got != n {
			t.Errorf("%d values of %d bits per block, want %d", got, bits, n)
		}
	}
	for most, bits := range map[uint64]int{0: 1, 2: 1, 3: 2, 4: 2, 16: 4, 17: 8, 256: 8, 257: 12, 1 << 56: 56, 1<<56 + 1: 64, math.MaxUint64: 64} {
		if got := bitsFor(most); got != bits {
			t.Errorf("%d bits for %d, want %d", got, most, bits)
		}
	}
}

func TestIntWidth(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{1: 1, 255: 1, 256: 2, 65_535: 2, 65_536: 3, 1<<24 - 1: 3, 1 << 24: 4} {
		if got := IntWidth(n); got != want {
			t.Errorf("%d bytes for a dictionary of %d, want %d", got, n, want)
		}
	}
}

// The encoding is chosen by what the values are.
func TestAutoWriter(t *testing.T) {
	t.Parallel()
	rising := func(n int, step int64) (values []int64) {
		for i := range n {
			values = append(values, int64(i)*step)
		}
		return values
	}
	for _, c := range []struct {
		want   string
		values []int64
	}{
		{"table of 1", []int64{7, 7, 7}},
		{"table of 3", []int64{math.MinInt64, 0, math.MaxInt64, 0}},
		{"table of 256", rising(256, 1)},
		{"delta of 12 bits", rising(257, 1)},
		{"delta of 64 bits", append(rising(300, 1), math.MaxInt64-1)},
		{"plain", append(rising(300, 1), math.MaxInt64)},
		{"plain", append(rising(300, 1), math.MinInt64)},
	} {
		for _, codec := range []compress.Codec{compress.LZ4, compress.None} {
			var w AutoWriter
			w.Reset(codec)
			for chunk := range slices.Chunk(c.values, 100) {
				if err := w.Longs(chunk); err != nil {
					t.Fatal(err)
				}
			}
			parts, err := w.AppendValues(nil)
			if err != nil {
				t.Fatal(err)
			}
			r := NewCursor(join(parts), 0)
			n := r.Longs()
			if r.Err() != nil || r.Left() > 0 {
				t.Fatalf("%s: %v, %d bytes left", c.want, r.Err(), r.Left())
			}
			if want := c.want + ", " + codec.String(); n.Encoding() != want {
				t.Errorf("%s, want %s", n.Encoding(), want)
			}
			got := make([]int64, n.Len())
			if err := n.Reader().Read(got, 0); err != nil || !slices.Equal(got, c.values) {
				t.Errorf("%s: %v (%v)", n.Encoding(), got, err)
			}
		}
	}
}

// appendFrontCoded writes texts the way Druid does, bucket of them at a time.
func appendFrontCoded(texts []string, version byte, bucket int, hasNull byte) []byte {
	var ends, body []byte
	for i, text := range texts {
		if i%bucket == 0 {
			if i > 0 {
				ends = binary.LittleEndian.AppendUint32(ends, uint32(len(body)))
			}
			body = append(appendVByte(body, len(text)), text...)
			continue
		}
		base := texts[i-1]
		if version == 0 {
			base = texts[i-i%bucket]
		}
		n := 0
		for n < min(len(base), len(text)) && base[n] == text[n] {
			n++
		}
		body = appendVByte(appendVByte(body, n), len(text)-n)
		body = append(body, text[n:]...)
	}
	dst := appendVByte([]byte{frontCodedMark, frontCodedEncoding, version, byte(bucket), hasNull}, len(texts))
	return append(append(appendVByte(dst, len(ends)+len(body)), ends...), body...)
}

func appendVByte(dst []byte, v int) []byte {
	for ; v >= 0x80; v >>= 7 {
		dst = append(dst, byte(v&0x7f))
	}
	return append(dst, byte(v)|0x80)
}

func TestFrontCoded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfNDistinct(rapid.StringOf(rapid.RuneFrom([]rune("abé"))), 1, 60, rapid.ID[string]).Draw(t, "texts")
		slices.Sort(texts)
		version := rapid.ByteMax(1).Draw(t, "version")
		bucket := rapid.SampledFrom([]int{1, 2, 4, 16, 128}).Draw(t, "bucket")
		hasNull := rapid.ByteMax(1).Draw(t, "has null")
		data := appendFrontCoded(texts, version, bucket, hasNull)
		c := NewCursor(append(data, 1), 0)
		s := c.Strings()
		if c.Err() != nil || c.Left() != 1 {
			t.Fatalf("%v, %d bytes left", c.Err(), c.Left())
		}
		if s.Len() != len(texts)+int(hasNull) || s.HasNull() != (hasNull == 1) || hasNull == 1 && s.At(0) != nil {
			t.Fatalf("%d entries, null %t", s.Len(), s.HasNull())
		}
		for i, text := range texts {
			if got := s.At(i + int(hasNull)); string(got) != text || got == nil {
				t.Fatalf("entry %d is %q, want %q", i, got, text)
			}
		}
	})
}

func TestVByte(t *testing.T) {
	t.Parallel()
	for _, v := range []int{0, 1, 127, 128, 300, math.MaxInt32} {
		c := NewCursor(appendVByte(nil, v), 0)
		if got := c.VByte("it"); got != v || c.Err() != nil || c.Left() > 0 {
			t.Errorf("%d is read as %d (%v)", v, got, c.Err())
		}
	}
	c := NewCursor([]byte{0x7f, 0x7f, 0x7f, 0x7f, 0x88}, 0)
	c.VByte("it")
	var corrupt *CorruptError
	if !errors.As(c.Err(), &corrupt) || corrupt.Offset != 0 {
		t.Errorf("2^31 was accepted: %v", c.Err())
	}
}
