package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"ovate/druid"
)

// SegmentDetail is a segment with its place among the others, and what its files tell.
type SegmentDetail struct {
	Segment druid.DataSegment `json:"segment"`
	Created druid.Instant     `json:"created"` // when it was published
	Used    bool              `json:"used"`
	Updated druid.Instant     `json:"updated"` // when Used last changed
	// UpgradedFrom is the id of the segment of which it is a copy under another version; empty of most.
	UpgradedFrom string `json:"upgradedFrom"`
	// Visible are the parts of its interval over which queries see it.
	Visible []druid.Interval `json:"visible"`
	// HiddenBy are the ids of the segments that queries see in its place, and Hides of those that they would see without it, at least in part.
	HiddenBy []string `json:"hiddenBy"`
	Hides    []string `json:"hides"`
	// Contents is nil if the files were not opened; Unopened tells why.
	Contents *SegmentContents `json:"contents"`
	Unopened string           `json:"unopened"`
	// Unreadable is why its row of the metadata cannot be read, if it cannot; then little but the id is known.
	Unreadable string `json:"unreadable"`
}

// SegmentContents is what the files of a segment tell.
type SegmentContents struct {
	Rows int   `json:"rows"`
	Size int64 `json:"size"` // of all columns as they are stored, in bytes
	// Rollup, QueryGranularity and Ordering are nil of a segment that does not tell.
	Rollup           *bool           `json:"rollup"`
	QueryGranularity json.RawMessage `json:"queryGranularity"`
	Ordering         []string        `json:"ordering"` // the columns by which rows are sorted
	Columns          []Column        `json:"columns"`
}

// Column is a column of a segment.
type Column struct {
	Name       string `json:"name"`
	Kind       string `json:"kind"` // time, dimension or metric
	Type       string `json:"type"`
	MultiValue bool   `json:"multiValue"`
	HasNulls   bool   `json:"hasNulls"`
	// Cardinality is the number of distinct values, null included; 0 where the files do not tell.
	Cardinality int     `json:"cardinality"`
	Min         *string `json:"min"`  // the least value; nil where the files do not tell
	Max         *string `json:"max"`  // the greatest value, as well
	Size        int64   `json:"size"` // in bytes, as it is stored
	Encoding    string  `json:"encoding"`
}

// SegmentRows are rows of a segment, in the order in which it keeps them.
type SegmentRows struct {
	From    int               `json:"from"` // the number of the first, from 0
	Of      int               `json:"of"`   // rows of the segment
	Rows    []json.RawMessage `json:"rows"` // objects
	LeftOut []string          `json:"leftOut"`
	Next    *int              `json:"next"` // where the next ones begin; nil behind the last
}

// Segment tells of one segment, used or not. With fetch the server fetches its files, where they are in a store of objects.
func (c *Client) Segment(ctx context.Context, dataSource, id string, fetch bool) (*SegmentDetail, error) {
	path := fmt.Sprintf("%s?fetch=%t", segmentPath(dataSource, id), fetch)
	d := new(SegmentDetail)
	err := c.call(ctx, http.MethodGet, path, nil, d)
	return d, c.unless(d.Segment.DataSource != "" || d.Unreadable != "", err, http.MethodGet, path, "it tells of no segment")
}

// Rows are rows of a segment from one on, counted from 0: at most limit of them, which is at most 1000, and fewer where they are long.
func (c *Client) Rows(ctx context.Context, dataSource, id string, from, limit int, fetch bool) (*SegmentRows, error) {
	path := fmt.Sprintf("%s/rows?from=%d&limit=%d&fetch=%t", segmentPath(dataSource, id), from, limit, fetch)
	rows := new(SegmentRows)
	text, err := c.read(ctx, http.MethodGet, path, nil, c.limits.document)
	if err == nil {
		err = c.decode(http.MethodGet, path, text, rows)
	}
	return rows, c.unless(rows.Rows != nil, err, http.MethodGet, path, "it has no rows")
}

func segmentPath(dataSource, id string) string {
	return own + "/datasources/" + url.PathEscape(dataSource) + "/segments/" + url.PathEscape(id)
}
