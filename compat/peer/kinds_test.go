//go:build peer

package peer

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
)

// TestKinds: real workers run under ovate what people have them run: sub-tasks of index_parallel, for rows as they come and for perfect
// rollup by hash and by range; what appends, replaces, compacts and kills.
func TestKinds(t *testing.T) {
	for _, role := range []Role{Indexer, MiddleManager} {
		t.Run(string(role), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
			defer cancel()
			s := newSite(ctx, t, 3)
			s.start(role)
			h := s.ovate()
			h.awaitWorker()
			k := &kinds{h.remoteHands, s, filepath.Join(s.conf.dir, "input")}
			k.write("a.json", "b.json")
			k.dynamic()
			k.appends()
			k.hashed()
			k.byRange()
			k.inOvate()
			k.compacts()
			k.kills()
		})
	}
}

// kinds are tasks of one data source, which has two time chunks.
type kinds struct {
	*remoteHands
	site  *site
	input string
}

// write makes files of four rows, two in each time chunk.
func (k *kinds) write(names ...string) {
	k.t.Helper()
	if err := os.MkdirAll(k.input, 0o755); err != nil {
		k.t.Fatal(err)
	}
	for i, name := range names {
		var text strings.Builder
		for row := range 4 {
			fmt.Fprintf(&text, `{"t":"2024-01-0%dT0%d:00:00Z","page":"p%d%d"}`+"\n", 1+row%2, i, i, row)
		}
		if err := os.WriteFile(filepath.Join(k.input, name), []byte(text.String()), 0o644); err != nil {
			k.t.Fatal(err)
		}
	}
}

// parallel is index_parallel over the files.
func (k *kinds) parallel(id, tuning string) string { return overFiles(id, "kinds", k.input, tuning) }

// overFiles is index_parallel over both days and the files of a folder, with a sub-task for each.
func overFiles(id, dataSource, folder, tuning string) string {
	task := named(id, ingestionOf(dataSource, `,"intervals":["2024-01-01/2024-01-03"]`, false))
	task = strings.Replace(task, `{"type":"inline","data":""}`, fmt.Sprintf(`{"type":"local","baseDir":%q,"filter":"*.json"}`, folder), 1)
	return strings.Replace(task, `"tuningConfig":{"type":"index_parallel"}`,
		`"tuningConfig":{"type":"index_parallel","maxNumConcurrentSubTasks":2,"splitHintSpec":{"type":"maxSize","maxNumFiles":1}`+tuning+`}`, 1)
}

// What overFiles is told for perfect rollup.
const (
	byHash  = `,"forceGuaranteedRollup":true,"partitionsSpec":{"type":"hashed","numShards":2,"partitionDimensions":["page"]}`
	byPages = `,"forceGuaranteedRollup":true,"partitionsSpec":{"type":"range","partitionDimensions":["page"],"targetRowsPerSegment":2}`
)

func (k *kinds) dynamic() {
	k.succeeds(k.parallel("dynamic", ""))
	k.had("dynamic", map[string]int{"index_parallel": 1, "single_phase_sub_task": 2})
	k.has(8, 4, "numbered")
}

func (k *kinds) appends() {
	k.succeeds(named("appends", ingestionOf("kinds", "", true, "2024-01-01T05:00:00Z")))
	k.has(9, 5, "numbered")
}

// hashed replaces all.
func (k *kinds) hashed() {
	k.succeeds(k.parallel("hashed", byHash))
	// The pages of one of the days are all in one of its shards, so that the other one is not made.
	k.had("hashed", map[string]int{"index_parallel": 1, "partial_index_generate": 2, "partial_index_generic_merge": 3})
	k.has(8, 3, "hashed")
}

// byRange replaces all. Shards by ranges of one dimension are of a type of their own.
func (k *kinds) byRange() {
	k.succeeds(k.parallel("range", byPages))
	k.had("range", map[string]int{"index_parallel": 1, "partial_dimension_distribution": 2, "partial_range_index_generate": 2, "partial_index_generic_merge": 4})
	k.has(8, 4, "single")
}

// inOvate replaces all, in ovate's own process, which finds by itself that it can.
func (k *kinds) inOvate() {
	k.succeeds(strings.Replace(k.parallel("ours", ""), `"type":"index_parallel"`, `"type":"index_parallel","context":{"ovateRunner":"auto"}`, 1))
	k.had("ours", map[string]int{"index_parallel": 1})
	k.has(8, 2, "numbered")
	if stored := k.get("/druid/indexer/v1/task/ours"); !strings.Contains(stored, `"ovateRunner":"local"`) {
		k.t.Errorf("the task is shown as %s", stored)
	}
}

