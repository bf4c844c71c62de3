package task

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
)

func remote(t *testing.T, raw string) *Remote {
	t.Helper()
	got, err := DecodeRemote([]byte(raw), 0)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return got.(*Remote)
}

// A task for a worker is stored as it was given, with an id and its context.
func TestRemoteKeepsItsBytes(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`{"type":"odd","id":"a","dataSource":"d","n":1.50,"deep":{"b":[ 1 ,2],"a":"\u00e9"},"groupId":"g"}`: `{"type":"odd","id":"a","dataSource":"d","n":1.50,"deep":{"b":[ 1 ,2],"a":"\u00e9"},"groupId":"g","context":{}}`,
		` {"context":{"x":1},"id":"a","type":"odd","dataSource":"d"} `:                                      `{"id":"a","type":"odd","dataSource":"d","context":{"x":1}}`,
		`{"id":null,"type":"noop","context":null}`:                                                          `{"type":"noop","id":"ID","context":{}}`,
	} {
		r := remote(t, given)
		got := strings.ReplaceAll(string(Stored(r)), `"id":"`+r.header.ID+`"`, `"id":"`+map[bool]string{true: r.header.ID, false: "ID"}[r.hasID]+`"`)
		if got != want {
			t.Errorf("%s is stored as\n%s\nwant\n%s", given, got, want)
		}
		again := remote(t, string(Stored(r)))
		if diff := cmp.Diff(*r.Header(), *again.Header(), cmp.AllowUnexported(druid.Context{}), cmp.Comparer(func(a, b druid.Context) bool {
			return string(a.AppendJSON(nil)) == string(b.AppendJSON(nil))
		})); diff != "" || string(Stored(again)) != string(Stored(r)) {
			t.Errorf("%s is read again as %s (%s)", given, Stored(again), diff)
		}
	}
}

func TestRemoteHeader(t *testing.T) {
	t.Parallel()
	f := func(raw, wantSource, wantGroup, wantIDPrefix string, wantPriority int) {
		t.Helper()
		r := remote(t, raw)
		h := r.Header()
		if h.DataSource != wantSource || h.GroupID != wantGroup && wantGroup != "its id" || wantGroup == "its id" && h.GroupID != h.ID ||
			!strings.HasPrefix(h.ID, wantIDPrefix) || r.Priority() != wantPriority {
			t.Errorf("%s: %+v, priority %d", raw, h, r.Priority())
		}
	}
	f(`{"type":"index","id":"i","groupId":"g","spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"appendToExisting":true}}}`, "d", "index_append_d", "i", 50)
	f(`{"type":"index","spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"appendToExisting":"true"}}}`, "d", "index_append_d", "index_d_", 50) // as Jackson reads it
	f(`{"type":"archive","dataSource":"d","interval":"2024-01-01/2024-01-02","groupId":"g"}`, "d", "g", "archive_d_", 0)
	f(`{"type":"query_controller","spec":{"destination":{"dataSource":"d"}}}`, "d", "its id", "query_controller_d_", 50)
	f(`{"type":"index_parallel","groupId":"g","spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"inputSource":{"type":"s3"}}}}`, "d", "g", "index_parallel_d_", 50)
	f(`{"type":"compact","groupId":"g","dataSource":"d","ioConfig":{"inputSpec":{"type":"interval","interval":"2024/2025"}}}`, "d", "its id", "compact_d_", 25)
	f(`{"type":"kill","dataSource":"d","interval":"2024-01-01/2024-01-02"}`, "d", "its id", "kill_d_", 0)
	f(`{"type":"index_kafka","dataSource":"d","groupId":"index_kafka_d","resource":{"availabilityGroup":"x","requiredCapacity":1}}`, "d", "index_kafka_d", "index_kafka_d_", 75)
	f(`{"type":"query_worker","dataSource":"d","groupId":"c","context":{"priority":50}}`, "d", "c", "query_worker_d_", 50)
	f(`{"type":"index_parallel","dataSource":"x","spec":{"dataSchema":{"dataSource":"d"}}}`, "d", "its id", "index_parallel_d_", 50) // as Druid reads it
	f(`{"type":"index_kafka","dataSchema":{"dataSource":"d"}}`, "d", "its id", "index_kafka_d_", 75)
	f(`{"type":"noop"}`, "none", "its id", "noop_", 50)
	for raw, want := range map[string]string{
		`{"type":"odd"}`: "dataSource", `{}`: "type", `{"type":"odd","id":"a/b","dataSource":"d"}`: "task ID", `[]`: "object",
		`{"type":"kill","dataSource":"d","interval":"whenever"}`: "nterval", `{"type":"odd","dataSource":"a/b"}`: "dataSource",
		`{"type":"index","spec":{"dataSchema":{"dataSource":"d","granularitySpec":{"segmentGranularity":"SOMETIMES"}}}}`: "SOMETIMES",
		`{"type":"odd","dataSource":"d","resource":{"requiredCapacity":0,"availabilityGroup":"a"}}`:                      "requiredCapacity",
	} {
		if _, err := DecodeRemote([]byte(raw), 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", raw, err, want)
		}
	}
}

