package datasource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/datasource"
	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	old druid.Instant = 1_780_000_000_000
	now druid.Instant = 1_790_000_000_000
)

type fixture struct {
	*testing.T
	path   string
	store  metadata.Store
	marker *datasource.Marker
	looked func()          // called when files are looked for; may be nil
	lost   map[string]bool // load specs whose files are gone
}

// Exists stands for deep storage.
func (f *fixture) Exists(_ context.Context, loadSpec json.RawMessage) (bool, error) {
	if f.looked != nil {
		defer f.looked()
	}
	if string(loadSpec) == elsewhere {
		return false, fmt.Errorf("load spec %s: %w", loadSpec, deepstorage.ErrElsewhere)
	}
	return !f.lost[string(loadSpec)], nil
}

const elsewhere = `{"type":"s3_zip"}`

func setup(t *testing.T) *fixture {
	t.Helper()
	path := filepath.Join(t.TempDir(), "metadata.db")
	store := sqlitetest.OpenAt(t, path)
	f := &fixture{T: t, path: path, store: store}
	f.marker = datasource.New(store, func() druid.Instant { return now }, f)
	return f
}

func days(from, to int64) druid.Interval {
	return druid.Interval{Start: druid.Instant(from * 86_400_000), End: druid.Instant(to * 86_400_000)}
}

// add stores segments such as "1-2 v1 0/1" of data source wiki, used or not.
func (f *fixture) add(used bool, texts ...string) (ids []string) {
	f.Helper()
	var rows []metadata.SegmentRow
	for _, text := range texts {
		var from, to int64
		var version string
		var partition, core int
		if _, err := fmt.Sscanf(strings.ReplaceAll(text, "/", " "), "%d-%d %s %d %d", &from, &to, &version, &partition, &core); err != nil {
			f.Fatal(text, err)
		}
		s := druid.DataSegment{
			DataSource: "wiki", Interval: days(from, to), Version: version, ShardSpec: druid.Numbered(partition, core), BinaryVersion: 9,
			LoadSpec: []byte(`{"type":"local","path":"/x"}`),
		}
		ids = append(ids, s.ID().String())
		rows = append(rows, metadata.SegmentRow{Segment: s, Created: old, Used: used, UsedStatusLastUpdated: old})
	}
	if err := f.store.Update(f.Context(), func(tx metadata.Tx) error { _, err := tx.InsertSegments(rows); return err }); err != nil {
		f.Fatal(err)
	}
	return ids
}

// spoil makes the payloads of segments unreadable.
func (f *fixture) spoil(ids ...string) {
	f.Helper()
	db, err := sqlite3.Open(f.path, sqlite3.ReadWrite)
	if err != nil {
		f.Fatal(err)
	}
	for _, id := range ids {
		err = errors.Join(err, db.Exec(`UPDATE druid_segments SET payload = '{' WHERE id = ?`, id))
	}
	if err := errors.Join(err, db.Close()); err != nil {
		f.Fatal(err)
	}
}

