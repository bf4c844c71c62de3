package retention

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/task"
)

// markOvershadowed looks at the data sources in which something was published since the last time; the first time at all. What it does
// not come to, through an error, a panic or the end of the process, it looks at the next time.
func (r *Retention) markOvershadowed(ctx context.Context) error {
	changed := r.takeChanged()
	defer func() {
		for name, intervals := range changed {
			r.Published(name, intervals)
		}
	}()
	if !r.all {
		names, err := r.Store.DataSources(ctx, true)
		if err != nil {
			return err
		}
		for _, name := range names {
			changed[name] = []druid.Interval{druid.Eternity}
		}
		r.all = true // they are among the changed ones until they were looked at
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		n, left, err := r.Segments.MarkOvershadowed(ctx, name, changed[name])
		r.told(n, "marked overshadowed segments as unused", "dataSource", name)
		if changed[name] = left; len(left) == 0 {
			delete(changed, name)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// takeChanged is where something was published since it was called last.
func (r *Retention) takeChanged() map[string][]druid.Interval {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := r.changed
	r.changed = map[string][]druid.Interval{}
	return changed
}

// killType begins the ids of the tasks that killUnused submits, as Druid's Coordinator names them.
const killType = "coordinator-issued_kill"

// killUnused submits a kill task for each data source that has unused segments to remove and none of these tasks yet. The task takes
// the locks and removes files and rows as any kill task does.
func (r *Retention) killUnused(ctx context.Context) error {
	names, err := r.Store.DataSources(ctx, false)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if r.Tasks.HasActive(name, killType+"_") {
			continue
		}
		if err := r.killIn(ctx, name); err != nil {
			errs = append(errs, fmt.Errorf("remove unused segments of data source[%s]: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func (r *Retention) killIn(ctx context.Context, dataSource string) error {
	rule := r.Rules.Unused
	until := r.ago(rule.Buffer)
	found, err := r.removable(ctx, dataSource, until)
	if err != nil || len(found) == 0 {
		return err
	}
	interval := found[0].Segment.Interval
	for _, row := range found[1:] {
		wider := druid.Interval{Start: min(interval.Start, row.Segment.Interval.Start), End: max(interval.End, row.Segment.Interval.End)}
		if rule.MaxInterval > 0 && wider.End-wider.Start > druid.Instant(rule.MaxInterval.Milliseconds()) {
			break
		}
		interval = wider
	}
	spec := druid.AppendString([]byte(`{"type":"kill","id":`), druid.NewTaskID(killType, dataSource, &interval, r.Now()))
	spec = druid.AppendString(append(spec, `,"dataSource":`...), dataSource)
	spec = interval.AppendTo(append(spec, `,"interval":"`...))
	spec = fmt.Appendf(spec, `","limit":%d,"maxUsedStatusLastUpdatedTime":"%s"}`, rule.MaxSegments, until)
	kill, err := task.Decode(spec, r.Now())
	if err != nil {
		return err
	}
	if err := r.Tasks.Add(ctx, kill); err != nil {
		return err
	}
	r.killed[dataSource] = interval.End
	r.Log.Info("retention: submitted a kill task", "task", kill.Header().ID)
	return nil
}

// removable are unused segments that may go, of those after the last kill task's interval first: what a task could not remove does
// not hold up the others.
func (r *Retention) removable(ctx context.Context, dataSource string, until druid.Instant) ([]metadata.SegmentRow, error) {
	rule := r.Rules.Unused
	q := metadata.UnusedQuery{DataSource: dataSource, Interval: druid.Eternity, UpdatedUntil: &until, Max: rule.MaxSegments}
	if !rule.Everything {
		q.Interval.End = r.ago(rule.Retain)
	}
	if last, there := r.killed[dataSource]; there {
		delete(r.killed, dataSource)
		after := q
		if after.Interval.Start = last; !after.Interval.IsEmpty() {
			if found, err := r.Store.UnusedSegments(ctx, after); err != nil || len(found) > 0 {
				return found, err
			}
		}
	}
	return r.Store.UnusedSegments(ctx, q)
}
