package format

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"ovate/internal/cputime"
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// What a line costs must not grow with the square of its length, nor with the lines before it: a task's data may be hostile, and
// nobody can end a line.
func TestCostGrowsWithTheData(t *testing.T) {
	list := func(n int) []byte {
		line := []byte(`{"t":1,"s":[0`)
		for i := 1; i < n; i++ {
			line = strconv.AppendInt(append(line, ','), int64(i), 10)
		}
		return append(line, "]}\n"...)
	}
	fields := func(n int) []byte {
		line := []byte(`{"t":1`)
		for i := range n {
			line = append(strconv.AppendInt(append(line, `,"f`...), int64(i), 10), `":[1,"x"]`...)
		}
		return append(line, "}\n"...)
	}
	features := map[string]bool{"ALLOW_COMMENTS": true, "ALLOW_MISSING_VALUES": true, "ALLOW_TRAILING_COMMA": true, "ALLOW_SINGLE_QUOTES": true}
	for name, c := range map[string]struct {
		format spec.InputFormat
		data   func(n int) []byte
	}{
		"values of a set":              {spec.JSONFormat{}, list},
		"fields":                       {spec.JSONFormat{}, fields},
		"broken lines":                 {spec.JSONFormat{}, func(n int) []byte { return bytes.Repeat([]byte("x\n"), n) }},
		"broken lines with extensions": {spec.JSONFormat{Features: features}, func(n int) []byte { return bytes.Repeat([]byte("x\n"), n) }},
		"comments that do not end":     {spec.JSONFormat{Features: features}, func(n int) []byte { return bytes.Repeat([]byte("/*,"), 8*n) }},
		"brackets":                     {spec.JSONFormat{Features: features}, func(n int) []byte { return bytes.Repeat([]byte("[,{"), n) }},
		"quotes":                       {csvFormat, func(n int) []byte { return bytes.Repeat([]byte(`"",`), n) }},
		"a quote that does not end":    {csvFormat, func(n int) []byte { return bytes.Repeat([]byte(`"x`), n) }},
		"items":                        {spec.TextFormat{Delimiter: ",", ListDelimiter: "||"}, func(n int) []byte { return bytes.Repeat([]byte("|"), n) }},
	} {
		cost := func(n int) time.Duration {
			schema := &spec.DataSchema{
				Timestamp:  spec.TimestampSpec{Column: "t", Format: "millis"},
				Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{{Name: "s", MultiValue: spec.SortedSet}}},
			}
			p := newTestParser(t, schema, c.format, true)
			chunk := Chunk{Data: c.data(n), File: &File{Columns: []string{"t", "s"}}}
			return cputime.Of(func() {
				var b row.Batch
				for b.More = true; b.More; {
					if err := p.Parse(t.Context(), chunk, &b); err != nil {
						t.Fatal(name, err)
					}
				}
			})
		}
		// What grows with the square costs 4,096 times as much, and what grows with the data about 64: no caches make the one of the other.
		const factor, few = 64, 500
		ratio := 0.0
		for range 5 {
			if ratio = float64(cost(few*factor)) / float64(max(1, min(cost(few), cost(few), cost(few)))); ratio < 16*factor {
				break
			}
		}
		if ratio >= 16*factor {
			t.Errorf("%s: %d times the data cost %.0f times as much", name, factor, ratio)
		}
	}
}

// Parsing ends with its context, in the midst of a chunk.
func TestParseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancelCause(t.Context())
	p := newTestParser(t, &spec.DataSchema{Timestamp: spec.TimestampSpec{Column: "t", Format: "millis"}}, spec.JSONFormat{}, true)
	c := Chunk{Data: []byte(strings.Repeat("x\n", 3*maxFaults))}
	var b row.Batch
	if err := p.Parse(ctx, c, &b); err != nil || !b.More {
		t.Fatal(b.More, err)
	}
	why := errors.New("shut down")
	end(why)
	if err := p.Parse(ctx, c, &b); !errors.Is(err, why) || len(b.Faults) >= rowsBetweenLooks {
		t.Errorf("after the end %d lines are read, and it ends with %v", len(b.Faults), err)
	}
}

// The lines that a fault shows are those of the input, also where the parser reads others in their place.
func TestFaultsShowTheLineAsItCame(t *testing.T) {
	t.Parallel()
	p := newTestParser(t, &spec.DataSchema{Timestamp: spec.TimestampSpec{Column: "t", Format: "millis"}}, spec.JSONFormat{Features: map[string]bool{"ALLOW_COMMENTS": true}}, true)
	var b row.Batch
	for range 2 { // the second chunk begins with its own lines
		var lines, got []string
		for i := range 3 * maxFaults {
			lines = append(lines, []string{`{"t":1} // x`, "bad /**/ " + strconv.Itoa(i), `{"t":`}[i%3])
		}
		for b.More = true; b.More; {
			if err := p.Parse(t.Context(), Chunk{Data: []byte(strings.Join(lines, "\r\n")), Lines: 7}, &b); err != nil {
				t.Fatal(err)
			}
			for _, f := range b.Faults {
				if got = append(got, f.Input); f.Input != lines[f.Line-8] {
					t.Fatalf("line %d is shown as %q, want %q", f.Line, f.Input, lines[f.Line-8])
				}
			}
		}
		if len(got) != 2*maxFaults {
			t.Errorf("%d faults, want %d", len(got), 2*maxFaults)
		}
	}
}
