package format

import (
	"fmt"
	"strings"
	"testing"

	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// More names than are remembered, in one row: the fields that are read are found before them and behind them, again and again, and no more names are kept.
func TestManyNames(t *testing.T) {
	t.Parallel()
	var names, data strings.Builder
	for i := range mostNames + 100 {
		fmt.Fprintf(&names, `"k%d":%d,`, i, i)
	}
	const rows = 3
	for i := range rows {
		fmt.Fprintf(&data, `{"t":0,"a":"a%d",%s"b":"b%d","x":1,"c":"c%d","y":2}`+"\n", i, names.String(), i, i)
	}
	schema := &spec.DataSchema{
		Timestamp:  spec.TimestampSpec{Column: "t", Format: "millis"},
		Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{{Name: "a"}, {Name: "b"}, {Name: "c"}}},
	}
	p, err := NewParser(Config{Schema: schema, Format: spec.JSONFormat{}})
	if err != nil {
		t.Fatal(err)
	}
	var b row.Batch
	for range 2 {
		if err := p.Parse(t.Context(), Chunk{Data: []byte(data.String())}, &b); err != nil {
			t.Fatal(err)
		}
		for k, name := range []string{"a", "b", "c"} {
			c := &b.Dimensions[k]
			for i := range b.N {
				if got, want := string(c.Dict.At(c.IDs[i])), fmt.Sprint(name, i); got != want {
					t.Errorf("row %d has %q in %s, want %q", i, got, name, want)
				}
			}
		}
		if b.N != rows {
			t.Errorf("%d rows", b.N)
		}
	}
	if n := len(p.lines.(*jsonLines).names); n > mostNames+1 {
		t.Errorf("%d names are kept", n)
	}
}
