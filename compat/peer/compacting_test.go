//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"fmt"

	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ovate/druid"
)

// compactingConfigs are configs that want something of every part of what is made, by the data sources that are compacted by them.
var compactingConfigs = map[string]string{
	"plain":  `"maxRowsPerSegment":1000`,
	"ranged": `"tuningConfig":{"partitionsSpec":{"type":"range","partitionDimensions":["page"],"targetRowsPerSegment":1000}},"dimensionsSpec":{"dimensions":["page",{"type":"long","name":"n"}]}`,
	"hashed": `"tuningConfig":{"partitionsSpec":{"type":"hashed"},"indexSpec":{"longEncoding":"auto"}}`,
	"rolled": `"granularitySpec":{"segmentGranularity":"MONTH","queryGranularity":"HOUR","rollup":true},"dimensionsSpec":{"dimensions":["page"]},` +
		`"metricsSpec":[{"type":"count","name":"rows"},{"type":"longSum","name":"sum","fieldName":"n"},{"type":"hyperUnique","name":"pages","fieldName":"page"},` +
		`{"type":"stringLast","name":"last","fieldName":"page"},{"type":"filtered","name":"top","filter":{"type":"selector","dimension":"page","value":"p1"},"aggregator":{"type":"longMax","name":"top","fieldName":"n"}}]`,
	"filtered": `"transformSpec":{"filter":{"type":"or","fields":[{"type":"in","dimension":"page","values":["p2","p1"]},{"type":"bound","dimension":"n","lower":"100","ordering":"numeric"}]}}`,
}

// TestCompacting: ovate compacts by supervisors on a real Indexer, while a real Coordinator, which is configured to compact, too, leaves it alone. What the tasks
// have made is as configured for the next ovate, and for a Java Overlord that leads then by the same supervisors.
func TestCompacting(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	began := time.Now()
	w := &compacting{site: newSite(ctx, t, 4)}
	w.leader = w.ovate()
	w.start(Indexer)
	coordinator := w.start(Coordinator)
	w.leader.awaitWorker()
	for name := range compactingConfigs {
		for _, day := range []string{"01", "02"} {
			for range 2 {
				w.leader.succeeds(rowsOf(name, day))
			}
		}
	}
	// What the Coordinator would compact, if supervisors were not used.
	const compaction = "/druid/indexer/v1/compaction"
	w.posts(compaction+"/config/cluster", `{"useSupervisors":true,"compactionTaskSlotRatio":1}`)
	w.until("the Coordinator leaves compaction alone", func() bool { return strings.Contains(coordinator.tail(1<<20), "Skipping CompactSegments duty") })
	for name, config := range compactingConfigs {
		w.posts(compaction+"/config/datasources/"+name, fmt.Sprintf(`{"dataSource":%q,"skipOffsetFromLatest":"P0D",%s}`, name, config))
	}
	w.areCompacted()
	tasks := w.compactTasks()
	want := 2*(len(compactingConfigs)-1) + 1 // of one data source there is a time chunk for both days
	if len(tasks) != want {
		t.Errorf("the tasks are\n%s\nwant %d", strings.Join(tasks, "\n"), want)
	}
	fmt.Fprintf(os.Stderr, "ovate has compacted after %.1f s\n", time.Since(began).Seconds())

	// Another ovate, and a Java Overlord, find everything as it is to be.
	w.agrees(w.site.ovate, tasks)
	w.agrees(w.java, tasks)

	// What that has compacted is as it is to be for ovate.
	for name := range compactingConfigs {
		if name != "rolled" { // whose time chunk is a month, to which Druid appends nothing by days
			w.leader.succeeds(rowsOf(name, "03"))
		}
	}
	w.until("the Java Overlord has compacted what is new", func() bool { return len(w.compactTasks()) == want+len(compactingConfigs)-1 })
	w.areCompacted()
	w.agrees(w.site.ovate, w.compactTasks())
	fmt.Fprintf(os.Stderr, "all of it took %.1f s\n", time.Since(began).Seconds())
}

// compacting is a site where data sources are compacted.
type compacting struct {
	*site
	leader *overlord
}

// agrees has another lead, which finds nothing to compact beside what these tasks have.
func (w *compacting) agrees(next func() *overlord, tasks []string) {
	w.t.Helper()
	if err := w.leader.terminate(); err != nil {
		w.t.Error(err)
	}
	w.leader = next()
	w.awaitLead(w.leader)
	w.areCompacted()
	if again := w.compactTasks(); !slices.Equal(again, tasks) {
		w.t.Errorf("under %s the tasks are\n%s\nand were\n%s", w.leader.name, strings.Join(again, "\n"), strings.Join(tasks, "\n"))
	}
}

func (w *compacting) until(what string, is func() bool) {
	w.t.Helper()
	until(w.ctx, w.t, what, is)
}

func (w *compacting) posts(path, body string) {
	w.t.Helper()
	if got := w.leader.post(path, body); got != `{"success":true}` {
		w.t.Fatalf("POST %s %s: %s", path, body, got)
	}
}

// areCompacted returns once the leader tells so of all data sources.
func (w *compacting) areCompacted() {
	w.t.Helper()
	var told []string
	ctx, cancel := context.WithTimeout(w.ctx, 8*time.Minute)
	defer cancel()
	done := regexp.MustCompile(`"segmentCountAwaitingCompaction":0,"segmentCountCompacted":[1-9]\d*,"segmentCountSkipped":0`)
	if err := Poll(ctx, func() (bool, error) {
		told = nil
		all := true
		for name := range compactingConfigs {
			status := w.leader.get("/druid/indexer/v1/compaction/status/datasources/" + name)
			told = append(told, status)
			all = all && done.MatchString(status)
		}
		return all, nil
	}); err != nil {
		w.t.Fatalf("%s does not tell that all is compacted (%v):\n%s\n%s", w.leader.name, err, strings.Join(told, "\n"), strings.Join(w.compactTasks(), "\n"))
	}
}

// compactTasks are the ids of those that there are and were, in order. None may fail.
func (w *compacting) compactTasks() (all []string) {
	w.t.Helper()
	var tasks []druid.TaskStatusPlus
	if err := json.Unmarshal([]byte(w.leader.get("/druid/indexer/v1/tasks?type=compact")), &tasks); err != nil {
		w.t.Fatal(err)
	}
	for _, task := range tasks {
		if task.State == druid.Failed {
			w.t.Errorf("%s failed: %s", task.ID, task.ErrorMsg)
		}
		all = append(all, task.ID)
	}
	slices.Sort(all)
	return all
}

// rowsOf is a task that appends rows of a day.
func rowsOf(dataSource, day string) string {
	var rows strings.Builder
	for n := range 6 {
		fmt.Fprintf(&rows, `{\"t\":\"2024-01-%sT0%d:00:00Z\",\"page\":\"p%d\",\"n\":%d}\n`, day, n, n%3, n)
	}
	return fmt.Sprintf(`{"type":"index_parallel","spec":{"dataSchema":{"dataSource":%q,"timestampSpec":{"column":"t"},"dimensionsSpec":{"dimensions":["page",{"type":"long","name":"n"}]},`+
		`"granularitySpec":{"segmentGranularity":"DAY","rollup":false}},"ioConfig":{"type":"index_parallel","appendToExisting":true,"inputSource":{"type":"inline","data":"%s"},`+
		`"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index_parallel"}}}`, dataSource, rows.String())
}
