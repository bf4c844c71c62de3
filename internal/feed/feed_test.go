package feed

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// few is how many events the feeds of these tests remember.
const few = 16

func none() Source[string] { return nil }

// A reader that is not too far behind misses nothing, and one that is hears so.
func TestRemembers(t *testing.T) {
	t.Parallel()
	f := New(t.Context(), none, few)
	f.begin(t.Context(), "term")
	n := 0
	for _, more := range []int{1, 10, few - 1, few, 3, few + 1, 0} {
		before := Place{"term", int64(n)}
		var events []string
		for range more {
			events = append(events, fmt.Sprint(n))
			n++
		}
		held, _, _, _ := f.After(Place{"term", int64(max(0, n-more-few))})
		was := slices.Clone(held)
		f.add(t.Context(), events)
		if !slices.Equal(held, was) {
			t.Fatal("what a reader has was changed")
		}
		got, now, known, _ := f.After(before)
		if known != (more <= few) || known && len(got) != more || now != (Place{"term", int64(n)}) {
			t.Fatalf("%d more: %d events, known: %v, at %v", more, len(got), known, now)
		}
		for i, e := range got {
			if e != fmt.Sprint(n-more+i) {
				t.Fatalf("event %d of %d is %s", i, more, e)
			}
		}
		for _, strange := range []Place{{}, {"other", int64(n)}, {"term", int64(n + 1)}} {
			if got, _, known, _ := f.After(strange); known || len(got) > 0 {
				t.Errorf("%v: %d events, known: %v", strange, len(got), known)
			}
		}
	}
	if n := len(f.events); n < few || n > 2*few {
		t.Errorf("%d events are remembered", n)
	}
	_, _, _, changed := f.After(Place{"term", int64(n)})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f.add(ended, make([]string, 1)) // by a loop that was ended
	select {
	case <-changed:
		t.Error("there is something new")
	default:
	}
	f.begin(t.Context(), "next")
	<-changed
	if _, now, known, _ := f.After(Place{"term", int64(n)}); known || now != (Place{"next", 0}) {
		t.Errorf("in the next term at %v, known: %v", now, known)
	}
}

// The tasks are followed from the first reader on until a while after the last has gone, and no more readers come than may.
func TestFollowsWhileRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		serving, stop := context.WithCancel(t.Context())
		defer stop()
		asked := 0
		f := New(serving, func() Source[string] { asked++; return nil }, few)
		wait := func(linger bool) {
			synctest.Wait()
			f.mu.Lock()
			defer f.mu.Unlock()
			if (f.end != nil) != linger {
				t.Errorf("followed: %v, want %v", f.end != nil, linger)
			}
		}
		wait(false)
		f.Join()
		f.Join()
		wait(true)
		f.Leave()
		f.Leave()
		wait(true)
		time.Sleep(linger / 2)
		f.Join() // one may come back
		time.Sleep(2 * linger)
		wait(true)
		f.Leave()
		time.Sleep(linger + 1)
		wait(false)
		before := asked
		time.Sleep(linger)
		if before == 0 || asked != before {
			t.Errorf("asked for the tasks %d times while read, and %d after", before, asked-before)
		}
	})
}

// The text of a place reads as that place, and what is none is refused.
func TestPlace(t *testing.T) {
	t.Parallel()
	for _, p := range []Place{{"a-b", 7}, {"", 0}, {"x", 0}} {
		if got, err := ParsePlace(p.String()); got != p || err != nil {
			t.Errorf("%v: %v, %v", p, got, err)
		}
	}
	if p, err := ParsePlace(""); p != (Place{}) || err != nil {
		t.Error(p, err)
	}
	for _, wrong := range []string{"x", "-", "x-", "12", "x-1x", "x-99999999999999999999"} {
		if p, err := ParsePlace(wrong); err == nil {
			t.Errorf("%q is read as %v", wrong, p)
		}
	}
	if p := (Place{"x", 9}).Before(2); p.String() != "x-7" || !p.Known() || (Place{}).Known() {
		t.Error(p)
	}
}

// Few readers come again after as little as they ask for. Many rest longer, and those that have left do not count.
func TestPause(t *testing.T) {
	t.Parallel()
	serving, stop := context.WithCancel(t.Context())
	defer stop()
	f := New(serving, none, few)
	const least = 100 * time.Millisecond
	for _, c := range []struct {
		readers, told int
		want          time.Duration
	}{
		{1, 200, least}, {100, 200, least}, {101, 200, 101 * time.Millisecond}, {1000, 0, time.Second}, {50, 200, least},
		{2, bytesASecond, 2 * time.Second}, {50, bytesASecond / 128, 50 * time.Second / 128}, {5, bytesASecond / 128, least},
	} {
		for f.readers < c.readers {
			f.Join()
		}
		for f.readers > c.readers {
			f.Leave()
		}
		if got := f.pause(least, c.told); got != c.want {
			t.Errorf("%d readers who were told %d bytes each rest for %v, not %v", c.readers, c.told, got, c.want)
		}
	}
}
