package queue

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// However tasks of two data sources mix, pages of those of one have each of them once, in order, and tell nothing of the other: they are full while there are others, and there is a next
// one only where it has a task.
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
			if !strings.HasPrefix(page.Next.ID, "m") {
				t.Fatalf("the next page begins behind %v", *page.Next)
			}
			if len(page.Tasks) != query.Max || len(got) == len(want) {
				t.Fatalf("%d tasks of %d, and a next page behind %v, of %v", len(page.Tasks), len(want), *page.Next, all)
			}
		}
		if query.After != nil || !slices.Equal(got, want) {
			t.Fatalf("%v, want %v, of %v", got, want, all)
		}
	})
}

// Of the tasks that may not be seen no more are passed over than a page is worth: it ends behind the instant of one that it does not name, and what follows is found from there.
func TestSeenBehindMany(t *testing.T) {
	t.Parallel()
	const others = 2*mostPassed + 2*fillBy
	asked := 0
	ask := func(_ context.Context, q PageQuery) (page Page, err error) {
		asked++
		first := 0
		if q.After != nil {
			at, err := druid.ParseInstant(q.After.Created)
			if err != nil {
				return page, err
			}
			first = others - int(at)
			if q.After.ID != "" {
				first++
			}
		}
		var rest []placed
		for i := max(0, first); i <= others && len(rest) <= q.Max; i++ {
			at := druid.Instant(others - i)
			status := druid.TaskStatusPlus{ID: "theirs", DataSource: "theirs", Created: at}
			if i == others {
				status.ID, status.DataSource = "mine", "mine"
			}
			if q.Created == nil || q.Created.Contains(at) {
				rest = append(rest, placed{placeOf(at, status.ID), status})
			}
		}
		return pageOf(rest, nil, nil, q.Max), nil
	}
	query := PageQuery{Max: 5}
	for pages := 1; ; pages++ {
		page, err := Seen(t.Context(), ask, query, func(dataSource string) bool { return dataSource == "mine" })
		switch {
		case err != nil:
			t.Fatal(err)
		case page.Next == nil:
			if len(page.Tasks) != 1 || pages != 3 || asked > 50 {
				t.Errorf("%d tasks on %d pages, by asking %d times", len(page.Tasks), pages, asked)
			}
			return
		case len(page.Tasks) > 0 || page.Next.ID != "" || pages > 3:
			t.Fatalf("page %d has %v, and the next one begins behind %v", pages, page.Tasks, page.Next)
		}
		query.After = page.Next
	}
}
