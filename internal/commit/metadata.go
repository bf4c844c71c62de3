// Package commit knows what a task publishes together with segments, so that nothing of a stream is published twice or left out: how far the
// stream was read. Druid calls it the metadata of a data source.
package commit

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// Metadata is what was read: partitions of a stream, or an object which only its publisher understands.
type Metadata struct {
	kind   string
	object json.RawMessage // of kind object
	read   partitions      // of any other
}

// objects is the kind of metadata that only its publisher understands.
const objects = "object"

// stream is what streams of a kind have in common.
type stream struct {
	numbers    bool // an offset is a number of 64 bits; otherwise it is a text
	numbered   bool // a partition is a number, perhaps after its topic and a colon
	afterwards bool // what comes after a sequence begins after the last one of it, and not with it
}

// streams are the kinds that Druid has supervisors for.
func streams(kind string) (s stream, known bool) {
	switch kind {
	case "kafka":
		return stream{numbers: true, numbered: true}, true
	case "rabbit":
		return stream{numbers: true}, true
	case "kinesis":
		return stream{afterwards: true}, true
	}
	return stream{}, false
}

// partitions tells where reading begins, or where it has ended.
type partitions struct {
	end       bool
	stream    string
	offsets   map[string]string
	exclusive map[string]bool // partitions in which reading begins after the offset; of a beginning
}

// Kind is that of the stream, such as kafka, or object.
func (m *Metadata) Kind() string { return m.kind }

// Stream is the name of the stream, empty of an object.
func (m *Metadata) Stream() string { return m.read.stream }

// Offsets are those by partition, as texts; none of an object.
func (m *Metadata) Offsets() map[string]string { return maps.Clone(m.read.offsets) }

type wire struct {
	Type       string          `json:"type"`
	Object     json.RawMessage `json:"object"`
	Partitions *wirePartitions `json:"partitions"`
}

// wirePartitions has everything twice, as older versions of Druid have other names.
type wirePartitions struct {
	Type      string                     `json:"type"`
	Stream    string                     `json:"stream"`
	Offsets   map[string]json.RawMessage `json:"partitionSequenceNumberMap"`
	Topic     string                     `json:"topic"`
	Older     map[string]json.RawMessage `json:"partitionOffsetMap"`
	Exclusive []json.RawMessage          `json:"exclusivePartitions"`
}

// Parse takes what is in the table. The error names the field and what would be right.
func Parse(text []byte) (*Metadata, error) {
	var m Metadata
	if err := m.unmarshal(text); err != nil {
		return nil, err
	}
	return &m, nil
}

// UnmarshalJSON takes what Druid's tasks send.
func (m *Metadata) UnmarshalJSON(text []byte) error {
	if err := m.unmarshal(text); err != nil {
		return fmt.Errorf("startMetadata or endMetadata: %w", err)
	}
	return nil
}

func (m *Metadata) unmarshal(text []byte) error {
	var w wire
	if err := jsontext.Unmarshal(text, &w); err != nil {
		return errors.New(jsontext.Misfit(err))
	}
	kind, known := streams(w.Type)
	switch {
	case w.Type == objects:
		*m = Metadata{kind: objects, object: w.Object}
		if len(w.Object) == 0 {
			m.object = json.RawMessage("null")
		}
		return nil
	case !known:
		return fmt.Errorf("field [type] is %q, but must be one of kafka, kinesis, rabbit, object", w.Type)
	case w.Partitions == nil:
		return fmt.Errorf("field [partitions] is missing")
	}
	read, err := w.Partitions.read(kind)
	if err != nil {
		return fmt.Errorf("field [partitions]: %w", err)
	}
	*m = Metadata{kind: w.Type, read: read}
	return nil
}

