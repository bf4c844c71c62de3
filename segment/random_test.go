package segment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// Whatever goes into columns, in chunks of any size and in any layout, comes out, in chunks of any other size.
func TestRandomColumns(t *testing.T) {
	t.Parallel()
	var buffers Buffers
	rapid.Check(t, func(rt *rapid.T) {
		spec := IndexSpec{
			DimensionCompression: rapid.SampledFrom([]string{"", "lz4", "lzf", "zstd", "uncompressed"}).Draw(rt, "dimensionCompression"),
			MetricCompression:    rapid.SampledFrom([]string{"", "lz4", "lzf", "zstd", "uncompressed", "none"}).Draw(rt, "metricCompression"),
			LongEncoding:         rapid.SampledFrom([]string{"", "longs", "auto"}).Draw(rt, "longEncoding"),
		}
		rows := rapid.SampledFrom([]int{1, 2, 3, 10, 100, 500, 1000, 2000, 5000, 8192, 8193, 20_000, 66_000}).Draw(rt, "rows")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		w, dir := create(t, Options{Interval: druid.Interval{Start: math.MinInt64, End: math.MaxInt64}, Spec: spec, Buffers: &buffers, Temporary: true, MaxChunk: 1 << 21})
		chunk := func() int { return 1 + r.IntN(1+rapid.SampledFrom([]int{1, 100, 10_000}).Draw(rt, "chunk")) }

		longs := make([]int64, rows)
		doubles := make([]float64, rows)
		floats := make([]float32, rows)
		null := make([]bool, rows)
		spread := rapid.SampledFrom([]uint64{1, 2, 300, 1 << 20, 1 << 40, math.MaxUint64}).Draw(rt, "spread")
		nulls := rapid.SampledFrom([]float64{0, 0.1, 1}).Draw(rt, "nulls")
		for i := range rows {
			if null[i] = r.Float64() < nulls; null[i] {
				continue
			}
			longs[i] = int64(r.Uint64N(spread)) - int64(spread/2)
			doubles[i] = float64(longs[i]) / 4
			floats[i] = float32(longs[i])
		}
		flags := null
		if nulls == 0 {
			flags = nil
		}
		fill(t, w.Long(TimeColumn), longs, nil, rows)
		fill(t, w.Long("l"), longs, flags, chunk())
		fill(t, w.Double("d"), doubles, flags, chunk())
		fill(t, w.Float("f"), floats, flags, chunk())

		d := drawDictionary(rt, r, min(rows, rapid.SampledFrom([]int{1, 2, 255, 256, 300}).Draw(rt, "entries")))
		ids := make([]int32, rows)
		for i := range ids {
			ids[i] = int32(r.IntN(d.Len()))
			if i < d.Len() { // every entry is in a row
				ids[i] = int32(i)
			}
		}
		r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		hasNull := rapid.Bool().Draw(rt, "has null")
		bitmap := rapid.Bool().Draw(rt, "bitmap")
		single := w.String("s", StringOptions{Dictionary: d, HasNull: hasNull, Bitmap: bitmap})
		for rest := range slices.Chunk(ids, chunk()) {
			must(t, single.AppendIDs(rest))
		}
		must(t, single.Close())
		lists := w.String("m", StringOptions{Dictionary: d, HasNull: hasNull, Bitmap: bitmap, MultiValue: true})
		ends, members := drawLists(r, rows, d.Len(), hasNull)
		start := 0
		for rest := range slices.Chunk(ends, chunk()) {
			base := int32(start)
			last := int(rest[len(rest)-1])
			relative := make([]int32, len(rest))
			for i, end := range rest {
				relative[i] = end - base
			}
			must(t, lists.AppendLists(relative, members[start:last]))
			start = last
		}
		must(t, lists.Close())
		if _, err := w.Finish(Index{Dimensions: []string{"s", "l", "m"}, Metrics: []string{"f", "d"}}); err != nil {
			t.Fatal(err)
		}

		s, err := Open(dir)
		must(t, err)
		defer s.Close()
		if s.Rows() != rows {
			t.Fatalf("%d rows, want %d", s.Rows(), rows)
		}
		longColumn, err := s.Long("l")
		must(t, err)
		compare(t, longColumn, longs, null, chunk())
		doubleColumn, err := s.Double("d")
		must(t, err)
		compare(t, doubleColumn, doubles, null, chunk())
		floatColumn, err := s.Float("f")
		must(t, err)
		compare(t, floatColumn, floats, null, chunk())
		compareStrings(t, s, "s", d, hasNull, nil, ids, chunk())
		compareStrings(t, s, "m", d, hasNull, ends, members, chunk())
		if bitmap {
			checkBitmaps(t, s, "s")
			checkBitmaps(t, s, "m")
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fill[T Number](t testing.TB, w *NumberWriter[T], values []T, null []bool, chunk int) {
	t.Helper()
	for i := 0; i < len(values); i += chunk {
		end := min(i+chunk, len(values))
		if null == nil {
			must(t, w.Append(values[i:end], nil))
		} else {
			must(t, w.Append(values[i:end], null[i:end]))
		}
	}
	must(t, w.Close())
}

func compare[T Number](t testing.TB, c *NumberColumn[T], values []T, null []bool, chunk int) {
	t.Helper()
	r, err := c.Reader()
	must(t, err)
	got, gotNull := make([]T, chunk), make([]bool, chunk)
	at := 0
	for {
		n, err := r.Next(got, gotNull)
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		if !slices.Equal(got[:n], values[at:at+n]) || !slices.Equal(gotNull[:n], null[at:at+n]) {
			t.Fatalf("rows %d to %d of %T differ", at, at+n, c)
		}
		at += n
	}
	if at != len(values) {
		t.Fatalf("%d rows, want %d", at, len(values))
	}
}

func compareStrings(t testing.TB, s *Segment, name string, d Dictionary, hasNull bool, ends, ids []int32, chunk int) {
	t.Helper()
	c, err := s.String(name)
	must(t, err)
	for i := range d.Len() {
		want := d.At(i)
		if i == 0 && hasNull {
			want = nil
		}
		if got := c.At(i); !bytes.Equal(got, want) || (got == nil) != (want == nil) {
			t.Fatalf("column %q: entry %d is %q, want %q", name, i, got, want)
		}
	}
	r := c.Reader()
	var gotEnds, gotIDs []int32
	for {
		if ends == nil {
			buffer := make([]int32, chunk)
			var n int
			n, err = r.NextIDs(buffer)
			gotIDs = append(gotIDs, buffer[:n]...)
		} else {
			gotEnds, gotIDs, err = r.NextLists(gotEnds, gotIDs, chunk)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
	}
	if !slices.Equal(gotEnds, ends) || !slices.Equal(gotIDs, ids) {
		t.Fatalf("column %q: %d rows of %d ids differ from %d rows of %d ids", name, len(gotEnds), len(gotIDs), len(ends), len(ids))
	}
}

// drawDictionary returns n texts in order.
func drawDictionary(t *rapid.T, r *rand.Rand, n int) texts {
	seen := make(map[string]bool)
	alphabet := rapid.SampledFrom([]string{"ab", "aé\uffff\U00010000"}).Draw(t, "alphabet")
	letters := []rune(alphabet)
	for len(seen) < n {
		text := ""
		for range r.IntN(12) {
			text += string(letters[r.IntN(len(letters))])
		}
		seen[fmt.Sprintf("%s%d", text, r.IntN(3))] = true
	}
	var d texts
	for text := range seen {
		d = append(d, text)
	}
	slices.SortFunc(d, func(a, b string) int { return CompareJava([]byte(a), []byte(b)) })
	return d
}

// drawLists returns lists that have every one of size entries.
func drawLists(r *rand.Rand, rows, size int, empty bool) (ends, ids []int32) {
	for row := range rows {
		n := r.IntN(5)
		if row < size {
			ids = append(ids, int32(row))
		} else if !empty {
			n++
		}
		for range n {
			ids = append(ids, int32(r.IntN(size)))
		}
		ends = append(ends, int32(len(ids)))
	}
	return ends, ids
}
