package druid

import (
	"encoding/json"
	"testing"
)

// What Java has written is read by the exact names of the fields, as Java reads it: others, whatever their letters, do not count.
func TestNamesAreExact(t *testing.T) {
	t.Parallel()
	const interval = `"interval":"2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z","INTERVAL":"1999/2000","Interval":"x"`
	for text, into := range map[string]json.Marshaler{
		`{"dataSource":"wiki","datasource":"other",` + interval + `,"version":"v","Version":"w","groupId":"g","groupid":"h","priority":50,"PRIORITY":1}`:                     new(TaskLock),
		`{"dataSource":"wiki","datasource":"other",` + interval + `,"version":"v","VERSION":"w","shardSpec":{"type":"numbered","partitionNum":1,"PartitionNum":7},"size":1}`: new(DataSegment),
		`{"id":"a","ID":"b","status":"RUNNING","Status":"FAILED","duration":-1,"location":{"host":"h","HOST":"i","port":1,"tlsPort":-1}}`:                                    new(TaskStatus),
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := ""
		switch v := into.(type) {
		case *TaskLock:
			got = v.DataSource + " " + v.Interval.String() + " " + v.Version + " " + v.GroupID
			if v.Priority != 50 {
				t.Errorf("%s has priority %d", text, v.Priority)
			}
		case *DataSegment:
			got = v.ID().String()
		case *TaskStatus:
			got = v.ID + " " + string(v.State) + " " + v.Location.Host
		}
		want := map[string]bool{
			"wiki 2026-03-01T00:00:00.000Z/2026-03-02T00:00:00.000Z v g": true,
			"wiki_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v_1": true, "a RUNNING h": true,
		}
		if !want[got] {
			t.Errorf("%s is read as %s", text, got)
		}
	}
}
