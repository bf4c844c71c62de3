package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// wellFormed fails unless a drawing is XML.
func wellFormed(t interface{ Fatalf(string, ...any) }, drawing string) {
	for d := xml.NewDecoder(strings.NewReader(drawing)); ; {
		switch _, err := d.Token(); {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			t.Fatalf("%v in %s", err, drawing)
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, whole int64
		width       string
		full        bool
	}{{0, 10, "0.00", false}, {5, 10, "50.00", false}, {9, 10, "90.00", true}, {20, 10, "100.00", true}, {-1, 10, "0.00", false}, {1, 0, "0.00", false}} {
		drawing := string(Share(c.part, c.whole, 0.9, `<b>"`))
		wellFormed(t, drawing)
		if !strings.Contains(drawing, `class="part" width="`+c.width) || strings.Contains(drawing, "full") != c.full {
			t.Errorf("%d of %d: %s", c.part, c.whole, drawing)
		}
	}
}

// Whatever the span, there are few ticks, in order and within it, and the drawing is sound.
func TestAxis(t *testing.T) {
	t.Parallel()
	if Axis(nil, "") != "" || Axis([]Lane{{}}, "") != "" {
		t.Error("nothing is drawn of nothing")
	}
	rapid.Check(t, func(t *rapid.T) {
		begin := druid.Instant(rapid.Int64Range(-60_000_000_000_000, 60_000_000_000_000).Draw(t, "begin"))
		all := druid.Interval{Start: begin, End: begin + 1 + druid.Instant(rapid.Int64Range(0, 1<<rapid.IntRange(0, 46).Draw(t, "magnitude")).Draw(t, "length"))}
		at := ticks(all)
		if len(at) > 26 {
			t.Fatalf("%s has %d ticks", all, len(at))
		}
		for i, tick := range at {
			if tick < all.Start || tick > all.End || i > 0 && tick <= at[i-1] {
				t.Fatalf("%s has ticks %v", all, at)
			}
		}
		wellFormed(t, string(Axis([]Lane{{[]Bar{{all, "whole", `<title>"&`}}}}, `"<`)))
	})
	wellFormed(t, string(Axis([]Lane{{[]Bar{{druid.Eternity, "whole", ""}}}}, "eternity")))
}
