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
	"segmentAllocate": `{"type":"segmentAllocate","dataSource":"wiki","timestamp":"2026-03-01T10:00:00.000Z","queryGranularity":{"type":"none"},` +
		`"preferredSegmentGranularity":"DAY","sequenceName":"s1","previousSegmentId":"","skipSegmentLineageCheck":true,"taskLockType":"APPEND"}`,
	"segmentTransactionalInsert": `{"type":"segmentTransactionalInsert","segments":[` + aSegment + `]}`,
	"segmentListUsed": `{"type":"segmentListUsed","dataSource":"wiki","intervals":["2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"],` +
		`"visibility":"INCLUDING_OVERSHADOWED"}`,
	"segmentListUnused": `{"type":"segmentListUnused","dataSource":"wiki","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z",` +
		`"versions":["v"],"limit":7,"maxUsedStatusLastUpdatedTime":"2026-03-01T10:00:00.000Z"}`,
	"retrieveSegmentsById": `{"type":"retrieveSegmentsById","dataSource":"wiki","segmentIds":["a","b"]}`,
	"markSegmentsAsUnused": `{"type":"markSegmentsAsUnused","dataSource":"wiki","interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"}`,
	"segmentNuke":          `{"type":"segmentNuke","segments":[` + aSegment + `]}`,

	"segmentNukeWithoutFiles": `{"type":"segmentNukeWithoutFiles","segments":[` + aSegment + `]}`,

	"lockTryAcquireAll": `{"type":"lockTryAcquireAll","lockType":"REPLACE","intervals":["2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"]}`,
	"lockAcquireAll":    `{"type":"lockAcquireAll","lockType":"REPLACE","intervals":["2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z"],"timeoutMs":1}`,
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
		if _, err := ReadOfDruid([]byte(text)); (err == nil) != slices.Contains(e.traits, ofDruid) {
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
			`"shardSpecFactory":{"type":"numbered"},"lockGranularity":"TIME_CHUNK","taskLockType":"APPEND"}`, sent["segmentAllocate"]},
		{`{"type":"segmentTransactionalInsert","segmentsToBeOverwritten":[],"segments":[` + aSegment + `],"startMetadata":null,"endMetadata":null,` +
			`"dataSource":"wiki","segmentSchemaMapping":null}`, sent["segmentTransactionalInsert"]},
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
		{allocate(`{`, `{"lockGranularity":"SEGMENT",`), `field [lockGranularity] is "SEGMENT", but only TIME_CHUNK locks`},
		{allocate(`{`, `{"shardSpecFactory":{"type":"hashed"},`), `field [shardSpecFactory] is {"type":"hashed"}, but only {"type":"numbered"}`},
		{`{"type":"segmentAllocateAll","requests":[` + allocate(`"dataSource"`, `"source"`) + `]}`, "requests[0]: field [dataSource] is missing"},
		{`{"type":"segmentTransactionalInsert","segments":[],"startMetadata":{"type":"kafka"}}`, `field [startMetadata] is {"type":"kafka"}, but this version`},
		{`{"type":"segmentTransactionalInsert","segmentsToBeOverwritten":[` + aSegment + `]}`, "but segment locks are not built"},
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

// Answers have the bytes that Druid answers.
func TestAnswers(t *testing.T) {
	t.Parallel()
	lock := druid.TaskLock{
		Granularity: druid.TimeChunkLock, Type: druid.Exclusive, GroupID: "g<1>", DataSource: "wiki", Priority: 50,
		Interval: druid.Interval{Start: 0, End: 86_400_000}, Version: "2026-11-23T20:19:44.481Z",
	}
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
