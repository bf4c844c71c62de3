package queue

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// However tasks of two data sources mix, pages of those of one have each of them once, in order, and name none of the other.
func TestSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []placed
		for _, id := range rapid.SliceOfNDistinct(rapid.StringMatching("[mt][a-c]{1,3}"), 0, 12, rapid.ID).Draw(t, "ids") {
			at := druid.Instant(rapid.IntRange(0, 2).Draw(t, "created"))
			all = append(all, placed{placeOf(at, id), druid.TaskStatusPlus{ID: id, DataSource: id[:1], Created: at}})
		}
		slices.SortFunc(all, func(a, b placed) int {
			if a.place.Before(b.place) {
				return -1
			}
			return 1
		})
		ask := func(_ context.Context, q PageQuery) (Page, error) {
			var rest []placed
			for _, p := range all {
				if (q.After == nil || q.After.Before(p.place)) && (q.Created == nil || q.Created.Contains(p.status.Created)) {
					rest = append(rest, p)
				}
			}
			return pageOf(rest, nil, nil, q.Max), nil
		}
		var want, got []string
		for _, p := range all {
			if p.status.DataSource == "m" {
				want = append(want, p.status.ID)
			}
		}
		query := PageQuery{Max: rapid.IntRange(1, 4).Draw(t, "max")}
		for range 2 * (len(all) + 1) {
			page, err := Seen(t.Context(), ask, query, func(dataSource string) bool { return dataSource == "m" })
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range page.Tasks {
				got = append(got, task.ID)
			}
			if query.After = page.Next; page.Next == nil {
				break
			}
			if strings.HasPrefix(page.Next.ID, "t") {
				t.Fatalf("the next page begins behind %v", *page.Next)
			}
		}
		if query.After != nil || !slices.Equal(got, want) {
			t.Fatalf("%v, want %v, of %v", got, want, all)
		}
	})
}
