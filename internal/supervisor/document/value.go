// Package document reads the JSON of a supervisor's spec, or of a task, as Druid's mapper does, and keeps what is wrong with it by the name of the field.
package document

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"ovate/internal/jsontext"
	"ovate/internal/uri"
)

// Error is a field of a spec or a task that Druid would not take, or that cannot work. It shows nothing of consumerProperties.
type Error struct {
	Field   string // such as spec.ioConfig.taskCount; empty: all of it
	Problem string
}

func (e *Error) Error() string {
	if e.Field == "" {
		return e.Problem
	}
	return fmt.Sprintf("Field [%s] %s", e.Field, e.Problem)
}

// faults keeps the first fault, so that the code that reads a document need not stop at every field.
type faults struct{ first *Error }

// Value is a part of a document, and where it stands in it. Names of members are compared exactly. Of several equal ones the last counts, as in Druid,
// except that a type is settled once it has been read.
type Value struct {
	raw    []byte // empty if it is not there
	path   string
	faults *faults
}

// Parse is all of a JSON object; what names it where the error, an *Error, tells that it is none.
func Parse(text []byte, what string) (Value, error) {
	text = bytes.TrimSpace(text)
	if _, deep := jsontext.Measure(text); deep >= 0 || !jsontext.Sendable(text) {
		return Value{}, &Error{Problem: what + " is no valid JSON in UTF-8"}
	}
	if text[0] != '{' {
		return Value{}, &Error{Problem: what + " must be a JSON object"}
	}
	return Value{raw: text, faults: new(faults)}, nil
}

// Parts are those of the spec of a stream's supervisor: in "spec", as in Druid all of them if there is any, or as older ones side by side.
func (v Value) Parts() Value {
	if within := v.Field("spec"); within.Object() {
		return within
	}
	return v
}

// Failure is the first fault in all of the document, if there is one: an *Error.
func (v Value) Failure() error {
	if v.faults.first == nil {
		return nil // a nil *Error would be an error
	}
	return v.faults.first
}

// Refuse records that v cannot be accepted, in words that follow its path.
func (v Value) Refuse(format string, args ...any) {
	if v.faults.first == nil {
		v.faults.first = &Error{v.path, uri.RedactIn(fmt.Sprintf(format, args...))}
	}
}

// Raw is the JSON, empty if it is not there.
func (v Value) Raw() []byte { return v.raw }

// Path is where it stands, such as spec.ioConfig.taskCount.
func (v Value) Path() string { return v.path }

// Missing tells whether v is not there, or is null, between which Druid makes no difference.
func (v Value) Missing() bool { return len(v.raw) == 0 || v.raw[0] == 'n' }

// Is tells whether v begins like this: with a brace, a bracket or a quote.
func (v Value) Is(first byte) bool { return len(v.raw) > 0 && v.raw[0] == first }

// At is a place within v.
func (v Value) At(name string, raw []byte) Value {
	path := name
	if v.path != "" {
		path = v.path + "." + name
	}
	return Value{raw, path, v.faults}
}

// Field is the member of that name, which is not there if v has none or is no object.
func (v Value) Field(name string) Value {
	f := v.At(name, nil)
	for each, raw := range v.Members() {
		if each == name {
			f.raw = raw
			if name == "type" {
				break
			}
		}
	}
	return f
}

// Members goes through all of an object, as often as they are there.
func (v Value) Members() iter.Seq2[string, []byte] {
	return func(yield func(name string, raw []byte) bool) {
		if !v.Is('{') {
			return
		}
		for key, raw := range jsontext.Members(v.raw) {
			if !yield(string(jsontext.Unescape(nil, key)), raw) {
				return
			}
		}
	}
}

// Items are the elements of a list.
func (v Value) Items() (all []Value) {
	if !v.List() {
		return nil
	}
	for raw := range jsontext.Elements(v.raw) {
		all = append(all, Value{raw, fmt.Sprintf("%s[%d]", v.path, len(all)), v.faults})
	}
	return all
}

// Object tells whether v is there, and refuses what is none.
func (v Value) Object() bool {
	if !v.Missing() && !v.Is('{') {
		v.Refuse("must be an object, but is %s", v.Shown())
	}
	return v.Is('{')
}

// List tells whether v is there, and refuses what is none.
func (v Value) List() bool {
	if !v.Missing() && !v.Is('[') {
		v.Refuse("must be a list, but is %s", v.Shown())
	}
	return v.Is('[')
}

// Shown is how v is quoted in an error: as JSON where that is short, else the kind of thing it is.
func (v Value) Shown() string {
	switch {
	case len(v.raw) == 0:
		return "missing"
	case v.Is('{'):
		return "an object"
	case v.Is('['):
		return "a list"
	case v.Is('"'):
		return strconv.Quote(Cut(uri.Redact(v.Unquoted())))
	}
	return Cut(string(v.raw))
}

// Cut shortens what would bury an error message.
func Cut(s string) string {
	const enough = 100
	if len(s) > enough {
		return strings.ToValidUTF8(s[:enough], "") + "..."
	}
	return s
}

// Unquoted is the text that v is.
func (v Value) Unquoted() string { return string(jsontext.Unescape(nil, v.raw[1:len(v.raw)-1])) }
