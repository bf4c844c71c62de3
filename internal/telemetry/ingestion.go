package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"ovate/internal/ingest"
	"ovate/internal/task"
)

// ingestion are the metrics of what tasks in this process read.
type ingestion struct{ rows, bytes *prometheus.CounterVec }

func newIngestion(m *maker) ingestion {
	return ingestion{
		rows: m.counter("ovate_ingestion_rows_total", "", "Rows that tasks in this process have read, by what became of them: processed, processedWithError, thrownAway or unparseable.",
			"stage", "outcome"),
		bytes: m.counter("ovate_ingestion_bytes_total", "", "Bytes of input that tasks in this process have read.", "stage"),
	}
}

var _ task.Meter = (*Telemetry)(nil)

// Read implements task.Meter.
func (t *Telemetry) Read(stage string, more ingest.Counters) {
	for outcome, n := range map[string]int64{
		"processed": more.Processed, "processedWithError": more.ProcessedWithError, "thrownAway": more.ThrownAway, "unparseable": more.Unparseable,
	} {
		t.ingestion.rows.WithLabelValues(stage, outcome).Add(float64(max(n, 0)))
	}
	t.ingestion.bytes.WithLabelValues(stage).Add(float64(max(more.ProcessedBytes, 0)))
}
