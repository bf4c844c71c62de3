package queue_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// stored is a used segment of February 1st that another program has written.
func (w *world) stored(version string, shard druid.ShardSpec) druid.DataSegment {
	w.t.Helper()
	s := druid.DataSegment{DataSource: "wiki", Interval: day(1), Version: version, ShardSpec: shard, BinaryVersion: 9, Size: 1}
	s.LoadSpec = fmt.Appendf(nil, `{"type":"local","path":"/other/%s/index/"}`, s.ID())
	err := w.store.Update(context.Background(), func(tx metadata.Tx) error {
		_, err := tx.InsertSegments([]metadata.SegmentRow{{Segment: s, Used: true, Created: druid.Now(), UsedStatusLastUpdated: druid.Now()}})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// What a task has published is seen, or the task fails, says what to do, and leaves nothing behind: versions that are no times may sort behind
// all that are.
func TestReplaceOfVersionsThatSortBehindTimes(t *testing.T) {
	for version, hides := range map[string]bool{
		"zzz": true, "v1": true, "~": true, "3": true, "2030-02-30T00:00:00.000Z": true, "9999-12-31T23:59:59.999Z": true,
		"0": false, "-1": false, "+10000-01-01T00:00:00.000Z": false, "2999-01-01T00:00:00.000Z": false, "2": false,
	} {
		t.Run(version, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.stored(version, druid.Numbered(0, 1))
				q := w.start()
				w.ingest = builds(1)
				for _, from := range []int{1, 0} { // locks taken before it runs, and while it does
					id := fmt.Sprint("replace", from)
					w.add(q, index(id, from, from+1, ""))
					synctest.Wait()
					got := w.status(q, id)
					if fails := strings.HasPrefix(got, "FAILED: interval") && strings.Contains(got, "markUnused"); fails != hides || !hides && got != "SUCCESS" {
						t.Fatalf("the task is %s", got)
					}
				}
				if hides {
					if w.storage.len() > 0 {
						t.Errorf("%d segments were pushed", w.storage.len())
					}
					if err := w.store.Update(t.Context(), func(tx metadata.Tx) error {
						_, err := tx.MarkUnused("wiki", druid.Eternity, []string{version}, druid.Now())
						return err
					}); err != nil {
						t.Fatal(err)
					}
					w.add(q, index("again", 1, 2, ""))
					synctest.Wait()
					w.expect(q, "again", "SUCCESS")
				}
				w.clean()
			})
		})
	}
}

// What is appended beside partitions that overwrite others, which Druid writes under locks of segments, is seen: its number is none of those
// that were overwritten. Where that cannot be known the task fails.
func TestAppendBesideOverwrittenPartitions(t *testing.T) {
	for name, c := range map[string]struct {
		shards []string
		want   string // the partition that is appended; empty if none can be
	}{
		"of a root that is gone":  {[]string{`{"type":"numbered_overwrite","partitionId":32768,"startRootPartitionId":0,"endRootPartitionId":1,"minorVersion":1,"atomicUpdateGroupSize":1}`}, "1 1/0"},
		"of roots that are there": {[]string{`{"type":"numbered","partitionNum":0,"partitions":2}`, `{"type":"numbered","partitionNum":1,"partitions":2}`, `{"type":"numbered_overwrite","partitionId":32768,"startRootPartitionId":0,"endRootPartitionId":2,"minorVersion":1,"atomicUpdateGroupSize":1}`}, "1 2/0"},
		"of one of several":       {[]string{`{"type":"numbered","partitionNum":0,"partitions":0}`, `{"type":"numbered","partitionNum":1,"partitions":0}`, `{"type":"numbered_overwrite","partitionId":32768,"startRootPartitionId":0,"endRootPartitionId":1,"minorVersion":1,"atomicUpdateGroupSize":1}`}, "1 2/0"},
		"of nobody knows what":    {[]string{`{"type":"numbered_overwrite","partitionId":32768}`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				for _, text := range c.shards {
					var shard druid.ShardSpec
					if err := shard.UnmarshalJSON([]byte(text)); err != nil {
						t.Fatal(err)
					}
					w.stored("1999-01-01T00:00:00.000Z", shard)
				}
				q := w.start()
				w.ingest = builds(1)
				w.add(q, index("append", 1, 2, "append"))
				synctest.Wait()
				if c.want == "" {
					if got := w.status(q, "append"); !strings.HasPrefix(got, "FAILED: no segment can be appended") {
						t.Fatal(got)
					}
					return
				}
				w.expect(q, "append", "SUCCESS")
				rows, err := w.store.UsedSegments(t.Context(), "wiki", nil)
				if err != nil {
					t.Fatal(err)
				}
				var segments []druid.DataSegment
				for _, row := range rows {
					segments = append(segments, row.Segment)
				}
				seen := false
				for _, s := range timeline.New(segments).Visible([]druid.Interval{druid.Eternity}) {
					seen = seen || fmt.Sprintf("1 %d/%d", s.ShardSpec.PartitionNum(), s.ShardSpec.CorePartitions()) == c.want
				}
				if !seen {
					t.Errorf("the appended partition %s is not seen: %s", c.want, w.used())
				}
			})
		})
	}
}
