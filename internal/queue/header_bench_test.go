package queue

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkReadHeader reads a payload of an ingestion as a start does, once for every task that there is.
func BenchmarkReadHeader(b *testing.B) {
	var dimensions []string
	for i := range 40 {
		dimensions = append(dimensions, fmt.Sprintf(`{"type":"string","name":"dimension_%d","multiValueHandling":"SORTED_ARRAY","createBitmapIndex":true}`, i))
	}
	payload := []byte(`{"type":"index_parallel","id":"t","groupId":"t","resource":{"availabilityGroup":"t","requiredCapacity":1},"spec":{"dataSchema":{"dataSource":"wiki",` +
		`"timestampSpec":{"column":"time","format":"auto","missingValue":null},"dimensionsSpec":{"dimensions":[` + strings.Join(dimensions, ",") + `]},` +
		`"granularitySpec":{"type":"uniform","segmentGranularity":"DAY","queryGranularity":{"type":"none"},"rollup":false,"intervals":[]}},` +
		`"ioConfig":{"type":"index_parallel","inputSource":{"type":"local","files":["/data/wiki/2016-06-27.json.gz"]},"inputFormat":{"type":"json"},"appendToExisting":true},` +
		`"tuningConfig":{"type":"index_parallel","maxNumConcurrentSubTasks":1,"maxParseExceptions":0}},"context":{"forceTimeChunkLock":true,"useLineageBasedSegmentAllocation":true}}`)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if h, err := readHeader(payload, "t", true); err != nil || !h.appends {
			b.Fatal(h, err)
		}
	}
}
