package row

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ovate/internal/spec"
)

func TestDictionary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := NewDictionary()
		var entries []string
		known := map[string]int32{}
		add := func(s string) {
			got := d.ID([]byte(s))
			want, seen := known[s]
			if !seen {
				entries = append(entries, s)
				want = int32(len(entries))
				known[s] = want
			}
			if got != want {
				t.Fatalf("%q has number %d, want %d", s, got, want)
			}
		}
		for _, s := range rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("a\x00bé")), 0, 10, -1), 0, 300).Draw(t, "strings") {
			add(s)
		}
		view := d.View()
		for range 100 { // what comes later leaves the view alone
			add(strings.Repeat("x", len(entries)%23) + string(rune('a'+len(entries)%26)))
		}
		n := view.Len()
		d.Restart()
		if d.Len() != 1 || d.ID([]byte("fresh")) != 1 || d.View().Epoch == view.Epoch {
			t.Fatal("a restarted dictionary is not empty")
		}
		for id := 1; id < n; id++ {
			if got := string(view.At(int32(id))); got != entries[id-1] {
				t.Fatalf("entry %d is %q, want %q", id, got, entries[id-1])
			}
		}
		if view.At(0) != nil {
			t.Fatal("null is not nil")
		}
	})
}

// TestDictionaryEnds makes sure that a dictionary never gives out an offset that has wrapped.
func TestDictionaryEnds(t *testing.T) {
	t.Parallel()
	d := NewDictionary()
	d.limit = 100
	d.ID([]byte(strings.Repeat("a", 50)))
	if d.Full() {
		t.Error("full at half of its limit")
	}
	d.ID([]byte("b"))
	if !d.Full() {
		t.Error("not full beyond half of its limit")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("it took more than its offsets reach")
			}
		}()
		d.ID([]byte(strings.Repeat("c", 50)))
	}()
	if got := string(d.View().At(2)); got != "b" {
		t.Errorf("entry 2 is %q", got)
	}
	d.Restart()
	if d.Full() || d.ID([]byte("c")) != 1 {
		t.Error("a restarted dictionary is not empty")
	}
}

func TestColumnNulls(t *testing.T) {
	t.Parallel()
	for _, typ := range []spec.ColumnType{spec.Long, spec.Float, spec.Double} {
		c := Column{Type: typ}
		for range 2 {
			c.AppendLong(1)
			c.AppendFloat(1)
			c.AppendDouble(1)
			if c.Null != nil {
				t.Errorf("type %d: null flags without a null", typ)
			}
			c.AppendNull()
			want := []bool{false, true}
			if !slices.Equal(c.Null, want) {
				t.Errorf("type %d: nulls %v, want %v", typ, c.Null, want)
			}
			c.Reset()
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	c := Column{}
	c.AppendList([]int32{3, 0})
	c.AppendNull()
	c.AppendList([]int32{1, 1, 2})
	want := Column{IDs: []int32{-1, 0, -2}, ListEnds: []int32{2, 5}, ListIDs: []int32{3, 0, 1, 1, 2}}
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(Column{}, View{})); diff != "" {
		t.Error(diff)
	}
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	var b Batch
	for range 2 {
		for i, name := range []string{"a", "b", "c"} {
			d := b.Discover(name, i)
			d.IDs = append(d.IDs, 7)
		}
		for i, d := range b.Discovered {
			for r := range 4 {
				if got, want := d.ID(r), map[bool]int32{true: 7}[r == i]; got != want {
					t.Errorf("%s holds %d in row %d, want %d", d.Name, got, r, want)
				}
			}
		}
		b.Reset()
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	b := Batch{N: 2, ThrownAway: 1, File: "file:/x", Faults: []Fault{
		{Kind: Unparseable, Details: []string{"bad"}, Line: 9, Parsed: 2, Time: time.Unix(0, 0)},
		{Kind: ProcessedWithError, Details: []string{"odd"}},
		{Kind: Unparseable, Line: 10},
		{Kind: Unparseable, NoInput: true, Details: []string{"header"}},
	}}
	if got := b.Locate(5); got != 8 {
		t.Errorf("%d rows parsed so far, want 8", got)
	}
	want := []string{"bad (Path: file:/x, Record: 8, Line: 9)", "odd", "", "header"}
	for i, f := range b.Faults {
		if got := strings.Join(f.Details, ""); got != want[i] {
			t.Errorf("fault %d says %q, want %q", i, got, want[i])
		}
	}
	b.File, b.Faults = "", []Fault{{Details: []string{"x"}, Line: 1}}
	if b.Locate(0); b.Faults[0].Details[0] != "x (Record: 1, Line: 1)" {
		t.Errorf("inline data: %q", b.Faults[0].Details[0])
	}
}