func TestRemoteLocks(t *testing.T) {
	t.Parallel()
	f := func(raw string, typ druid.LockType, intervals ...string) {
		t.Helper()
		got := remote(t, raw).Locks()
		var texts []string
		for _, i := range got.Intervals {
			texts = append(texts, i.String())
		}
		if diff := cmp.Diff(intervals, texts); diff != "" || len(intervals) > 0 && got.Type != typ {
			t.Errorf("%s: %s %s", raw, got.Type, diff)
		}
	}
	batch := func(granularity, rest, context string) string {
		return `{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"d","granularitySpec":{` + granularity + `}}` + rest + `},"context":{` + context + `}}`
	}
	const day, month = "2024-01-01T00:00:00.000Z/2024-01-02T00:00:00.000Z", "2024-01-01T00:00:00.000Z/2024-02-01T00:00:00.000Z"
	f(batch(``, ``, ``), "")
	f(batch(`"intervals":["2024-01-01T05/2024-01-01T06"]`, ``, ``), druid.Exclusive, day)
	f(batch(`"segmentGranularity":"MONTH","intervals":["2024-01-01/2024-01-05","2024-01-09/2024-01-10"]`, ``, ``), druid.Exclusive, month)
	f(batch(`"segmentGranularity":{"type":"period","period":"P1M"},"intervals":["2024-01-01/2024-01-05"]`, ``, `"useConcurrentLocks":true`), druid.Replace, month)
	f(batch(`"intervals":["2024-01-01/2024-01-02"]`, `,"ioConfig":{"appendToExisting":true}`, `"useConcurrentLocks":true`), druid.Append, day)
	f(batch(`"intervals":["2024-01-01/2024-01-02"]`, `,"ioConfig":{"appendToExisting":true}`, `"useSharedLock":true`), druid.Shared, day)
	f(batch(`"intervals":["2024-01-01/2024-01-02"]`, ``, `"taskLockType":"SHARED"`), druid.Exclusive, day)
	f(batch(`"intervals":["2024-01-01/2024-01-02"]`, ``, `"taskLockType":"REPLACE"`), druid.Replace, day)
	f(batch(`"intervals":["2024-01-01/2024-01-02"]`, ``, `"forceTimeChunkLock":false`), "")
	f(`{"type":"kill","dataSource":"d","interval":"2024-01-01/2024-01-02"}`, druid.Exclusive, day)
	f(`{"type":"kill","dataSource":"d","interval":"2024-01-01/2024-01-02","INTERVAL":"2020/2021","Interval":5,"datasource":"e"}`, druid.Exclusive, day) // names are exact
	f(`{"type":"kill","dataSource":"d","interval":"2024-01-01/2024-01-02","context":{"useConcurrentLocks":true}}`, druid.Replace, day)
	f(`{"type":"move","dataSource":"d","interval":"2024-01-01/2024-01-02","context":{"useConcurrentLocks":true}}`, druid.Exclusive, day)
	f(`{"type":"query_controller","dataSource":"d","spec":{"destination":{"type":"dataSource","dataSource":"d","replaceTimeChunks":["2024-01-01/2024-01-02"]}}}`, druid.Exclusive, day)
	f(`{"type":"query_controller","dataSource":"d","spec":{"destination":{"type":"taskReport"}}}`, "")
	f(`{"type":"odd","dataSource":"d","interval":"2024-01-01/2024-01-02"}`, "")
}
