package share

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// However they come and go, there are no more than may be, in all and of one, whoever is refused is so for that, and of whoever has gone nothing is left.
func TestPlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const most, ofOne = 5, 2
		type guest struct {
			who   string
			leave func()
		}
		var places Places
		var there []guest
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			if len(there) > 0 && rapid.Bool().Draw(t, "leaves") {
				i := rapid.IntRange(0, len(there)-1).Draw(t, "guest")
				there[i].leave()
				there[i].leave() // once more is nothing
				there = append(there[:i], there[i+1:]...)
				continue
			}
			who, has := rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "who"), 0
			for _, other := range there {
				if other.who == who {
					has++
				}
			}
			var want error
			switch {
			case len(there) == most:
				want = ErrNone
			case has == ofOne:
				want = ErrOfOne
			}
			leave, err := places.Enter(who, most, ofOne)
			if !errors.Is(err, want) || (err == nil) != (leave != nil) {
				t.Fatalf("%q, of whom %d of %d are there: %v, want %v", who, has, len(there), err, want)
			}
			if err == nil {
				there = append(there, guest{who, leave})
			}
		}
		for _, one := range there {
			one.leave()
		}
		if places.all != 0 || len(places.of) != 0 {
			t.Fatalf("%d are there, of %v", places.all, places.of)
		}
	})
}
