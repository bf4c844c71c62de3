package action

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
)

const aSegment = `{"dataSource":"wiki","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z","version":"2026-11-23T20:19:44.481Z",` +
	`"loadSpec":{"type":"local","path":"/<x>/index.zip"},"dimensions":"a,b","metrics":"c","shardSpec":{"type":"numbered","partitionNum":1,"partitions":2},` +
	`"binaryVersion":9,"size":5,"identifier":"wiki_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_2026-11-23T20:19:44.481Z_1"}`

// sent are the actions as a task sends them: every field that Druid knows and this version heeds.
var sent = map[string]string{
	"lockTryAcquire": `{"type":"lockTryAcquire","lockType":"EXCLUSIVE","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"}`,
	"lockAcquire":    `{"type":"lockAcquire","lockType":"SHARED","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z","timeoutMs":300000}`,
	"lockList":       `{"type":"lockList"}`,
	"lockRelease":    `{"type":"lockRelease","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"}`,
	"segmentLockTryAcquire": `{"type":"segmentLockTryAcquire","lockType":"EXCLUSIVE","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z",` +
		`"version":"v","partitionIds":[0,32768]}`,
	"segmentLockAcquire": `{"type":"segmentLockAcquire","lockType":"SHARED","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z",` +
		`"version":"v","partitionId":0,"timeoutMs":300000}`,
	"segmentAllocate": `{"type":"segmentAllocate","dataSource":"wiki","timestamp":"2026-03-01T10:00:00.000Z","queryGranularity":{"type":"none"},` +
		`"preferredSegmentGranularity":"DAY","sequenceName":"s1","previousSegmentId":"","skipSegmentLineageCheck":true,"taskLockType":"APPEND",` +
		`"lockGranularity":"SEGMENT","shardSpecFactory":{"type":"numbered_overwrite","startRootPartitionId":1,"endRootPartitionId":3,"minorVersion":2}}`,
	"segmentTransactionalInsert":     `{"type":"segmentTransactionalInsert","segments":[` + aSegment + `],"segmentsToBeOverwritten":[` + aSegment + `],"dataSource":"wiki"` + someOffsets + `}`,
	"segmentTransactionalAppend":     `{"type":"segmentTransactionalAppend","segments":[` + aSegment + `]` + someOffsets + `}`,
	"segmentTransactionalReplace":    `{"type":"segmentTransactionalReplace","segments":[` + aSegment + `]}`,
	"retrieveUpgradedFromSegmentIds": `{"type":"retrieveUpgradedFromSegmentIds","dataSource":"wiki","segmentIds":["wiki_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v","wiki_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v_1"]}`,
	"retrieveUpgradedToSegmentIds":   `{"type":"retrieveUpgradedToSegmentIds","dataSource":"wiki","segmentIds":["wiki_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v","wiki_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v_1"]}`,
	"segmentListUsed": `{"type":"segmentListUsed","dataSource":"wiki","intervals":["2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"],` +
		`"visibility":"INCLUDING_OVERSHADOWED"}`,
	"segmentListUnused": `{"type":"segmentListUnused","dataSource":"wiki","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z",` +
		`"versions":["v"],"limit":7,"maxUsedStatusLastUpdatedTime":"2026-03-01T10:00:00.000Z"}`,
	"retrieveSegmentsById":         `{"type":"retrieveSegmentsById","dataSource":"wiki","segmentIds":["wiki_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v","wiki_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v_1"]}`,
	"markSegmentsAsUnused":         `{"type":"markSegmentsAsUnused","dataSource":"wiki","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"}`,
	"segmentMetadataUpdate":        `{"type":"segmentMetadataUpdate","segments":[` + aSegment + `]}`,
	"resetDataSourceMetadata":      `{"type":"resetDataSourceMetadata","dataSource":"wiki","resetMetadata":{"type":"kafka"}}`,
	"checkPointDataSourceMetadata": `{"type":"checkPointDataSourceMetadata","supervisorId":"wiki","taskGroupId":1,"checkpointMetadata":{"type":"kafka"}}`,
	"updateStatus":                 `{"type":"updateStatus","status":"successful","statusFull":{"id":"a"}}`,
	"updateLocation":               `{"type":"updateLocation","location":{"host":"h"},"taskLocation":{"host":"h"}}`,
	"segmentNuke":                  `{"type":"segmentNuke","segments":[` + aSegment + `]}`,

	"segmentNukeUnused": `{"type":"segmentNukeUnused","segments":[` + aSegment + `]}`,

	"lockTryAcquireAll":        `{"type":"lockTryAcquireAll","lockType":"REPLACE","intervals":["2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"]}`,
	"lockAcquireAll":           `{"type":"lockAcquireAll","lockType":"REPLACE","intervals":["2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"],"timeoutMs":1}`,
	"segmentLockTryAcquireAll": `{"type":"segmentLockTryAcquireAll","lockType":"EXCLUSIVE","segments":[` + aSegment + `]}`,
	"segmentAllocateAll": `{"type":"segmentAllocateAll","requests":[{"dataSource":"wiki","timestamp":"2026-03-01T10:00:00.000Z","queryGranularity":{"type":"none"},` +
		`"preferredSegmentGranularity":{"type":"none"},"sequenceName":"s1","previousSegmentId":"","skipSegmentLineageCheck":false,"taskLockType":"EXCLUSIVE",` +
		`"chunk":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z","rows":"2026-03-01T10:00:00.000Z/2026-03-01T11:00:00.000Z"}]}`,
	"segmentTransactionalInsertAndEnd": `{"type":"segmentTransactionalInsertAndEnd","segments":[` + aSegment + `],` +
		`"status":{"id":"t","status":"SUCCESS","duration":5,"errorMsg":null,"location":{"host":"h","port":1,"tlsPort":-1}}}`,
	"segmentListShared":   `{"type":"segmentListShared","segments":[` + aSegment + `]}`,
	"segmentListAppended": `{"type":"segmentListAppended","intervals":["2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"]}`,
	"chunkListNewer":      `{"type":"chunkListNewer","intervals":["2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"],"version":"v"}`,
	"chunkListUsed":       `{"type":"chunkListUsed","dataSource":"wiki","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"}`,
}

