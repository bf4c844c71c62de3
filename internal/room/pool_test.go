package room

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// One user has half of a pool at most, whatever he asks for; who is not known may have all.
func TestHalves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(100)
		first, second, other := p.Hold("joe"), p.Hold("joe"), p.Hold("sue")
		if !first.Try(30) || second.Try(21) || !second.Try(20) || second.Try(1) || !other.Try(50) || other.Try(1) {
			t.Errorf("joe has %d and %d, sue %d", first.Has(), second.Has(), other.Has())
		}
		if nobody := p.Hold(""); nobody.Try(1) {
			t.Error("there is more than all")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := second.Wait(ctx, 1); !errors.Is(err, context.DeadlineExceeded) || second.Has() != 20 {
			t.Errorf("%v, and has %d", err, second.Has())
		}
		third := p.Hold("joe")
		done := make(chan error)
		go func() { done <- third.Wait(t.Context(), 10) }()
		synctest.Wait()
		first.Keep(20)
		if err := <-done; err != nil || third.Has() != 10 || first.Has() != 20 {
			t.Errorf("%v, and has %d", err, third.Has())
		}
		other.Release()
		if nobody := p.Hold(""); !nobody.Try(50) {
			t.Error("what is not joe's is not for others")
		} else {
			nobody.Release()
		}
		for _, h := range []*Hold{first, second, third} {
			h.Release()
		}
		if whole := p.Hold("joe"); !whole.Try(100) { // more than half, alone
			t.Error("one large request cannot be")
		} else if more := p.Hold("joe"); more.Try(1) {
			t.Error("there is more beside it")
		} else {
			more.Release()
			whole.Keep(10)
			if more = p.Hold("joe"); !more.Try(40) {
				t.Error("what it gave back is not there")
			}
			more.Release()
			whole.Release()
		}
		if len(p.of) != 0 {
			t.Errorf("of %d users there is still something", len(p.of))
		}
	})
}

// Whatever is taken and given back, nobody has more than he may, and in the end all is there again.
func TestPoolKeepsCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool(20)
		var holds []*Hold
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			switch at := rapid.IntRange(0, len(holds)).Draw(t, "hold"); {
			case at == len(holds):
				holds = append(holds, p.Hold(rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "who")))
			case rapid.Bool().Draw(t, "takes"):
				holds[at].Try(rapid.Int64Range(0, 20).Draw(t, "more"))
			default:
				holds[at].Keep(rapid.Int64Range(0, 20).Draw(t, "rest"))
			}
			all, of, large := int64(0), map[string]int64{}, map[string]bool{}
			for _, h := range holds {
				all, of[h.who], large[h.who] = all+h.n, of[h.who]+h.n, large[h.who] || h.n > 10
			}
			for who, has := range of {
				if all > 20 || who != "" && has > 10 && !large[who] {
					t.Fatalf("%s has %d of %d", who, has, all)
				}
			}
		}
		for _, h := range holds {
			h.Release()
		}
		if last := p.Hold("a"); len(p.of) != 1 || !last.Try(20) {
			t.Fatalf("%d users, and not all is there", len(p.of))
		}
	})
}
