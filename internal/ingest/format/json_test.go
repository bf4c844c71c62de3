package format

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// javaClass is the class of the object that Druid makes of a value.
func javaClass(data []byte, v value) string {
	switch v.kind {
	case integer, decimal:
		if parseNumber(v.kind, data[v.start:v.end]).IsDouble() {
			return "Double"
		}
		return "Long"
	case text:
		return "String"
	case list:
		return "ArrayList"
	case object:
		return "LinkedHashMap"
	}
	return "Boolean"
}

// testdata/jackson.tsv holds lines (base64) with what Druid's flattener makes of them: the fields with class and text of
// their values, or ERR.
func TestJSONAsDruidReads(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/jackson.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		in, want, _ := strings.Cut(lines.Text(), "\t")
		line, err := base64.StdEncoding.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := readLine(t, line); got != normalJSON(t, want) {
			t.Errorf("%q = %s, want %s", line, got, want)
		}
	}
}

// normalJSON writes JSON as readLine does.
func normalJSON(t *testing.T, s string) string {
	t.Helper()
	if s == "ERR" {
		return s
	}
	var out []string
	d := json.NewDecoder(strings.NewReader(s))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(out, " ")
		}
		if err != nil {
			t.Fatal(s, err)
		}
		out = append(out, fmt.Sprintf("%#v", token))
	}
}

func readLine(t *testing.T, line []byte) string {
	t.Helper()
	p := newTestParser(t, &spec.DataSchema{}, spec.JSONFormat{}, true)
	p.data = append(bytes.Clone(line), "\n\x00\x00\x00\x00\x00\x00\x00"...)
	p.clear()
	after, ok := p.lines.next(p, 0)
	if after != len(line)+1 {
		t.Errorf("%q: the next line is at %d", line, after)
	}
	if !ok {
		return "ERR"
	}
	out := []string{fmt.Sprintf("%#v", json.Delim('{'))}
	at := skipBlanks(p.data, len(line)-len(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))))
	if p.data[at] == '{' {
		for _, f := range fields(p.data, value{kind: object, start: int32(at)}, nil) {
			out = append(out, fmt.Sprintf("%#v", f.name))
			if f.value.kind == null {
				out = append(out, "<nil>")
				continue
			}
			out = append(out, fmt.Sprintf("%#v", javaClass(p.data, f.value)+":"+string(appendJSONValue(nil, p.data, f.value))))
		}
	}
	return strings.Join(append(out, fmt.Sprintf("%#v", json.Delim('}'))), " ")
}

func newTestParser(t testing.TB, schema *spec.DataSchema, f spec.InputFormat, keepFaults bool) *Parser {
	t.Helper()
	p, err := NewParser(Config{Schema: schema, Format: f, KeepFaults: keepFaults})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What the parser remembers of one row must not change what it reads in the next.
func TestRowsDoNotInfluenceEachOther(t *testing.T) {
	t.Parallel()
	schema := &spec.DataSchema{
		Timestamp:  spec.TimestampSpec{Column: "t", Format: "millis"},
		Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{{Name: "a"}, {Name: "b"}, {Name: "c", Type: spec.Long}}},
	}
	blanks := rapid.SampledFrom([]string{"", "", "", "", "", " ", "\t "})
	names := rapid.SampledFrom([]string{"a", "b", "x"})
	values := rapid.SampledFrom([]string{"1", "-2.5", `"x"`, `"\n"`, "null", "true", `["p","q"]`, `{"a":1}`, `""`})
	seldom := func(t *rapid.T, usual string, odd ...string) string {
		if rapid.IntRange(0, 9).Draw(t, "odd") < 9 {
			return usual
		}
		return rapid.SampledFrom(odd).Draw(t, "instead of "+usual)
	}
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for range rapid.IntRange(1, 30).Draw(t, "rows") {
			line := seldom(t, "{", "{ ", " {", "\xef\xbb\xbf{", ",", "{,", "{{", "")
			fields := rapid.IntRange(1, 4).Draw(t, "fields")
			timeAt := rapid.IntRange(0, fields).Draw(t, "time")
			for i := range fields {
				if i > 0 {
					line += seldom(t, ",", "{", "{", "{", "{", "", ",,", ":", ", ", "}") + blanks.Draw(t, "blank")
				}
				name, value := seldom(t, names.Draw(t, "name"), "", "\\u0061", "c", "ab"), "1"
				if i == timeAt {
					name = "t"
				} else {
					value = seldom(t, values.Draw(t, "value"), "01", `"`, "[1,")
				}
				line += `"` + name + `"` + seldom(t, ":", "", "::", " :", ",") + blanks.Draw(t, "blank") + value
			}
			lines = append(lines, line+seldom(t, "}", "} x", "", ",}", "}}"))
		}
		together := parseRows(t, schema, lines)
		var alone []string
		for _, line := range lines {
			alone = append(alone, parseRows(t, schema, []string{line})...)
		}
		if diff := cmp.Diff(alone, together); diff != "" {
			t.Errorf("%s\n(-alone +together):\n%s", strings.Join(lines, "\n"), diff)
		}
	})
}