// used lists the used segments in the form that add takes, without the core partitions; a star marks those changed since.
func (f *fixture) used() string {
	f.Helper()
	rows, err := f.store.UsedSegments(f.Context(), "wiki", nil)
	if err != nil {
		f.Fatal(err)
	}
	var texts []string
	for _, r := range rows {
		s := r.Segment
		text := fmt.Sprintf("%d-%d %s %d", s.Interval.Start/86_400_000, s.Interval.End/86_400_000, s.Version, s.ShardSpec.PartitionNum())
		if r.UsedStatusLastUpdated == now {
			text += "*"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func (f *fixture) expect(n int, err error, want int, used string) {
	f.Helper()
	if err != nil || n != want {
		f.Errorf("changed %d, %v, want %d", n, err, want)
	}
	if got := f.used(); got != used {
		f.Errorf("used: %s\nwant:  %s", got, used)
	}
}

func TestMarkUnused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ids := f.add(true, "1-2 a 0/1", "1-2 a 1/1", "2-3 a 0/1", "2-3 b 0/1", "3-4 a 0/1", "4-5 a 0/1")
	day := days(1, 2)
	describe := func(n int) audit.Entry {
		return audit.Entry{Method: "POST", URI: "/x", Payload: fmt.Appendf(nil, `{"n":%d}`, n)}
	}
	ctx := audit.WithCaller(f.Context(), audit.Caller{Author: "me"})
	n, err := f.marker.MarkUnused(ctx, "wiki", datasource.Filter{Interval: &day}, describe)
	f.expect(n, err, 2, "2-3 a 0, 2-3 b 0, 3-4 a 0, 4-5 a 0")
	all := days(0, 4)
	n, err = f.marker.MarkUnused(ctx, "wiki", datasource.Filter{Interval: &all, Versions: []string{"b", "c"}}, describe)
	f.expect(n, err, 1, "2-3 a 0, 3-4 a 0, 4-5 a 0")
	n, err = f.marker.MarkUnused(ctx, "wiki", datasource.Filter{IDs: []string{ids[4], ids[0], "other_x", "nothing"}}, nil)
	f.expect(n, err, 1, "2-3 a 0, 4-5 a 0")
	n, err = f.marker.MarkUnused(ctx, "wiki", datasource.Filter{Interval: &druid.Eternity}, nil)
	f.expect(n, err, 2, "")
	n, err = f.marker.MarkUnused(ctx, "nope", datasource.Filter{Interval: &druid.Eternity}, nil)
	f.expect(n, err, 0, "")
	var entries []string
	err = f.store.Audit(ctx, metadata.AuditQuery{Type: "segment.markUnused", Max: -1}, func(row *metadata.AuditRow) error {
		entries = append(entries, row.Key+" "+row.Author+" "+string(row.Payload))
		return nil
	})
	if err != nil || len(entries) != 2 || !strings.Contains(entries[1], `"payload":"{\"n\":2}"`) || !strings.HasPrefix(entries[1], "wiki me ") {
		t.Errorf("audit history %q, %v", entries, err)
	}
}

// counting counts the segments that each transaction marks.
type counting struct {
	metadata.Store
	marked []int
}

func (c *counting) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	return c.Store.Update(ctx, func(tx metadata.Tx) error { return fn(&countingTx{tx, c}) })
}

type countingTx struct {
	metadata.Tx
	of *counting
}

func (c *countingTx) SetUsed(ids []string, used bool, at druid.Instant) (int, error) {
	c.of.marked = append(c.of.marked, len(ids))
	return c.Tx.SetUsed(ids, used, at)
}

// However many segments somebody names, whether they are there or not, others wait for few at a time; the history has the request once.
func TestMarkManyUnused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var texts []string
	for i := range 1203 {
		texts = append(texts, fmt.Sprintf("%d-%d a 0/1", i, i+1))
	}
	ids := f.add(true, texts...)
	f.spoil(ids[1202])
	for i := range 5000 {
		ids = append(ids, druid.SegmentID{DataSource: "wiki", Interval: days(int64(i), int64(i)+1), Version: "none"}.String())
	}
	store := &counting{Store: f.store}
	marker := datasource.New(store, func() druid.Instant { return now }, nil)
	described := 0
	describe := func(int) audit.Entry { described++; return audit.Entry{} }
	n, err := marker.MarkUnused(f.Context(), "wiki", datasource.Filter{IDs: ids}, describe)
	f.expect(n, err, 1203, "")
	if described != 1 || slices.Max(store.marked) > 500 || len(store.marked) > 4 {
		t.Errorf("described %d times, marked are %d", described, store.marked)
	}
	store.marked = nil
	n, err = marker.MarkUnused(f.Context(), "wiki", datasource.Filter{IDs: ids[1203:]}, describe)
	f.expect(n, err, 0, "")
	if described != 2 || len(store.marked) > 0 {
		t.Errorf("of none that is there: described %d times, marked are %d", described, store.marked)
	}
}

func TestMarkUsed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ids := f.add(false, "1-2 a 0/1", "1-2 a 1/1", "2-3 a 0/1", "3-4 a 0/1", "4-5 a 0/2", "4-5 b 0/1")
	f.add(true, "2-3 b 0/1", "3-4 b 0/2")
	day := days(1, 2)
	n, err := f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{Interval: &day})
	f.expect(n, err, 2, "1-2 a 0*, 1-2 a 1*, 2-3 b 0, 3-4 b 0")
	n, err = f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{IDs: ids[:4]}) // 2-3 a is overshadowed, 3-4 b is not complete
	f.expect(n, err, 1, "1-2 a 0*, 1-2 a 1*, 2-3 b 0, 3-4 a 0*, 3-4 b 0")
	n, err = f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{Interval: &druid.Eternity}) // of 4-5 the newer alone
	f.expect(n, err, 1, "1-2 a 0*, 1-2 a 1*, 2-3 b 0, 3-4 a 0*, 3-4 b 0, 4-5 b 0*")
	for _, wrong := range []struct{ id, want string }{
		{"nonsense", "Could not parse segment IDs[[nonsense]] for datasource[wiki]"},
		{strings.Replace(ids[0], "_a", "_x", 1), "Could not find segment IDs[[" + strings.Replace(ids[0], "_a", "_x", 1) + "]] for datasource[wiki]"},
	} {
		_, err := f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{IDs: []string{ids[2], wrong.id}})
		var refused *druid.Error
		if !errors.As(err, &refused) || refused.Message != wrong.want || refused.HTTPStatus() != 400 {
			t.Errorf("got %v, want %s", err, wrong.want)
		}
	}
	n, err = f.marker.MarkSegmentUsed(f.Context(), "wiki", ids[2]) // whatever hides it
	f.expect(n, err, 1, "1-2 a 0*, 1-2 a 1*, 2-3 a 0*, 2-3 b 0, 3-4 a 0*, 3-4 b 0, 4-5 b 0*")
	n, err = f.marker.MarkSegmentUsed(f.Context(), "wiki", "nothing")
	f.expect(n, err, 0, f.used())
}

