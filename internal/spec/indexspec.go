package spec

import (
	"slices"
	"strings"
)

// indexSpecs reads how segments are encoded, and, for the echo alone, how Druid would encode what it spills: the same
// way unless the spec says otherwise.
func (r *reader) indexSpecs(v value, t *Tuning) {
	t.IndexSpec = r.indexSpec(v.field("indexSpec"))
	t.spillIndexSpec = t.IndexSpec
	if spill := v.field("indexSpecForIntermediatePersists"); !spill.missing() {
		t.spillIndexSpec = r.indexSpec(spill)
	}
}

func (r *reader) indexSpec(v value) IndexSpec {
	s := IndexSpec{DimensionCompression: "lz4", MetricCompression: "lz4", LongEncoding: "longs"}
	if !r.object(v) {
		return s
	}
	// Types of bitmaps that nobody knows are roaring to Druid.
	if bitmap := v.field("bitmap"); r.object(bitmap) && r.text(bitmap.field("type"), "") == "concise" {
		r.unsupported(bitmap.field("type"), `use "roaring"`)
	}
	if dictionary := v.field("stringDictionaryEncoding"); r.object(dictionary) {
		if t := dictionary.field("type"); r.text(t, "") != "utf8" {
			r.unsupported(t, `use "utf8"`)
		}
	}
	s.DimensionCompression = r.oneOf(v.field("dimensionCompression"), s.DimensionCompression, "lz4", "lzf", "zstd", "uncompressed")
	s.MetricCompression = r.oneOf(v.field("metricCompression"), s.MetricCompression, "lz4", "lzf", "zstd", "uncompressed", "none")
	s.LongEncoding = r.oneOf(v.field("longEncoding"), s.LongEncoding, "longs", "auto")
	for _, name := range []string{"complexMetricCompression", "jsonCompression", "segmentLoader"} {
		if f := v.field(name); !f.missing() {
			r.unsupported(f, "leave it out")
		}
	}
	return s
}

// oneOf returns v in lower case, which has to be one of the given names.
func (r *reader) oneOf(v value, fallback string, names ...string) string {
	given := strings.ToLower(r.text(v, fallback))
	if !slices.Contains(names, given) {
		r.refuse(v, "must be one of %s, but is %s", strings.Join(names, ", "), v.shown())
	}
	return given
}

func (s *IndexSpec) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.raw("bitmap", `{"type":"roaring"}`)
	e.text("dimensionCompression", s.DimensionCompression)
	e.raw("stringDictionaryEncoding", `{"type":"utf8"}`)
	e.text("metricCompression", s.MetricCompression)
	e.text("longEncoding", s.LongEncoding)
	return e.end()
}
