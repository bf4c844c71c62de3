package druid

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// readSegments returns the JSON of the segments that Druid published in one recording.
func readSegments(t *testing.T, name string) []json.RawMessage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "segments", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDataSegmentAsDruid(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"06-hashed-3-shards", "07-range-multi-dim", "08-single-dim", "12-week-los-angeles", "13-month-kolkata-qweek",
		"18-append-replace-tombstone",
	} {
		for _, raw := range readSegments(t, name) {
			var want bytes.Buffer
			if err := json.Compact(&want, raw); err != nil {
				t.Fatal(err)
			}
			var s DataSegment
			if err := json.Unmarshal(raw, &s); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got := s.AppendJSON(nil); !bytes.Equal(got, want.Bytes()) {
				t.Errorf("%s:\n got %s\nwant %s", name, got, &want)
			}
			id, err := ParseSegmentID(s.DataSource, s.ID().String())
			if err != nil || id != s.ID() {
				t.Errorf("%s: the id %s was read as %s, %v", name, s.ID(), id, err)
			}
		}
	}
}

// The folders of segments are named in the time zone of their granularity.
func TestPathAsDruid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		recording, zone string
		period          Period
	}{
		{"12-week-los-angeles", "America/Los_Angeles", Period{Weeks: 1}},
		{"13-month-kolkata-qweek", "Asia/Kolkata", Period{Months: 1}},
	} {
		g, err := PeriodGranularity(c.period, c.zone, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range readSegments(t, c.recording) {
			var s DataSegment
			var load struct{ Path string }
			if err := json.Unmarshal(raw, &s); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(s.LoadSpec, &load); err != nil {
				t.Fatal(err)
			}
			if want := strings.Split(load.Path, "/")[2]; g.Path(s.Interval) != want {
				t.Errorf("%s: the folder of %s is %s, want %s", c.recording, s.Interval, g.Path(s.Interval), want)
			}
			if !g.IsAligned(s.Interval) {
				t.Errorf("%s: %s is not aligned", c.recording, s.Interval)
			}
		}
	}
}