// A line that is broken is refused whatever the lines before it have taught the parser.
func TestBrokenLineIsRefusedAfterOthers(t *testing.T) {
	t.Parallel()
	schema := &spec.DataSchema{
		Timestamp:  spec.TimestampSpec{Column: "t", Format: "millis"},
		Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{{Name: "a"}, {Name: "x"}}},
	}
	for broken, before := range map[string][]string{
		`{"t":1,"x":"1"{"a":"2"}`: {`{"t":1,"x":"1","a":"2"}`, `{"a":"5","t":1}`},
		`,"t":1,"x":"1"}`:         {`{"t":1,"x":"1"}`, `{"x":"1","t":1}`},
		`{{"t":1,"x":"1"}`:        {`{"t":1,"x":"1"}`},
		`{"t":1,"x":"1","a":2`:    {`{"t":1,"x":"1","a":2}`},
	} {
		p := newTestParser(t, schema, spec.JSONFormat{}, true)
		var b row.Batch
		data := strings.Join(append(before, broken), "\n") + "\n"
		for range 2 { // the second time with everything known
			if err := p.Parse(t.Context(), Chunk{Data: []byte(data)}, &b); err != nil {
				t.Fatal(err)
			}
			if b.N != len(before) || len(b.Faults) != 1 || b.Faults[0].Input != broken {
				t.Errorf("%s: %q", broken, batchText(&b))
			}
		}
	}
}

// parseRows writes rows and faults as text.
func parseRows(t *rapid.T, schema *spec.DataSchema, lines []string) []string {
	p, err := NewParser(Config{Schema: schema, Format: spec.JSONFormat{}, KeepFaults: true})
	if err != nil {
		t.Fatal(err)
	}
	var b row.Batch
	if err := p.Parse(t.Context(), Chunk{Data: []byte(strings.Join(lines, "\n") + "\n")}, &b); err != nil {
		t.Fatal(err)
	}
	return batchText(&b)
}

func batchText(b *row.Batch) []string {
	var out []string
	fault := 0
	for i := 0; i <= b.N; i++ {
		for ; fault < len(b.Faults) && b.Faults[fault].Row == i && b.Faults[fault].Kind == row.Unparseable; fault++ {
			out = append(out, b.Faults[fault].Input)
		}
		if i == b.N {
			break
		}
		text := b.Time[i].String()
		for k := range b.Dimensions {
			text += "; " + cellText(&b.Dimensions[k], i)
		}
		for k := range b.Discovered {
			text += "; " + b.Discovered[k].Name + "=" + discoveredText(&b.Discovered[k], i)
		}
		for k := range b.Metrics {
			if c := &b.Metrics[k]; len(c.Longs)+len(c.Floats)+len(c.Doubles) > 0 {
				text += "; " + cellText(c, i)
			}
		}
		for ; fault < len(b.Faults) && b.Faults[fault].Row == i; fault++ {
			text += " !" + strings.Join(b.Faults[fault].Details, "!")
		}
		out = append(out, text)
	}
	return out
}

func discoveredText(d *row.Discovered, i int) string {
	if d.ID(i) == 0 {
		return "null"
	}
	return cellText(&d.Column, i-d.From)
}

