package format

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/internal/jsontext"
	"ovate/internal/jsontext/jsontexttest"
)

// TestScanTakesJSON: the scanner of rows takes more than JSON, as Jackson does, but all that is JSON, and has it end at the same place.
func TestScanTakesJSON(t *testing.T) {
	t.Parallel()
	check := func(t rapid.TB, text string) {
		text = strings.ReplaceAll(text, "\n", " ") // which ends a row
		data := append([]byte(text), "\n\x00\x00\x00\x00\x00\x00\x00"...)
		begin := skipBlanks(data, 0)
		s := jsontext.Scanner{Data: []byte(text)}
		want := s.Value(begin, 0)
		if want < 0 {
			return
		}
		if v, end := scanValue(data, begin, 0); end != want || v.kind == absent {
			t.Fatalf("%q ends at %d, want %d", text, end, want)
		}
	}
	for _, text := range jsontexttest.Texts {
		check(t, text)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, jsontexttest.Draw(t)) })
}
