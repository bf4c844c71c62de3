package druid

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestParseIntervalAsJoda(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t, "joda-intervals.tsv", "\t") {
		got, err := ParseInterval(row[0])
		if a := answer(got.String(), err); a != row[1] {
			t.Errorf("ParseInterval(%q)\n got %s\nwant %s", row[0], a, row[1])
		}
		if want := (*IntervalError)(nil); err != nil && !errors.As(err, &want) {
			t.Errorf("ParseInterval(%q) failed with a %T", row[0], err)
		}
	}
}

func TestPeriodsOutOfRange(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2016/P2147483647Y", "P2147483647Y/2016", "P292277023Y/-292275000", "2016/P292280000Y"} {
		if i, err := ParseInterval(text); err == nil {
			t.Errorf("%s was taken for %s", text, i)
		}
	}
	if i, err := ParseInterval("2016/P146000000Y"); err != nil || i.End.String() != "146002016-01-01T00:00:00.000Z" {
		t.Errorf("got %s, %v", i, err)
	}
}

func TestIntervalJSON(t *testing.T) {
	t.Parallel()
	var i Interval
	if err := json.Unmarshal([]byte(`"2026-01-01\/P1D"`), &i); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(i)
	if want := `"2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z"`; err != nil || string(b) != want {
		t.Errorf("got %s, %v, want %s", b, err, want)
	}
	err = json.Unmarshal([]byte(`["yesterday"]`), &[]Interval{})
	if want := "Invalid interval[yesterday]: [Format requires a '/' separator: yesterday]"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
	if err := json.Unmarshal([]byte(`5`), &i); err == nil {
		t.Error("5 was taken for an interval")
	}
}

func TestIntervalRelations(t *testing.T) {
	t.Parallel()
	i := Interval{10, 20}
	for _, c := range []struct {
		other              Interval
		encloses, overlaps bool
	}{
		{Interval{10, 20}, true, true},
		{Interval{12, 13}, true, true},
		{Interval{0, 10}, false, false},
		{Interval{20, 30}, false, false},
		{Interval{0, 11}, false, true},
		{Interval{19, 30}, false, true},
		{Interval{0, 30}, false, true},
	} {
		if got := i.Encloses(c.other); got != c.encloses {
			t.Errorf("%v encloses %v: %v", i, c.other, got)
		}
		if got := i.Overlaps(c.other); got != c.overlaps {
			t.Errorf("%v overlaps %v: %v", i, c.other, got)
		}
	}
	if !i.Contains(10) || i.Contains(20) || i.Contains(9) {
		t.Error("an interval holds its start and not its end")
	}
	if !(Interval{5, 5}).IsEmpty() || i.IsEmpty() {
		t.Error("an interval is empty if its ends are equal")
	}
}

// genInterval draws short intervals that often touch or overlap.
var genInterval = rapid.Custom(func(t *rapid.T) Interval {
	start := rapid.Int64Range(0, 60).Draw(t, "start")
	return Interval{Instant(start), Instant(start + rapid.Int64Range(1, 8).Draw(t, "length"))}
})

func TestCondenseIntervals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(genInterval).Draw(t, "intervals")
		before := slices.Clone(in)
		out := CondenseIntervals(in)
		if !slices.Equal(in, before) {
			t.Fatalf("the argument changed from %v to %v", before, in)
		}
		for i := 1; i < len(out); i++ {
			if out[i-1].End >= out[i].Start {
				t.Fatalf("%v and %v are not apart and in order", out[i-1], out[i])
			}
		}
		holds := func(list []Interval, at Instant) bool {
			return slices.ContainsFunc(list, func(i Interval) bool { return i.Contains(at) })
		}
		for at := Instant(-1); at < 70; at++ {
			if holds(in, at) != holds(out, at) {
				t.Fatalf("%v became %v: they differ at %d", in, out, int64(at))
			}
			found := SearchIntervals(out, at)
			if found < len(out) && out[found].Contains(at) != holds(out, at) || found == len(out) && holds(out, at) {
				t.Fatalf("%d is not found in %v", int64(at), out)
			}
		}
	})
}

func FuzzParseInterval(f *testing.F) {
	for _, seed := range []string{"2016-06-27/2016-06-28", "2016/P1D", "P1M/2016-03-31T10+02:00", "a/b", "/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		i, err := ParseInterval(text)
		if err != nil {
			return
		}
		again, err := ParseInterval(i.String())
		if err != nil || again != i {
			t.Errorf("%q is %s, which is %s, %v", text, i, again, err)
		}
	})
}
