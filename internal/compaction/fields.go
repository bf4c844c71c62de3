package compaction

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/spec"
	"ovate/internal/spelling"
)

// ErrInvalid is a config by which nobody can compact.
var ErrInvalid = errors.New("the compaction config cannot be used")

// fields reads an object, and keeps the first thing that is wrong with it.
type fields struct {
	of      string // what the object is, within the config: "" or "granularitySpec."
	members map[string]json.RawMessage
	*faults
}

// faults are the first ones of a config, and of what is within it.
type faults struct {
	err error
	// misspelt is about a name that Druid ignores, as it does not know it, and that is so like one it knows that this is probably meant. A config that is
	// submitted is refused for it; one that is stored is not.
	misspelt error
}

// submitted is why a config is refused that is submitted.
func (f *faults) submitted() error { return cmp.Or(f.err, f.misspelt) }

// object begins to read a config.
func object(value []byte, known ...string) *fields {
	return (&fields{faults: &faults{}}).read(value, known)
}

// object begins to read what is within a member.
func (f *fields) object(value []byte, name string, known ...string) *fields {
	return (&fields{of: f.of + name + ".", faults: f.faults}).read(value, known)
}

func (f *fields) read(value []byte, known []string) *fields {
	if json.Unmarshal(value, &f.members) != nil || f.members == nil {
		f.refuse("", "must be an object")
		return f
	}
	for _, name := range slices.Sorted(maps.Keys(f.members)) {
		if slices.Contains(known, name) {
			continue
		}
		if near := spelling.Nearest(name, known); near != "" && f.misspelt == nil {
			f.misspelt = f.fault(name, "is not known: did you mean %s?", near)
		}
	}
	return f
}

func (f *fields) refuse(name, format string, args ...any) {
	if f.err == nil {
		f.err = f.fault(name, format, args...)
	}
}

// fault is an error about a member; about the object itself if name is empty.
func (f *fields) fault(name, format string, args ...any) error {
	name = strings.TrimSuffix(f.of+name, ".")
	if name != "" {
		name = "field [" + name + "] "
	} else {
		name = "it "
	}
	return fmt.Errorf("%w: %s%s", ErrInvalid, name, fmt.Sprintf(format, args...))
}

// given is the value of a member; nil if it is missing or null.
func (f *fields) given(name string) json.RawMessage {
	if value := f.members[name]; string(value) != "null" {
		return value
	}
	return nil
}

// text is a member that is a text; "" if it is not given.
func (f *fields) text(name string) (text string) {
	if value := f.given(name); value != nil && json.Unmarshal(value, &text) != nil {
		f.refuse(name, "must be a text, but is %s", shown(value))
	}
	return text
}

// whole is a member that is a whole number, as it was given or else by default.
func (f *fields) whole(name string, least, most int64, otherwise string) json.RawMessage {
	value := f.given(name)
	if value == nil {
		return json.RawMessage(otherwise)
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n < least || n > most {
		f.refuse(name, "must be a whole number from %d to %d, but is %s", least, most, shown(value))
	}
	return value
}

// ratio is a member that is a part of a whole, as Java writes it.
func (f *fields) ratio(name string, otherwise json.RawMessage) json.RawMessage {
	value := f.given(name)
	if value == nil {
		return otherwise
	}
	r, err := strconv.ParseFloat(string(value), 64)
	if err != nil || !(r >= 0 && r <= 1) {
		f.refuse(name, "must be a number from 0 to 1, but is %s", shown(value))
	}
	return druid.AppendDouble(nil, r)
}

// boolean is a member that is true or false.
func (f *fields) boolean(name string) json.RawMessage {
	value := f.given(name)
	if value != nil && string(value) != "true" && string(value) != "false" {
		f.refuse(name, "must be true or false, but is %s", shown(value))
	}
	return orNull(value)
}

// switched is a member that is true or false, or else by default.
func (f *fields) switched(name string, otherwise json.RawMessage) json.RawMessage {
	if value := f.boolean(name); string(value) != "null" {
		return value
	}
	return otherwise
}

// period is a member that is a period.
func (f *fields) period(name, otherwise string) json.RawMessage {
	text := f.text(name)
	if text == "" && f.given(name) == nil {
		text = otherwise
	}
	p, err := druid.ParsePeriod(text)
	if err != nil {
		f.refuse(name, "must be a period such as P1D: %v", err)
	}
	return druid.AppendString(nil, p.String())
}

// granularity is a member that is a granularity, as it was given.
func (f *fields) granularity(name string) json.RawMessage {
	value := f.given(name)
	if value != nil {
		if err := json.Unmarshal(value, new(druid.Granularity)); err != nil {
			f.refuse(name, "%s", strings.ReplaceAll(jsontext.Misfit(err), "\n", " "))
		}
	}
	return orNull(value)
}

// nested is a member that is an object, as it was given.
func (f *fields) nested(name string) json.RawMessage {
	value := f.given(name)
	if value != nil && value[0] != '{' {
		f.refuse(name, "must be an object, but is %s", shown(value))
	}
	return orNull(value)
}

// context is a member that is the context of tasks, as it was given.
func (f *fields) context(name string) json.RawMessage {
	value := f.nested(name)
	all := new(druid.Context)
	if f.err != nil {
		return value
	}
	if err := all.UnmarshalJSON(value); err != nil {
		f.refuse(name, "cannot be the context of a task: %v", err)
	} else if fault := spec.ContextFault(all); fault != "" {
		f.refuse(name, "%s", fault)
	}
	return value
}

// list is a member that is a list, as it was given, and its elements.
func (f *fields) list(name string) (value json.RawMessage, elements []json.RawMessage) {
	if value = f.given(name); value != nil && json.Unmarshal(value, &elements) != nil {
		f.refuse(name, "must be a list, but is %s", shown(value))
	}
	return orNull(value), elements
}

// shown is the beginning of a value, for messages.
func shown(value json.RawMessage) string {
	const enough = 100
	if len(value) <= enough {
		return string(value)
	}
	return strings.ToValidUTF8(string(value[:enough]), "") + "..."
}

// orNull is a value without blanks; numbers and texts stay as they were written.
func orNull(value json.RawMessage) json.RawMessage {
	if len(value) == 0 {
		return json.RawMessage("null")
	}
	var dst bytes.Buffer
	if json.Compact(&dst, value) != nil {
		return value // which nobody has taken for JSON either
	}
	return dst.Bytes()
}
