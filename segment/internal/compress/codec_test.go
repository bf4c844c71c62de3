package compress

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

var writable = []Codec{LZF, LZ4, Zstd, Uncompressed}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	var c Compressor
	var d Decompressor
	rapid.Check(t, func(t *rapid.T) {
		codec := rapid.SampledFrom(writable).Draw(t, "codec")
		width := rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(t, "width")
		src := rapid.SliceOfN(rapid.ByteRange(0, 20), 0, 200).Draw(t, "src")
		src = bytes.Repeat(src, rapid.IntRange(0, 400).Draw(t, "repeat"))
		src = src[:min(len(src), MaxBlock)]
		block, err := c.Append(codec, []byte("x"), src, width)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Block(codec, block[1:], rapid.IntRange(0, MaxBlock).Draw(t, "likely"))
		if err != nil || !bytes.Equal(got, src) {
			t.Fatalf("%v: %d bytes came back as %d (%v)", codec, len(src), len(got), err)
		}
	})
}

// TestShortBlock: a reader of short blocks keeps no more than they hold.
func TestShortBlock(t *testing.T) {
	t.Parallel()
	var c Compressor
	for _, codec := range []Codec{LZ4, LZF} {
		block, err := c.Append(codec, nil, bytes.Repeat([]byte("abcd"), 100), 4)
		if err != nil {
			t.Fatal(err)
		}
		var d Decompressor
		if got, err := d.Block(codec, block, 400); err != nil || len(got) != 400 || len(d.out) != 400 {
			t.Errorf("%v: %d bytes in %d (%v)", codec, len(got), len(d.out), err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range append(writable, None) {
		if got, ok := Parse(c.String()); !ok || got != c || !c.Known() {
			t.Errorf("%v is read as %v", c, got)
		}
	}
	if _, ok := Parse("snappy"); ok {
		t.Error("snappy is no codec of Druid")
	}
	if Codec(7).Known() {
		t.Error("7 is no codec of Druid")
	}
}

func FuzzBlock(f *testing.F) {
	var c Compressor
	for _, codec := range writable {
		block, err := c.Append(codec, nil, bytes.Repeat([]byte("abcabd"), 40), 1)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(codec), block)
	}
	var d Decompressor
	f.Fuzz(func(t *testing.T, codec byte, block []byte) {
		got, err := d.Block(Codec(codec), block, 0)
		if err == nil && len(got) > MaxBlock {
			t.Fatalf("a block of %d bytes came out", len(got))
		}
	})
}
