package queue

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/task"
)

// header is what a start has to know of a task's payload; the rest is read when the task's turn comes.
type header struct {
	typ, group string // empty if the row's columns tell
	resource   druid.Resource
	context    druid.Context // empty unless a key of it counts at a start (contextCounts)
	appends    bool          // an ingestion that replaces nothing
}

// readHeader reads the header of a payload. known is the id, whose text the header shares, and columns tells that the row has type and
// group, too. There may be very many tasks: what is written as usual is read without taking memory, and anything else by decodeHeader.
func readHeader(payload []byte, id string, columns bool) (header, error) {
	s := headerScan{id: id, columns: columns}
	if s.scan(payload) {
		return s.header, nil
	}
	return decodeHeader(payload)
}

// decodeHeader reads any JSON.
func decodeHeader(payload []byte) (header, error) {
	var wire struct {
		Type     string          `json:"type"`
		GroupID  string          `json:"groupId"`
		Resource druid.Resource  `json:"resource"`
		Context  json.RawMessage `json:"context"`
		Spec     appending       `json:"spec"`
	}
	err := jsontext.Unmarshal(payload, &wire)
	h := header{typ: wire.Type, group: wire.GroupID, resource: wire.Resource, appends: bool(wire.Spec)}
	if err == nil && contextCounts(wire.Context) {
		err = jsontext.Unmarshal(wire.Context, &h.context)
	}
	return h, err
}

// countingKeys are the keys of a context that a start has to know.
var countingKeys = [...]string{"priority", task.KeyEndsWithProcess, task.KeyRunner, task.KeyQueuePriority}

// contextCounts tells whether a context may have one of them.
func contextCounts(context []byte) bool {
	return slices.ContainsFunc(countingKeys[:], func(key string) bool { return bytes.Contains(context, []byte(`"`+key+`"`)) })
}

// appending is whether an ingestion spec appends. One that cannot be read does not: such a task shares its locks with nobody.
type appending bool

// UnmarshalJSON reads the one field that counts here.
func (a *appending) UnmarshalJSON(raw []byte) error {
	var spec struct {
		IOConfig struct {
			AppendToExisting bool `json:"appendToExisting"`
		} `json:"ioConfig"`
	}
	*a = appending(jsontext.Unmarshal(raw, &spec) == nil && spec.IOConfig.AppendToExisting)
	return nil
}

// headerScan reads headers of payloads of the form in which tasks are stored. Its methods return false for what is of another form, like
// a key in other letters or twice.
type headerScan struct {
	header
	id      string
	columns bool
}

func (s *headerScan) scan(payload []byte) bool {
	j := jsontext.Scanner{Data: payload}
	var typ, group, resource, context, spec bool
	end := j.Object(j.Blanks(0), func(key, value []byte) bool {
		switch string(key) {
		case "type":
			return first(&typ) && s.text(value, &s.typ, s.columns)
		case "groupId":
			return first(&group) && s.text(value, &s.group, s.columns)
		case "resource":
			return first(&resource) && (value[0] == 'n' || s.scanResource(value))
		case "context":
			return first(&context) && !contextCounts(value)
		case "spec":
			return first(&spec) && s.scanSpec(value)
		}
		return isOther(key, "type", "groupId", "resource", "context", "spec")
	})
	return end >= 0 && j.Blanks(end) == len(payload)
}

// eachMember calls fn for each member of a value, which is valid JSON, and returns false if fn does, or if the value is no object.
func eachMember(value []byte, fn func(key, value []byte) bool) bool {
	if value[0] != '{' {
		return false
	}
	for key, value := range jsontext.Members(value) {
		if !fn(key, value) {
			return false
		}
	}
	return true
}

func first(seen *bool) bool {
	before := *seen
	*seen = true
	return !before
}

// text reads a text or null, which nobody needs if the row's columns have it.
func (s *headerScan) text(value []byte, to *string, needless bool) bool {
	switch {
	case value[0] == 'n':
		return true
	case value[0] != '"' || bytes.IndexByte(value, '\\') >= 0:
		return false
	}
	if text := value[1 : len(value)-1]; string(text) == s.id {
		*to = s.id
	} else if !needless {
		*to = string(text)
	}
	return true
}

func (s *headerScan) scanResource(value []byte) bool {
	var group, capacity bool
	return eachMember(value, func(key, value []byte) bool {
		switch string(key) {
		case "availabilityGroup":
			return first(&group) && s.text(value, &s.resource.AvailabilityGroup, false)
		case "requiredCapacity":
			n, err := strconv.ParseUint(string(value), 10, 31)
			s.resource.RequiredCapacity = int(n)
			return first(&capacity) && err == nil
		}
		return isOther(key, "availabilityGroup", "requiredCapacity")
	})
}

func (s *headerScan) scanSpec(value []byte) bool {
	if value[0] != '{' {
		return true // it cannot be read, and does not append
	}
	var seen bool
	return eachMember(value, func(key, value []byte) bool {
		if string(key) == "ioConfig" {
			return first(&seen) && value[0] == '{' && s.scanIOConfig(value)
		}
		return isOther(key, "ioConfig")
	})
}

func (s *headerScan) scanIOConfig(value []byte) bool {
	var seen bool
	return eachMember(value, func(key, value []byte) bool {
		if string(key) == "appendToExisting" {
			s.appends = value[0] == 't'
			return first(&seen) && (value[0] == 't' || value[0] == 'f')
		}
		return isOther(key, "appendToExisting")
	})
}

// isOther tells whether a key is plain ASCII and none of the names, whatever the case of its letters.
func isOther(key []byte, names ...string) bool {
	for _, c := range key {
		if c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return !slices.ContainsFunc(names, func(name string) bool { return len(key) == len(name) && bytes.EqualFold(key, []byte(name)) })
}
