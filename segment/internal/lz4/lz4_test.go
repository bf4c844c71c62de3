package lz4

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	peer "github.com/pierrec/lz4/v4"
	"pgregory.net/rapid"
)

// check encodes src and has the peer decode it, which knows nothing of how the block was made.
func check(t interface{ Fatalf(string, ...any) }, e *Encoder, src []byte, width int) []byte {
	block := e.AppendBlock([]byte("x"), src, width)
	if block[0] != 'x' {
		t.Fatalf("what dst held is gone")
	}
	block = block[1:]
	if len(block) > MaxSize(len(src)) {
		t.Fatalf("%d bytes of width %d became %d, more than MaxSize allows", len(src), width, len(block))
	}
	decode(t, block, src)
	return block
}

// decode checks that the peer makes src of block.
func decode(t interface{ Fatalf(string, ...any) }, block, src []byte) {
	got := make([]byte, len(src))
	n, err := peer.UncompressBlock(block, got)
	if err != nil || !bytes.Equal(got[:n], src) {
		t.Fatalf("%d bytes do not come back (%v)", len(src), err)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	var e Encoder
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.SampledFrom([]int{1, 2, 3, 4, 5, 8}).Draw(t, "width")
		distinct := rapid.SampledFrom([]uint64{1, 2, 3, 20, 300, 70_000, math.MaxUint64}).Draw(t, "distinct")
		longest := rapid.SampledFrom([]int{1, 3, 40, 3000}).Draw(t, "longest run")
		size := rapid.SampledFrom([]int{0, 1, 12, 13, 20, 24, 33, 100, 5000, MaxBlock - 8, MaxBlock}).Draw(t, "size")
		shift := rapid.SampledFrom([]int{0, 8, 12, 24, 40, 56}).Draw(t, "shift")
		negate := rapid.Bool().Draw(t, "negate")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var src []byte
		for len(src) < size {
			v := r.Uint64N(distinct) << shift
			if negate && r.IntN(2) == 0 {
				v = -v
			}
			var b [8]byte
			binary.LittleEndian.PutUint64(b[:], v)
			for range 1 + r.IntN(longest) {
				src = append(src, b[:width]...)
			}
		}
		check(t, &e, src[:size], width)
		// A later block is encoded otherwise than the first.
		check(t, &e, src[:size], width)
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), byte(1), byte(3))
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}, 30), byte(8), byte(40))
	f.Add(bytes.Repeat([]byte{7, 1, 9, 1, 7, 1}, 50), byte(2), byte(1))
	var e Encoder
	f.Fuzz(func(t *testing.T, src []byte, width, repeat byte) {
		src = bytes.Repeat(src, 1+int(repeat)%50)
		src = src[:min(len(src), MaxBlock)]
		for _, later := range []bool{false, true} {
			e.later = later
			check(t, &e, src, 1+int(width)%8)
		}
	})
}

// Delays are what columns of measurements look like: sorted by something else, often equal, often small, of both signs.
func delays(n, repeat int) []int64 {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]int64, 0, n)
	for len(values) < n {
		v := int64(r.ExpFloat64()*20) - 12
		for range repeat {
			values = append(values, v)
		}
	}
	return values[:n]
}

func longs(values []int64) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func doubles(values []int64) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
	}
	return b
}

// fractions repeat bytes within values, at no multiple of 8.
func fractions(n int) (b []byte) {
	for i := range n {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(i)/7))
	}
	return b
}

func ids(values []int64, width int) (b []byte) {
	for _, v := range values {
		b = append(binary.LittleEndian.AppendUint64(b, uint64(v+12)), 0)[:len(b)+width]
	}
	return b
}

var columns = []struct {
	name  string
	width int
	data  []byte
}{
	{"longs", 8, longs(delays(8192, 3))},
	{"fractions", 8, fractions(8192)},
	{"distinct longs", 8, longs(delays(8192, 1))},
	{"doubles", 8, doubles(delays(8192, 3))},
	{"ids of 1 byte", 1, ids(delays(65536, 3), 1)},
	{"ids of 2 bytes", 2, ids(delays(32768, 3), 2)},
}

// The first block of a column is made with the most effort, and so again after the last one, which is not full.
func TestFirstBlockIsSmallest(t *testing.T) {
	t.Parallel()
	var e Encoder
	src := longs(delays(8192, 1))
	first, second := check(t, &e, src, 8), check(t, &e, src, 8)
	if len(first) >= len(second) {
		t.Errorf("the first block takes %d bytes, the second %d", len(first), len(second))
	}
	e.Begin()
	if next := check(t, &e, src, 8); !bytes.Equal(next, first) {
		t.Errorf("the first block of the next column takes %d bytes, that of the column before it %d", len(next), len(first))
	}
}

// Java compresses with the high mode of LZ4. Its encoder looks at every byte and at many more candidates; on values that
// hardly repeat that finds a little more.
func TestAboutAsSmallAsHighCompression(t *testing.T) {
	t.Parallel()
	for _, c := range columns {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var e Encoder
			first := len(check(t, &e, c.data, c.width))
			ours := len(check(t, &e, c.data, c.width))
			var high peer.CompressorHC
			high.Level = peer.Level9
			theirs, err := high.CompressBlock(c.data, make([]byte, MaxSize(len(c.data))))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d bytes as the first block, else %d, peer %d", first, ours, theirs)
			if max(first, ours)*100 > theirs*101 {
				t.Errorf("%d bytes as the first block, else %d, where the high mode of the peer makes %d", first, ours, theirs)
			}
		})
	}
}

func BenchmarkAppendBlock(b *testing.B) {
	for _, c := range columns {
		b.Run(c.name, func(b *testing.B) {
			var e Encoder
			var dst []byte
			b.SetBytes(int64(len(c.data)))
			for b.Loop() {
				dst = e.AppendBlock(dst[:0], c.data, c.width)
			}
			b.ReportMetric(float64(len(c.data))/float64(len(dst)), "ratio")
		})
	}
}

func BenchmarkPeerHigh(b *testing.B) {
	for _, c := range columns {
		b.Run(c.name, func(b *testing.B) {
			high := peer.CompressorHC{Level: peer.Level9}
			dst := make([]byte, MaxSize(len(c.data)))
			b.SetBytes(int64(len(c.data)))
			n := 0
			for b.Loop() {
				n, _ = high.CompressBlock(c.data, dst)
			}
			b.ReportMetric(float64(len(c.data))/float64(n), "ratio")
		})
	}
}
