package spec

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the errors of today into the recordings")

// recording is what a Druid 33 makes of a spec: testdata/base.json with one value changed.
type recording struct {
	Type  string          `json:"type,omitempty"` // index_parallel unless given
	At    string          `json:"at"`             // the path of the changed value; "" for the whole spec
	Given json.RawMessage `json:"given"`
	// What Druid echoes differs from the echo of base.json in these values, by their paths.
	Echo map[string]json.RawMessage `json:"echo,omitempty"`
	// What we hide of the echo, as it may hold a secret.
	Hidden map[string]json.RawMessage `json:"hidden,omitempty"`
	// Druid's error, if it refuses the spec.
	Refused string `json:"refused,omitempty"`
	// Our error where it is another one, or where Druid accepts what cannot be run here.
	Ours string `json:"ours,omitempty"`
}

type base struct{ Given, Echo json.RawMessage }

func TestRecordedSpecs(t *testing.T) {
	t.Parallel()
	bases := map[string]base{}
	readJSON(t, "testdata/base.json", &bases)
	for _, topic := range []string{"spec", "dataschema", "ioconfig", "tuning"} {
		t.Run(topic, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("testdata", topic+".json")
			var recordings []recording
			readJSON(t, file, &recordings)
			for i := range recordings {
				recordings[i].check(t, bases)
			}
			if *update {
				writeLines(t, file, recordings)
			}
		})
	}
}

func (c *recording) typ() string {
	if c.Type == "" {
		return "index_parallel"
	}
	return c.Type
}

func (c *recording) check(t *testing.T, bases map[string]base) {
	typ := c.typ()
	name := typ + " " + c.At + " = " + string(c.Given)
	if *update {
		c.Ours = ""
	}
	s, err := Parse(typ, replace(t, bases[typ].Given, c.At, c.Given))
	if err == nil {
		err = s.Check(Limits{})
	}
	if err != nil {
		if *update {
			c.Ours = strings.Replace(err.Error(), c.Refused, "", 1)
			if c.Ours != "" {
				c.Ours = err.Error()
			}
			return
		}
		want := c.Ours
		if want == "" {
			want = c.Refused
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%s: error (-want +got):\n%s", name, diff)
		}
		return
	}
	if c.Refused != "" || c.Ours != "" {
		t.Errorf("%s is accepted, want the error %q", name, c.Ours+c.Refused)
		return
	}
	want := bases[typ].Echo
	for _, path := range slices.Sorted(maps.Keys(c.Echo)) {
		want = replace(t, want, path, c.Echo[path])
	}
	for _, path := range slices.Sorted(maps.Keys(c.Hidden)) {
		want = replace(t, want, path, c.Hidden[path])
	}
	echo := s.AppendJSON(nil)
	if diff := cmp.Diff(string(want), string(echo)); diff != "" {
		t.Errorf("%s: echo (-want +got):\n%s", name, diff)
	}
	again, err := Parse(typ, echo)
	if err != nil {
		t.Errorf("%s: the echo is refused: %v", name, err)
	} else if twice := again.AppendJSON(nil); !bytes.Equal(twice, echo) {
		t.Errorf("%s: the echo of the echo differs (-once +twice):\n%s", name, cmp.Diff(string(echo), string(twice)))
	}
}

// replace puts v in the place of the value at path, and leaves all other bytes as they are. A field that is not there is
// added at the end of its object.
func replace(t testing.TB, doc []byte, path string, v json.RawMessage) []byte {
	t.Helper()
	start, end, found := 0, len(doc), true
	if path != "" {
		for _, name := range strings.Split(path, ".") {
			var from, to int
			from, to, found = span(t, doc[start:end], name)
			start, end = start+from, start+to
		}
	}
	if !found {
		v = slices.Concat([]byte(`,"`+path[strings.LastIndexByte(path, '.')+1:]+`":`), v)
	}
	return slices.Concat(doc[:start], v, doc[end:])
}

// span finds the value of a field of an object, or else the place before the end of the object.
func span(t testing.TB, object []byte, name string) (from, to int, found bool) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	for token(t, d); d.More(); {
		key := token(t, d)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		if key == name {
			to = int(d.InputOffset())
			return to - len(raw), to, true
		}
	}
	return len(object) - 1, len(object) - 1, false
}

func token(t testing.TB, d *json.Decoder) json.Token {
	t.Helper()
	token, err := d.Token()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func readJSON(t testing.TB, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// writeLines writes one recording a line, so that changes show.
func writeLines(t testing.TB, file string, recordings []recording) {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	sep := "[\n"
	for _, c := range recordings {
		out.WriteString(sep)
		if err := e.Encode(c); err != nil {
			t.Fatal(err)
		}
		out.Truncate(out.Len() - 1)
		sep = ",\n"
	}
	out.WriteString("\n]\n")
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
