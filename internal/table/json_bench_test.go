package table

import (
	"context"
	"strings"
	"testing"
)

// BenchmarkJSON scans rows of JSON, one a line.
func BenchmarkJSON(b *testing.B) {
	const row = `{"time":"2024-01-15T10:20:30.123Z","user":"Ana María","page":"Talk:Café \"au lait\"","added":17,"delta":-3.25,"flags":["a","b"],"geo":{"city":"Łódź","lat":51.76}}` + "\n"
	text := strings.Repeat(row, 20_000)
	in, err := Open(b.Context(), save(b, text), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		rows := 0
		err := in.Scan(context.Background(), in.Inputs, 1, func(_ int, batch *Batch) error {
			for batch.Next() {
				rows++
			}
			return nil
		})
		if err != nil || rows != 20_000 {
			b.Fatal(rows, err)
		}
	}
}