// compacts makes one segment of those of a time chunk, with a task as a Coordinator submits it.
func (k *kinds) compacts() {
	k.succeeds(compaction("coordinator-issued_compact_kinds", "kinds", "2024-01-01", ""))
	k.has(8, 2, "numbered")
}

// compaction is a task that compacts a day, as a Coordinator submits it.
func compaction(id, dataSource, day, context string) string {
	return `{"type":"compact","id":"` + id + `","dataSource":"` + dataSource + `",
"ioConfig":{"type":"compact","inputSpec":{"type":"interval","interval":"` + day + `/P1D","sha256OfSortedSegmentIds":null},"allowNonAlignedInterval":false,"dropExisting":false},
"tuningConfig":{"type":"index_parallel","partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5000000,"maxTotalRows":9223372036854775807},"maxNumConcurrentSubTasks":1},
"granularitySpec":{"segmentGranularity":"DAY","queryGranularity":null,"rollup":false},"dimensionsSpec":null,"transformSpec":null,"metricsSpec":null,
"context":{"priority":25,"storeCompactionState":true,"reason":"not compacted yet"` + context + `}}`
}

// kills removes a time chunk whose segments are not used any more, all versions of it.
func (k *kinds) kills() {
	const gone = "2024-01-01T00:00:00.000Z/2024-01-02T00:00:00.000Z"
	if said := k.post("/druid/indexer/v1/datasources/kinds/markUnused", `{"interval":"`+gone+`"}`); !strings.Contains(said, "numChangedSegments") {
		k.t.Errorf("marking as unused is answered with %s", said)
	}
	k.succeeds(`{"type":"kill","id":"kills","dataSource":"kinds","interval":"` + gone + `"}`)
	db := k.site.database.Open(k.t)
	var left int
	if err := db.QueryRowContext(k.ctx, `SELECT COUNT(*) FROM druid_segments WHERE start LIKE '2024-01-01%'`).Scan(&left); err != nil {
		k.t.Fatal(err)
	}
	if left != 0 {
		k.t.Errorf("%d segments are left of the killed ones", left)
	}
	files, err := filepath.Glob(k.site.conf.path("segments", "kinds", "2024-01-01*", "*", "*", "*"))
	if err != nil || len(files) > 0 {
		k.t.Errorf("of the killed ones there are still %v, %v", files, err)
	}
	k.has(4, 1, "numbered")
}

// had compares the kinds of the tasks of a group.
func (k *kinds) had(group string, want map[string]int) {
	k.t.Helper()
	tasks, err := k.overlord.Tasks(k.ctx, client.Filter{})
	if err != nil {
		k.t.Fatal(err)
	}
	got := map[string]int{}
	for _, task := range tasks {
		if task.GroupID == group {
			got[task.Type]++
			if task.State != druid.Success {
				k.t.Errorf("%s ends %s: %s", task.ID, task.State, task.ErrorMsg)
			}
		}
	}
	if !maps.Equal(got, want) {
		k.t.Errorf("%s had the tasks %v, want %v", group, got, want)
	}
}

// has compares what queries would see: rows, and segments that no newer one hides, with the types of their shard specs.
func (k *kinds) has(rows int64, segments int, types ...string) {
	k.t.Helper()
	var gotRows int64
	var gotSegments int
	var gotTypes []string
	err := k.overlord.Segments(k.ctx, "kinds", nil, func(s *client.Segment) error {
		if len(s.Visible) == 0 {
			return nil
		}
		if s.Rows == nil {
			return fmt.Errorf("the rows of %s: %s", s.ID(), s.Uncounted)
		}
		gotRows += *s.Rows
		gotSegments++
		if typ := s.ShardSpec.Type(); !slices.Contains(gotTypes, typ) {
			gotTypes = append(gotTypes, typ)
		}
		return nil
	})
	slices.Sort(gotTypes)
	if err != nil || gotRows != rows || gotSegments != segments || !slices.Equal(gotTypes, types) {
		k.t.Errorf("there are %d rows in %d segments of types %v, want %d in %d of %v; %v", gotRows, gotSegments, gotTypes, rows, segments, types, err)
	}
}
