//go:build peer

package peer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/segment"
)

// TestSegmentsOfOddShapes has Druid read what no recording holds: every compression, numbers at their limits, dictionaries
// whose ids just need another byte, long lists and texts, one row, and blocks that are exactly full.
func TestSegmentsOfOddShapes(t *testing.T) {
	lib, err := Install(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{filepath.Join("dump", "Dump.java")}
	var shapes []oddShape
	for i, numbers := range []string{"lz4", "lzf", "zstd", "uncompressed", "none"} {
		strings := []string{"uncompressed", "zstd", "lzf", "lz4"}[i%4]
		for k, rows := range []int{1, 300, 1 << 16} {
			o := oddShape{dir: filepath.Join(dir, fmt.Sprint(i, "-", k)), rows: rows}
			o.spec = segment.IndexSpec{DimensionCompression: strings, MetricCompression: numbers, LongEncoding: []string{"auto", "longs"}[(i+k)%2]}
			if err := o.write(); err != nil {
				t.Fatal(err)
			}
			shapes = append(shapes, o)
			args = append(args, o.dir, o.dir+".json")
		}
	}
	if said, err := Java(t.Context(), lib, args...).CombinedOutput(); err != nil {
		t.Fatalf("dump-segment: %v\n%s", err, said)
	}
	for _, o := range shapes {
		want, got := o.read(t.Context(), t), lines(t, o.dir+".json")
		if len(got) != len(want) {
			t.Errorf("%+v: %d rows, want %d", o, len(got), len(want))
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%+v, row %d (-ours +Druid's):\n%.4000s", o, i, cmp.Diff(want[i], got[i]))
				break
			}
		}
	}
}

// oddShape is a segment to be written.
type oddShape struct {
	dir  string
	spec segment.IndexSpec
	rows int
}

// read is the rows as we read them; segment's own tests hold that against what was written.
func (o *oddShape) read(ctx context.Context, t *testing.T) (lines []string) {
	s, err := segment.Open(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.RowReader()
	for i := 0; err == nil && i < s.Rows() && ctx.Err() == nil; i++ {
		var line []byte
		line, err = r.AppendJSON(nil, i)
		lines = append(lines, string(line))
	}
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func (o *oddShape) write() error {
	w, err := segment.Create(o.dir, segment.Options{Spec: o.spec, Interval: druid.Interval{Start: -1 << 40, End: 1 << 40}, Temporary: true})
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(uint64(o.rows), 0))
	var index segment.Index
	var errs []error
	long := func(name string, value func(i int) int64) {
		values := make([]int64, o.rows)
		for i := range values {
			values[i] = value(i)
		}
		c := w.Long(name)
		errs = append(errs, c.Append(values, nil), c.Close())
		if name != segment.TimeColumn {
			index.Dimensions = append(index.Dimensions, name)
		}
	}
	long(segment.TimeColumn, func(i int) int64 { return int64(i) - 100 })
	long("limits", func(i int) int64 { return []int64{math.MinInt64, math.MaxInt64}[i%2] })
	long("wide", func(int) int64 { return random.Int64() })
	for _, different := range []int64{1, 2, 255, 256, 257} {
		long(fmt.Sprint("table", different), func(i int) int64 { return int64(i) % different * 1_000_003 })
	}
	for _, bits := range []int{12, 20, 40, 56, 62} {
		long(fmt.Sprint("delta", bits), func(i int) int64 { return random.Int64N(1<<bits) - 5 })
	}
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 5e-324, math.MaxFloat64, 2e23, 0.1}
	doubles, floats, null := make([]float64, o.rows), make([]float32, o.rows), make([]bool, o.rows)
	for i := range doubles {
		doubles[i], floats[i], null[i] = odd[i%len(odd)], float32(odd[i%len(odd)]), random.IntN(3) == 0
	}
	d, f := w.Double("double"), w.Float("float")
	errs = append(errs, d.Append(doubles, null), d.Close(), f.Append(floats, null), f.Close())
	index.Metrics = []string{"double", "float"}
	for _, size := range []int{1, 255, 256, 257, 1<<16 - 1, 1 << 16} {
		if size <= o.rows {
			name := fmt.Sprint("entries", size)
			c := w.String(name, segment.StringOptions{Dictionary: numbered(size), HasNull: size%2 == 0, Bitmap: true})
			ids := make([]int32, o.rows)
			for i := range ids {
				ids[i] = int32(i % size)
			}
			errs = append(errs, c.AppendIDs(ids), c.Close())
			index.Dimensions = append(index.Dimensions, name)
		}
	}
	text := texts{"", "\x00", "a\x00b", strings.Repeat("b", 1<<20), "é", "\U00010000", "\U0010ffff", "\ue000", "\uffff"}
	if o.rows == 300 {
		errs = append(errs, lists(w, "texts", text, o.rows, func(i int) int { return i % 4 }))
		errs = append(errs, lists(w, "long", numbered(5000), o.rows, func(i int) int { return 10_000 * (i % 2) }))
		index.Dimensions = append(index.Dimensions, "texts", "long")
	}
	errs = append(errs, lists(w, "empty", texts{""}, o.rows, func(int) int { return 0 }), w.NullColumn("nothing", o.rows))
	index.Dimensions = append(index.Dimensions, "empty", "nothing")
	index.Metadata = segment.Metadata{TimestampSpec: segment.TimestampSpec{Column: "t", Format: "auto"}, Ordering: []string{segment.TimeColumn}}
	_, err = w.Finish(index)
	return errors.Join(append(errs, err)...)
}

// lists writes a column of lists, which go through the dictionary d again and again.
func lists(w *segment.Writer, name string, d segment.Dictionary, rows int, length func(row int) int) error {
	var ends, ids []int32
	for row := range rows {
		for range length(row) {
			ids = append(ids, int32(len(ids)%d.Len()))
		}
		ends = append(ends, int32(len(ids)))
	}
	c := w.String(name, segment.StringOptions{Dictionary: d, HasNull: true, Bitmap: true, MultiValue: true})
	return errors.Join(c.AppendLists(ends, ids), c.Close())
}

// numbered is a dictionary of so many texts.
type numbered int

func (n numbered) Len() int        { return int(n) }
func (n numbered) At(i int) []byte { return fmt.Appendf(nil, "v%08d", i) }

// texts is a dictionary of given texts.
type texts []string

func (d texts) Len() int        { return len(d) }
func (d texts) At(i int) []byte { return []byte(d[i]) }
