package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
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
	Rows     *int64         `json:"rows"` // nil if they were not counted, or cannot be
}

// Segment is a segment that queries see, at least in part.
type Segment struct {
	druid.DataSegment
	Visible []druid.Interval // the parts of its interval, within the time asked for, over which no newer segment hides it
	Rows    *int64           // in those parts; nil if they were not counted, or cannot be
	// Unreadable is why the metadata's row cannot be read, if it cannot; then little but the id is known.
	Unreadable string
}

// UnmarshalJSON reads a segment as Druid writes it, with the two fields more.
func (s *Segment) UnmarshalJSON(b []byte) error {
	var more struct {
		Visible []druid.Interval `json:"visible"`
		Rows    *int64           `json:"rows"`

		Unreadable string `json:"unreadable"`
	}
	if err := json.Unmarshal(b, &more); err != nil {
		return err
	}
	s.Visible, s.Rows, s.Unreadable = more.Visible, more.Rows, more.Unreadable
	return s.DataSegment.UnmarshalJSON(b)
}

// DataSources lists the data sources of which queries see something, by name, with their rows counted.
func (c *Client) DataSources(ctx context.Context) ([]DataSource, error) {
	var list []DataSource
	err := c.call(ctx, http.MethodGet, own+"/datasources?rows=true", nil, &list)
	return list, err
}

// Segments calls fn for each segment of a data source that queries see within an interval, or at any time with nil, in order
// of time, version and partition, with its rows counted. An error of fn ends it.
func (c *Client) Segments(ctx context.Context, dataSource string, within *druid.Interval, fn func(*Segment) error) error {
	path := own + "/datasources/" + url.PathEscape(dataSource) + "/segments?rows=true"
	if within != nil {
		path += "&interval=" + url.QueryEscape(strings.ReplaceAll(within.String(), "/", "_"))
	}
	body, err := c.open(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	list := json.NewDecoder(body)
	if _, err := list.Token(); err != nil { // the bracket
		return c.broken(ctx, path, err)
	}
	for list.More() {
		var s Segment
		if err := list.Decode(&s); err != nil {
			return c.broken(ctx, path, err)
		}
		if err := fn(&s); err != nil {
			return err
		}
	}
	if _, err := list.Token(); err != nil {
		return c.broken(ctx, path, err)
	}
	return nil
}

// broken is an answer that does not end, or is not what it should be.
func (c *Client) broken(ctx context.Context, path string, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &StrangeAnswerError{URL: c.base, Method: http.MethodGet, Path: path, Err: err}
	}
	return c.unreachable(ctx, err)
}
