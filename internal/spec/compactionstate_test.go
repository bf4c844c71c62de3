package spec

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The states are those that Druid 33's own CompactionState writes.
func TestCompactionState(t *testing.T) {
	t.Parallel()
	const rest = `"dimensionsSpec":{"dimensions":[{"type":"string","name":"a","multiValueHandling":"SORTED_ARRAY","createBitmapIndex":true}],` +
		`"dimensionExclusions":[],"includeAllDimensions":false,"useSchemaDiscovery":false},"metricsSpec":[],"transformSpec":null,` +
		`"indexSpec":{"bitmap":{"type":"roaring"},"dimensionCompression":"lz4","stringDictionaryEncoding":{"type":"utf8"},"metricCompression":"lz4","longEncoding":"longs"},` +
		`"granularitySpec":{"type":"uniform","segmentGranularity":"DAY","queryGranularity":{"type":"none"},"rollup":false,"intervals":[]}}`
	for tuning, want := range map[string]string{
		`{"type":"index_parallel"}`:                                                                            `{"partitionsSpec":null,` + rest,
		`{"type":"index_parallel","partitionsSpec":{"type":"dynamic"}}`:                                        `{"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5000000,"maxTotalRows":null},` + rest,
		`{"type":"index_parallel","partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5,"maxTotalRows":7}}`: `{"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5,"maxTotalRows":7},` + rest,
	} {
		s, err := Parse("index_parallel", fmt.Appendf(nil, `{"dataSchema":{"dataSource":"x","timestampSpec":{"column":"t"},
			"dimensionsSpec":{"dimensions":["a"],"dimensionExclusions":["b"],"includeAllDimensions":true},"granularitySpec":{"segmentGranularity":"day","queryGranularity":"none","rollup":false}},
			"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"x"},"inputFormat":{"type":"json"}},"tuningConfig":%s}`, tuning))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(s.AppendCompactionState(nil))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tuning, diff)
		}
	}
}
