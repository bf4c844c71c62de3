package inventory

import (
	"context"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Unused are segments of a data source that are marked unused and lie within an interval: those that end first, and most of them at most.
func (v *Inventory) Unused(ctx context.Context, dataSource string, within druid.Interval, most int) (all []druid.DataSegment, err error) {
	rows, err := v.store.UnusedSegments(ctx, metadata.UnusedQuery{DataSource: dataSource, Interval: within, Max: most})
	for i := range rows {
		all = append(all, rows[i].Segment)
	}
	return all, err
}

// UnusedDataSources are the names of the data sources that have segments which are marked unused, be others used or not, in their order. They cost what the names of all
// data sources do, however many segments there are.
func (v *Inventory) UnusedDataSources(ctx context.Context) ([]string, error) {
	return v.store.DataSources(ctx, false)
}
