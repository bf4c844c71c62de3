package druid

import (
	"encoding/json"
	"testing"
)

func TestTaskLockAsDruid(t *testing.T) {
	t.Parallel()
	const fields = `"type":"EXCLUSIVE","groupId":"g_act1","dataSource":"g_act",` +
		`"interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z","version":"2026-11-23T20:19:44.481Z",`
	timeChunk := `{"granularity":"timeChunk",` + fields + `"priority":50,"revoked":false}`
	untyped := `{` + fields + `"priority":50,"revoked":false}`
	segment := `{"granularity":"segment",` + fields + `"partitionId":0,"priority":50,"revoked":true}`
	noPriority := `{"granularity":"timeChunk",` + fields + `"priority":null,"revoked":false}`
	absent := `{` + fields + `"revoked":false}`
	odd := `{` + fields + `"partitionId":3,"priority":50,"revoked":false}` // which no lock over a time chunk has
	for text, want := range map[string]string{
		timeChunk: timeChunk, untyped: timeChunk, segment: segment, noPriority: noPriority, absent: noPriority, odd: timeChunk,
	} {
		var l TaskLock
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(l.AppendJSON(nil)); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		if got := string(l.AppendUntypedJSON(nil)); text == untyped && got != untyped {
			t.Errorf("got %s\nwant %s", got, untyped)
		}
	}
}

func TestTaskLockRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		`[]`, `{"type":"EXCLUSIVE"}`,
		`{"type":"GREEDY","interval":"2026/P1D"}`,
		`{"granularity":"row","interval":"2026/P1D"}`,
		`{"granularity":"segment","partitionId":-1,"interval":"2026/P1D"}`,
		`{"granularity":"segment","partitionId":2147483648,"interval":"2026/P1D"}`,
	} {
		if err := json.Unmarshal([]byte(bad), new(TaskLock)); err == nil {
			t.Errorf("%s was taken for a lock", bad)
		}
	}
}