func cellText(c *row.Column, i int) string {
	one := func(id int32) string {
		if id == 0 {
			return "null"
		}
		return fmt.Sprintf("%q", c.Dict.At(id))
	}
	switch {
	case c.Null != nil && c.Null[i]:
		return "null"
	case c.Type == spec.Long:
		return fmt.Sprint(c.Longs[i])
	case c.Type == spec.Float:
		return fmt.Sprint(c.Floats[i])
	case c.Type == spec.Double:
		return fmt.Sprint(c.Doubles[i])
	case c.IDs[i] >= 0:
		return one(c.IDs[i])
	}
	k := -1 - c.IDs[i]
	begin := int32(0)
	if k > 0 {
		begin = c.ListEnds[k-1]
	}
	var items []string
	for _, id := range c.ListIDs[begin:c.ListEnds[k]] {
		items = append(items, one(id))
	}
	return "[" + strings.Join(items, " ") + "]"
}

// FuzzJSON holds the parser against encoding/json, whose strictness differs only where said.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":"x"}`, `{"a":[1,{"b":null}],"c":-0.5e3}`, `{"a":"é\u00e9\ud83d\ude00"}`, `{`, `[1]`, `{"a":tru}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		line, _, _ = bytes.Cut(line, []byte("\n"))
		if !utf8.Valid(line) || len(line) == 0 || line[0] != '{' {
			return // encoding/json replaces what is broken
		}
		p := newTestParser(t, &spec.DataSchema{}, spec.JSONFormat{}, false)
		p.data = append(bytes.Clone(line), "\n\x00\x00\x00\x00\x00\x00\x00"...)
		p.clear()
		after, ok := p.lines.next(p, 0)
		if after != len(line)+1 {
			t.Errorf("%q: the next line is at %d", line, after)
		}
		var want map[string]any
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		err := d.Decode(&want)
		if ok != (err == nil) {
			t.Fatalf("%q: read %v, but encoding/json says %v", line, ok, err)
		}
		if !ok {
			return
		}
		got := fields(p.data, value{kind: object, start: 0}, nil)
		if len(got) != len(want) && !bytes.Contains(line, []byte(`\u`)) {
			t.Fatalf("%q has %d fields, want %d", line, len(got), len(want))
		}
		for _, field := range got {
			if s, isString := want[field.name].(string); isString && !bytes.Contains(line, []byte(`\u`)) {
				if text := string(appendJSONValue(nil, p.data, field.value)); text != s {
					t.Errorf("%q: %q is %q, want %q", line, field.name, text, s)
				}
			}
		}
	})
}

