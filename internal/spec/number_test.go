package spec

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestParseBytes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"5": 5, "5K": 5000, "2KI": 2048, "1KIB": 1024, "1GI": 1 << 30, "10P": 10_000_000_000_000_000, "7PIB": 7 << 50,
	} {
		if got, ok := parseBytes(text); !ok || got != want {
			t.Errorf("%s is %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "K", "KI", "KIB", "5B", "5KB", "5I", "5IB", "-5", "-5K", "1.5G", "3 M", "10000P", "5KIBI", "0X5"} {
		if got, ok := parseBytes(text); ok {
			t.Errorf("%q is %d, want none", text, got)
		}
	}
}

func TestDurationText(t *testing.T) {
	t.Parallel()
	for millis, want := range map[int64]string{
		0: "PT0S", 1: "PT0.001S", 1500: "PT1.500S", 86_400_000: "PT86400S", -5000: "PT-5S", -1: "PT-0.001S",
		math.MinInt64: "PT-9223372036854775.808S",
	} {
		if got := durationText(millis); got != want {
			t.Errorf("%d ms is %s, want %s", millis, got, want)
		}
	}
}

// What durationText writes is read back as it was, as far as a period can hold it.
func TestDurationsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		millis := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "millis")
		r := &reader{}
		got := r.duration(value{node: &node{kind: text, text: durationText(millis)}, path: "d"}, 0)
		if r.err != nil || got != millis {
			t.Fatalf("%d ms came back as %d, %v", millis, got, r.err)
		}
	})
}
