package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/compaction"
	"ovate/internal/compaction/scheduler"
	"ovate/internal/datasource"
	"ovate/internal/supervisor/autocompact"
)

// Compaction is what is to be compacted by itself: as long as supervisors are used by these, here, and else by the Coordinator, as the config says that it reads.
type Compaction struct {
	config    *compaction.Config
	scheduler *scheduler.Scheduler
	configs   autocompact.Configs
}

// Supervised tells whether supervisors are used.
func (c *Compaction) Supervised(ctx context.Context) (bool, error) { return c.scheduler.Enabled(ctx) }

// Cluster is what holds for all data sources, as JSON.
func (c *Compaction) Cluster(ctx context.Context) ([]byte, error) { return c.config.Cluster(ctx) }

// SetCluster replaces what holds for all data sources. The error wraps compaction.ErrInvalid if nobody can compact so.
func (c *Compaction) SetCluster(ctx context.Context, config []byte) error {
	cluster, err := compaction.CheckCluster(config)
	if err != nil {
		return err
	}
	if cluster.UseSupervisors && !c.scheduler.Workers {
		return fmt.Errorf("%w: field [useSupervisors] must be false: compact tasks run on Druid's own workers alone (druid.indexer.runner.type=httpRemote), and this server has none",
			compaction.ErrInvalid)
	}
	defer c.scheduler.Wake()
	return c.config.SetCluster(ctx, config)
}

// DataSources is what is configured for each data source, as JSON.
func (c *Compaction) DataSources(ctx context.Context) ([]json.RawMessage, error) {
	if supervised, err := c.Supervised(ctx); err != nil || supervised {
		return otherwise(err, c.configs.DataSources)
	}
	return c.config.DataSources(ctx)
}

// DataSource is what is configured for one data source, as JSON, or a *druid.Error.
func (c *Compaction) DataSource(ctx context.Context, name string) ([]byte, error) {
	if supervised, err := c.Supervised(ctx); err != nil || supervised {
		return otherwise(err, func() ([]byte, error) { return c.configs.DataSource(name) })
	}
	return c.config.DataSource(ctx, name)
}

// SetDataSource adds or replaces what is configured for one data source, as of a request to a path. The error is a *druid.Error, or wraps
// compaction.ErrInvalid, if nobody can compact so.
func (c *Compaction) SetDataSource(ctx context.Context, name string, config []byte, uri string) error {
	supervised, err := c.Supervised(ctx)
	switch {
	case err != nil:
		return err
	case supervised:
		return c.configs.SetDataSource(ctx, name, config, uri)
	}
	return c.config.SetDataSource(ctx, name, config)
}

// DeleteDataSource has a data source compacted no more; a *druid.Error if it is not anyway.
func (c *Compaction) DeleteDataSource(ctx context.Context, name string) error {
	supervised, err := c.Supervised(ctx)
	switch {
	case err != nil:
		return err
	case supervised:
		return c.configs.DeleteDataSource(ctx, name)
	}
	return c.config.DeleteDataSource(ctx, name)
}

// History is what was configured for a data source: within a span of time, or the last ones, the newest first.
func (c *Compaction) History(ctx context.Context, name string, within *druid.Interval, last int) ([][]byte, error) {
	if supervised, err := c.Supervised(ctx); err != nil || supervised {
		return otherwise(err, func() ([][]byte, error) { return c.configs.History(ctx, name, within, last) })
	}
	return c.config.History(ctx, name, within, last)
}

// otherwise is what get gives, unless there is an error already.
func otherwise[T any](err error, get func() (T, error)) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return get()
}

// Snapshots are how far data sources are compacted by supervisors.
func (c *Compaction) Snapshots() []*scheduler.Snapshot { return c.scheduler.Snapshots() }

// Statuses are how far data sources are compacted by supervisors, as JSON.
func (c *Compaction) Statuses() (all []json.RawMessage) {
	for _, s := range c.scheduler.Snapshots() {
		all = append(all, s.AppendJSON(nil))
	}
	return all
}

// Status is how far a data source is compacted by its supervisor, as JSON.
func (c *Compaction) Status(name string) []byte { return c.scheduler.Snapshot(name).AppendJSON(nil) }

// Simulate is what would be compacted by another config of the cluster, as JSON. The error wraps compaction.ErrInvalid if nobody can compact so.
func (c *Compaction) Simulate(ctx context.Context, config []byte) ([]byte, error) {
	return c.scheduler.Simulate(ctx, config)
}

// Segments marks segments, of which the scheduler of compaction hears.
type Segments struct {
	*datasource.Marker
	changed func(dataSource string, intervals []druid.Interval)
}

// MarkUnused is that of the Marker.
func (s *Segments) MarkUnused(ctx context.Context, dataSource string, f datasource.Filter, describe func(changed int) audit.Entry) (int, error) {
	defer s.tell(dataSource, f)
	return s.Marker.MarkUnused(ctx, dataSource, f, describe)
}

// MarkUsed is that of the Marker.
func (s *Segments) MarkUsed(ctx context.Context, dataSource string, f datasource.Filter) (int, error) {
	defer s.tell(dataSource, f)
	return s.Marker.MarkUsed(ctx, dataSource, f)
}

// MarkSegmentUsed is that of the Marker.
func (s *Segments) MarkSegmentUsed(ctx context.Context, dataSource, id string) (int, error) {
	defer s.tell(dataSource, datasource.Filter{IDs: []string{id}})
	return s.Marker.MarkSegmentUsed(ctx, dataSource, id)
}

// tell tells where segments may have changed.
func (s *Segments) tell(dataSource string, f datasource.Filter) {
	var intervals []druid.Interval
	if f.Interval != nil {
		intervals = append(intervals, *f.Interval)
	}
	for _, text := range f.IDs {
		if id, err := druid.ParseSegmentID(dataSource, text); err == nil {
			intervals = append(intervals, id.Interval)
		}
	}
	s.changed(dataSource, intervals)
}