// addAt stores unused segments of day 1 with the load specs.
func (f *fixture) addAt(loadSpecs ...string) (ids []string) {
	f.Helper()
	var rows []metadata.SegmentRow
	for n, loadSpec := range loadSpecs {
		s := druid.DataSegment{
			DataSource: "wiki", Interval: days(1, 2), Version: "a", ShardSpec: druid.Numbered(n, 0), BinaryVersion: 9, LoadSpec: []byte(loadSpec),
		}
		ids = append(ids, s.ID().String())
		rows = append(rows, metadata.SegmentRow{Segment: s, Created: old, UsedStatusLastUpdated: old})
	}
	if err := f.store.Update(f.Context(), func(tx metadata.Tx) error { _, err := tx.InsertSegments(rows); return err }); err != nil {
		f.Fatal(err)
	}
	return ids
}

// What has no files any more is never used again, whatever became of the kill task that has removed them.
func TestMarkUsedWithoutFiles(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.lost = map[string]bool{`{"type":"local","path":"/gone"}`: true}
	ids := f.addAt(`{"type":"local","path":"/x"}`, `{"type":"local","path":"/gone"}`, elsewhere)
	for what, mark := range map[string]func() (int, error){
		"an interval": func() (int, error) {
			return f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{Interval: &druid.Eternity})
		},
		"ids": func() (int, error) { return f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{IDs: ids}) },
		"one": func() (int, error) { return f.marker.MarkSegmentUsed(f.Context(), "wiki", ids[1]) },
	} {
		_, err := mark()
		var refused *druid.Error
		if !errors.As(err, &refused) || refused.HTTPStatus() != 400 || !strings.Contains(refused.Message, ids[1]) || f.used() != "" {
			t.Errorf("%s: %v, used %q", what, err, f.used())
		}
	}
	n, err := f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{IDs: []string{ids[0], ids[2]}})
	f.expect(n, err, 2, "1-2 a 0*, 1-2 a 2*")
}

// counted is a store that counts the segments which each transaction marks.
type counted struct {
	metadata.Store
	marked []int
}

type countedTx struct {
	metadata.Tx
	store *counted
}

func (c *counted) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	return c.Store.Update(ctx, func(tx metadata.Tx) error { return fn(countedTx{tx, c}) })
}

func (c countedTx) SetUsed(ids []string, used bool, now druid.Instant) (int, error) {
	c.store.marked = append(c.store.marked, len(ids))
	return c.Tx.SetUsed(ids, used, now)
}

// Others get their turn while many segments are marked.
func TestMarkUsedOfManySegments(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var loadSpecs []string
	for n := range 1_201 {
		loadSpecs = append(loadSpecs, fmt.Sprintf(`{"type":"local","path":"/%d"}`, n))
	}
	f.addAt(loadSpecs...)
	store := &counted{Store: f.store}
	marker := datasource.New(store, func() druid.Instant { return now }, f)
	n, err := marker.MarkUsed(f.Context(), "wiki", datasource.Filter{Interval: &druid.Eternity})
	if n != 1_201 || err != nil || !slices.Equal(store.marked, []int{500, 500, 201}) {
		t.Errorf("marked %d (%v) by %v", n, err, store.marked)
	}
}

// Only segments of the data source that was named are marked: of another one nobody has asked what is being removed there.
func TestMarkSegmentUsedOfAnother(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.add(false, "1-2 a 0/1")[0]
	n, err := f.marker.MarkSegmentUsed(f.Context(), "other", id)
	f.expect(n, err, 0, "")
}

// A kill task removes the row of a segment while it is about to be marked: nothing of its transaction is marked, and the answer names it. The same request
// again marks the others.
func TestMarkUsedBesideAKillTask(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ids := f.add(false, "1-2 v1 0/1", "2-3 v1 0/1")
	f.looked = func() {
		f.looked = nil
		if err := f.store.Update(f.Context(), func(tx metadata.Tx) error { _, err := tx.DeleteSegments(ids[1:]); return err }); err != nil {
			t.Error(err)
		}
	}
	_, err := f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{Interval: &druid.Eternity})
	var refused *druid.Error
	if !errors.As(err, &refused) || refused.HTTPStatus() != 400 || !strings.Contains(refused.Message, "["+ids[1]+"]") || f.used() != "" {
		t.Errorf("%v, used %q", err, f.used())
	}
	n, err := f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{Interval: &druid.Eternity})
	f.expect(n, err, 1, "1-2 v1 0*")
}

// Others mark a segment at the same time: that is no error.
func TestMarkUsedBesideOthers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ids := f.add(false, "1-2 v1 0/1", "2-3 v1 0/1")
	f.looked = func() {
		f.looked = nil
		n, err := f.marker.MarkSegmentUsed(f.Context(), "wiki", ids[1])
		f.expect(n, err, 1, "2-3 v1 0*")
	}
	n, err := f.marker.MarkUsed(f.Context(), "wiki", datasource.Filter{Interval: &druid.Eternity})
	f.expect(n, err, 1, "1-2 v1 0*, 2-3 v1 0*")
}
