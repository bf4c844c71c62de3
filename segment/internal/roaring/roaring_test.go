package roaring

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	peer "github.com/RoaringBitmap/roaring/v2"
	"pgregory.net/rapid"
)

// rowsOf draws ascending rows in stretches of different density, so that containers of all three kinds come up. It ends
// where the numbers of rows do: a segment counts its rows in an int32.
func rowsOf(t *rapid.T) []uint32 {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	var rows []uint32
	at := uint32(0)
stretches:
	for range rapid.IntRange(0, 6).Draw(t, "stretches") {
		gap := rapid.SampledFrom([]uint32{1, 2, 5, 40, 3000, 100_000}).Draw(t, "gap")
		for range rapid.SampledFrom([]int{1, 3, 100, 5000, 70_000}).Draw(t, "rows") {
			if at += 1 + r.Uint32N(gap); at > math.MaxInt32 {
				break stretches
			}
			rows = append(rows, at)
		}
	}
	return rows
}

func TestSameBytesAsPeer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rowsOf(t)
		b := peer.New()
		b.AddMany(rows)
		b.RunOptimize()
		want, err := b.ToBytes()
		if err != nil {
			t.Fatal(err)
		}
		got := Append([]byte("x"), rows)[1:]
		if !bytes.Equal(got, want) {
			t.Fatalf("%d rows: %d bytes differ from the peer's %d", len(rows), len(got), len(want))
		}
		back, err := Decode(nil, got, 1<<32)
		if err != nil || !slices.Equal(back, rows) {
			t.Fatalf("%d rows came back as %d (%v)", len(rows), len(back), err)
		}
		readInStretches(t, got, rows)
		if n := len(rows); n > 0 {
			if _, err := Decode(nil, got, int(rows[n-1])); err == nil {
				t.Fatal("a row beyond the limit was accepted")
			}
		}
	})
}

// readInStretches reads a bitmap of rows in stretches that mostly ascend.
func readInStretches(t *rapid.T, data []byte, rows []uint32) {
	last := 1
	if n := len(rows); n > 0 {
		last = int(rows[n-1]) + 1
	}
	r, err := NewReader(data, last)
	if err != nil {
		t.Fatal(err)
	}
	from := 0
	for range 20 {
		to := min(last, from+rapid.SampledFrom([]int{1, 63, 64, 1000, 100_000, 1 << 30}).Draw(t, "stretch"))
		got, err := r.Append(nil, from, to)
		begin, _ := slices.BinarySearch(rows, uint32(from))
		end, _ := slices.BinarySearch(rows, uint32(to))
		if err != nil || !slices.Equal(got, rows[begin:end]) {
			t.Fatalf("rows %d to %d: %d came, want %d (%v)", from, to, len(got), end-begin, err)
		}
		if from = to; rapid.IntRange(0, 4).Draw(t, "back") == 0 {
			from = rapid.IntRange(0, last-1).Draw(t, "from")
		}
	}
}

func TestWithoutRuns(t *testing.T) {
	t.Parallel()
	b := peer.New()
	b.AddRange(10, 70_000)
	want := b.ToArray()
	data, err := b.ToBytes()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(nil, data, 1<<32)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%d rows came back as %d (%v)", len(want), len(got), err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Append(nil, []uint32{1, 2, 3, 70_000, 70_001, 70_002, 70_003}))
	f.Add(Append(nil, []uint32{5, 9, 200_000}))
	f.Add([]byte(";000")) // nothing but the beginning of a header
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := Decode(nil, data, 100_000)
		if err != nil {
			return
		}
		if !slices.IsSorted(rows) {
			t.Fatal("rows out of order")
		}
		b := peer.New()
		if len(data) == 0 {
			return
		}
		if _, err := b.FromBuffer(data); err == nil && !slices.Equal(b.ToArray(), rows) {
			t.Fatal("the peer reads other rows")
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var rows []uint32
	for at := uint32(0); at < 1_000_000; at += 1 + r.Uint32N(100) {
		rows = append(rows, at, at+1, at+2)
		at += 2
	}
	var dst []byte
	b.SetBytes(int64(4 * len(rows)))
	for b.Loop() {
		dst = Append(dst[:0], rows)
	}
}