func TestRelaxed(t *testing.T) {
	t.Parallel()
	all := map[string]bool{}
	for feature := range (&relaxer{}).relaxations() {
		all[feature] = true
	}
	delete(all, "ALLOW_MISSING_VALUES")
	for in, want := range map[string]string{
		`{"a":1} // x`:                      `{"a":1}  `,
		`{/* , */"a"/**/:1}`:                `{ "a" :1}`,
		`{"a":1} # x`:                       `{"a":1}  `,
		`{a:1,b_2:'x"y\'z'}`:                `{"a":1,"b_2":"x\"y'z"}`,
		"{\"a\":\"\tx\"}":                   `{"a":"\u0009x"}`,
		`{"a":"\q\n"}`:                      `{"a":"q\n"}`,
		`{"a":007,"b":-00.5,"c":.5,"d":00}`: `{"a":7,"b":-0.5,"c":0.5,"d":0}`,
		`{"a":NaN,"b":-INF,"c":Infinity}`:   `{"a":"NaN","b":-1e999,"c":1e999}`,
		`{"a":[1 , ] , }`:                   `{"a":[1 ] }`,
		`{a-b:1,@c:2}`:                      `{"a-b":1,"@c":2}`,
		// what Jackson refuses stays wrong
		`{"a":- 1,"b":1/**/2,"c":tr ue}`: `{"a":- 1,"b":1 2,"c":tr ue}`,
		`{"a":-.5,"b":INF}`:              `{"a":-.5,"b":INF}`,
		`{"a":[1,2,],}`:                  `{"a":[1,2]}`,
		`{"a":"// no #"}`:                `{"a":"// no #"}`,
		`{"a":true,"b":[null,{}]}`:       `{"a":true,"b":[null,{}]}`,
	} {
		r, err := newRelaxer(all)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(r.apply([]byte(in))); got != want {
			t.Errorf("%s = %s, want %s", in, got, want)
		}
	}
	r, err := newRelaxer(map[string]bool{"ALLOW_MISSING_VALUES": true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(r.apply([]byte(`{"a":[,1, ,],"b":[],"c":,"d":}`))), `{"a":[null,1,null ,null],"b":[],"c":null,"d":null}`; strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("missing values: %s, want %s", got, want)
	}
	if _, err := newRelaxer(map[string]bool{"ALLOW_ANYTHING": true}); err == nil || !strings.Contains(err.Error(), "ALLOW_ANYTHING") {
		t.Errorf("an unknown feature gives %v", err)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	schema := &spec.DataSchema{
		Timestamp:  spec.TimestampSpec{Column: "t", Format: "millis"},
		Dimensions: spec.DimensionsSpec{Exclusions: []string{"t", "no", "m"}},
		Metrics:    []spec.Aggregator{{Name: "m", Aggregate: spec.Sum, Type: spec.Long, Field: "m"}},
	}
	data := `{"t":1,"b":"x","n":null,"no":1,"o":{"a":1},"m":"1,000"}
{"t":2,"a":[1,2.5,null,true],"b":null,"l":[[1]],"":1,"__time":5}
{"t":3,"n":"late","a":[],"o":"text","b":1e20,"b":2}
`
	for keep, want := range map[bool][]string{
		false: {
			`1970-01-01T00:00:00.001Z; b="x"; a=null; n=null; o=null; 1000`,
			`1970-01-01T00:00:00.002Z; b=null; a=["1" "2.5" null "true"]; n=null; o=null; null`,
			`1970-01-01T00:00:00.003Z; b="2"; a=null; n="late"; o="text"; null`,
		},
		true: {
			`1970-01-01T00:00:00.001Z; b="x"; n=null; a=null; o=null; 1000`,
			`1970-01-01T00:00:00.002Z; b=null; n=null; a=["1" "2.5" null "true"]; o=null; null`,
			`1970-01-01T00:00:00.003Z; b="2"; n="late"; a=null; o="text"; null`,
		},
	} {
		p := newTestParser(t, schema, spec.JSONFormat{KeepNullColumns: keep}, true)
		var b row.Batch
		for range 2 { // the second time with everything known
			if err := p.Parse(t.Context(), Chunk{Data: []byte(data)}, &b); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, batchText(&b)); diff != "" {
				t.Errorf("keepNullColumns %v (-want +got):\n%s", keep, diff)
			}
		}
	}
}

func TestDeepNesting(t *testing.T) {
	t.Parallel()
	for depth, want := range map[int]string{900: "", maxDepth + 1: "ERR", 1 << 20: "ERR"} {
		line := `{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}"
		if got := readLine(t, []byte(line)); (got == "ERR") != (want == "ERR") {
			t.Errorf("depth %d: %.20s", depth, got)
		}
	}
}

// What a dimension's multiValueHandling makes of its lists is done where they are sorted.
func TestListsStayAsTheyCome(t *testing.T) {
	t.Parallel()
	schema := &spec.DataSchema{
		Timestamp:  spec.TimestampSpec{Column: "t", Format: "millis"},
		Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{{Name: "s", MultiValue: spec.SortedSet}, {Name: "a", MultiValue: spec.Array}}},
	}
	p := newTestParser(t, schema, spec.JSONFormat{}, true)
	var b row.Batch
	if err := p.Parse(t.Context(), Chunk{Data: []byte(`{"t":0,"s":["b","a","b",null,null],"a":["x","x"]}` + "\n" + `{"t":0,"s":["x"],"a":[null]}`)}, &b); err != nil {
		t.Fatal(err)
	}
	want := []string{`1970-01-01T00:00:00.000Z; ["b" "a" "b" null null]; ["x" "x"]`, `1970-01-01T00:00:00.000Z; "x"; null`}
	if got := batchText(&b); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnusualUTF8(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"\xc0\x80": "\x00", "\xe0\x80\x80": "\x00", "\xed\xa0\xbd\xed\xb8\x80": "😀", "\xed\xa0\xbd": "?", "\xf4\x90\x80\x80": "??",
		`\ud83d\ude00`: "😀", `\ud83dx`: "?x", `\ude00\ud83d`: "??", `\ud83d\ud83d\ude00`: "?😀", `\u0041\/`: "A/",
	} {
		if got := string(unescapeJSON(nil, []byte(in))); got != want {
			t.Errorf("%q = %q, want %q", in, got, want)
		}
	}
}
