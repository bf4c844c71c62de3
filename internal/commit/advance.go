package commit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"ovate/druid"
)

// Refused is why something cannot be published: it was not read from where the last publication has ended.
type Refused struct {
	// Ahead tells that it was read from a later place: what comes before it may be published yet.
	Ahead bool
	msg   string
}

func (r *Refused) Error() string { return r.msg }

// Advance is what is to be stored once something is published that was read from start to end. Stored is what the publication before it has
// stored, and nil if there was none. The error is a *Refused if start is another place, or tells what the caller did wrong.
func Advance(stored, start, end *Metadata) (*Metadata, error) {
	if end.kind != objects && !end.read.end {
		return nil, druid.InvalidInput("field [endMetadata.partitions.type] is [start], but must be [end]")
	}
	// What is stored would go back, and be read again. Druid's Overlord takes it. Where numbers do not count, nobody can tell.
	if kind, _ := streams(end.kind); kind.numbers {
		if partition, back := start.beyond(end); back {
			return nil, druid.InvalidInput("field [endMetadata] ends partition [%s] at %s, but field [startMetadata] begins it at %s, which is after that",
				partition, end.read.offsets[partition], start.read.offsets[partition])
		}
	}
	if stored == nil {
		if start.kind == objects && !isNull(start.object) {
			return nil, &Refused{Ahead: true, msg: fmt.Sprintf("nothing was published yet, but this begins at %s", start)}
		}
		return end, nil
	}
	if start.kind != objects && stored.kind == objects {
		return nil, druid.InvalidInput("field [startMetadata.type] is [%s], but what was published last is of type [%s]", start.kind, stored.kind)
	}
	if !start.follows(stored) {
		_, ahead := start.beyond(stored) // something is left out
		r := &Refused{Ahead: ahead, msg: fmt.Sprintf("what was published last ends at %s, but this begins at %s", stored, start)}
		if r.Ahead {
			r.msg += ", which comes later: what is between them may be published yet; if it is lost, reset the supervisor"
		}
		return nil, r
	}
	return stored.plus(end)
}

// String is the JSON, for messages.
func (m *Metadata) String() string {
	text, err := json.Marshal(m)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// follows tells whether reading from m goes on where stored has ended, in all partitions that both of them tell of.
func (m *Metadata) follows(stored *Metadata) bool {
	switch {
	case m.kind != stored.kind:
		return false
	case m.kind == objects:
		return sameJSON(m.object, stored.object)
	case m.read.stream != stored.read.stream:
		return false
	}
	kind, _ := streams(m.kind)
	for partition, offset := range m.read.offsets {
		ended, both := stored.read.offsets[partition]
		if both && (offset != ended || m.read.begins(partition, kind) != stored.read.begins(partition, kind)) {
			return false
		}
	}
	return true
}

// beyond tells of a partition in which m lies after other, if both are of one stream.
func (m *Metadata) beyond(other *Metadata) (partition string, is bool) {
	if m.kind == objects || m.kind != other.kind || m.read.stream != other.read.stream {
		return "", false
	}
	for _, partition := range slices.Sorted(maps.Keys(m.read.offsets)) {
		if at, both := other.read.offsets[partition]; both && later(m.read.offsets[partition], at) {
			return partition, true
		}
	}
	return "", false
}

// plus is what was read up to m, and then up to end. Another stream takes the place of the one before.
func (m *Metadata) plus(end *Metadata) (*Metadata, error) {
	switch {
	case m.kind == objects:
		return end, nil
	case end.kind != m.kind:
		return nil, druid.InvalidInput("field [endMetadata.type] is [%s], but what was published last is of type [%s]", end.kind, m.kind)
	case end.read.stream != m.read.stream:
		return end, nil
	}
	sum := *end
	sum.read.offsets = maps.Clone(m.read.offsets)
	maps.Copy(sum.read.offsets, end.read.offsets)
	return &sum, nil
}

func isNull(object json.RawMessage) bool { return string(bytes.TrimSpace(object)) == "null" }

// sameJSON tells whether two documents are the same to a task of Druid, which has read them and written them again: but for the order of
// fields, and for how numbers with a fraction or an exponent are written, which Java reads as doubles. Integers are the same if all their
// digits are, and none is the same as a double: 1 is not 1.0, as in Java.
func sameJSON(a, b []byte) bool {
	x, errX := readExactly(a)
	y, errY := readExactly(b)
	if errX != nil || errY != nil {
		return bytes.Equal(a, b)
	}
	return reflect.DeepEqual(x, y)
}

// readExactly reads a document without rounding its integers.
func readExactly(text []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	return asInJava(value), nil
}

// asInJava puts doubles in the place of the numbers that Java reads as such, in all of a value. Integers stay text.
func asInJava(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, of := range value {
			value[name] = asInJava(of)
		}
	case []any:
		for i, of := range value {
			value[i] = asInJava(of)
		}
	case json.Number:
		switch {
		case value == "-0":
			return json.Number("0")
		case !strings.ContainsAny(string(value), ".eE"):
			return value
		}
		if double, err := value.Float64(); err == nil {
			return double
		}
	}
	return value
}
