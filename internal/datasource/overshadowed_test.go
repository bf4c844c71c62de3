package datasource_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/datasource"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

func TestMarkOvershadowed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.add(true, "1-2 a 0/0", "1-2 a 1/0", "1-2 a 2/0", "1-2 b 0/1", "2-3 a 0/1", "2-3 b 0/2", "3-5 a 0/1", "3-4 b 0/1", "5-7 a 0/1", "5-6 b 0/1", "6-7 c 0/1", "6-7 b 0/3")
	n, _, err := f.marker.MarkOvershadowed(f.Context(), "wiki", []druid.Interval{druid.Eternity})
	f.expect(n, err, 5, "1-2 b 0, 2-3 a 0, 2-3 b 0, 3-4 b 0, 3-5 a 0, 5-6 b 0, 6-7 c 0")
	n, _, err = f.marker.MarkOvershadowed(f.Context(), "wiki", []druid.Interval{druid.Eternity})
	f.expect(n, err, 0, f.used())
	rows, err := f.store.UnusedSegments(f.Context(), metadata.UnusedQuery{DataSource: "wiki", Interval: druid.Eternity})
	if err != nil || len(rows) != 5 || rows[0].UsedStatusLastUpdated != now {
		t.Errorf("unused %+v, %v", rows, err)
	}
}

// vanishing is a store in which what hides a chunk is marked unused right before the chunk is.
type vanishing struct {
	metadata.Store
	once func()
}

func (v *vanishing) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if once := v.once; once != nil {
		v.once = nil
		once()
	}
	return v.Store.Update(ctx, fn)
}

func TestMarkOvershadowedLooksAgain(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.add(true, "1-2 a 0/1", "1-2 b 0/1")
	store := &vanishing{Store: f.store, once: func() {
		if _, err := f.marker.MarkUnused(f.Context(), "wiki", datasource.Filter{Interval: &druid.Eternity, Versions: []string{"b"}}, nil); err != nil {
			t.Error(err)
		}
	}}
	marker := datasource.New(store, func() druid.Instant { return now }, nil)
	n, _, err := marker.MarkOvershadowed(f.Context(), "wiki", []druid.Interval{druid.Eternity})
	f.expect(n, err, 0, "1-2 a 0")
}

// watched is a store that counts what is asked of it, in all and at most in one transaction.
type watched struct {
	metadata.Store
	reads, longest, updates int
}

func (w *watched) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	w.updates++
	before := w.reads
	err := w.Store.Update(ctx, func(tx metadata.Tx) error { return fn(watchedTx{tx, w}) })
	w.longest = max(w.longest, w.reads-before)
	return err
}

func (w *watched) UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	found, err := w.Store.UsedChunks(ctx, dataSource, intervals)
	w.reads += 1 + len(found)
	return found, err
}

func (w *watched) LastSegments(ctx context.Context, dataSource string, chunks []timeline.Chunk, used bool) (map[timeline.Chunk]metadata.SegmentRow, error) {
	w.reads += len(chunks)
	return w.Store.LastSegments(ctx, dataSource, chunks, used)
}

func (w *watched) UsedSegments(context.Context, string, []druid.Interval) ([]metadata.SegmentRow, error) {
	panic("segments are read one by one")
}

type watchedTx struct {
	metadata.Tx
	w *watched
}

func (t watchedTx) UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	found, err := t.Tx.UsedChunks(ctx, dataSource, intervals)
	t.w.reads += 1 + len(found)
	return found, err
}

func (t watchedTx) LastSegments(ctx context.Context, dataSource string, chunks []timeline.Chunk, used bool) (map[timeline.Chunk]metadata.SegmentRow, error) {
	t.w.reads += len(chunks)
	return t.Tx.LastSegments(ctx, dataSource, chunks, used)
}

func (watchedTx) UsedSegments(context.Context, string, []druid.Interval) ([]metadata.SegmentRow, error) {
	panic("segments are read one by one")
}

func (f *fixture) watch() (*watched, *datasource.Marker) {
	w := &watched{Store: f.store}
	return w, datasource.New(w, func() druid.Instant { return now }, nil)
}

// TestMarkOvershadowedOfManyChunks: it reads what the published intervals touch, each chunk a few times, and no transaction is long.
func TestMarkOvershadowedOfManyChunks(t *testing.T) {
	t.Parallel()
	const n = 2_000
	f := setup(t)
	segments := []string{fmt.Sprintf("0-%d A 0/1", n), fmt.Sprintf("%d-%d z 0/1", n, n+1)}
	for day := range n - 1 {
		segments = append(segments, fmt.Sprintf("%d-%d a 0/1", day, day+1))
	}
	f.add(true, segments...)
	store, marker := f.watch()
	mark := func(what string, intervals []druid.Interval, want, reads, longest, updates int) {
		t.Helper()
		*store = watched{Store: f.store}
		changed, left, err := marker.MarkOvershadowed(f.Context(), "wiki", intervals)
		if err != nil || changed != want || len(left) > 0 {
			t.Errorf("%s: marked %d, left %v, %v, want %d", what, changed, left, err, want)
		}
		if store.reads > reads || store.longest > longest || store.updates > updates {
			t.Errorf("%s: %d reads, at most %d in one of %d transactions; want %d, %d, %d", what, store.reads, store.longest, store.updates, reads, longest, updates)
		}
	}
	mark("nothing is hidden", []druid.Interval{druid.Eternity}, 0, n+2, 0, 0)
	f.add(true, fmt.Sprintf("%d-%d a 0/1", n-1, n))
	mark("the last part of one is hidden", []druid.Interval{days(n-1, n)}, 1, 4*n+10, 2*n+2, 1) // which takes a look at all parts at once
	f.add(true, "100-101 b 0/1")
	mark("one chunk of many", []druid.Interval{days(100, 101)}, 1, 15, 5, 1)
	f.add(true, fmt.Sprintf("0-%d b 0/1", n))
	mark("one hides all but one", []druid.Interval{days(0, n)}, n-1, 6*n, 1000, n/200)
}

