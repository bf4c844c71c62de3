package table

import (
	"testing"

	"ovate/internal/moment"
)

func BenchmarkTimeEnd(b *testing.B) {
	l := &logBeginning{times: moment.UTC()}
	lines := [][]byte{[]byte("2024-01-15 10:20:30,123 INFO  [main] c.x.Y - handled"), []byte("2024-01-15 10:20:31,123 INFO  [main] c.x.Y - handled")}
	for i := 0; b.Loop(); i++ {
		l.timeEnd(lines[i&1])
	}
}
