package timestamp

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"ovate/druid"
)

// testdata/joda.tsv is what Druid's TimestampSpec made of each format and JSON value: milliseconds, ERR, null for a value
// that is missing, or RANGE for an instant outside of eternity.
func TestAsDruidReads(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/joda.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		parts := strings.Split(lines.Text(), "\t")
		format, value, want := parts[0], parts[1], parts[2]
		if want == "null" {
			continue
		}
		if got := read(t, format, value); got != want {
			t.Errorf("%s of %s = %s, want %s", format, value, got, want)
		}
	}
}

// read gives the result in the words of joda.tsv.
func read(t *testing.T, format, value string) string {
	t.Helper()
	p, err := New(format)
	if err != nil {
		return "ERR"
	}
	var got druid.Instant
	ok := false
	switch c := value[0]; {
	case c == '"':
		var s string
		if err := json.Unmarshal([]byte(value), &s); err != nil {
			t.Fatal(err)
		}
		got, ok = p.Text([]byte(s))
		again, okAgain := p.Text([]byte(s))
		if again != got || okAgain != ok {
			t.Errorf("%s of %s is %d, then %d", format, value, got, again)
		}
	case c == '-' || c <= '9' && c >= '0':
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			got, ok = p.Long(n)
		} else if d, err := strconv.ParseFloat(value, 64); err == nil {
			got, ok = p.Double(d)
		}
	default:
		got, ok = p.Text([]byte(value))
	}
	switch {
	case !ok:
		return "ERR"
	case got < druid.MinInstant || got >= druid.MaxInstant:
		return "RANGE"
	}
	return strconv.FormatInt(int64(got), 10)
}
