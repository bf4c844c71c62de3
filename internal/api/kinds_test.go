package api

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"testing"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// insides are words of Go and of its JSON, which say nothing to who has sent a body.
var insides = regexp.MustCompile(`Go (value|struct)|struct field|unmarshal|json: |jsontext: |cannot parse|strconv|\.go:|map\[|interface \{|nil pointer|0x[0-9a-f]{6}|reflect|remote\.|druid\.[A-Z]|runtime`)

// TestWrongKinds sends bodies in which one value after the other is of another kind, and finds no answer that speaks of Go, nor one by
// which the server is to blame.
func TestWrongKinds(t *testing.T) {
	t.Parallel()
	supervisorSpec, err := os.ReadFile("../supervisor/testdata/kafka.json")
	if err != nil {
		t.Fatal(err)
	}
	const segment = `{"dataSource":"wiki","interval":"2026-01-01/2026-01-02","version":"v","loadSpec":{"type":"local","path":"/x"},"dimensions":"a","metrics":"b",` +
		`"shardSpec":{"type":"numbered","partitionNum":0,"partitions":1},"binaryVersion":9,"size":7,"lastCompactionState":null}`
	perform := func(action string) string { return `{"task":{"id":"x"},"action":` + action + `}` }
	const ingestion = `{"type":"index_parallel","id":"i","groupId":"g","resource":{"availabilityGroup":"a","requiredCapacity":1},"spec":{` +
		`"dataSchema":{"dataSource":"wiki","timestampSpec":{"column":"t","format":"auto","missingValue":null},` +
		`"dimensionsSpec":{"dimensions":["a",{"type":"long","name":"n"}],"dimensionExclusions":[],"spatialDimensions":[]},` +
		`"metricsSpec":[{"type":"doubleSum","name":"s","fieldName":"f"}],` +
		`"granularitySpec":{"type":"uniform","segmentGranularity":"DAY","queryGranularity":{"type":"period","period":"PT1H","timeZone":"UTC","origin":null},"rollup":true,"intervals":["2026-01-01/2026-01-02"]},` +
		`"transformSpec":{"filter":null,"transforms":[]}},` +
		`"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"a"},"inputFormat":{"type":"csv","columns":["t","a"],"skipHeaderRows":0,"delimiter":","},"appendToExisting":false,"dropExisting":false},` +
		`"tuningConfig":{"type":"index_parallel","maxRowsInMemory":1000,"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5,"maxTotalRows":9},"indexSpec":{"bitmap":{"type":"roaring"}},"maxNumConcurrentSubTasks":1,"splitHintSpec":{"type":"maxSize","maxSplitSize":1}}},` +
		`"context":{"priority":50,"taskLockTimeout":5,"taskLockType":"EXCLUSIVE","useConcurrentLocks":false,"forceTimeChunkLock":true}}`
	seeds := []struct{ path, body string }{
		{"/task", `{"type":"noop","id":"n","groupId":"g","dataSource":"d","runTime":1,"isReadyTime":0,"isReadyResult":"YES","resource":{"availabilityGroup":"a","requiredCapacity":1},"context":{"priority":5}}`},
		{"/task", `{"type":"kill","id":"k","dataSource":"d","interval":"2026/2027","versions":["v"],"batchSize":5,"limit":7,"maxUsedStatusLastUpdatedTime":"2026-01-01","markAsUnused":false,"context":{}}`},
		{"/task", ingestion},
		{"/task", `{"type":"compact","id":"c","dataSource":"d","ioConfig":{"type":"compact","inputSpec":{"type":"interval","interval":"2026/2027"}},"tuningConfig":{"type":"index_parallel"},"granularitySpec":{"segmentGranularity":"DAY"}}`},
		{"/supervisor", string(supervisorSpec)},
		{"/supervisor/x/resetOffsets", `{"type":"kafka","partitions":{"type":"end","stream":"s","partitionOffsetMap":{"0":5}}}`},
		{"/supervisor/x/taskGroups/handoff", `{"taskGroupIds":[1]}`},
		{"/taskStatus", `["a"]`},
		{"/lockedIntervals/v2", `[{"datasource":"wiki","priority":5,"intervals":["2026/2027"],"context":{"taskLockType":"APPEND","useConcurrentLocks":true}}]`},
		{"/activeLocks", `[{"datasource":"wiki","priority":5,"intervals":["2026/2027"],"context":{"taskLockType":"APPEND"}}]`},
		{"/datasources/wiki/markUsed", `{"interval":"2026/2027","segmentIds":null,"versions":["v"]}`},
		{"/datasources/wiki/markUnused", `{"segmentIds":["wiki_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_v"]}`},
		{"/worker", `{"type":"default","selectStrategy":{"type":"fillCapacity","affinityConfig":{"affinity":{"d":["h:1"]},"strong":true},"taskLimits":{"maxSlotCountByType":{"noop":1},"maxSlotRatioByType":{"noop":0.5}}},"autoScaler":null}`},
		{"/worker", `{"selectStrategy":{"type":"fillCapacityWithCategorySpec","workerCategorySpec":{"categoryMap":{"noop":{"defaultCategory":"c","categoryAffinity":{"d":"c"}}},"strong":true}}}`},
		{"/compaction/config/cluster", `{"compactionTaskSlotRatio":0.1,"maxCompactionTaskSlots":5,"useSupervisors":false,"engine":"native","compactionPolicy":{"type":"newestSegmentFirst","priorityDatasource":"d"}}`},
		{"/compaction/config/datasources/d", `{"dataSource":"d","taskPriority":25,"inputSegmentSizeBytes":5,"skipOffsetFromLatest":"P1D","tuningConfig":{"maxRowsInMemory":1,"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5}},` +
			`"granularitySpec":{"segmentGranularity":{"type":"period","period":"P1D","timeZone":"UTC","origin":null},"queryGranularity":"HOUR","rollup":true},"dimensionsSpec":{"dimensions":["a"]},"metricsSpec":[],"transformSpec":{"filter":null},"ioConfig":{"dropExisting":false},"taskContext":{"a":1}}`},
		{"/action", perform(`{"type":"lockTryAcquire","lockType":"EXCLUSIVE","interval":"2026/2027"}`)},
		{"/action", perform(`{"type":"lockAcquire","lockType":"EXCLUSIVE","interval":"2026/2027","timeoutMs":5}`)},
		{"/action", perform(`{"type":"lockRelease","interval":"2026/2027"}`)},
		{"/action", perform(`{"type":"segmentLockTryAcquire","lockType":"EXCLUSIVE","interval":"2026/2027","version":"v","partitionIds":[0]}`)},
		{"/action", perform(`{"type":"segmentAllocate","dataSource":"wiki","timestamp":"2026-01-01T00:00:00Z","queryGranularity":"HOUR","preferredSegmentGranularity":{"type":"period","period":"P1D"},"sequenceName":"s","previousSegmentId":null,` +
			`"skipSegmentLineageCheck":true,"partialShardSpec":{"type":"numbered"},"lockGranularity":"TIME_CHUNK","taskLockType":"APPEND"}`)},
		{"/action", perform(`{"type":"segmentTransactionalInsert","segmentsToBeOverwritten":null,"segments":[` + segment + `],"startMetadata":{"type":"kafka","partitions":{"type":"start","stream":"s","partitionOffsetMap":{"0":5},"exclusivePartitions":[0]}},` +
			`"endMetadata":{"type":"kafka","partitions":{"type":"end","stream":"s","partitionOffsetMap":{"0":6}}},"dataSource":"wiki","segmentSchemaMapping":null}`)},
		{"/action", perform(`{"type":"segmentTransactionalAppend","segments":[` + segment + `],"startMetadata":null,"endMetadata":null}`)},
		{"/action", perform(`{"type":"segmentTransactionalReplace","segments":[` + segment + `]}`)},
		{"/action", perform(`{"type":"segmentListUsed","dataSource":"wiki","interval":null,"intervals":["2026/2027"],"visibility":"ONLY_VISIBLE"}`)},
		{"/action", perform(`{"type":"segmentListUnused","dataSource":"wiki","interval":"2026/2027","versions":["v"],"limit":5,"maxUsedStatusLastUpdatedTime":"2026-01-01"}`)},
		{"/action", perform(`{"type":"retrieveSegmentsById","dataSource":"wiki","segments":["a"]}`)},
		{"/action", perform(`{"type":"markSegmentsAsUnused","dataSource":"wiki","interval":"2026/2027"}`)},
		{"/action", perform(`{"type":"segmentMetadataUpdate","segments":[` + segment + `]}`)},
		{"/action", perform(`{"type":"segmentNuke","segments":[` + segment + `]}`)},
		{"/action", perform(`{"type":"resetDataSourceMetadata","dataSource":"wiki","metadata":{"type":"kafka","partitions":{"type":"end","stream":"s","partitionOffsetMap":{"0":6}}}}`)},
		{"/action", perform(`{"type":"checkPointDataSourceMetadata","supervisorId":"s","taskGroupId":0,"checkpointMetadata":{"type":"kafka","partitions":{"type":"end","stream":"s","partitionOffsetMap":{"0":6}}}}`)},
		{"/action", perform(`{"type":"updateStatus","status":"SUCCESS","statusFull":{"id":"x","status":"SUCCESS","duration":1,"errorMsg":null,"location":{"host":"h","port":1,"tlsPort":-1}}}`)},
		{"/action", perform(`{"type":"updateLocation","taskLocation":{"host":"h","port":1,"tlsPort":-1}}`)},
		{"/action", perform(`{"type":"surrogateAction","surrogateId":"y","taskAction":{"type":"lockList"}}`)},
	}
	for _, workers := range []bool{false, true} {
		f := setupWith(func(o *Options) {
			of := *o.Engine()
			of.WorkerRule, o.Coordinator = &guild{}, &chief{}
			of.Compaction = configs{compaction.New(sqlitetest.Open(t), nil, druid.Now)}
			o.Engine, o.Places.Workers = leads(of), workers
		})
		told := map[string]bool{}
		for _, seed := range seeds {
			if !workers && seed.path != "/task" {
				continue // it is answered alike
			}
			for _, body := range mutated(t, seed.body) {
				w := f.answer("POST", base+seed.path, body)
				bad := insides.FindString(w.Body.String())
				if bad == "" && (w.Code < 500 || w.Code == http.StatusNotImplemented) || told[seed.path+bad+w.Body.String()] {
					continue
				}
				told[seed.path+bad+w.Body.String()] = true
				t.Errorf("%s %s\n%q: %d %s", seed.path, body, bad, w.Code, w.Body)
			}
		}
	}
}

