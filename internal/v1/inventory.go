package v1

import (
	"context"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/inventory"
	"ovate/segment"
)

// Inventory is what is asked about what is stored.
type Inventory interface {
	// DataSources calls fn for every data source that has used segments, in the order of their names; the number of those that queries see may be 0.
	DataSources(ctx context.Context, rows bool, fn func(*inventory.DataSource) error) error
	// Segments calls fn for every segment that queries see, in order of time, version and partition.
	Segments(ctx context.Context, q inventory.Query, fn func(*inventory.Segment) error) error
	// Segment finds a segment, used or not; metadata.ErrNotFound if there is none.
	Segment(ctx context.Context, dataSource, id string) (*inventory.Detail, error)
	// Open calls fn with a segment whose files are opened.
	Open(ctx context.Context, s *druid.DataSegment, fetch bool, fn func(*segment.Segment) error) error
}

// listDataSources is GET /api/v1/datasources: the data sources that queries see, with their segments, sizes and time. With rows=true
// rows are counted too, for which every segment is opened.
func listDataSources(c *call) error {
	rows, err := c.query.flag("rows")
	if err != nil {
		return err
	}
	if err := c.whole(); err != nil {
		return err
	}
	return c.stream("[", "]", func(s *stream) error {
		return c.Inventory.DataSources(c.r.Context(), rows, func(d *inventory.DataSource) error {
			if d.Segments > 0 && c.may(auth.Read, d.Name) {
				s.Put(d.AppendJSON(s.Next()))
			}
			return nil
		})
	})
}

// listSegments is GET /api/v1/datasources/{dataSource}/segments: the segments that queries see, at least in part, as Druid writes
// them; and with them `visible`, the parts of time over which nothing newer hides them, and `rows`, how many there are in those
// parts. There are none for a data source that is not known.
//
//	interval  only what is visible within this ISO-8601 interval
//	rows      true counts rows, for which every segment is opened; else they are null
func listSegments(c *call) error {
	rows, err := c.query.flag("rows")
	if err != nil {
		return err
	}
	asked := inventory.Query{DataSource: c.r.PathValue("dataSource"), Rows: rows}
	within, err := c.query.interval("interval")
	if err != nil {
		return err
	}
	if within != nil {
		asked.Intervals = []druid.Interval{*within}
	}
	if err := c.whole(); err != nil {
		return err
	}
	return c.stream("[", "]", func(s *stream) error {
		return c.Inventory.Segments(c.r.Context(), asked, func(seen *inventory.Segment) error {
			s.Put(seen.AppendJSON(s.Next()))
			return nil
		})
	})
}
