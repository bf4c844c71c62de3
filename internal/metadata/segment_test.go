package metadata_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/metadata"
)

const segmentPayload = `{"dataSource":"wiki","interval":"2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z","version":"2026-01-03T00:00:00.000Z",` +
	`"loadSpec":{"type":"local","path":"/a \"b\"/index.zip"},"dimensions":"a,b","metrics":"","shardSpec":{"type":"numbered","partitionNum":3,"partitions":0},` +
	`"binaryVersion":9,"size":12,"identifier":"wiki_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_2026-01-03T00:00:00.000Z_3"}`

func TestDecodeSegmentRefuses(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		``, `null`, `[]`, segmentPayload[:len(segmentPayload)-1], segmentPayload + "}",
		strings.Replace(segmentPayload, `"wiki"`, `""`, 1),
		strings.Replace(segmentPayload, `/2026-01-02T`, `/2025-01-02T`, 1),
		strings.Replace(segmentPayload, `"type":"local",`, `"type":"local"`, 1),
		strings.Replace(segmentPayload, `"size":12`, `"size":-12`, 1),
	} {
		var s druid.DataSegment
		if err := metadata.DecodeSegment([]byte(payload), metadata.Texts{}, &s); err == nil {
			t.Errorf("%s: got %+v and no error", payload, s)
		}
	}
}

// TestDecodeSegmentReadsWhatIsWritten goes through druid.DataSegment.AppendJSON and back.
func TestDecodeSegmentReadsWhatIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-zé "\\]{1,9}`)
		want := druid.DataSegment{
			DataSource: name.Draw(t, "dataSource"), Version: name.Draw(t, "version"),
			Interval:      druid.Interval{Start: druid.Instant(rapid.Int64Range(-1e14, 1e14).Draw(t, "start")), End: druid.MaxInstant},
			Dimensions:    rapid.SliceOfN(name, 0, 3).Draw(t, "dimensions"),
			Metrics:       rapid.SliceOfN(name, 0, 3).Draw(t, "metrics"),
			BinaryVersion: rapid.SampledFrom([]int{0, 9}).Draw(t, "binaryVersion"),
			Size:          rapid.Int64Range(0, 1<<60).Draw(t, "size"),
			LoadSpec:      json.RawMessage(rapid.SampledFrom([]string{`null`, `{"type":"local","path":"/x,}]"}`, `{"a":["\\\"}"]}`}).Draw(t, "loadSpec")),
			ShardSpec:     druid.Numbered(rapid.IntRange(0, 1<<20).Draw(t, "partition"), rapid.IntRange(0, 9).Draw(t, "core")),
		}
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			want.ShardSpec = druid.Tombstone()
		case 1:
			want.LastCompactionState = json.RawMessage(`{"a":1}`)
		}
		payload := want.AppendJSON(nil)
		var got druid.DataSegment
		if err := metadata.DecodeSegment(payload, metadata.Texts{}, &got); err != nil || string(got.AppendJSON(nil)) != string(payload) {
			t.Fatalf("%s\n got %s, %v", payload, got.AppendJSON(nil), err)
		}
	})
}

// FuzzDecodeSegment checks that the fast way never takes what the general one refuses or reads it differently.
func FuzzDecodeSegment(f *testing.F) {
	f.Add([]byte(segmentPayload))
	for _, change := range [][2]string{
		{`"numbered","partitionNum":3,"partitions":0`, `"hashed","partitionNum":1,"partitions":2`}, {`"binaryVersion":9`, `"lastCompactionState":{},"binaryVersion":null`},
		{`"loadSpec":{`, `"loadSpec": {`}, {`"a,b"`, `["a","b"]`}, {`"a,b"`, `",a,,b"`}, {`"wiki",`, `"w\u0041",`}, {`"size":12`, `"size":012`},
		{`"partitions":0}`, `"partitions":0,"more":1}`}, {`"loadSpec":{"type":"local"`, `"loadSpec":{"type":"local"]`},
	} {
		f.Add([]byte(strings.Replace(segmentPayload, change[0], change[1], 1)))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var fast, general druid.DataSegment
		fastErr := metadata.DecodeSegment(payload, metadata.Texts{}, &fast)
		generalErr := general.UnmarshalJSON(payload)
		if (fastErr == nil) != (generalErr == nil) || fastErr == nil && !reflect.DeepEqual(fast, general) {
			t.Fatalf("fast: %+v, %v\ngeneral: %+v, %v", fast, fastErr, general, generalErr)
		}
	})
}

func BenchmarkDecodeSegment(b *testing.B) {
	texts, segment := metadata.Texts{}, druid.DataSegment{}
	b.ReportAllocs()
	for b.Loop() {
		if err := metadata.DecodeSegment([]byte(segmentPayload), texts, &segment); err != nil {
			b.Fatal(err)
		}
	}
}
