package format

import (
	"strings"
	"testing"

	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// Fields without end that no column names are left out, whatever the way in which a line is split, and take no memory.
func TestMoreFieldsThanColumns(t *testing.T) {
	t.Parallel()
	schema := &spec.DataSchema{
		Timestamp:  spec.TimestampSpec{Column: "t", Format: "millis"},
		Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{{Name: "a"}}},
	}
	more := strings.Repeat(",", 1<<20)
	for name, line := range map[string]string{
		"plain": "0,x" + more, "quoted": `0,"x"` + more, "quoted behind": "0,x" + more + `"y""z",`, "none": "0,x", "one": "0,x,",
	} {
		p, err := NewParser(Config{Schema: schema, Format: spec.TextFormat{Delimiter: ",", Quoted: true}})
		if err != nil {
			t.Fatal(err)
		}
		var b row.Batch
		if err := p.Parse(t.Context(), Chunk{Data: []byte(line + "\n" + line + "\n"), File: &File{Columns: []string{"t", "a"}}}, &b); err != nil {
			t.Fatal(err)
		}
		for i := range b.N {
			if c := &b.Dimensions[0]; string(c.Dict.At(c.IDs[i])) != "x" {
				t.Errorf("%s: row %d has %q", name, i, c.Dict.At(c.IDs[i]))
			}
		}
		if lines := p.lines.(*textLines); b.N != 2 || cap(lines.ends) > 100 || cap(lines.cells) > 100 {
			t.Errorf("%s: %d rows, room for %d ends and %d fields", name, b.N, cap(lines.ends), cap(lines.cells))
		}
	}
}
