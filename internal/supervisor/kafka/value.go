package kafka

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"

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

// failure is the first fault, if there is one.
func (f *faults) failure() error {
	if f.first == nil {
		return nil // a nil *Error would be an error
	}
	return f.first
}

// value is a part of a document, and where it stands in it. Names of members are compared exactly. Of several equal ones the last counts, as in Druid,
// except that a type is settled once it has been read.
type value struct {
	raw    []byte // empty if it is not there
	path   string
	faults *faults
}

// document is all of a JSON object.
func document(text []byte, what string) (value, error) {
	text = bytes.TrimSpace(text)
	if _, deep := jsontext.Measure(text); deep >= 0 || !jsontext.Sendable(text) {
		return value{}, &Error{Problem: what + " is no valid JSON in UTF-8"}
	}
	if text[0] != '{' {
		return value{}, &Error{Problem: what + " must be a JSON object"}
	}
	return value{raw: text, faults: new(faults)}, nil
}

// refuse records that v cannot be accepted, in words that follow its path.
func (v value) refuse(format string, args ...any) {
	if v.faults.first == nil {
		v.faults.first = &Error{v.path, uri.RedactIn(fmt.Sprintf(format, args...))}
	}
}

// missing tells whether v is not there, or is null, between which Druid makes no difference.
func (v value) missing() bool { return len(v.raw) == 0 || v.raw[0] == 'n' }

// is tells whether v begins like this: with a brace, a bracket or a quote.
func (v value) is(first byte) bool { return len(v.raw) > 0 && v.raw[0] == first }

// at is a place within v.
func (v value) at(name string, raw []byte) value {
	path := name
	if v.path != "" {
		path = v.path + "." + name
	}
	return value{raw, path, v.faults}
}

// field is the member of that name, which is not there if v has none or is no object.
func (v value) field(name string) value {
	f := v.at(name, nil)
	for each, raw := range v.members() {
		if each == name {
			f.raw = raw
			if name == "type" {
				break
			}
		}
	}
	return f
}

// members goes through all of an object, as often as they are there.
func (v value) members() iter.Seq2[string, []byte] {
	return func(yield func(name string, raw []byte) bool) {
		if !v.is('{') {
			return
		}
		for key, raw := range jsontext.Members(v.raw) {
			if !yield(string(jsontext.Unescape(nil, key)), raw) {
				return
			}
		}
	}
}

// items are the elements of a list.
func (v value) items() (all []value) {
	if !v.list() {
		return nil
	}
	for raw := range jsontext.Elements(v.raw) {
		all = append(all, value{raw, fmt.Sprintf("%s[%d]", v.path, len(all)), v.faults})
	}
	return all
}

// object tells whether v is there, and refuses what is none.
func (v value) object() bool {
	if !v.missing() && !v.is('{') {
		v.refuse("must be an object, but is %s", v.shown())
	}
	return v.is('{')
}

// list tells whether v is there, and refuses what is none.
func (v value) list() bool {
	if !v.missing() && !v.is('[') {
		v.refuse("must be a list, but is %s", v.shown())
	}
	return v.is('[')
}

// shown is how v is quoted in an error: as JSON where that is short, else the kind of thing it is.
func (v value) shown() string {
	const enough = 100
	switch {
	case len(v.raw) == 0:
		return "missing"
	case v.is('{'):
		return "an object"
	case v.is('['):
		return "a list"
	case v.is('"'):
		return strconv.Quote(uri.Redact(cut(v.unquoted(), enough)))
	}
	return cut(string(v.raw), enough)
}

func cut(s string, enough int) string {
	if len(s) > enough {
		return s[:enough] + "..."
	}
	return s
}

// unquoted is the text that v is.
func (v value) unquoted() string { return string(jsontext.Unescape(nil, v.raw[1:len(v.raw)-1])) }

// plain is a value of which nothing is known, so that two that say the same are equal: members that are null or empty are as good as missing.
func (v value) plain() any {
	switch {
	case v.missing():
		return nil
	case v.is('{'):
		return members{}.of(v)
	case v.is('['):
		return listOf(value.plain)(v)
	case v.is('"'):
		return v.unquoted()
	case v.is('t'), v.is('f'):
		return v.is('t')
	}
	number := json.Number(v.raw)
	if bytes.ContainsAny(v.raw, ".eE") {
		if double, err := number.Float64(); err == nil {
			return double
		}
	}
	return number
}
