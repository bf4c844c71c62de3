package supervisor

import (
	"bytes"
	"encoding/json"
	"strconv"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// withSuspended is a spec that says whether the supervisor rests; every other byte of it is as it was.
func withSuspended(payload []byte, suspended bool) []byte {
	if suspended {
		return withMember(payload, "suspended", []byte("true"))
	}
	return withMember(payload, "suspended", []byte("false"))
}

// withTaskCount is the spec of a supervisor that reads a stream, with another number of tasks; every other byte of it is as it was. Some specs have it in two
// places, as Druid writes older names, too.
func withTaskCount(payload []byte, count int) []byte {
	edit := func(ioConfig []byte) []byte {
		return withMember(ioConfig, "taskCount", strconv.AppendInt(nil, int64(count), 10))
	}
	payload = within(payload, "ioConfig", edit)
	return within(payload, "spec", func(spec []byte) []byte { return within(spec, "ioConfig", edit) })
}

// within is a JSON object with an edited object as its member of a name, if it has one.
func within(object []byte, name string, edit func([]byte) []byte) []byte {
	var inner []byte
	for key, value := range jsontext.Members(object[jsontext.Blanks(object, 0):]) {
		if string(key) == name {
			inner = value
		}
	}
	if len(inner) == 0 || inner[0] != '{' {
		return object
	}
	return withMember(object, name, edit(inner))
}

// withMember is a JSON object, which has been checked before, whose member of a name has a value: in the place of each that has one, or else at its end.
func withMember(object []byte, name string, value []byte) []byte {
	var dst []byte
	copied, members := 0, 0
	s := jsontext.Scanner{Data: object}
	for i := s.Blanks(s.Blanks(0) + 1); object[i] != '}'; members++ {
		raw, at := s.Key(i)
		end := s.Value(at, 1)
		if string(jsontext.Unescape(nil, raw[1:len(raw)-1])) == name {
			dst = append(append(dst, object[copied:at]...), value...)
			copied = end
		}
		if i = s.Blanks(end); object[i] == ',' {
			i = s.Blanks(i + 1)
		}
	}
	if copied > 0 {
		return append(dst, object[copied:]...)
	}
	end := bytes.LastIndexByte(object, '}')
	dst = append(make([]byte, 0, len(object)+len(name)+len(value)+4), object[:end]...)
	if members > 0 {
		dst = append(dst, ',')
	}
	dst = append(append(druid.AppendString(dst, name), ':'), value...)
	return append(dst, object[end:]...)
}

// tombstone is the spec that Druid stores of a supervisor that is terminated. It has two types, of which the first counts.
func tombstone(dataSource string) []byte {
	dst := []byte(`{"type":"` + ended + `","id":null,"dataSources":[`)
	if dataSource != "" {
		dst = druid.AppendString(dst, dataSource)
	}
	return append(dst, `],"suspended":false,"type":"noop","source":"noop"}`...)
}

// same tells whether two specs say the same, however they are written, and a suspended that is missing for one that is false.
func same(a, b *Spec) bool {
	return bytes.Equal(a.Payload, b.Payload) ||
		a.ID == b.ID && a.Suspended == b.Suspended && bytes.Equal(canonical(a.Payload), canonical(b.Payload))
}

// canonical is a spec with its members in order, and without suspended; nil if it is none.
func canonical(payload []byte) []byte {
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if d.Decode(&members) != nil {
		return nil
	}
	delete(members, "suspended")
	text, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return text
}
