package autocompact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
)

// Configs are the compaction configs of data sources, each as the supervisor that compacts by it.
type Configs struct{ Supervisors *supervisor.Manager }

func notConfigured(dataSource string) error {
	return druid.NotFound("Compaction supervisor for datasource[%s] does not exist", dataSource)
}

// DataSources is what is configured for each data source, as JSON.
func (c Configs) DataSources() (all []json.RawMessage, err error) {
	for _, s := range c.Supervisors.All() {
		if s.Type != supervisor.Compaction || s.Spec == nil {
			continue
		}
		config, err := shown(s.DataSource, s.Spec)
		if err != nil {
			return nil, err
		}
		all = append(all, config)
	}
	return all, nil
}

// DataSource is what is configured for one data source, as JSON, or a *druid.Error.
func (c Configs) DataSource(name string) (json.RawMessage, error) {
	s, err := c.Supervisors.Get(supervisor.CompactionID(name))
	switch {
	case errors.Is(err, metadata.ErrNotFound):
		return nil, notConfigured(name)
	case err != nil:
		return nil, err
	case s.Spec == nil || s.Type != supervisor.Compaction:
		return nil, druid.RuntimeFailure("%s", s.State.Why)
	}
	return shown(s.DataSource, s.Spec)
}

// shown is the config of a spec, as Druid shows it; one by which nobody can compact is shown as it is.
func shown(dataSource string, spec []byte) (json.RawMessage, error) {
	config, err := configOf(spec)
	if err != nil {
		return nil, err
	}
	if whole, err := compaction.DataSource(dataSource, config); err == nil {
		return whole, nil
	}
	return config, nil
}

// SetDataSource has a data source compacted by a config, as of a request to a path. The error is a *druid.Error, or wraps compaction.ErrInvalid, if nobody can compact so.
func (c Configs) SetDataSource(ctx context.Context, name string, config []byte, uri string) error {
	whole, err := compaction.Submitted(name, config)
	if err != nil {
		return err
	}
	spec := append(append([]byte(`{"type":"`+supervisor.Compaction+`","spec":`), whole...), `,"suspended":false}`...)
	_, err = c.Supervisors.Keep(ctx, spec, uri)
	refused, told := (*supervisor.Refusal)(nil), (*druid.Error)(nil)
	switch {
	case !errors.As(err, &refused):
		return err
	case errors.As(err, &told), errors.Is(err, compaction.ErrInvalid):
		return refused.Unwrap()
	}
	return fmt.Errorf("%w: %w", compaction.ErrInvalid, refused.Unwrap())
}

// DeleteDataSource has a data source compacted no more; a *druid.Error if it is not anyway.
func (c Configs) DeleteDataSource(ctx context.Context, name string) error {
	err := c.Supervisors.Terminate(ctx, supervisor.CompactionID(name))
	if errors.Is(err, metadata.ErrNotFound) {
		err = notConfigured(name)
	}
	return err
}

// History is what was configured for a data source, the newest first: no more than last, below zero all, and within a span of time if that is not nil.
func (c Configs) History(ctx context.Context, name string, within *druid.Interval, last int) (entries [][]byte, err error) {
	err = c.Supervisors.History(ctx, supervisor.CompactionID(name), -1, nil, func(v supervisor.Version) error {
		at, err := druid.ParseInstant(v.Time)
		if err != nil || within != nil && !within.Contains(at) || len(entries) == last {
			return nil
		}
		config, err := configOf(v.Spec)
		if err != nil || bytes.Equal(config, []byte("null")) {
			return nil // that it was terminated
		}
		if whole, err := compaction.DataSource(name, config); err == nil {
			config = whole
		}
		entry := append(append([]byte(`{"globalConfig":null,"compactionConfig":`), config...), `,"auditInfo":null,"auditTime":"`...)
		entries = append(entries, append(at.AppendTo(entry), `"}`...))
		return nil
	})
	return entries, err
}
