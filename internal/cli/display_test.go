package cli

import (
	"testing"
	"time"
	"unicode/utf8"

	"ovate/client"
)

func TestProgressFigures(t *testing.T) {
	t.Parallel()
	reading := &client.Ingestion{Step: "reading", Rows: client.Rows{Processed: 90_000_000, ProcessedWithError: 5, Unparseable: 7, ProcessedBytes: 2_000_000_000}}
	writing := &client.Ingestion{Step: "writing", SegmentsBegun: 31, SegmentsBuilt: 3, Rows: reading.Rows}
	for room, want := range map[int]string{
		36:  "90,000,005 rows  4,500,000 rows/s",
		166: "90,000,005 rows  4,500,000 rows/s  ~20s left  2.0 GB of 4.0 GB  100 MB/s",
	} {
		if got := figures(reading, 20*time.Second, 4_000_000_000, room); got != want || utf8.RuneCountInString(got) > room {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := figures(writing, 20*time.Second, 0, 80); got != "90,000,005 rows  3 of 31 segments written" {
		t.Errorf("got %q", got)
	}
}
