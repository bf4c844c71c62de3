package orphans_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/deepstorage"
	"ovate/internal/deepstorage/local"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/orphans"
)

// shelf is a deep storage and the metadata for it.
type shelf struct {
	*testing.T
	*local.Storage
	root   string
	store  *sqlite.Store
	oldest map[string]druid.Instant
	behind time.Duration // the machine's clock, at the most
	walked func()        // called when all places were told
	slow   time.Duration // by how much the storage's clock may be behind
}

var owner = deepstorage.Owner{1, 2, 3, 4, 5, 6}

func setup(t *testing.T) *shelf {
	t.Helper()
	s := &shelf{T: t, root: filepath.Join(t.TempDir(), "segments")}
	var err error
	if s.store, err = sqlite.Open(sqlite.Options{Path: filepath.Join(t.TempDir(), "metadata.db")}); err != nil {
		t.Fatal(err)
	}
	s.Storage = s.open(local.Options{Directory: s.root, Owner: owner})
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *shelf) open(o local.Options) *local.Storage {
	s.Helper()
	storage, err := local.Open(o)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := storage.Close(); err != nil {
			s.Error(err)
		}
	})
	return storage
}

func (s *shelf) OldestIn() map[string]druid.Instant { return s.oldest }

func (s *shelf) Walk(ctx context.Context, fn func(*deepstorage.Place) error, unread func(string, error)) error {
	err := s.Storage.Walk(ctx, fn, unread)
	if s.walked != nil {
		s.walked()
	}
	return err
}

func (s *shelf) Measure(ctx context.Context, p *deepstorage.Place) (deepstorage.Extent, error) {
	extent, err := s.Storage.Measure(ctx, p)
	extent.Behind = s.slow
	return extent, err
}

// push pushes a segment so long ago.
func (s *shelf) push(storage *local.Storage, dataSource string, partition int, ago time.Duration) druid.DataSegment {
	s.Helper()
	dir, err := os.MkdirTemp(storage.Staging(), "built")
	if err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "version.bin"), []byte("0009"), 0o600); err != nil {
		s.Fatal(err)
	}
	segment := druid.DataSegment{
		DataSource: dataSource, Interval: druid.Interval{Start: 0, End: 86_400_000}, Version: "v", ShardSpec: druid.Numbered(partition, 0), BinaryVersion: 9,
	}
	if segment.LoadSpec, err = storage.Push(s.Context(), dir, segment, "1970-01-01_1970-01-02"); err != nil {
		s.Fatal(err)
	}
	s.age(filepath.Join(s.root, dataSource), ago)
	return segment
}

// age makes a folder as if nothing had changed in it for so long.
func (s *shelf) age(dir string, ago time.Duration) {
	s.Helper()
	then := time.Now().Add(-ago)
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = os.Chtimes(path, then, then)
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *shelf) publish(used bool, segments ...druid.DataSegment) {
	s.Helper()
	var rows []metadata.SegmentRow
	for _, segment := range segments {
		rows = append(rows, metadata.SegmentRow{Segment: segment, Used: used, Created: druid.Now(), UsedStatusLastUpdated: druid.Now()})
	}
	s.update(func(tx metadata.Tx) error { _, err := tx.InsertSegments(rows); return err })
}

func (s *shelf) update(fn func(metadata.Tx) error) {
	s.Helper()
	if err := s.store.Update(s.Context(), fn); err != nil {
		s.Fatal(err)
	}
}

func (s *shelf) finder() *orphans.Finder {
	return orphans.New(s.store, s, s, druid.Now, func() time.Duration { return s.behind })
}

// find tells data source and partition of each orphan, how many places were spared and how many are of others.
func (s *shelf) find(q orphans.Query) string {
	s.Helper()
	found, err := s.finder().Find(s.Context(), q)
	if err != nil {
		s.Fatal(err)
	}
	return tell(found)
}

func (s *shelf) remove(q orphans.Query) string {
	s.Helper()
	removed, err := s.finder().Remove(s.Context(), q)
	if err != nil {
		s.Fatal(err)
	}
	return tell(removed)
}

func tell(found *orphans.Findings) string {
	var names []string
	for _, o := range found.Orphans {
		names = append(names, o.DataSource+o.Partition)
	}
	slices.Sort(names)
	return fmt.Sprint(strings.Join(names, " "), ", ", found.Spared, " spared, ", found.Others, " of others", found.Unreadable)
}

const long = 3 * time.Hour

