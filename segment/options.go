package segment

import (
	"fmt"
	"sync"

	"ovate/druid"
	"ovate/segment/internal/block"
	"ovate/segment/internal/compress"
)

// Options say how a segment is written.
type Options struct {
	// Interval is the segment's time chunk. Rows that lie outside of it are refused, as no query would find them; an empty one
	// takes rows of any time.
	Interval druid.Interval
	Spec     IndexSpec
	// Buffers lends memory; nil stands for memory of the writer's own.
	Buffers *Buffers
	// Temporary skips all syncing: for files that a crash may take.
	Temporary bool
	// MaxChunk bounds the containers in bytes; 0 stands for 2 GiB, Druid's own bound.
	MaxChunk int64
}

// IndexSpec chooses compression and encoding by Druid's names (dataSchema's indexSpec). Empty fields take Druid's
// defaults.
type IndexSpec struct {
	DimensionCompression string // of strings: lz4 (default), zstd, lzf, uncompressed
	MetricCompression    string // of all numbers, __time included: as above, or none
	LongEncoding         string // longs (default), auto
}

// layout is an IndexSpec that makes sense.
type layout struct {
	strings, numbers compress.Codec
	auto             bool
}

func (s IndexSpec) layout() (l layout, err error) {
	if l.strings, err = codec("dimensionCompression", s.DimensionCompression, "lz4, zstd, lzf, uncompressed"); err != nil {
		return l, err
	}
	if l.strings == compress.None {
		return l, fmt.Errorf("indexSpec.dimensionCompression is none, which is for numbers only: uncompressed is what strings can have")
	}
	if l.numbers, err = codec("metricCompression", s.MetricCompression, "lz4, zstd, lzf, uncompressed, none"); err != nil {
		return l, err
	}
	switch s.LongEncoding {
	case "", "longs":
	case "auto":
		l.auto = true
	default:
		return l, fmt.Errorf("indexSpec.longEncoding is %q and can be longs or auto", s.LongEncoding)
	}
	return l, nil
}

func codec(field, name, possible string) (compress.Codec, error) {
	if name == "" {
		return compress.LZ4, nil
	}
	c, ok := compress.Parse(name)
	if !ok {
		return c, fmt.Errorf("indexSpec.%s is %q and can be one of %s", field, name, possible)
	}
	return c, nil
}

// Buffers lends the memory that columns are written in to one column after the other, of any number of writers. The
// zero value is ready.
type Buffers struct{ pool sync.Pool }

// scratch is the memory of one column being written.
type scratch struct {
	values     block.ValueWriter
	auto       block.AutoWriter
	offsets    block.ValueWriter
	dictionary block.GenericWriter
	bitmaps    block.GenericWriter
	ids        []int32
	ends       []int32
	rows       []uint32
	counts     []int32
	nulls      []uint32
	bitmap     []byte
	parts      [][]byte
}

func (b *Buffers) get() *scratch {
	if s, ok := b.pool.Get().(*scratch); ok {
		return s
	}
	return new(scratch)
}

func (b *Buffers) put(s *scratch) {
	clear(s.parts)
	s.parts = s.parts[:0]
	b.pool.Put(s)
}
