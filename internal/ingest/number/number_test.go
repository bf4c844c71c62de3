package number

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"ovate/druid"
)

// testdata/java.tsv is what Druid makes of a text: as input of a metric, in a long, double and float dimension and with
// tryParseNumbers.
func TestAsJavaReads(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/java.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		parts := strings.Split(lines.Text(), "\t")
		var text string
		if err := json.Unmarshal([]byte(parts[0]), &text); err != nil {
			t.Fatal(err)
		}
		b := []byte(text)
		got := [5]string{metricText(b), "ERR", "ERR", "ERR", triedText(b)}
		if v, ok := ParseExactLong(b); ok {
			got[1] = strconv.FormatInt(v, 10)
		}
		if v, ok := ParseDouble(b, 64); ok {
			got[2] = doubleText(v)
		}
		if v, ok := ParseDouble(b, 32); ok {
			got[3] = strconv.FormatUint(uint64(math.Float32bits(float32(v))), 16)
			want, err := strconv.ParseFloat(parts[4], 32)
			if err == nil || parts[4] == "NaN" || strings.HasSuffix(parts[4], "Infinity") {
				parts[4] = strconv.FormatUint(uint64(math.Float32bits(float32(want))), 16)
			}
		}
		for i, column := range []string{"metric", "long", "double", "float", "tryParseNumbers"} {
			if got[i] != parts[i+1] {
				t.Errorf("%s of %s = %s, want %s", column, parts[0], got[i], parts[i+1])
			}
		}
	}
}

func metricText(b []byte) string {
	n, ok := ParseMetric(b, make([]byte, len(b)))
	switch {
	case !ok:
		return "ERR"
	case n.IsDouble():
		return "Double:" + doubleText(n.Double())
	}
	return "Long:" + strconv.FormatInt(n.Long(), 10)
}

func triedText(b []byte) string {
	if len(b) > 0 && IsCreatable(b) {
		if v, ok := ParseLong(b); ok {
			return "Long:" + strconv.FormatInt(v, 10)
		}
		if v, ok := ParseDouble(b, 64); ok {
			return "Double:" + doubleText(v)
		}
	}
	return "String:" + string(b)
}

func doubleText(v float64) string { return string(druid.AppendDouble(nil, v)) }

func TestConversions(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]int64{
		4.7: 4, -4.7: -4, 1e19: math.MaxInt64, -1e19: math.MinInt64, math.Inf(1): math.MaxInt64, 9007199254740993: 9007199254740992,
	} {
		if got := OfDouble(in).Long(); got != want {
			t.Errorf("%v as long = %d, want %d", in, got, want)
		}
	}
	if got := OfDouble(math.NaN()).Long(); got != 0 {
		t.Errorf("NaN as long = %d", got)
	}
	if got := OfLong(16777217).Float(); got != 16777216 {
		t.Errorf("16777217 as float = %v", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1", "-5", "+4.0", "1e2", "0x1p3", "1,000", " 7 ", "NaN", "1f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := []byte(s)
		ParseMetric(b, make([]byte, len(b)))
		if v, ok := ParseLong(b); ok {
			if want, err := strconv.ParseInt(s, 10, 64); err != nil || v != want {
				t.Errorf("long of %q = %d, want %d", s, v, want)
			}
			if exact, ok := ParseExactLong(b); !ok || exact != v {
				t.Errorf("exact long of %q = %d, %v", s, exact, ok)
			}
		}
		if v, ok := ParseDouble(b, 64); ok && strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789.-", r) }) < 0 {
			if want, err := strconv.ParseFloat(s, 64); err != nil || v != want {
				t.Errorf("double of %q = %v, want %v", s, v, want)
			}
		}
		if string(b) != s {
			t.Errorf("%q was changed to %q", s, b)
		}
	})
}
