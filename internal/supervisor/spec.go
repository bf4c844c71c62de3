package supervisor

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"ovate/internal/secret"
	"ovate/internal/supervisor/document"
)

// Spec is the spec of a supervisor.
type Spec struct {
	// ID is the supervisor's.
	ID, Type string
	// Payload is its JSON, as it is stored.
	Payload []byte
	// Shown is its JSON, as it may be shown.
	Shown []byte
	// DataSource is what the supervisor writes to, and Source the stream that it reads; empty if the spec does not tell.
	DataSource, Source string
	Suspended          bool
	// TaskCount is how many tasks the supervisor has asked for itself (Host.Rescale), which its JSON may not tell: to Druid the number that a spec has beside
	// an autoscaler means nothing. 0: it has not.
	TaskCount int

	asked bool // DataSource is what others say that it writes to (Kind.Target)
}

// parse reads what a spec tells. The error names the field that says what it cannot.
func (k *Kind) parse(payload []byte) (*Spec, document.Value, error) {
	root, err := document.Parse(payload, "the spec")
	if err != nil {
		return nil, root, err
	}
	s := &Spec{Type: k.Type, Payload: payload}
	if suspended := root.Field("suspended"); suspended.Missing() || suspended.Is('t') || suspended.Is('f') {
		s.Suspended = suspended.Is('t')
	} else {
		suspended.Refuse("must be true or false, but is %s", suspended.Shown())
	}
	s.DataSource, s.Source = k.outlined(root)
	return s, root, root.Failure()
}

// first is the first text that is there and not empty.
func first(values ...document.Value) string {
	for _, v := range values {
		if text, _ := v.Text(); text != "" {
			return text
		}
	}
	return ""
}

// show notes how the spec may be shown.
func (s *Spec) show() { s.Shown = secret.Hide(bytes.TrimSpace(s.Payload)) }

// anyOutline is the outline of a spec of whatever kind.
func anyOutline(root document.Value) (dataSource, source string) {
	for i := range kinds {
		d, from := kinds[i].outline(root)
		dataSource, source = cmp.Or(dataSource, d), cmp.Or(source, from)
	}
	return dataSource, source
}

// IsSpec tells whether a document that is no known task is the spec of a supervisor: by its type, or by fields that only
// specs of supervisors have.
func IsSpec(kind string, fields map[string]json.RawMessage) bool {
	if Known(kind) {
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
