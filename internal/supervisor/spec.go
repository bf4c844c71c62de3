package supervisor

import (
	"cmp"
	"encoding/json"
	"slices"
)

// spec is what is read of a spec. Older ones have the parts of a stream's side by side, and newer ones, in Druid, both.
type spec struct {
	parts
	Spec      parts `json:"spec"`
	Suspended bool  `json:"suspended"`
}

type parts struct {
	DataSource string `json:"dataSource"`
	DataSchema struct {
		DataSource string `json:"dataSource"`
	} `json:"dataSchema"`
	IOConfig ioConfig `json:"ioConfig"`
}

// anyOutline is the outline of a spec of whatever kind.
func anyOutline(s *spec) (dataSource, source string) {
	for i := range kinds {
		if of := kinds[i].outline; of != nil {
			d, from := of(s)
			dataSource, source = cmp.Or(dataSource, d), cmp.Or(source, from)
		}
	}
	return dataSource, source
}

// IsSpec tells whether a document that is no known task is the spec of a supervisor: by its type, or by fields that only
// specs of supervisors have.
func IsSpec(kind string, fields map[string]json.RawMessage) bool {
	if slices.ContainsFunc(kinds, func(k Kind) bool { return k.Type == kind }) {
		return true
	}
	if _, there := fields["suspended"]; there {
		return true
	}
	var spec, ioConfig map[string]json.RawMessage
	if json.Unmarshal(fields["spec"], &spec) != nil || spec == nil {
		spec = fields // the older form has no "spec" around its parts
	}
	if json.Unmarshal(spec["ioConfig"], &ioConfig) != nil {
		return false
	}
	return slices.ContainsFunc(kinds, func(k Kind) bool {
		return slices.ContainsFunc(k.marks, func(field string) bool {
			_, there := ioConfig[field]
			return there
		})
	})
}
