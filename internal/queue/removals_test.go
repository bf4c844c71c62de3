package queue

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Whoever has seen the number of removals of a data source sees a higher one after each of them, though nothing is kept of data sources
// without tasks.
func TestRemovals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := &Queue{sources: map[string]*dataSource{}}
		seen := map[string]int{}
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			name := fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "data source"))
			removes := rapid.Bool().Draw(t, "removes")
			s := q.source(name)
			if removes {
				q.noteRemoval(s)
			} else {
				q.dropIfEmpty(s)
			}
			now := q.Removals(name)
			if now < seen[name] || removes && now == seen[name] {
				t.Fatalf("%d removals of data source %s after %d", now, name, seen[name])
			}
			for name := range 6 {
				seen[fmt.Sprint(name)] = q.Removals(fmt.Sprint(name))
			}
		}
		for _, s := range q.sources {
			q.dropIfEmpty(s)
		}
		if len(q.sources) > 0 {
			t.Errorf("%d data sources are kept", len(q.sources))
		}
	})
}
