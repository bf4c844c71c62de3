package retention

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ovate/druid"
)

// Where a Java Coordinator marks what is overshadowed nobody here ever asks where something was published: it is not kept.
func TestPublishedIsKeptForNobody(t *testing.T) {
	t.Parallel()
	r := New(Options{Log: slog.New(slog.DiscardHandler)})
	r.Published("wiki", []druid.Interval{{Start: 0, End: 1}})
	if n := len(r.changed); n > 0 {
		t.Errorf("%d data sources are kept that nobody will look at", n)
	}
}

// What was published is kept as the intervals that it all makes together, whatever the order.
func TestPublished(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := New(Options{Log: slog.New(slog.DiscardHandler), Rules: Rules{Overshadowed: time.Hour}})
		var all []druid.Interval
		for range rapid.IntRange(0, 20).Draw(t, "publications") {
			start := rapid.Int64Range(0, 50).Draw(t, "start")
			i := druid.Interval{Start: druid.Instant(start), End: druid.Instant(start + rapid.Int64Range(1, 10).Draw(t, "length"))}
			all = append(all, i)
			r.Published("wiki", []druid.Interval{i})
		}
		if got, want := r.changed["wiki"], druid.CondenseIntervals(all); !slices.Equal(got, want) {
			t.Fatalf("%v makes %v, want %v", all, got, want)
		}
	})
}
