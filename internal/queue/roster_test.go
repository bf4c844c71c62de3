package queue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// TestRoster: whatever comes and goes, in whatever order, a roster holds what is there, the oldest first, and finds what stands behind a place.
func TestRoster(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := roster{which: everyone}
		var model []*entry
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(model) > 0 && rapid.IntRange(0, 2).Draw(t, "leaves") == 0 {
				at := rapid.IntRange(0, len(model)-1).Draw(t, "which")
				r.remove(model[at])
				r.remove(model[at]) // again makes no difference
				model = slices.Delete(model, at, at+1)
			} else {
				e := &entry{id: fmt.Sprint("t", i), created: druid.Instant(1_700_000_000_000 + rapid.IntRange(0, 20).Draw(t, "created"))}
				r.add(e)
				model = append(model, e)
				slices.SortFunc(model, func(a, b *entry) int { return cmp.Or(cmp.Compare(a.created, b.created), strings.Compare(a.id, b.id)) })
			}
			there := slices.DeleteFunc(r.snapshot(), func(e *entry) bool { return e == nil })
			if !slices.Equal(there, model) || r.len() != len(model) {
				t.Fatalf("there are %d of %d, in another order perhaps", r.len(), len(model))
			}
			newest := slices.Clone(model)
			slices.Reverse(newest)
			most := rapid.IntRange(1, 10).Draw(t, "most")
			if got := r.behind(nil, most); !slices.Equal(got, newest[:min(most, len(newest))]) {
				t.Fatalf("%d of the newest are other ones", most)
			}
			place := placeOf(druid.Instant(1_700_000_000_000+rapid.IntRange(0, 20).Draw(t, "place")), fmt.Sprint("t", rapid.IntRange(0, 60).Draw(t, "id")))
			behind := slices.DeleteFunc(newest, func(e *entry) bool { return !place.Before(e.place()) })
			if got := r.behind(&place, most); !slices.Equal(got, behind[:min(most, len(behind))]) {
				t.Fatalf("behind %v there are %d, not %d", place, len(got), len(behind))
			}
		}
	})
}
