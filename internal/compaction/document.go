package compaction

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// document is the stored config. What this version does not know in it stays as it is.
type document struct {
	sources []json.RawMessage          // compactionConfigs
	members map[string]json.RawMessage // all others
}

const sourcesName = "compactionConfigs"

// clusterMember is one for the whole cluster, as it is where nobody has set it, and how one that is submitted is read.
type clusterMember struct {
	member
	read func(f *fields, name string, otherwise json.RawMessage) json.RawMessage
}

// clusterMembers are all of them, in Druid's order.
var clusterMembers = [...]clusterMember{
	{member{"compactionTaskSlotRatio", json.RawMessage("0.1")}, (*fields).ratio},
	{member{"maxCompactionTaskSlots", json.RawMessage("2147483647")}, (*fields).slots},
	{member{"compactionPolicy", json.RawMessage(`{"type":"` + NewestFirst + `","priorityDatasource":null}`)}, (*fields).policy},
	{member{"useSupervisors", json.RawMessage("false")}, (*fields).switched},
	{member{"engine", json.RawMessage(`"native"`)}, (*fields).engine},
}

// member is one of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// decode reads a stored config; none is that of a cluster in which nobody has set anything.
func decode(stored []byte) (*document, error) {
	d := &document{members: map[string]json.RawMessage{}}
	if !utf8.Valid(stored) {
		return nil, errors.New("it is not UTF-8")
	}
	if len(stored) > 0 {
		if err := json.Unmarshal(stored, &d.members); err != nil {
			return nil, err
		}
		if d.members == nil {
			return nil, errors.New("it is null")
		}
	}
	if list := d.members[sourcesName]; list != nil {
		if err := json.Unmarshal(list, &d.sources); err != nil {
			return nil, errors.New(sourcesName + " is no list")
		}
		delete(d.members, sourcesName)
	}
	for _, m := range clusterMembers {
		if value := d.members[m.name]; value == nil || string(value) == "null" {
			d.members[m.name] = m.value
		}
	}
	return d, nil
}

// find is where the config of a data source is; below 0 if there is none.
func (d *document) find(name string) int {
	return slices.IndexFunc(d.sources, func(source json.RawMessage) bool {
		var s struct {
			DataSource string `json:"dataSource"`
		}
		return jsontext.Unmarshal(source, &s) == nil && s.DataSource == name
	})
}

// cluster is what Druid calls ClusterCompactionConfig.
func (d *document) cluster() []byte {
	dst := []byte{'{'}
	for i, m := range clusterMembers {
		dst = appendMember(dst, i > 0, m.name, d.members[m.name])
	}
	return append(dst, '}')
}

// appendJSON appends the config as Druid stores it, and behind that what is not known here.
func (d *document) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"`+sourcesName+`":[`...)
	for i, source := range d.sources {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, source...)
	}
	dst = append(dst, ']')
	names := slices.Sorted(maps.Keys(d.members))
	for _, m := range clusterMembers {
		dst = appendMember(dst, true, m.name, d.members[m.name])
		names = slices.DeleteFunc(names, func(name string) bool { return name == m.name })
	}
	for _, name := range names {
		dst = appendMember(dst, true, name, d.members[name])
	}
	return append(dst, '}')
}

func appendMember(dst []byte, comma bool, name string, value json.RawMessage) []byte {
	if comma {
		dst = append(dst, ',')
	}
	return append(append(druid.AppendString(dst, name), ':'), value...)
}
