package seal_test

import (
	"bytes"
	"testing"

	"ovate/internal/seal"
)

// Whatever stands in a row is opened without a fault, and what is sealed is opened to what it was.
func FuzzOpen(f *testing.F) {
	k := keys(f, seal.NewKey())
	for _, text := range []string{spec, string(k.Seal("row", []byte(spec))), `"ovate:sealed:`, `{"a":"ovate:sealed::"}`, `"\"ovate:sealed:x:y\""`, ` {"password" : 1e400 }`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		k.Open("row", text)
		if got := k.Open("other", k.Seal("other", text)); !bytes.Equal(got, text) {
			t.Errorf("%q became %q", text, got)
		}
	})
}