// someOffsets is as Druid's tasks send it.
const someOffsets = `,"startMetadata":{"type":"kafka","partitions":{"type":"start","stream":"t","partitionSequenceNumberMap":{"0":1},"topic":"t",` +
	`"partitionOffsetMap":{"0":1},"exclusivePartitions":[]}},"endMetadata":{"type":"kafka","partitions":{"type":"end","stream":"t",` +
	`"partitionSequenceNumberMap":{"0":2},"topic":"t","partitionOffsetMap":{"0":2}}}`

// Every action is read from its JSON and written to the same bytes, and there is nothing in it that JSON could not carry.
func TestActionsAreData(t *testing.T) {
	t.Parallel()
	for _, e := range registered {
		text, there := sent[e.name]
		if !there {
			t.Errorf("%s: its JSON is not known here", e.name)
			continue
		}
		r, err := Read([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if again, err := r.AppendAction(nil); err != nil || string(again) != text {
			t.Errorf("%s\nhas become\n%s, %v", text, again, err)
		}
		if _, _, err := ReadOfDruid([]byte(text)); (err == nil) != slices.Contains(e.traits, ofDruid) {
			t.Errorf("%s of a task of Druid: %v", e.name, err)
		}
		a := reflect.ValueOf(r).Elem().FieldByName("action").Elem().Type()
		for i := range a.NumField() {
			if f := a.Field(i); !f.IsExported() || f.Tag.Get("json") == "" || !isData(f.Type) {
				t.Errorf("%s: field %s of type %s is not carried", e.name, f.Name, f.Type)
			}
		}
	}
	if len(sent) != len(registered) {
		t.Errorf("%d actions are registered, %d are known here", len(registered), len(sent))
	}
}

// isData tells whether JSON can carry values of a type.
func isData(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.Interface, reflect.UnsafePointer, reflect.Map:
		return false
	case reflect.Slice, reflect.Pointer:
		return isData(t.Elem())
	case reflect.Struct:
		_, own := reflect.New(t).Interface().(json.Unmarshaler)
		for i := range t.NumField() {
			if f := t.Field(i); !own && (!f.IsExported() || !isData(f.Type)) {
				return false
			}
		}
	}
	return true
}

// What Druid's tasks send besides changes nothing where it has the value that this version heeds anyway.
func TestActionsOfDruid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, as string }{
		{`{"type":"lockTryAcquire","lockType":null,"interval":"2026-03-01/P1D"}`,
			`{"type":"lockTryAcquire","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"}`},
		{`{"type":"segmentAllocate","dataSource":"wiki","timestamp":"2026-03-01T10:00:00.000Z","queryGranularity":{"type":"none"},` +
			`"preferredSegmentGranularity":"day","sequenceName":"s1","previousSegmentId":null,"skipSegmentLineageCheck":true,` +
			`"shardSpecFactory":null,"lockGranularity":null,"taskLockType":"APPEND"}`,
			strings.Split(sent["segmentAllocate"], `,"lockGranularity"`)[0] + "}"},
		{`{"type":"segmentTransactionalInsert","segmentsToBeOverwritten":[],"segments":[` + aSegment + `],"startMetadata":null,"endMetadata":null,` +
			`"dataSource":"wiki","segmentSchemaMapping":null}`, strings.Split(sent["segmentTransactionalInsert"], `,"segmentsToBeOverwritten"`)[0] + `,"dataSource":"wiki"}`},
	} {
		r, err := Read([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got, err := r.AppendAction(nil); err != nil || string(got) != c.as {
			t.Errorf("%s\nis\n%s, %v, want\n%s", c.text, got, err, c.as)
		}
	}
}

func TestActionsRefused(t *testing.T) {
	t.Parallel()
	allocate := func(old, instead string) string { return strings.Replace(sent["segmentAllocate"], old, instead, 1) }
	for _, c := range []struct{ text, because string }{
		{`[]`, "action: "},
		{`{}`, "missing type id property 'type'"},
		{`{"type":"bogusAction"}`, "could not resolve type id 'bogusAction': actions that can be performed here are [lockTryAcquire, "},
		{`{"type":"surrogateAction","surrogateId":"x","taskAction":{"type":"lockList"}}`, "could not resolve type id 'surrogateAction'"},
		{`{"type":"lockTryAcquire"}`, "action lockTryAcquire: field [interval] is missing"},
		{`{"type":"lockTryAcquire","lockType":"MINE","interval":"2026-03-01/P1D"}`, `field [lockType] is "MINE", but must be one of EXCLUSIVE, `},
		{`{"type":"lockAcquire","interval":"2026-03-01/P1D","timeoutMs":-1}`, "field [timeoutMs] is -1"},
		{`{"type":"lockAcquireAll","intervals":["2026-03-01/P1D"],"timeoutMs":-1}`, "field [timeoutMs] is -1"},
		{`{"type":"lockRelease","interval":null}`, "field [interval] is missing"},
		{`{"type":"lockRelease","interval":"yesterday"}`, "yesterday"},
		{allocate(`"timestamp"`, `"time"`), "field [timestamp] is missing"},
		{allocate(`"preferredSegmentGranularity"`, `"granularity"`), "field [preferredSegmentGranularity] is missing"},
		{allocate(`"SEGMENT"`, `"ROW"`), `field [lockGranularity] is "ROW", but must be TIME_CHUNK or SEGMENT`},
		{allocate(`"APPEND"`, `"REPLACE"`), `field [taskLockType] is "REPLACE", but locks over segments must be EXCLUSIVE, SHARED or APPEND`},
		{allocate(`"numbered_overwrite"`, `"hashed"`), `field [shardSpecFactory]: its type is "hashed", but only numbered and numbered_overwrite are`},
		{allocate(`"endRootPartitionId":3`, `"endRootPartitionId":1`), `field [shardSpecFactory]: field [endRootPartitionId] is 1, but must be from 2 to`},
		{`{"type":"segmentLockTryAcquire","lockType":"EXCLUSIVE","interval":"2026-03-01/P1D","version":"v"}`, "field [partitionIds] is missing"},
		{`{"type":"segmentLockTryAcquire","lockType":"EXCLUSIVE","interval":"2026-03-01/P1D","version":"v","partitionIds":[]}`, "field [partitionIds] is empty"},
		{`{"type":"segmentLockTryAcquire","lockType":"EXCLUSIVE","interval":"2026-03-01/P1D","version":"v","partitionIds":[-1]}`, "field [partitionIds] has -1"},
		{`{"type":"segmentLockTryAcquire","interval":"2026-03-01/P1D","version":"v","partitionIds":[1]}`, "field [lockType] is missing"},
		{`{"type":"segmentLockTryAcquire","lockType":"REPLACE","interval":"2026-03-01/P1D","version":"v","partitionIds":[1]}`, `field [lockType] is "REPLACE", but`},
		{`{"type":"segmentLockAcquire","lockType":"EXCLUSIVE","interval":"2026-03-01/2026-03-01","version":"v","partitionId":1}`, "field [interval] is ["},
		{`{"type":"segmentLockAcquire","lockType":"EXCLUSIVE","interval":"2026-03-01/P1D","partitionId":1}`, "field [version] is missing"},
		{`{"type":"segmentAllocateAll","requests":[` + allocate(`"dataSource"`, `"source"`) + `]}`, "requests[0]: field [dataSource] is missing"},
		{`{"type":"segmentTransactionalInsert","segments":[],"startMetadata":{"type":"kafka"}}`, `field [partitions] is missing`},
		{`{"type":"segmentTransactionalInsert","segments":[],"dataSource":"wiki"}`, `field [startMetadata] is missing, and there are no segments`},
		{`{"type":"segmentTransactionalInsert","segments":[` + aSegment + `],"startMetadata":{"type":"object"}}`, `field [endMetadata] is missing, but there is startMetadata`},
		{`{"type":"segmentTransactionalAppend","segments":[` + aSegment + `],"endMetadata":{"type":"object"}}`, `field [startMetadata] is missing, but there is endMetadata`},
		{`{"type":"retrieveSegmentsById","dataSource":"wiki","segmentIds":["a"]}`, `field [segmentIds[0]]: segment id "a" of data source "wiki"`},
		{`{"type":"segmentListUsed","dataSource":"wiki","intervals":["2026-03-01/P1D",null]}`, `field [intervals[1]] is null`},
		{`{"type":"lockTryAcquire","lockType":"","interval":"2026-03-01/P1D"}`, `field [lockType] is "", but must be one of`},
		{`{"type":"segmentListUsed","dataSource":"wiki","intervals":[],"visibility":"ALL"}`, `field [visibility] is "ALL", but must be ONLY_VISIBLE or`},
		{`{"type":"segmentListUnused","dataSource":"wiki","interval":"2026-03-01/P1D","limit":-5}`, "field [limit] is -5"},
		{`{"type":"segmentTransactionalInsertAndEnd","segments":[]}`, "field [status] is missing"},
		{`{"type":"segmentNuke"}`, "field [segments] is missing"},
	} {
		if _, err := Read([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.because) {
			t.Errorf("%s: %v, want %s", c.text, err, c.because)
		}
	}
}

// A part of a parallel task acts for the whole.
func TestSurrogate(t *testing.T) {
	t.Parallel()
	wrap := func(id, inner string) []byte {
		return []byte(`{"type":"surrogateAction","surrogateId":` + id + `,"taskAction":` + inner + `}`)
	}
	for name, text := range sent {
		r, surrogate, err := ReadOfDruid(wrap(`"whole"`, text))
		plain, none, plainErr := ReadOfDruid([]byte(text))
		if none != "" || (err == nil) != (plainErr == nil) {
			t.Errorf("%s by itself is of task %q, %v; as a surrogate's: %v", name, none, plainErr, err)
		}
		if err == nil && (surrogate != "whole" || !reflect.DeepEqual(r, plain)) {
			t.Errorf("%s of task %q is %+v, want %+v", name, surrogate, r, plain)
		}
	}
	for _, c := range []struct{ text, because string }{
		{`{"type":"surrogateAction","taskAction":{"type":"lockList"}}`, "action surrogateAction: field [surrogateId] is missing"},
		{string(wrap(`null`, `{"type":"lockList"}`)), "field [surrogateId] is missing"},
		{string(wrap(`"x"`, `null`)), "action surrogateAction: field [taskAction] is missing"},
		{string(wrap(`5`, `{"type":"lockList"}`)), "action surrogateAction: json: cannot unmarshal number into Go struct field .surrogateId of type string"},
		{string(wrap(`"x"`, `{"type":"lockTryAcquire"}`)), "action surrogateAction: field [taskAction]: action lockTryAcquire: field [interval] is missing"},
		{string(wrap(`"x"`, string(wrap(`"y"`, `{"type":"lockList"}`)))), "could not resolve type id 'surrogateAction'"},
		{`{"type":5}`, "action: json: cannot unmarshal"},
	} {
		if _, _, err := ReadOfDruid([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.because) {
			t.Errorf("%s: %v, want %s", c.text, err, c.because)
		}
	}
}

// Answers have the bytes that Druid answers.
func TestAnswers(t *testing.T) {
	t.Parallel()
	lock := druid.TaskLock{
		Granularity: druid.TimeChunkLock, Type: druid.Exclusive, GroupID: "g<1>", DataSource: "wiki", Priority: 50,
		Interval: druid.Interval{Start: 0, End: 86_400_000}, Version: "2026-11-23T20:19:44.481Z",
	}
	segmentLock := lock
	segmentLock.Granularity, segmentLock.PartitionID, segmentLock.Revoked = druid.SegmentLock, 7, true
	const text = `{"type":"EXCLUSIVE","groupId":"g<1>","dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z",` +
		`"version":"2026-11-23T20:19:44.481Z","priority":50,"revoked":false}`
	id := druid.SegmentID{DataSource: "wiki", Interval: lock.Interval, Version: "v", PartitionNum: 3}
	for _, c := range []struct {
		answer any
		want   string
	}{
		{(*Lock)(nil), `null`},
		{&Lock{lock}, text},
		{Locks(nil), `null`},
		{Locks{}, `[]`},
		{Locks{lock, lock}, `[` + text + `,` + text + `]`},
		{LockResult{}, `{"taskLock":null,"newSegmentId":null,"revoked":false}`},
		{LockResults{resultOf(&segmentLock)}, `[{"taskLock":{"granularity":"segment","type":"EXCLUSIVE","groupId":"g<1>","dataSource":"wiki",` +
			`"interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z","version":"2026-11-23T20:19:44.481Z","partitionId":7,"priority":50,"revoked":true},` +
			`"newSegmentId":null,"revoked":true}]`},
		{Nothing{}, `null`},
		{Segments(nil), `[]`},
		{&Allocation{id, druid.Numbered(3, 0)}, `{"dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z","version":"v",` +
			`"shardSpec":{"type":"numbered","partitionNum":3,"partitions":0}}`},
		{(*Allocation)(nil), `null`},
		{PublishResult{Success: true}, `{"segments":[],"success":true,"retryable":false,"errorMsg":null}`},
		{PublishResult{ErrorMsg: "lost"}, `{"segments":[],"success":false,"retryable":false,"errorMsg":"lost"}`},
	} {
		if got, err := appendJSON(nil, c.answer); err != nil || string(got) != c.want {
			t.Errorf("%T\n%s, %v, want\n%s", c.answer, got, err, c.want)
		}
	}
}

// The lock of a segment is never taken for that of a time chunk, and a segment without load spec not for one with some.
func TestAnswersSurvive(t *testing.T) {
	t.Parallel()
	lock := Locks{{Granularity: druid.SegmentLock, Type: druid.Exclusive, GroupID: "g", DataSource: "d", Interval: druid.Interval{End: 1}, Version: "v", PartitionID: 2}}
	unread := Segments{{DataSource: "d", Interval: druid.Interval{End: 1}, Version: "v"}}
	var lockAgain Locks
	var unreadAgain Segments
	for from, to := range map[any]any{&lock: &lockAgain, &unread: &unreadAgain} {
		text, err := appendJSON(nil, from)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, to); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(from, to) {
			t.Errorf("%s: %+v, want %+v", text, to, from)
		}
	}
}
