// Package compaction keeps what is to be compacted by itself, and how: one row of druid_config, which the Coordinator reads before it
// submits compact tasks, and which it changes, too. Nothing here compacts: packages goal, choice and scheduler below it do, where supervisors are used.
package compaction

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/configrow"
	"ovate/internal/metadata"
)

// key is where the store keeps the config, and as what the audit history knows it.
const key = "coordinator.compaction.config"

// Config is the config in the store. What a method that changes it has returned nil for is durable, with an entry in the audit
// history of the same transaction; what others change meanwhile is never overwritten.
type Config struct{ row *configrow.Row }

// New makes a Config. Settler finds out what became of changes for callers who do not wait for it.
func New(store metadata.Store, settler *metadata.Settler, now func() druid.Instant) *Config {
	return &Config{configrow.New(store, settler, now, key)}
}

// Cluster is what holds for all data sources, as JSON.
func (c *Config) Cluster(ctx context.Context) ([]byte, error) {
	d, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	return d.cluster(), nil
}

// SetCluster replaces what holds for all data sources. The error is a *druid.Error if nobody can compact so.
func (c *Config) SetCluster(ctx context.Context, config []byte) error {
	members, err := cluster(config)
	if err != nil {
		return err
	}
	return c.change(ctx, func(d *document) error {
		for _, m := range members {
			d.members[m.name] = m.value
		}
		return nil
	})
}

// DataSources is what is configured for each data source, as JSON.
func (c *Config) DataSources(ctx context.Context) ([]json.RawMessage, error) {
	d, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	return d.sources, nil
}

// DataSource is what is configured for one data source, as JSON, or a *druid.Error.
func (c *Config) DataSource(ctx context.Context, name string) ([]byte, error) {
	d, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	at := d.find(name)
	if at < 0 {
		return nil, notConfigured()
	}
	return d.sources[at], nil
}

// SetDataSource adds or replaces what is configured for one data source. The error is a *druid.Error if nobody can compact so.
func (c *Config) SetDataSource(ctx context.Context, name string, config []byte) error {
	source, err := Submitted(name, config)
	if err != nil {
		return err
	}
	return c.change(ctx, func(d *document) error {
		if at := d.find(name); at >= 0 {
			d.sources[at] = source
		} else {
			d.sources = append(d.sources, source)
		}
		return nil
	})
}

// DeleteDataSource has a data source not compacted any more; a *druid.Error if it is not anyway.
func (c *Config) DeleteDataSource(ctx context.Context, name string) error {
	return c.change(ctx, func(d *document) error {
		at := d.find(name)
		if at < 0 {
			return notConfigured()
		}
		d.sources = slices.Delete(d.sources, at, at+1)
		return nil
	})
}

func notConfigured() error { return druid.NotFound("Datasource compaction config does not exist") }

func (c *Config) read(ctx context.Context) (*document, error) {
	stored, err := c.row.Read(ctx)
	if err != nil {
		return nil, err
	}
	return c.decode(stored)
}

func (c *Config) decode(stored []byte) (*document, error) {
	d, err := decode(stored)
	if err != nil {
		return nil, fmt.Errorf("config %s of the metadata cannot be read, and stays as it is: %w", key, err)
	}
	return d, nil
}

// change stores what edit makes of the config, unless that changes nothing. If another has changed it meanwhile, edit runs again on that.
func (c *Config) change(ctx context.Context, edit func(*document) error) error {
	return c.row.Change(ctx, func(stored []byte) ([]byte, error) {
		d, err := c.decode(stored)
		if err != nil {
			return nil, err
		}
		before := d.appendJSON(nil)
		if err := edit(d); err != nil {
			return nil, err
		}
		after := d.appendJSON(nil)
		if bytes.Equal(before, after) {
			return nil, nil
		}
		return after, nil
	}, nil)
}
