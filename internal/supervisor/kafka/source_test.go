package kafka

import (
	"testing"

	"ovate/internal/stream"
	"ovate/internal/supervisor/streaming/sourcetest"
)

// What every source must do holds for those of Kafka, of one topic and of several.
func TestSourceSuite(t *testing.T) {
	t.Parallel()
	of := func(io, tuning string) *source { return &source{Spec: read(t, text(io, tuning))} }
	for name, topics := range map[string]struct{ io, elsewhere string }{
		"a topic": {`"topic":"t"`, `"topic":"u"`}, "several": {`"topicPattern":"t.*"`, `"topicPattern":"u.*"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Exercise(t, sourcetest.Case{
				DataSource: "d", Source: of(topics.io, ""), Changed: of(topics.io, `,"maxRowsPerSegment":7`), Elsewhere: of(topics.elsewhere, ""),
				Partitions: []stream.Partition{{Stream: "t", ID: "0"}, {Stream: "t", ID: "9"}, {Stream: "t", ID: "10"}}, Early: "5", Late: "1000",
				Strange: []stream.Sequence{"", "x", "-1", "1.5", "9223372036854775808"},
			})
		})
	}
}
