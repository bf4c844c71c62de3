package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ovate/druid"
)

// own is where this server has what Druid's Overlord does not have. An Overlord in Java answers 404 there, see IsNotFound.
const own = "/api/v1"

// DataSource sums up what queries see of a data source.
type DataSource struct {
	Name     string         `json:"dataSource"`
	Interval druid.Interval `json:"interval"` // from the beginning of its first segment to the end of its last
	Segments int            `json:"segments"`
	Size     int64          `json:"size"` // of whole segments, uncompressed
	Rows     *int64         `json:"rows"` // of the segments that could be counted; nil if none was
	// Uncounted is how many of the segments could not be counted, as they are kept elsewhere, damaged or missing.
	Uncounted int `json:"uncounted"`
}

// Segment is a segment that queries see, at least in part.
type Segment struct {
	druid.DataSegment
	Visible []druid.Interval // the parts of its interval, within the time asked for, over which no newer segment hides it
	Rows    *int64           // in those parts; nil if they were not counted, or cannot be
	// Path is where its files are on the server's machine; empty if they are in another storage, or the server does not tell.
	Path string
	// Uncounted is why Rows is nil although they were asked for.
	Uncounted string
	// Unreadable is why the metadata's row cannot be read, if it cannot; then little but the id is known.
	Unreadable string
}

// UnmarshalJSON reads a segment as Druid writes it, with the fields more.
func (s *Segment) UnmarshalJSON(b []byte) error {
	var more struct {
		Visible []druid.Interval `json:"visible"`
		Rows    *int64           `json:"rows"`
		Path    string           `json:"path"`

		Uncounted  string `json:"uncounted"`
		Unreadable string `json:"unreadable"`
	}
	if err := json.Unmarshal(b, &more); err != nil {
		return err
	}
	s.Visible, s.Rows, s.Path, s.Uncounted, s.Unreadable = more.Visible, more.Rows, more.Path, more.Uncounted, more.Unreadable
	return s.DataSegment.UnmarshalJSON(b)
}

// DataSources lists the data sources of which queries see something, by name, with their rows counted.
func (c *Client) DataSources(ctx context.Context) ([]DataSource, error) {
	var list []DataSource
	const path = own + "/datasources?rows=true"
	err := each(ctx, c, path, c.limits.list, func(d *DataSource) error {
		list = append(list, *d)
		return c.unless(d.Name != "", nil, http.MethodGet, path, "it lists what is no data source")
	})
	return list, err
}

// Segments calls fn for each segment of a data source that queries see within an interval, or at any time with nil, in order
// of time, version and partition, with its rows counted. An error of fn ends it.
func (c *Client) Segments(ctx context.Context, dataSource string, within *druid.Interval, fn func(*Segment) error) error {
	return c.segments(ctx, dataSource, within, true, fn)
}

// SegmentsUncounted is Segments without the rows, for which the server has to open the files of each segment.
func (c *Client) SegmentsUncounted(ctx context.Context, dataSource string, within *druid.Interval, fn func(*Segment) error) error {
	return c.segments(ctx, dataSource, within, false, fn)
}

func (c *Client) segments(ctx context.Context, dataSource string, within *druid.Interval, rows bool, fn func(*Segment) error) error {
	path := own + "/datasources/" + url.PathEscape(dataSource) + "/segments?rows=" + strconv.FormatBool(rows)
	if within != nil {
		path += "&interval=" + url.QueryEscape(strings.ReplaceAll(within.String(), "/", "_"))
	}
	return each(ctx, c, path, 0, func(s *Segment) error {
		if err := c.unless(s.DataSource != "" || s.Unreadable != "", nil, http.MethodGet, path, "it lists what is no segment"); err != nil {
			return err
		}
		return fn(s)
	})
}
