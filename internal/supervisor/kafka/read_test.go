package kafka_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ovate/internal/supervisor/kafka"
	"ovate/internal/supervisor/plan"
)

// Tasks of older versions, which have other names, and those with members that nobody knows are read as well.
func TestReadTask(t *testing.T) {
	t.Parallel()
	want := kafka.Task{Stream: "t", Task: plan.Task{ID: "a", Sequence: "s", Start: plan.Offsets{"0": "5"}, Checkpoints: plan.Checkpoints{At: []plan.Offsets{{"0": "5"}}}}}
	for _, io := range []string{
		`"startSequenceNumbers":{"type":"start","stream":"t","partitionSequenceNumberMap":{"0":5},"new":1}`,
		`"startSequenceNumbers":{"type":"start","topic":"t","partitionOffsetMap":{"0":"5"}}`,
		`"startSequenceNumbers":{"stream":"t","topic":"u","partitionSequenceNumberMap":{"0":4},"partitionOffsetMap":{"+0":5}}`,
		`"startPartitions":{"type":"end","topic":"t","partitionOffsetMap":{"00":5}},"startSequenceNumbers":null`,
		`"minimumMessageTime":null,"taskGroupId":null,"multiTopic":null,"startSequenceNumbers":{"stream":"t","partitionOffsetMap":{"0":5}}`,
	} {
		for _, more := range []string{``, `,"context":null`, `,"context":{"checkpoints":null}`, `,"context":{"checkpoints":"{\"0\":{\"0\":5}}"},"new":[{}]`} {
			text := `{"type":"index_kafka","id":"a","ioConfig":{"baseSequenceName":"s",` + io + `}` + more + `}`
			if got, err := kafka.ReadTask([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s is read as\n%+v, %v", text, got, err)
			}
		}
	}
	for _, r := range load(t, "expanded.jsonl") {
		if got, err := kafka.ReadTask(r.Task); err != nil || got.Sequence != "base" || len(got.Start) != 1 {
			t.Errorf("%s is read as %+v, %v", r.Task, got, err)
		}
	}
}

// What is wrong with a task is told with its field.
func TestReadTaskFaults(t *testing.T) {
	t.Parallel()
	task := func(io, more string) string {
		return `{"type":"index_kafka","id":"a","ioConfig":{"baseSequenceName":"s","startSequenceNumbers":{"stream":"t","partitionSequenceNumberMap":{"0":5}}` + io + `}` + more + `}`
	}
	for text, want := range map[string]string{
		`[]`:                              "a task must be a JSON object",
		`{`:                               "a task is no valid JSON in UTF-8",
		`{"type":"noop"}`:                 `Field [type] must be index_kafka, but is "noop"`,
		`{"type":"index_kafka"}`:          "Field [id] must be the id of the task, but is missing",
		`{"type":"index_kafka","id":"a"}`: "Field [ioConfig] is missing: it must be an object with startSequenceNumbers and baseSequenceName",
		`{"type":"index_kafka","id":"a","ioConfig":{}}`:                       "Field [ioConfig.baseSequenceName] must be the name that the task has in common with its replicas, but is missing",
		`{"type":"index_kafka","id":"a","ioConfig":{"baseSequenceName":"s"}}`: "Field [ioConfig.startSequenceNumbers] is missing: it must be an object with stream and partitionSequenceNumberMap",
		task(`,"startSequenceNumbers":{"stream":"t"}`, ""):                    "Field [ioConfig.startSequenceNumbers.partitionSequenceNumberMap] is missing: it must be an object with offsets by partition",
		task(`,"startSequenceNumbers":{"partitionOffsetMap":{}}`, ""):         "Field [ioConfig.startSequenceNumbers.stream] must be the name of the stream, but is missing",
		task(`,"startSequenceNumbers":{"stream":"t","partitionOffsetMap":{"x":1}}`, ""): `Field [ioConfig.startSequenceNumbers.partitionOffsetMap.x] must be an offset by a partition: ` +
			`partition "x" must be a number from 0, perhaps after its topic and a colon`,
		task(`,"startSequenceNumbers":{"stream":"t","partitionOffsetMap":{"0":null}}`, ""): `Field [ioConfig.startSequenceNumbers.partitionOffsetMap.0] must be an offset, but is null`,
		task(`,"startSequenceNumbers":{"stream":"t","partitionOffsetMap":{"0":-1}}`, ""):   `Field [ioConfig.startSequenceNumbers.partitionOffsetMap.0] must be a whole number from 0 to 9223372036854775807, but is -1`,
		task(`,"taskGroupId":"x"`, ""):                                 `Field [ioConfig.taskGroupId] must be a whole number from -2147483648 to 2147483647, but is "x"`,
		task(`,"minimumMessageTime":"x"`, ""):                          `Field [ioConfig.minimumMessageTime] must be an ISO-8601 instant such as 2026-01-31T12:00:00Z, or milliseconds since 1970, but is "x"`,
		task("", `,"context":{"checkpoints":{}}`):                      "Field [context.checkpoints] must be a text, but is an object",
		task("", `,"context":{"checkpoints":"x"}`):                     "Field [context.checkpoints] must be a text that is a JSON object with offsets by the numbers of parts, but it is no valid JSON in UTF-8",
		task("", `,"context":{"checkpoints":"{}"}`):                    "Field [context.checkpoints] has no parts: it must be a text that is a JSON object with offsets by the numbers of parts",
		task("", `,"context":{"checkpoints":"{\"x\":{}}"}`):            "Field [context.checkpoints.x] must have the number of a part for its name",
		task("", `,"context":{"checkpoints":"{\"1\":{},\"3\":{}}"}`):   "Field [context.checkpoints] has part 3 without part 2: none may be missing among them",
		task("", `,"context":{"checkpoints":"{\"1\":{\"0\":\"x\"}}"}`): `Field [context.checkpoints.1.0] must be a whole number from 0 to 9223372036854775807, but is "x"`,
	} {
		if _, err := kafka.ReadTask([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A task is current as long as it does the same with records, by whoever it was made.
func TestCurrent(t *testing.T) {
	t.Parallel()
	recorded := load(t, "expanded.jsonl")
	for i, r := range recorded {
		s := parse(t, string(r.Spec))
		for _, same := range []struct{ old, new string }{
			{`"id":"base_aaaaaaaa"`, `"id":"other"`}, {`"metricsSpec":[],`, ``}, {`"rollup":true`, `"rollup":"true"`}, {`"transformSpec":{"filter":null,"transforms":[]}`, `"transformSpec":null`},
			{`"segmentGranularity":"HOUR"`, `"segmentGranularity":{"type":"period","period":"PT1H","timeZone":"UTC","origin":null}`},
			{`"queryGranularity":{"type":"none"}`, `"queryGranularity":"none"`}, {`"maxRowsInMemory":150000,`, ``}, {`"maxTotalRows":null`, `"maxTotalRows":""`},
			{`"intermediatePersistPeriod":"PT10M"`, `"intermediatePersistPeriod":600000`}, {`"tuningConfig":{`, `"tuningConfig":{"new":{"a":[]},"newer":null,`},
			{`"dataSchema":{`, `"dataSchema":{"new":[],`}, {`"dimensionExclusions":["__time","ts"]`, `"dimensionExclusions":["ts"]`}, {`"longEncoding":"longs"`, `"longEncoding":"LONGS"`},
			{`{"type":"string","name":"page","multiValueHandling":"SORTED_ARRAY","createBitmapIndex":true}`, `"page"`}, {`"taskGroupId":0`, `"taskGroupId":1`},
			{`"type":"KafkaTuningConfig"`, `"type":"KafkaTuningConfig","chatRetries":5`},
		} {
			if text := strings.ReplaceAll(string(r.Task), same.old, same.new); !s.Current([]byte(text)) {
				t.Errorf("spec %d: with %s in the place of %s its task is not current", i, same.new, same.old)
			}
		}
	}
	s, task := parse(t, string(recorded[0].Spec)), string(recorded[0].Task)
	for _, change := range []struct{ old, new string }{
		{`"dataSource":"d"`, `"dataSource":"e"`}, {`"column":"ts"`, `"column":"time"`}, {`"format":"auto"`, `"format":"iso"`}, {`"missingValue":null`, `"missingValue":"2026-01-01"`},
		{`"name":"page"`, `"name":"user"`}, {`"type":"string"`, `"type":"long"`}, {`"createBitmapIndex":true`, `"createBitmapIndex":false`}, {`"SORTED_ARRAY"`, `"ARRAY"`},
		{`"includeAllDimensions":false`, `"includeAllDimensions":true`}, {`"dimensionExclusions":["__time","ts"]`, `"dimensionExclusions":["__time","ts","other"]`},
		{`"metricsSpec":[]`, `"metricsSpec":[{"type":"count","name":"n"}]`}, {`"segmentGranularity":"HOUR"`, `"segmentGranularity":"DAY"`}, {`"rollup":true`, `"rollup":false`},
		{`"queryGranularity":{"type":"none"}`, `"queryGranularity":"MINUTE"`}, {`"filter":null`, `"filter":{"type":"true"}`}, {`"intervals":[]`, `"intervals":["2026-01-01/2026-01-02"]`},
		{`"maxRowsInMemory":150000`, `"maxRowsInMemory":150001`}, {`"maxTotalRows":null`, `"maxTotalRows":5`}, {`"dimensionCompression":"lz4"`, `"dimensionCompression":"zstd"`},
		{`"resetOffsetAutomatically":false`, `"resetOffsetAutomatically":true`}, {`"reportParseExceptions":false`, `"reportParseExceptions":true`},
		{`"intermediateHandoffPeriod":"P2147483647D"`, `"intermediateHandoffPeriod":"P30D"`}, {`"tuningConfig":{`, `"tuningConfig":{"new":1,`},
		{`"dataSchema":{`, `"dataSchema":{"new":[1],`}, {`"dimensions":[`, `"dimensions":["another",`}, {`"dataSchema"`, `"dataSchemer"`}, {`{"type"`, `{"type`},
	} {
		text := strings.Replace(task, change.old, change.new, 1)
		if text == task {
			t.Errorf("there is no %s in %s", change.old, task)
		}
		if s.Current([]byte(text)) {
			t.Errorf("with %s in the place of %s the task is current", change.new, change.old)
		}
	}
}

// Sketches are as Druid's extension for them writes them, whose jar is not among those that compat/peer fetches.
func TestCurrentOfSketches(t *testing.T) {
	t.Parallel()
	for given, written := range map[string]string{
		`{"type":"thetaSketch","name":"a","fieldName":"v"}`:            `{"type":"thetaSketch","name":"a","fieldName":"v","size":16384}`,
		`{"type":"HLLSketchBuild","name":"a","fieldName":"v"}`:         `{"type":"HLLSketchBuild","name":"a","fieldName":"v","lgK":12,"tgtHllType":"HLL_4"}`,
		`{"type":"HLLSketchMerge","name":"a","fieldName":"v"}`:         `{"type":"HLLSketchMerge","name":"a","fieldName":"v","lgK":12,"tgtHllType":"HLL_4"}`,
		`{"type":"quantilesDoublesSketch","name":"a","fieldName":"v"}`: `{"type":"quantilesDoublesSketch","name":"a","fieldName":"v","k":128,"maxStreamLength":1000000000}`,
		`{"type":"KllDoublesSketch","name":"a","fieldName":"v"}`:       `{"type":"KllDoublesSketch","name":"a","fieldName":"v","k":200,"maxStreamLength":1000000000}`,
		`{"type":"KllFloatsSketch","name":"a","fieldName":"v"}`:        `{"type":"KllFloatsSketch","name":"a","fieldName":"v","k":200,"maxStreamLength":1000000000}`,
		`{"type":"arrayOfDoublesSketch","name":"a","fieldName":"v"}`: `{"type":"arrayOfDoublesSketch","name":"a","fieldName":"v","nominalEntries":4096,` +
			`"metricColumns":null,"numberOfValues":1}`,
	} {
		with := func(metric, excluded string) string {
			spec := strings.Replace(specOf(`"topic":"t"`, "", ""), `"dimensions":["page"]`, `"dimensions":["page"],"dimensionExclusions":`+excluded, 1)
			return strings.Replace(spec, `"granularitySpec"`, `"metricsSpec":[`+metric+`],"granularitySpec"`, 1)
		}
		create := plan.Create{Start: plan.Offsets{"0": "5"}}
		s, theirs := parse(t, with(given, `[]`)), parse(t, with(written, `["__time","a","v","ts"]`))
		if !s.Current([]byte(taskOf(t, theirs, "a", create))) {
			t.Errorf("a task with %s is not current by %s", written, given)
		}
	}
}

// The tasks that ovate makes are those that Java does, and the reverse, whatever of two equal specs they are made by.
func TestCurrentOfGolden(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile(filepath.Join("..", "testdata", "kafka.json"))
	if err != nil {
		t.Fatal(err)
	}
	written := parse(t, string(golden))
	given := parse(t, strings.ReplaceAll(specOf(`"topic":"t"`, "", ""), `"dataSource":"d"`, `"dataSource":"g_kafka"`))
	create := plan.Create{Start: plan.Offsets{"0": "5"}}
	if !given.Current([]byte(taskOf(t, written, "a", create))) || !written.Current([]byte(taskOf(t, given, "a", create))) {
		t.Error("a task of the same spec in another form is not current")
	}
}
