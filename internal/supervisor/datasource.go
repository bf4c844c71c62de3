package supervisor

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"ovate/internal/jsontext"
	"ovate/internal/metadata"
)

// Target is what a supervisor works on by a spec that somebody is about to submit, who may not do everything: all that he has to be allowed.
type Target struct {
	// ID is the supervisor's, and DataSource what it writes to.
	ID, DataSource string
	// Stream is the type of the stream that its tasks read, such as kafka; empty: they read none.
	Stream string
	// Task is the JSON of the task that it has run; nil: the spec gives none.
	Task []byte
}

// Target reads that in a spec. Its errors are those of Submit. What a query writes to is asked for, whatever the spec tells: one that tells another data source
// is refused, as its sender may not write to both.
func (m *Manager) Target(ctx context.Context, document []byte) (*Target, error) {
	spec, k, err := m.read(ctx, bytes.Clone(bytes.TrimSpace(document)))
	if err != nil {
		return nil, err
	}
	t := &Target{ID: spec.ID, DataSource: spec.DataSource}
	if k.stream {
		t.Stream = k.Type
	}
	if k.task != nil {
		members, err := k.task(spec)
		if err == nil {
			t.Task, err = json.Marshal(members)
		}
		if err != nil {
			return nil, &Refusal{err}
		}
	}
	if k.Target == nil || spec.asked {
		return t, nil
	}
	writes, err := k.Target(ctx, spec)
	if err != nil {
		return nil, err
	}
	if writes != spec.DataSource {
		return nil, refuse("Field [dataSource] is [%s], but the query writes to [%s]: name that, or leave out the field.", spec.DataSource, writes)
	}
	return t, nil
}

// readable tells whether one may read all data sources of a version; not of one of which these are not known.
func (v Version) readable(may func(dataSource string) bool) bool {
	of := v.DataSources()
	return len(of) > 0 && !slices.ContainsFunc(of, func(name string) bool { return !may(name) })
}

// DataSources are those that a version writes to, or wrote to before it was terminated; none if its spec does not tell.
func (v Version) DataSources() []string {
	var known struct {
		DataSources []string `json:"dataSources"`
	}
	kind, err := metadata.DecodeSupervisor(v.Spec) // that of a terminated one is there twice
	if err != nil || jsontext.Unmarshal(v.Spec, &known) != nil {
		return nil
	}
	if kind == ended {
		return known.DataSources
	}
	k, _ := kindOf(kind, kindsWith(nil))
	if spec, _, err := k.parse(v.Spec); err == nil && spec.DataSource != "" {
		return []string{spec.DataSource}
	}
	return nil
}
