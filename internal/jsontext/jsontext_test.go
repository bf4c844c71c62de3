package jsontext_test

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"ovate/internal/jsontext"
	"ovate/internal/jsontext/jsontexttest"
)

// check compares what is found in a text with what encoding/json finds.
func check(t rapid.TB, text string) {
	data := []byte(text)
	s := jsontext.Scanner{Data: bytes.Clone(data)[:len(data):len(data)]} // nothing behind the end may be read
	begin := s.Blanks(0)
	end := s.Value(begin, 0)
	valid := end >= 0 && s.Blanks(end) == len(data)
	_, deep := jsontext.Measure(data)
	if want := utf8.Valid(data) && json.Valid(data) && deep < 0 && !hasHalves(data); valid != want || valid != jsontext.Valid(data) {
		t.Fatalf("%q: valid: %v, want %v: %s at %d", text, valid, want, s.Why, s.At)
	}
	if end < 0 && (s.Why == "" || s.At < 0 || s.At > len(data)) {
		t.Fatalf("%q: the fault is %q at %d", text, s.Why, s.At)
	}
	if !valid {
		return
	}
	if outline := jsontext.Outline(data, begin); outline != end {
		t.Fatalf("%q ends at %d, by its outline at %d", text, end, outline)
	}
	var want any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&want); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if got := walk(t, data[begin:end]); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q is gone through as %v, want %v", text, got, want)
	}
}

// hasHalves tells whether a text has escapes that are no characters.
func hasHalves(data []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(data))
	for {
		token, err := decoder.Token()
		if text, is := token.(string); is && strings.ContainsRune(text, utf8.RuneError) {
			return true
		}
		if err == io.EOF || err != nil {
			return false
		}
	}
}

// walk makes Go's values of a valid one.
func walk(t rapid.TB, value []byte) any {
	switch value[0] {
	case '{':
		object := map[string]any{}
		n := 0
		for key, value := range jsontext.Members(value) {
			object[string(jsontext.Unescape(nil, key))] = walk(t, value)
			n++
		}
		s := jsontext.Scanner{Data: value}
		end := s.Object(0, func(key, value []byte) bool { n--; return json.Valid(value) })
		if n != 0 || end != len(value) || jsontext.IsEmpty(value) != (len(object) == 0) {
			t.Fatalf("%q: %d members are left, %d is the end", value, n, end)
		}
		return object
	case '[':
		list := []any{}
		for value := range jsontext.Elements(value) {
			list = append(list, walk(t, value))
		}
		if jsontext.IsEmpty(value) != (len(list) == 0) {
			t.Fatalf("%q is empty: %v", value, jsontext.IsEmpty(value))
		}
		return list
	case '"':
		text := jsontext.Unescape(nil, value[1:len(value)-1])
		var again string
		if err := json.Unmarshal(jsontext.AppendString(nil, text), &again); err != nil || again != string(text) {
			t.Fatalf("%q is written as a string that says %q: %v", text, again, err)
		}
		return string(text)
	case 't', 'f':
		return value[0] == 't'
	case 'n':
		return nil
	}
	return json.Number(value)
}

// TestConformance: what is taken is JSON by the letter of RFC 8259, and is gone through as encoding/json does.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, text := range jsontexttest.Texts {
		check(t, text)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, jsontexttest.Draw(t)) })
}

// FuzzScanner looks for texts that are taken for JSON and are none, or the reverse.
func FuzzScanner(f *testing.F) {
	for _, text := range jsontexttest.Texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.ContainsRune(text, utf8.RuneError) && !strings.Contains(strings.ToLower(text), `\ufffd`) {
			check(t, text)
		}
	})
}

// TestFaults: a fault is told with what stands at its place.
func TestFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":tru}`: `has "tru}" where a value has to be`, `{"a":1,}`: "has a comma with nothing behind it", `[1 2]`: `has "2]" where a comma or the end of a list has to be`,
		`{"a" 1}`: `has "1}" where a colon has to be`, `{'a':1}`: "has single quotes, which are no JSON", `[01]`: `has "01]", which is no JSON number`, `[NaN]`: "has NaN, which is no JSON",
		"[\"\xff\"]": "is not UTF-8", `["\ud800"]`: `has half a character, "\\ud800\"]"`, "[\"a\tb\"]": `has the control character '\t' within a text`, `[1`: "ends within an object or a list",
	} {
		s := jsontext.Scanner{Data: []byte(text)}
		if end := s.Value(0, 0); end >= 0 || s.Why != want {
			t.Errorf("%q: %d, %s, want %s", text, end, s.Why, want)
		}
	}
	s := jsontext.Scanner{Data: []byte("[NaN,-Infinity]"), Loose: true}
	if end := s.Value(0, 0); end != len(s.Data) || !s.NoJSON {
		t.Errorf("loose: %d, %v, %s", end, s.NoJSON, s.Why)
	}
	if line, column := jsontext.Position([]byte("a\nbc"), 3); line != 2 || column != 2 {
		t.Errorf("line %d, column %d", line, column)
	}
}
