package action_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/commit"
	"ovate/internal/metadata"
)

func read(t *testing.T, kind, offset string) *commit.Metadata {
	t.Helper()
	var m commit.Metadata
	if err := json.Unmarshal([]byte(`{"type":"kafka","partitions":{"type":"`+kind+`","stream":"t","partitionSequenceNumberMap":{"0":`+offset+`}}}`), &m); err != nil {
		t.Fatal(err)
	}
	return &m
}

// Of tasks that have read the same records, replicas of each other, one publishes them; what the others have made is nowhere.
func TestOffsetsOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const replicas = 4
	var wg sync.WaitGroup
	published := make([]bool, replicas)
	for i := range replicas {
		task := string(rune('a' + i))
		c := b.task(task, task)
		lock := do(b, c, tryLock(druid.Shared, []druid.Interval{days(1, 2)}))[0]
		wg.Go(func() {
			result, err := action.Do(t.Context(), c, action.SegmentTransactionalInsert{
				Segments: []druid.DataSegment{segment(days(1, 2), lock.Version, druid.Numbered(0, 0))}, DataSource: "wiki",
				Start: read(t, "start", "0"), End: read(t, "end", "5"),
			})
			if err != nil {
				t.Error(err)
			}
			if published[i] = result.Success; !result.Success && (result.Retryable || !strings.Contains(result.ErrorMsg, `"partitionSequenceNumberMap":{"0":5}`)) {
				t.Errorf("a replica that comes late hears %+v", result)
			}
		})
	}
	wg.Wait()
	winners := 0
	for _, p := range published {
		if p {
			winners++
		}
	}
	rows, err := b.store.UsedSegments(t.Context(), "wiki", nil)
	if err != nil || winners != 1 || len(rows) != 1 {
		t.Errorf("%d of %d replicas have published, and there are %d segments, %v", winners, replicas, len(rows), err)
	}
}

// Where the segments cannot be published the stream was not read, either.
func TestOffsetsWithSegments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	lock := do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(1, 3)}))[0]
	insert := action.SegmentTransactionalInsert{DataSource: "wiki", Start: read(t, "start", "0"), End: read(t, "end", "5")}
	insert.Segments = []druid.DataSegment{segment(days(1, 2), lock.Version, druid.Numbered(5, 3))} // behind core partitions that are not there
	refuse(b, c, insert, "core partitions")
	if payload, err := b.store.CommitMetadata(t.Context(), "wiki"); err == nil {
		t.Errorf("after a publication that was refused %s is stored", payload)
	}
	insert.Segments = nil
	if result := do(b, c, insert); !result.Success {
		t.Errorf("without segments: %+v", result)
	}
	insert.DataSource = "other"
	refuse(b, c, insert, "task[t] of data source[wiki] cannot publish to data source[other]")
	err := b.store.Update(t.Context(), func(tx metadata.Tx) error { return tx.SetCommitMetadata("wiki", []byte(`{"type":"new"}`), 0) })
	if err != nil {
		t.Fatal(err)
	}
	insert.DataSource = "wiki"
	refuse(b, c, insert, `cannot be read in the metadata, table druid_dataSource: field [type] is "new"`)
}

// The files of segments are said to be elsewhere only by who holds a lock over them, and not to be those of others.
func TestMetadataUpdate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	lock := do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(1, 3)}))[0]
	s := segment(days(1, 2), lock.Version, druid.Numbered(0, 1))
	do(b, c, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{s}})
	s.LoadSpec = []byte(`{"type":"s3_zip","bucket":"b","key":"elsewhere/index.zip"}`)
	do(b, c, action.SegmentMetadataUpdate{Segments: []druid.DataSegment{s}})
	if row := b.row(s.ID()); string(row.Segment.LoadSpec) != string(s.LoadSpec) || !row.Used {
		t.Errorf("it is %+v", row)
	}
	refuse(b, b.task("u", "h"), action.SegmentMetadataUpdate{Segments: []druid.DataSegment{s}}, "holds no valid lock")
	other := s
	other.DataSource = "other"
	refuse(b, c, action.SegmentMetadataUpdate{Segments: []druid.DataSegment{other}}, "cannot remove segment[other_")
}
