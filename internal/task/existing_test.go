package task

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// cluster is where tasks for workers become ready: a store with segments, and all that others hold.
type cluster struct {
	*testing.T
	store metadata.Store
	box   *action.Box
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	store, now := sqlitetest.Open(t), func() druid.Instant { return noon }
	return &cluster{t, store, action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, now, nil), Now: now})}
}

// publish puts used segments of data source d there: each is named as in "2024-01-01/2024-01-02 v1 0", with its partition at the end, or the
// JSON of a shard spec.
func (c *cluster) publish(segments ...string) {
	c.Helper()
	rows := make([]metadata.SegmentRow, len(segments))
	for i, text := range segments {
		s := druid.DataSegment{DataSource: "d", BinaryVersion: 9, Size: 1, LoadSpec: fmt.Appendf(nil, `{"type":"local","path":"/%d"}`, i)}
		words := strings.SplitN(text, " ", 3)
		if len(words[2]) == 1 {
			words[2] = `{"type":"numbered","partitionNum":` + words[2] + `,"partitions":0}`
		}
		s.Version = words[1]
		if err := s.Interval.UnmarshalJSON([]byte(`"` + words[0] + `"`)); err != nil {
			c.Fatal(err)
		}
		if err := s.ShardSpec.UnmarshalJSON([]byte(words[2])); err != nil {
			c.Fatal(err)
		}
		rows[i] = metadata.SegmentRow{Segment: s, Created: noon - 1, Used: true, UsedStatusLastUpdated: noon - 1}
	}
	err := c.store.Update(context.Background(), func(tx metadata.Tx) error {
		_, err := tx.InsertSegments(rows)
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
}

// submit makes a task an active one, for a worker.
func (c *cluster) submit(raw string) *Remote {
	c.Helper()
	r := remote(c.T, raw)
	h := r.Header()
	err := c.store.Update(context.Background(), func(tx metadata.Tx) error {
		return tx.InsertTask(&metadata.TaskRow{
			ID: h.ID, GroupID: h.GroupID, Type: h.Type, DataSource: h.DataSource, Created: noon, Payload: Stored(r),
			Status: druid.TaskStatus{ID: h.ID, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
		})
	})
	if err != nil {
		c.Fatal(err)
	}
	c.box.Add(Identity(r))
	return r
}

// becomes tells whether a task is ready, and which locks it then has: "2024-01-01/2024-01-02 REPLACE" or "2024-01-01/2024-01-02 v1 0".
func (c *cluster) becomes(r *Remote) string {
	c.Helper()
	client := c.box.For(Identity(r))
	ready, err := r.Ready(context.Background(), client)
	if err != nil {
		return err.Error()
	}
	locks, err := action.Do(context.Background(), client, action.LockList{})
	if err != nil {
		c.Fatal(err)
	}
	told := []string{"waits"}
	if ready {
		told[0] = "ready"
	}
	for _, l := range locks {
		at := strings.ReplaceAll(l.Interval.String(), "T00:00:00.000Z", "")
		if l.Granularity == druid.SegmentLock {
			told = append(told, fmt.Sprintf("%s %s %d", at, l.Version, l.PartitionID))
		} else {
			told = append(told, at+" "+string(l.Type))
		}
	}
	return strings.Join(told, ", ")
}

// batchTask is an ingestion that may lock segments.
func batchTask(id, typ, granularity, rest, context string) string {
	return fmt.Sprintf(`{"type":%q,"id":%q,"spec":{"dataSchema":{"dataSource":"d","granularitySpec":{%s}}%s},"context":{"forceTimeChunkLock":false%s}}`,
		typ, id, granularity, rest, context)
}

// compactTask is a compaction that may lock segments.
func compactTask(id, interval, rest string) string {
	return fmt.Sprintf(`{"type":"compact","id":%q,"dataSource":"d","ioConfig":{"inputSpec":{"type":"interval","interval":%q}}%s,"context":{"forceTimeChunkLock":false}}`,
		id, interval, rest)
}

// A task with forceTimeChunkLock false has the locks of Druid's Overlord before it runs.
func TestReadyToOverwrite(t *testing.T) {
	t.Parallel()
	const one, two, three = "2024-01-01/2024-01-02", "2024-01-02/2024-01-03", "2024-01-03/2024-01-04"
	days := []string{one + " v1 0", one + " v1 1", two + " v2 0", three + " v1 0"}
	const within = `"intervals":["2024-01-01/2024-01-03"]`
	const both = "ready, " + one + " v1 0, " + one + " v1 1, " + two + " v2 0"
	for _, c := range []struct {
		name     string
		segments []string
		task     string
		want     string
	}{
		{"the segments of its days", days, batchTask("t", "index", within, "", ""), both},
		{"in parallel", days, batchTask("t", "index_parallel", within, "", ""), both},
		{"part of a day", days, batchTask("t", "index", `"intervals":["2024-01-02T05/2024-01-02T06"]`, "", ""), "ready, " + two + " v2 0"},
		{"days of its spec alone", days, batchTask("t", "index", `"type":"arbitrary",`+within, "", ""), both},
		{"nothing there", nil, batchTask("t", "index", within, "", ""), "ready"},
		{"no intervals", days, batchTask("t", "index", ``, "", ""), "ready"},
		{"no intervals in parallel", days, batchTask("t", "index_parallel", ``, "", ""), "ready"},
		{"appending", days, batchTask("t", "index", within, `,"ioConfig":{"appendToExisting":true}`, ""), "ready"},
		{"what is hidden", append([]string{one + " v0 0", one + " v0 7"}, days...), batchTask("t", "index", within, "", ""), both},
		{"of several types", days, batchTask("t", "index", within, "", `,"useConcurrentLocks":true`), both},
		{"dropping", days, batchTask("t", "index", within, `,"ioConfig":{"dropExisting":true}`, ""), "ready, 2024-01-01/2024-01-03 EXCLUSIVE"},
		{"dropping, as Jackson reads it", days, batchTask("t", "index", within, `,"ioConfig":{"dropExisting":"True"}`, ""), "ready, 2024-01-01/2024-01-03 EXCLUSIVE"},
		{"perfect rollup", days, batchTask("t", "index_parallel", within, `,"tuningConfig":{"forceGuaranteedRollup":true}`, ""), "ready, 2024-01-01/2024-01-03 EXCLUSIVE"},
		{"other chunks", days, batchTask("t", "index", `"segmentGranularity":"MONTH","intervals":["2024-01-02/2024-01-03"]`, "", ""), "ready, 2024-01-01/2024-02-01 EXCLUSIVE"},
		{"other chunks beside who appends", days, batchTask("t", "index", `"segmentGranularity":"HOUR","intervals":["2024-01-02/2024-01-03"]`, "", `,"useConcurrentLocks":true`),
			"ready, " + two + " REPLACE"},
		{"a granularity without a name", []string{"2023-12-31/2024-01-02 v1 0"},
			batchTask("t", "index", `"segmentGranularity":{"type":"period","period":"P2D"},"intervals":["2023-12-31/2024-01-02"]`, "", ""), "ready, 2023-12-31/2024-01-02 EXCLUSIVE"},
		{"chunks of several lengths", []string{one + " v1 0", "2024-01-02/2024-01-04 v1 0"},
			batchTask("t", "index", `"type":"arbitrary","intervals":["2024-01-01/2024-01-03"]`, "", ""), "ready, 2024-01-01/2024-01-04 EXCLUSIVE"},
		{"a group that overwrote others", []string{one + " v1 0", one + " v1 1",
			one + ` v1 {"type":"numbered_overwrite","partitionId":32768,"startRootPartitionId":0,"endRootPartitionId":2,"minorVersion":1,"atomicUpdateGroupSize":1}`},
			batchTask("t", "index", within, "", ""), "ready, " + one + " v1 32768"},
		{"a gap", []string{one + " v1 0", one + " v1 2"}, batchTask("t", "index", within, "", ""),
			"the segments of [2024-01-01T00:00:00.000Z/2024-01-02T00:00:00.000Z] cannot be overwritten one by one: there is one for the root partitions from 2 until before 3 after those until before 1"},
		{"compacting", days, compactTask("t", "2024-01-01/2024-01-03", ""), both},
		{"compacting months", []string{"2024-01-01/2024-02-01 v1 0", "2024-02-01/2024-03-01 v1 0"}, compactTask("t", "2024-01-01/2024-03-01", ""),
			"ready, 2024-01-01/2024-02-01 v1 0, 2024-02-01/2024-03-01 v1 0"},
		{"compacting to the same chunks", days, compactTask("t", "2024-01-01/2024-01-03", `,"segmentGranularity":"DAY"`), both},
		{"compacting to other chunks", days, compactTask("t", "2024-01-01/2024-01-03", `,"granularitySpec":{"segmentGranularity":"MONTH"}`), "ready, 2024-01-01/2024-02-01 EXCLUSIVE"},
		{"compacting chunks of several lengths", []string{one + " v1 0", "2024-01-02/2024-01-04 v1 0", "2024-01-05/2024-01-06 v1 0"}, compactTask("t", "2024-01-01/2024-01-06", ""),
			"ready, 2024-01-01/2024-01-04 EXCLUSIVE, 2024-01-05/2024-01-06 EXCLUSIVE"},
		{"compacting nothing", days, compactTask("t", "2025-01-01/2025-01-03", ""), "No segments found for compaction. Please check that datasource name and interval are correct: " +
			"data source[d], interval[2025-01-01T00:00:00.000Z/2025-01-03T00:00:00.000Z]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			here := newCluster(t)
			here.publish(c.segments...)
			r := here.submit(c.task)
			for _, when := range []string{"first", "again"} {
				if got := here.becomes(r); got != c.want {
					t.Errorf("%s: %s, want %s", when, got, c.want)
				}
			}
		})
	}
}

// Of tasks that would overwrite the same segment one waits, with no lock at all; those that overwrite others of the same chunk do not.
func TestReadyBesideOthers(t *testing.T) {
	t.Parallel()
	const one, two = "2024-01-01/2024-01-02", "2024-01-02/2024-01-03"
	here := newCluster(t)
	here.publish(one+" v1 0", one+" v1 1", two+" v2 0")
	first := here.submit(batchTask("first", "index", `"intervals":["2024-01-02/2024-01-03"]`, "", ""))
	compacts := here.submit(compactTask("compacts", "2024-01-01/2024-01-03", ""))
	chunk := here.submit(strings.Replace(compactTask("chunk", "2024-01-02/2024-01-03", ""), "false", "true", 1))
	appends := here.submit(batchTask("appends", "index", `"intervals":["2024-01-02/2024-01-03"]`, `,"ioConfig":{"appendToExisting":true}`, ""))
	beside := here.submit(batchTask("beside", "index", `"intervals":["2024-01-01/2024-01-02"]`, "", ""))
	strong := here.submit(batchTask("strong", "index", `"intervals":["2024-01-01/2024-01-02"]`, "", `,"priority":75`))
	expect := func(r *Remote, want string) {
		t.Helper()
		if got := here.becomes(r); got != want {
			t.Errorf("%s: %s, want %s", r.header.ID, got, want)
		}
	}
	expect(first, "ready, "+two+" v2 0")
	expect(compacts, "waits")
	expect(chunk, "waits")
	expect(appends, "ready")
	expect(beside, "ready, "+one+" v1 0, "+one+" v1 1")
	if got := here.becomes(strong); got != "ready, "+one+" v1 0, "+one+" v1 1" {
		t.Errorf("a stronger one: %s", got)
	}
	if got := here.becomes(beside); !strings.Contains(got, "revoked") {
		t.Errorf("one that has lost its locks: %s", got)
	}
}
