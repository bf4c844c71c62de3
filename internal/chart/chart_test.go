package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
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
		wellFormed(t, string(Axis([]Lane{{"<name>", []Bar{{all, "whole", `<title>"&`}}}}, `"<`)))
	})
	wellFormed(t, string(Axis([]Lane{{Bars: []Bar{{druid.Eternity, "whole", ""}}}}, "eternity")))
}

// Whatever the figures, a curve is sound, each that is known has its words, and its top is no less than any of them, and not much more than the greatest.
func TestCurve(t *testing.T) {
	t.Parallel()
	say := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) + ` <rows>/s"` }
	f := Figure{ID: `a"`, Title: "<rows>", Desc: `"so many"`, Say: say}
	if Curve(nil, f) != "" || Curve([]Point{{1, -1, ""}, {2, -1, ""}}, f) != "" || Spark(nil, 1, "") != "" {
		t.Error("something is drawn of nothing")
	}
	rapid.Check(t, func(t *rapid.T) {
		var points []Point
		known, most := 0, 0.0
		at := druid.Instant(rapid.Int64Range(0, 60_000_000_000_000).Draw(t, "begin"))
		for _, v := range rapid.SliceOfN(rapid.Float64Range(-1, 1e12), 1, 40).Draw(t, "values") {
			at += druid.Instant(rapid.Int64Range(0, 1e6).Draw(t, "later"))
			points = append(points, Point{at, v, say(v)})
			if v >= 0 {
				known, most = known+1, max(most, v)
			}
		}
		drawing := string(Curve(points, f))
		wellFormed(t, drawing)
		wellFormed(t, string(Spark(points, most, `"<`)))
		if n := strings.Count(drawing, `class="hit"`); n != known || strings.Contains(drawing, "NaN") || strings.Contains(drawing, "Inf") {
			t.Fatalf("%d of %d figures have words: %s", n, known, drawing)
		}
		if top := ceiling(points); known > 0 && (top < most || most > 0 && top > 2.6*most) {
			t.Fatalf("the top is %v, of %v", top, most)
		}
	})
}

// A figure that stands alone is a dot, as a line of it alone would not be seen.
func TestDot(t *testing.T) {
	t.Parallel()
	for values, want := range map[string]int{"-1 5": 1, "5": 1, "5 6": 0, "5 -1 6": 2, "5 6 -1 7 -1": 1} {
		var points []Point
		for i, v := range strings.Fields(values) {
			n, err := strconv.ParseFloat(v, 64)
			if err != nil {
				t.Fatal(err)
			}
			points = append(points, Point{druid.Instant(i), n, v})
		}
		drawing := Spark(points, 10, "few")
		wellFormed(t, string(drawing))
		dots := 0
		if _, after, there := strings.Cut(string(drawing), `class="line dot" d="`); there {
			path, _, _ := strings.Cut(after, `"`)
			dots = strings.Count(path, "M")
		}
		if dots != want {
			t.Errorf("%s: %d dots, want %d: %s", values, dots, want, drawing)
		}
	}
}