// TestMarkOvershadowedBesideUnreadable: a segment that cannot be read keeps only what it may hide.
func TestMarkOvershadowedBesideUnreadable(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.add(true, "1-2 a 0/1", "1-2 b 0/1", "3-4 a 0/1", "3-4 b 0/1", "5-6 a 0/1", "5-6 b 0/1")
	broken := f.add(true, "3-4 c 0/1", "7-8 b 0/1")
	f.add(true, "7-8 a 0/1", "8-9 a 0/1", "8-9 b 0/1")
	f.spoil(broken...)
	n, left, err := f.marker.MarkOvershadowed(f.Context(), "wiki", []druid.Interval{druid.Eternity})
	if n != 4 || !slices.Equal(left, []druid.Interval{days(3, 4), days(7, 8)}) {
		t.Errorf("marked %d, left %v", n, left)
	}
	for _, id := range broken {
		if err == nil || !strings.Contains(err.Error(), id) {
			t.Errorf("%v does not name %s", err, id)
		}
	}
	if want := "1-2 b 0, 3-4 b 0, 3-4 c 0, 5-6 b 0, 7-8 a 0, 7-8 b 0, 8-9 b 0"; f.used() != want {
		t.Errorf("used: %s\nwant:  %s", f.used(), want)
	}
	if n, _, err := f.marker.MarkOvershadowed(f.Context(), "wiki", []druid.Interval{days(1, 2), days(8, 9)}); n != 0 || err != nil {
		t.Errorf("elsewhere: %d, %v", n, err)
	}
}

// TestMarkOvershadowedMarksWhatNoDayShows compares with a look at each day and each chunk.
func TestMarkOvershadowedMarksWhatNoDayShows(t *testing.T) {
	t.Parallel()
	f := setup(t)
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		name := fmt.Sprint("d", run)
		all := map[timeline.Chunk][]druid.DataSegment{}
		complete := map[timeline.Chunk]bool{}
		for range rapid.IntRange(0, 10).Draw(r, "chunks") {
			from := rapid.Int64Range(0, 7).Draw(r, "from")
			c := timeline.Chunk{
				Interval: days(from, rapid.Int64Range(from+1, 8).Draw(r, "to")),
				Version:  rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "version"),
			}
			if all[c] != nil {
				continue
			}
			core := rapid.IntRange(0, 2).Draw(r, "core")
			partitions := rapid.SliceOfNDistinct(rapid.IntRange(0, 3), 1, 4, rapid.ID).Draw(r, "partitions")
			complete[c] = true
			for n := range core {
				complete[c] = complete[c] && slices.Contains(partitions, n)
			}
			for _, n := range partitions {
				all[c] = append(all[c], druid.DataSegment{
					DataSource: name, Interval: c.Interval, Version: c.Version, ShardSpec: druid.Numbered(n, core), BinaryVersion: 9, LoadSpec: []byte(`{}`),
				})
			}
		}
		var rows []metadata.SegmentRow
		var want []string
		for c, segments := range all {
			hidden := true
			for at := c.Interval.Start; at < c.Interval.End; at += 86_400_000 {
				newer := false
				for o := range all {
					newer = newer || complete[o] && o.Version > c.Version && o.Interval.Contains(at)
				}
				hidden = hidden && newer
			}
			for _, s := range segments {
				rows = append(rows, metadata.SegmentRow{Segment: s, Used: true})
				if !hidden {
					want = append(want, s.ID().String())
				}
			}
		}
		if err := f.store.Update(f.Context(), func(tx metadata.Tx) error { _, err := tx.InsertSegments(rows); return err }); err != nil {
			r.Fatal(err)
		}
		// In two steps: what is hidden by what was published in either is found by one of the looks.
		cut := rapid.Int64Range(1, 7).Draw(r, "cut")
		for _, part := range []druid.Interval{days(0, cut), days(cut, 8)} {
			if _, left, err := f.marker.MarkOvershadowed(f.Context(), name, []druid.Interval{part}); err != nil || len(left) > 0 {
				r.Fatal(left, err)
			}
		}
		used, err := f.store.UsedSegments(f.Context(), name, nil)
		if err != nil {
			r.Fatal(err)
		}
		var got []string
		for _, row := range used {
			got = append(got, row.Segment.ID().String())
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			r.Errorf("used:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
