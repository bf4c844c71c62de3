package druid

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestNumbersAsJava17(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t, "java17-doubles.txt", " ") {
		bits, err := strconv.ParseUint(row[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		got := string(AppendDouble(nil, math.Float64frombits(bits)))
		if row[0] == "f" {
			got = string(AppendFloat(nil, math.Float32frombits(uint32(bits))))
		}
		if got != row[2] {
			t.Errorf("%s %s is %s, want %s", row[0], row[1], got, row[2])
		}
	}
}

func TestNumbersRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := math.Float64frombits(rapid.Uint64().Draw(t, "double"))
		text := string(AppendDouble(nil, v))
		if back, err := strconv.ParseFloat(text, 64); err != nil || back != v && v == v {
			t.Fatalf("%v is written as %s, which is %v, %v", v, text, back, err)
		}
		f := math.Float32frombits(rapid.Uint32().Draw(t, "float"))
		text = string(AppendFloat(nil, f))
		if back, err := strconv.ParseFloat(text, 32); err != nil || float32(back) != f && f == f {
			t.Fatalf("%v is written as %s, which is %v, %v", f, text, back, err)
		}
	})
}

func BenchmarkAppendDouble(b *testing.B) {
	for name, v := range map[string]float64{"short": 12.5, "long": 0.1234567890123456, "huge": 1.234567e200} {
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 32)
			for b.Loop() {
				dst = AppendDouble(dst[:0], v)
			}
		})
	}
}