func (w *wirePartitions) read(kind stream) (p partitions, err error) {
	field := "partitionSequenceNumberMap"
	if w.Offsets == nil && w.Older != nil {
		w.Offsets, field = w.Older, "partitionOffsetMap"
	}
	if w.Stream == "" {
		w.Stream = w.Topic
	}
	switch {
	case w.Type != "start" && w.Type != "end":
		return p, fmt.Errorf("field [type] is %q, but must be start or end", w.Type)
	case w.Stream == "":
		return p, fmt.Errorf("field [stream] is missing")
	case w.Offsets == nil:
		return p, fmt.Errorf("field [%s] is missing", field)
	}
	p = partitions{end: w.Type == "end", stream: w.Stream, offsets: make(map[string]string, len(w.Offsets)), exclusive: map[string]bool{}}
	for name, value := range w.Offsets {
		partition, ok := kind.partition(name)
		if !ok {
			return p, fmt.Errorf("field [%s] has the partition %q, which must be a number, perhaps after a topic and a colon", field, name)
		}
		if _, twice := p.offsets[partition]; twice {
			return p, fmt.Errorf("field [%s] has the partition %q twice, once as %q, but must have it once", field, partition, name)
		}
		if p.offsets[partition], ok = kind.offset(value); !ok {
			return p, fmt.Errorf("field [%s.%s] is %s, but must be an offset", field, name, value)
		}
	}
	for _, value := range w.Exclusive {
		name := string(value)
		if name[0] == '"' {
			if err := json.Unmarshal(value, &name); err != nil {
				return p, fmt.Errorf("field [exclusivePartitions]: %w", err)
			}
		}
		partition, ok := kind.partition(name)
		if !ok {
			partition = name // it is none of those that have offsets
		}
		p.exclusive[partition] = true
	}
	return p, nil
}

// partition is the name of a partition as Druid writes it. Its number may come as "+1" or "01", which Java reads, too.
func (s stream) partition(name string) (written string, ok bool) {
	if !s.numbered {
		return name, true
	}
	at := strings.LastIndexByte(name, ':') + 1
	n, err := strconv.ParseInt(name[at:], 10, 32)
	return name[:at] + strconv.FormatInt(n, 10), err == nil
}

// offset is an offset as Druid writes it. A number may come as text, and as "+1" or "01", which Java reads, too.
func (s stream) offset(value json.RawMessage) (written string, ok bool) {
	switch c := value[0]; {
	case c == '"':
		if json.Unmarshal(value, &written) != nil {
			return "", false
		}
	case c == '-' || '0' <= c && c <= '9':
		written = string(value)
	default:
		return "", false
	}
	if !s.numbers {
		return written, true
	}
	n, err := strconv.ParseInt(written, 10, 64)
	return strconv.FormatInt(n, 10), err == nil
}

// MarshalJSON writes what Druid reads.
func (m Metadata) MarshalJSON() ([]byte, error) {
	dst := druid.AppendString([]byte(`{"type":`), m.kind)
	if m.kind == objects {
		return append(append(append(dst, `,"object":`...), m.object...), '}'), nil
	}
	kind, _ := streams(m.kind)
	offsets := m.read.appendOffsets(nil, kind)
	name := druid.AppendString(nil, m.read.stream)
	typ := "start"
	if m.read.end {
		typ = "end"
	}
	dst = fmt.Appendf(dst, `,"partitions":{"type":%q,"stream":%s,"partitionSequenceNumberMap":%s,"topic":%[2]s,"partitionOffsetMap":%[3]s`, typ, name, offsets)
	if !m.read.end {
		dst = append(dst, `,"exclusivePartitions":[`...)
		for i, partition := range slices.Sorted(maps.Keys(m.read.exclusive)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = druid.AppendString(dst, partition)
		}
		dst = append(dst, ']')
	}
	return append(dst, "}}"...), nil
}

func (p partitions) appendOffsets(dst []byte, kind stream) []byte {
	dst = append(dst, '{')
	for i, partition := range slices.Sorted(maps.Keys(p.offsets)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(druid.AppendString(dst, partition), ':')
		if kind.numbers {
			dst = append(dst, p.offsets[partition]...)
		} else {
			dst = druid.AppendString(dst, p.offsets[partition])
		}
	}
	return append(dst, '}')
}

// begins tells in which partitions reading begins after the offset. What begins where something has ended begins so in all of them, or in none.
func (p partitions) begins(partition string, kind stream) (after bool) {
	if p.end {
		return kind.afterwards
	}
	return p.exclusive[partition]
}

// later tells whether an offset comes after another one. What is no number is the end of everything.
func later(a, b string) bool {
	x, isNumber := new(big.Int).SetString(a, 10)
	y, isOther := new(big.Int).SetString(b, 10)
	if !isNumber || !isOther {
		return !isNumber && isOther
	}
	return x.Cmp(y) > 0
}
