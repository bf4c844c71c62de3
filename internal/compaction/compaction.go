// Package compaction keeps what is to be compacted by itself, and how: one row of druid_config, which the Coordinator reads before it
// submits compact tasks, and which it changes, too. Nothing here compacts.
package compaction

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/metadata"
)

// key is where the store keeps the config, and as what the audit history knows it.
const key = "coordinator.compaction.config"

// Config is the config in the store. What a method that changes it has returned nil for is durable, with an entry in the audit
// history of the same transaction; what others change meanwhile is never overwritten.
type Config struct {
	store metadata.Store
	now   func() druid.Instant
}

// New makes a Config.
func New(store metadata.Store, now func() druid.Instant) *Config { return &Config{store, now} }

// Cluster is what holds for all data sources, as JSON.
func (c *Config) Cluster(ctx context.Context) ([]byte, error) {
	d, _, err := c.read(ctx)
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
	d, _, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	return d.sources, nil
}

// DataSource is what is configured for one data source, as JSON, or a *druid.Error.
func (c *Config) DataSource(ctx context.Context, name string) ([]byte, error) {
	d, _, err := c.read(ctx)
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
	source, err := dataSource(name, config)
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

func (c *Config) read(ctx context.Context) (*document, []byte, error) {
	stored, err := c.store.Config(ctx, key)
	if err != nil && !errors.Is(err, metadata.ErrNotFound) {
		return nil, nil, fmt.Errorf("config %s of the metadata: %w", key, err)
	}
	d, err := decode(stored)
	if err != nil {
		return nil, nil, fmt.Errorf("config %s of the metadata cannot be read, and stays as it is: %w", key, err)
	}
	return d, stored, nil
}

// change stores what edit makes of the config, unless that changes nothing. If another has changed it meanwhile, edit runs again on that.
func (c *Config) change(ctx context.Context, edit func(*document) error) error {
	for {
		d, stored, err := c.read(ctx)
		if err != nil {
			return err
		}
		before := d.appendJSON(nil)
		if err := edit(d); err != nil {
			return err
		}
		after := d.appendJSON(nil)
		if bytes.Equal(before, after) {
			return nil
		}
		entry := audit.Entry{Key: key, Type: key, Payload: after, Time: c.now()}.Row(ctx)
		err = c.store.Update(ctx, func(tx metadata.Tx) error {
			if err := tx.SwapConfig(key, stored, after); err != nil {
				return err
			}
			return tx.InsertAudit(entry)
		})
		err = metadata.Settle(ctx, err, func(ctx context.Context) (bool, error) { return audit.Has(ctx, c.store, &entry) })
		if errors.Is(err, metadata.ErrChanged) && ctx.Err() == nil {
			continue // of all that meet here one gets through each time
		}
		if err != nil {
			return fmt.Errorf("config %s of the metadata: %w", key, err)
		}
		return nil
	}
}
