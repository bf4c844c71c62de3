package table

import (
	"slices"
	"testing"
)

// Each path of keys can be written, and is read as what it was.
func TestKeyPathsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{{"data", "items"}, {"a.b", "c"}, {"a.", ".b"}, {"*"}, {"a", "*"}, {`a\`, "b"}, {`a\.b`}, {"a[]"}, {"$", "x"}, {"a*"}, {"-a"}, {"", "b"}} {
		if got, every := keysOf(keyPath(keys)); every || !slices.Equal(got, keys) {
			t.Errorf("%q is written %s and read %q, %v", keys, keyPath(keys), got, every)
		}
		if got, every := keysOf(everyPath(keys)); !every || !slices.Equal(got, keys) {
			t.Errorf("all of %q is written %s and read %q, %v", keys, everyPath(keys), got, every)
		}
	}
	if keys, every := keysOf("*"); !every || len(keys) > 0 {
		t.Error(keys, every)
	}
	if keys, _ := keysOf(`a\b.c`); !slices.Equal(keys, []string{`a\b`, "c"}) {
		t.Error(keys)
	}
}