func TestDataSegmentDefaults(t *testing.T) {
	t.Parallel()
	var s DataSegment
	text := `{"dataSource":"a,b","interval":"2026/P1D","version":"v","dimensions":["x","y"],"metrics":"","size":"12","more":1}`
	if err := json.Unmarshal([]byte(strings.Replace(text, `"12"`, "12", 1)), &s); err != nil {
		t.Fatal(err)
	}
	want := `{"dataSource":"a,b","interval":"2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z","version":"v",` +
		`"loadSpec":null,"dimensions":"x,y","metrics":"","shardSpec":{"type":"numbered","partitionNum":0,"partitions":1},` +
		`"binaryVersion":null,"size":12,"identifier":"a,b_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_v"}`
	if got := string(s.AppendJSON(nil)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for _, bad := range []string{
		`{}`, `[]`, `{"dataSource":"a"}`, `{"dataSource":"a","interval":"2026/P1D"}`,
		`{"dataSource":"a","interval":"2026/P1D","version":"v","size":-1}`,
		`{"dataSource":"a","interval":"2026","version":"v"}`,
		`{"dataSource":"a","interval":"2026/P1D","version":"v","shardSpec":{}}`,
		`{"dataSource":"a","interval":"2026/P1D","version":"v","dimensions":5}`,
	} {
		if err := json.Unmarshal([]byte(bad), &s); err == nil {
			t.Errorf("%s was taken for a segment", bad)
		}
	}
}

func TestShardSpec(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, typ       string
		partition, core int
		want            string // empty: as text
	}{
		{`{"type":"numbered","partitionNum":3,"partitions":5}`, "numbered", 3, 5, ""},
		{`{ "partitions": 5, "type": "numbered", "partitionNum": 3 }`, "numbered", 3, 5, `{"type":"numbered","partitionNum":3,"partitions":5}`},
		{`{"type":"hashed","partitionNum":1,"partitions":2,"bucketId":1,"numBuckets":2,"partitionDimensions":["a"],"partitionFunction":"murmur3_32_abs"}`, "hashed", 1, 2, ""},
		{`{"type":"single","dimension":"d","start":null,"end":"x","partitionNum":0,"numCorePartitions":4}`, "single", 0, 4, ""},
		{`{"type":"range","dimensions":["d"],"start":["a\/"],"end":null,"partitionNum":7,"numCorePartitions":8}`, "range", 7, 8, `{"type":"range","dimensions":["d"],"start":["a/"],"end":null,"partitionNum":7,"numCorePartitions":8}`},
		{`{"type":"numbered_overwrite","partitionId":32768,"startRootPartitionId":0,"endRootPartitionId":1,"minorVersion":1,"atomicUpdateGroupSize":1}`, "numbered_overwrite", 32768, 0, ""},
		{`{"type":"linear","partitionNum":2}`, "linear", 2, 0, ""},
		{`{"type":"none"}`, "none", 0, 0, ""},
		{`{"type":"tombstone","partitionNum":0,"partitions":0}`, "tombstone", 0, 0, ""},
	} {
		var s ShardSpec
		if err := json.Unmarshal([]byte(c.text), &s); err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if s.Type() != c.typ || s.PartitionNum() != c.partition || s.CorePartitions() != c.core {
			t.Errorf("%s: got %s, %d of %d", c.text, s.Type(), s.PartitionNum(), s.CorePartitions())
		}
		if c.want == "" {
			c.want = c.text
		}
		if got := string(s.AppendJSON(nil)); got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
	if got := Numbered(1, 2).WithCorePartitions(9); got != Numbered(1, 9) {
		t.Errorf("with 9 core partitions: %s", got.AppendJSON(nil))
	}
	if !Tombstone().IsTombstone() || Numbered(0, 1).IsTombstone() || Tombstone().WithCorePartitions(3) != Tombstone() {
		t.Error("a tombstone is one and stays one")
	}
}

func TestParseSegmentID(t *testing.T) {
	t.Parallel()
	const day = "2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z"
	for _, c := range []struct {
		dataSource, text, version string
		partition                 int
	}{
		{"wiki", "wiki_" + day + "_v1", "v1", 0},
		{"wiki", "wiki_" + day + "_v1_7", "v1", 7},
		{"wi_ki_", "wi_ki__" + day + "_v1_7", "v1", 7},
		{"wiki", "wiki_" + day + "_v_1_x", "v_1_x", 0},
		{"wiki", "wiki_" + day + "_v_0", "v_0", 0},
		{"wiki", "wiki_" + day + "_v_+3", "v_+3", 0},
		{"wiki", "wiki_" + day + "_v_99999999999", "v_99999999999", 0},
		{"wiki", "wiki_" + day + "_5", "5", 0},
		{"wiki", "wiki_" + day + "_", "", 0},
	} {
		id, err := ParseSegmentID(c.dataSource, c.text)
		if err != nil || id.Version != c.version || id.PartitionNum != c.partition || id.String() != c.text {
			t.Errorf("%s was read as version %q, partition %d: %s, %v", c.text, id.Version, id.PartitionNum, id, err)
		}
	}
	for _, bad := range []string{
		"", "wiki", "wiki_", "wikipedia_" + day + "_v", "wiki_" + day, "wiki_2026_2027_v",
		"wiki_2026-01-02T00:00:00.000Z_2026-01-01T00:00:00.000Z_v",
		"wiki_2026-01-02T00:00:00.000Z_2026-01-02T00:00:00.000Z_v",
	} {
		if id, err := ParseSegmentID("wiki", bad); err == nil {
			t.Errorf("%q was taken for %+v", bad, id)
		}
	}
}

func TestSegmentIDRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.Int64Range(int64(MinInstant), int64(MaxInstant)-1).Draw(t, "start")
		id := SegmentID{
			DataSource:   rapid.StringMatching(`[a-zé_0-9]{1,12}`).Draw(t, "dataSource"),
			Interval:     Interval{Instant(start), Instant(rapid.Int64Range(start+1, int64(MaxInstant)).Draw(t, "end"))},
			Version:      rapid.StringMatching(`[a-z0-9:.]{0,12}`).Draw(t, "version"),
			PartitionNum: int(rapid.Int32Range(0, 1<<31-1).Draw(t, "partition")),
		}
		got, err := ParseSegmentID(id.DataSource, id.String())
		if err != nil || got != id {
			t.Fatalf("%+v is %s, which was read as %+v, %v", id, id, got, err)
		}
	})
}

func FuzzParseSegmentID(f *testing.F) {
	f.Add("a_b", "a_b_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_v_1")
	f.Fuzz(func(t *testing.T, dataSource, text string) {
		id, err := ParseSegmentID(dataSource, text)
		if err != nil {
			return
		}
		if again, err := ParseSegmentID(dataSource, id.String()); err != nil || again != id {
			t.Errorf("%q is %s, which was read as %s, %v", text, id, again, err)
		}
	})
}

func FuzzDataSegment(f *testing.F) {
	f.Add(`{"dataSource":"a","interval":"2026/P1D","version":"v","loadSpec":{"n":1e3},"dimensions":"x,y","shardSpec":{"type":"x"},"size":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		var s, again DataSegment
		if json.Unmarshal([]byte(text), &s) != nil {
			return
		}
		first := s.AppendJSON(nil)
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		if second := again.AppendJSON(nil); !bytes.Equal(first, second) {
			t.Errorf("%s\nbecame %s", first, second)
		}
	})
}
