package metadata_test

import (
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
)

// The expected keys are SHA-1 sums made with coreutils from the bytes that Druid hashes:
//
//	printf 'index_wiki_abc\xff\xff2026-11-23T20:41:04.145Z' | sha1sum
func TestLineageKey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ sequence, previous, version, want string }{
		{"index_wiki_abc", "", "2026-11-23T20:41:04.145Z", "7B2A64D1F74E17441D10DB9CA29D8F1E73DAE55D"},
		{"index_wiki_abc", "wiki_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_v", "v", "F2B46B21D52C1EE0804C5D6F5A57219201D15B64"},
		{"", "", "", "A19F987B885F5A96069F4BC7F12B9E84CEBA7DFA"},
		{"ü", "", "v", "2D0FFACB843B2AF5231193AB1B03ED083134771A"},
	} {
		if got := metadata.LineageKey(test.sequence, test.previous, test.version); got != test.want {
			t.Errorf("LineageKey(%q, %q, %q) = %s, want %s", test.sequence, test.previous, test.version, got, test.want)
		}
	}
}

// The bytes of the first: the name, FF, 1767225600000 and 1767312000000 as little-endian 64-bit numbers, FF, the version.
func TestIntervalKey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		interval druid.Interval
		want     string
	}{
		{druid.Interval{Start: 1_767_225_600_000, End: 1_767_312_000_000}, "4CFBFCA9E85AD1E83A8C188D6EAC80100DC495ED"},
		{druid.Eternity, "0583CA04ADC92D18BEA0764A0975626C234BCB88"},
	} {
		if got := metadata.IntervalKey("index_kafka_wiki_0_0", test.interval, "1970-01-01T00:00:00.000Z"); got != test.want {
			t.Errorf("IntervalKey(%s) = %s, want %s", test.interval, got, test.want)
		}
	}
}

func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, parts := range [][3]string{{"a", "b", "c"}, {"ab", "", "c"}, {"a", "", "bc"}, {"", "ab", "c"}, {"a", "bc", ""}} {
		key := metadata.LineageKey(parts[0], parts[1], parts[2])
		if other, ok := seen[key]; ok {
			t.Errorf("%q has the key of %s", parts, other)
		}
		seen[key] = parts[0] + "," + parts[1] + "," + parts[2]
	}
}