// mutated are bodies in which one value is of another kind than in this one.
func mutated(t *testing.T, body string) (all []string) {
	var document any
	if err := json.Unmarshal([]byte(body), &document); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	kinds := []any{nil, true, 7, -1, 1.5, json.RawMessage(`1e300`), "x", "", []any{}, map[string]any{}, []any{nil}, []any{7}, []any{map[string]any{"x": 7}}, map[string]any{"x": 7}, map[string]any{"type": 7}}
	write := func() {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	var walk func(value any, set func(any))
	walk = func(value any, set func(any)) {
		for _, other := range kinds {
			set(other)
			write()
		}
		set(value)
		switch v := value.(type) {
		case map[string]any:
			for name, member := range v {
				walk(member, func(other any) { v[name] = other })
			}
		case []any:
			for i, element := range v {
				walk(element, func(other any) { v[i] = other })
			}
		}
	}
	walk(document, func(other any) { document = other })
	return append(all, body)
}

// configs are those of a Coordinator, which compacts.
type configs struct{ *compaction.Config }

func (configs) Supervised(context.Context) (bool, error) { return false, nil }

func (c configs) SetDataSource(ctx context.Context, name string, config []byte, _ string) error {
	return c.Config.SetDataSource(ctx, name, config)
}

func (configs) Statuses() []json.RawMessage { return nil }

func (configs) Status(string) []byte { return nil }

func (configs) Simulate(context.Context, []byte) ([]byte, error) { return []byte("{}"), nil }