// TestNamed: what any row names is no orphan, whatever the storage was called when it was pushed.
func TestNamed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	used, unused := s.push(s.Storage, "a", 0, long), s.push(s.Storage, "a", 1, long)
	reserved := s.push(s.Storage, "a", 2, long)
	s.push(s.Storage, "a", 3, long)
	s.push(s.Storage, "b", 0, long)
	elsewhere := s.push(s.Storage, "c", 0, long)
	elsewhere.DataSource = "d" // a row may name files of another data source
	s.publish(true, used, elsewhere)
	s.publish(false, unused)
	s.update(func(tx metadata.Tx) error {
		_, err := tx.InsertPending([]metadata.PendingRow{{ID: reserved.ID(), ShardSpec: reserved.ShardSpec, Created: druid.Now(), Key: "k"}})
		return err
	})
	if got := s.find(orphans.Query{}); got != "a3 b0, 0 spared, 0 of others[]" {
		t.Error(got)
	}
	moved := s.root + "-moved"
	if err := os.Rename(s.root, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(moved, s.root); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{moved, s.root} {
		s.Storage = s.open(local.Options{Directory: root, Owner: owner})
		if got := s.find(orphans.Query{}); got != "a3 b0, 0 spared, 0 of others[]" {
			t.Errorf("at %s: %s", root, got)
		}
	}
	if got := s.remove(orphans.Query{}); got != "a3 b0, 0 spared, 0 of others[]" {
		t.Error(got)
	}
	if got := s.find(orphans.Query{Others: true}); got != ", 0 spared, 0 of others[]" {
		t.Error(got)
	}
	for _, segment := range []druid.DataSegment{used, unused, reserved, elsewhere} {
		err := s.Read(t.Context(), segment.LoadSpec, func(path string) error {
			_, err := os.Stat(path)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestWhatMayBePublished: nothing goes that a task may be about to publish, nor what one publishes while the look lasts.
func TestWhatMayBePublished(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.push(s.Storage, "young", 0, 59*time.Minute)
	s.push(s.Storage, "old", 0, 61*time.Minute)
	s.push(s.Storage, "active", 0, 61*time.Minute)
	s.push(s.Storage, "before", 0, 63*time.Minute)
	since := druid.InstantOf(time.Now().Add(-61*time.Minute - 30*time.Second))
	s.oldest = map[string]druid.Instant{"active": since, "before": since}
	if got := s.find(orphans.Query{}); got != "before0 old0, 2 spared, 0 of others[]" {
		t.Error(got)
	}
	if got := s.find(orphans.Query{Before: at(druid.Now())}); got != "before0 old0 young0, 1 spared, 0 of others[]" {
		t.Error("all of it: ", got)
	}
	if got := s.find(orphans.Query{Before: at(0)}); got != ", 4 spared, 0 of others[]" {
		t.Error("before 1970: ", got)
	}
	s.push(s.Storage, "now", 0, 10*time.Second)
	if got := s.find(orphans.Query{Before: at(druid.MaxInstant)}); got != "before0 old0 young0, 2 spared, 0 of others[]" {
		t.Error("in the future: ", got)
	}
	late := s.push(s.Storage, "late", 0, long)
	s.walked = func() {
		s.publish(true, late)
		s.walked = nil
	}
	if got := s.remove(orphans.Query{}); got != "before0 old0, 3 spared, 0 of others[]" {
		t.Error("published meanwhile: ", got)
	}
}

// TestClockSetBack: what a task has made since its submission stays, though its files look older than the task.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		submitted time.Duration // from now
		behind    time.Duration
		want      string
	}{
		{"the task is of the future", 2 * time.Hour, 0, ", 2 spared"},
		{"set back by two hours, fifty minutes ago", 70 * time.Minute, 2 * time.Hour, "old0 young0, 0 spared"},
		{"set back by two hours, long ago", -time.Hour, 2 * time.Hour, ", 2 spared"},
		{"set back by an hour", -time.Hour, time.Hour, "old0, 1 spared"},
		{"set back by nothing", -time.Hour, 0, "old0 young0, 0 spared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.push(s.Storage, "young", 0, 90*time.Minute)
			s.push(s.Storage, "old", 0, 150*time.Minute)
			submitted := druid.Now() + druid.Instant(c.submitted.Milliseconds())
			s.oldest, s.behind = map[string]druid.Instant{"young": submitted, "old": submitted}, c.behind
			if got := s.remove(orphans.Query{}); !strings.HasPrefix(got, c.want+",") {
				t.Errorf("removed %s, want %s", got, c.want)
			}
		})
	}
}

// TestStorageBehind: what looks older than it is, by the storage's own clock, is not taken for an orphan before it surely is one.
func TestStorageBehind(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.push(s.Storage, "young", 0, 70*time.Minute)
	s.push(s.Storage, "old", 0, 80*time.Minute)
	s.slow = 15 * time.Minute
	if got := s.remove(orphans.Query{}); !strings.HasPrefix(got, "old0, 1 spared,") {
		t.Error(got)
	}
}

// TestOthers: what another server or Druid has written is counted, and told only to whoever asks for it.
func TestOthers(t *testing.T) {
	t.Parallel()
	s := setup(t)
	other := s.open(local.Options{Directory: s.root, Owner: deepstorage.Owner{6, 5, 4, 3, 2, 1}})
	nobody := s.open(local.Options{Directory: s.root, Zip: true})
	s.push(s.Storage, "a", 0, long)
	s.push(other, "a", 1, long)
	s.push(nobody, "a", 2, long)
	for _, path := range []string{
		"a/i_i/v/3/index",         // as Druid's batch tasks
		"a/i_i/v/4/junk",          // none that anybody knows
		"a/i_i/v/index",           // too high
		"a/i_i/v/5/x/index",       // as with a unique name of another kind
		"a/i_i/v/6/x/y/index",     // too deep
		"intermediate_pushes/a/b", // a Java process at work
	} {
		if err := os.MkdirAll(filepath.Join(s.root, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(s.root, "a"), filepath.Join(s.root, "link")); err != nil {
		t.Fatal(err)
	}
	s.age(filepath.Join(s.root, "a"), long)
	if got := s.find(orphans.Query{}); got != "a0, 0 spared, 4 of others[]" {
		t.Error(got)
	}
	if got := s.remove(orphans.Query{}); got != "a0, 0 spared, 4 of others[]" {
		t.Error(got)
	}
	s.age(filepath.Join(s.root, "a"), long) // what is beside it has changed
	if got := s.remove(orphans.Query{Others: true}); got != "a1 a2 a3 a5, 0 spared, 0 of others[]" {
		t.Error(got)
	}
}

// TestLeftovers: an empty folder that a push was about to fill, a removal that was cut off, and the staging folder of a dead process.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.push(s.Storage, "cut", 0, long)
	s.push(s.Storage, "empty", 0, long)
	for pattern, remove := range map[string]string{"cut/*/v/0/*/index/*": "", "empty/*/v/0/*/index": ""} {
		found, err := filepath.Glob(filepath.Join(s.root, pattern))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		if err := os.RemoveAll(found[0] + remove); err != nil {
			t.Fatal(err)
		}
	}
	dead := filepath.Join(s.root, "intermediate_pushes", "ovate-dead")
	if err := os.MkdirAll(filepath.Join(dead, "task-1"), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // to look is no change
		for _, dir := range []string{"cut", "empty"} {
			s.age(filepath.Join(s.root, dir), long)
		}
		s.find(orphans.Query{})
	}
	if got := s.find(orphans.Query{}); got != "cut0 empty0, 1 spared, 0 of others[]" {
		t.Error(got)
	}
	s.age(dead, long)
	if got := s.remove(orphans.Query{}); got != " cut0 empty0, 0 spared, 0 of others[]" {
		t.Error(got)
	}
	entries, err := os.ReadDir(s.root)
	if err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v", entries, err)
	}
	entries, err = os.ReadDir(filepath.Join(s.root, "intermediate_pushes"))
	if err != nil || len(entries) != 1 || filepath.Join(s.root, "intermediate_pushes", entries[0].Name()) != s.Staging() {
		t.Errorf("staged: %v, %v", entries, err)
	}
}

// TestUnreadable: nothing goes of a data source of whose segments one cannot be read.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.push(s.Storage, "a", 0, long)
	spoilt := s.push(s.Storage, "b", 0, long)
	s.push(s.Storage, "b", 1, long)
	spoilt.LoadSpec = []byte(`["local"]`)
	s.publish(false, spoilt)
	needed := s.push(s.Storage, "c", 0, long)
	other := spoilt
	other.LoadSpec, other.Version = []byte(`["local",{"its files":`+string(needed.LoadSpec)+`}]`), "w"
	s.publish(false, other)
	if got := s.remove(orphans.Query{Others: true}); got != "a0, 0 spared, 0 of others[b]" {
		t.Error(got)
	}
}

func at(t druid.Instant) *druid.Instant { return &t }
