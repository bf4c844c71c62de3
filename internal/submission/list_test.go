package submission

import (
	"fmt"
	"slices"
	"testing"

	"ovate/internal/metadata"
)

// fill stores submissions that wait, whose ids begin with the names of their data sources.
func (w *world) fill(ids ...string) {
	w.t.Helper()
	if err := w.store.MakeRecords(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	err := w.store.Update(w.t.Context(), func(tx metadata.Tx) error {
		for _, id := range ids {
			if err := put(tx, &Submission{ID: id, DataSource: id[:1], State: Waiting, Attempt: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func ofMine(dataSource string) bool { return dataSource != "t" }

// However many submissions of others lie between, pages of those that somebody may see are full, name none of the others, and end with the last that he may see.
func TestPagesOfSome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill("a1", "a2", "t1", "t2", "u1", "t3", "u2", "v1", "t9")
	s := New(Options{Store: w.store})
	for most := 1; most <= 6; most++ {
		var got []string
		for after := ""; ; {
			page, next, err := s.Page(t.Context(), false, after, most, ofMine)
			if err != nil {
				t.Fatal(err)
			}
			for _, sub := range page {
				got = append(got, sub.ID)
			}
			if after = next; next == "" {
				break
			}
			if len(page) != most || next != page[most-1].ID || len(got) >= 5 {
				t.Fatalf("%d at a time: behind %v comes %q", most, got, next)
			}
		}
		if want := []string{"a1", "a2", "u1", "u2", "v1"}; !slices.Equal(got, want) {
			t.Errorf("%d at a time: %v, want %v", most, got, want)
		}
	}
	if all, next, err := s.Page(t.Context(), false, "", 9, nil); err != nil || len(all) != 9 || next != "" {
		t.Errorf("all: %d, %q, %v", len(all), next, err)
	}
}

// No page passes over more of others than it is worth, and the next one goes on behind these.
func TestPageBehindMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := []string{"u1"}
	for i := range mostPassed + fillBy {
		ids = append(ids, fmt.Sprintf("t%06d", i))
	}
	w.fill(ids...)
	s := New(Options{Store: w.store})
	page, next, err := s.Page(t.Context(), false, "", 5, ofMine)
	if err != nil || len(page) != 0 || next == "" {
		t.Fatalf("%d, and then behind %q, %v", len(page), next, err)
	}
	if page, next, err = s.Page(t.Context(), false, next, 5, ofMine); err != nil || len(page) != 1 || next != "" {
		t.Errorf("then %d, and behind %q, %v", len(page), next, err)
	}
}
