package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// FuzzParse looks for specs that make Parse panic, that it accepts although their echo is no JSON, or whose echo means
// something else than they do.
func FuzzParse(f *testing.F) {
	bases := map[string]base{}
	readJSON(f, "testdata/base.json", &bases)
	for typ, b := range bases {
		f.Add(typ == "index", []byte(b.Given))
		f.Add(typ == "index", []byte(b.Echo))
	}
	for _, topic := range []string{"spec", "dataschema", "ioconfig", "tuning"} {
		var recordings []recording
		readJSON(f, "testdata/"+topic+".json", &recordings)
		for _, c := range recordings[:min(len(recordings), 150)] {
			typ := c.typ()
			f.Add(typ == "index", replace(f, bases[typ].Given, c.At, c.Given))
		}
	}
	f.Fuzz(func(t *testing.T, sequential bool, raw []byte) {
		typ := "index_parallel"
		if sequential {
			typ = "index"
		}
		s, err := Parse(typ, raw)
		if err != nil {
			var fault *Error
			if !errors.As(err, &fault) || fault.Path == "" || fault.Problem == "" {
				t.Fatalf("the error %q says nothing of where or what", err)
			}
			return
		}
		echo := s.AppendJSON(nil)
		if !json.Valid(echo) {
			t.Fatalf("%s is echoed as %s, which is no JSON", raw, echo)
		}
		again, err := Parse(typ, echo)
		if err != nil {
			t.Fatalf("the echo %s is refused: %v", echo, err)
		}
		if twice := again.AppendJSON(nil); !bytes.Equal(echo, twice) {
			t.Fatalf("the echo differs from its own echo:\n%s\n%s", echo, twice)
		}
	})
}
