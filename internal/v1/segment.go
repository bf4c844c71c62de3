package v1

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"ovate/druid"
	"ovate/internal/inventory"
	"ovate/internal/metadata"
	"ovate/segment"
)

// Detail is a segment in answers.
type Detail struct {
	Segment      json.RawMessage  `json:"segment"` // as Druid writes it
	Created      druid.Instant    `json:"created"`
	Used         bool             `json:"used"`
	Updated      druid.Instant    `json:"updated"` // when used last changed
	UpgradedFrom string           `json:"upgradedFrom,omitempty"`
	Visible      []druid.Interval `json:"visible"`
	HiddenBy     []string         `json:"hiddenBy"`
	Hides        []string         `json:"hides"`
	Contents     *Contents        `json:"contents,omitempty"`
	Unopened     string           `json:"unopened,omitempty"` // why there are no contents
	Unreadable   string           `json:"unreadable,omitempty"`
}

// Contents is what the files of a segment tell.
type Contents struct {
	Rows             int             `json:"rows"`
	Size             int64           `json:"size"` // of all columns, in bytes
	Rollup           *bool           `json:"rollup,omitempty"`
	QueryGranularity json.RawMessage `json:"queryGranularity,omitempty"`
	Ordering         []string        `json:"ordering,omitempty"`
	Columns          []Column        `json:"columns"`
}

// Column is a column of a segment.
type Column struct {
	Name string `json:"name"`
	// Kind is time, dimension or metric.
	Kind       string `json:"kind"`
	Type       string `json:"type"`
	MultiValue bool   `json:"multiValue"`
	HasNulls   bool   `json:"hasNulls"`
	// Cardinality is the number of distinct values, null included; absent where the files do not tell, as are Min and Max.
	Cardinality int             `json:"cardinality,omitempty"`
	Min         json.RawMessage `json:"min,omitempty"`
	Max         json.RawMessage `json:"max,omitempty"`
	Size        int64           `json:"size"` // in bytes
	Encoding    string          `json:"encoding"`
}

// segment finds the segment that the path names.
func (c *call) segment() (*inventory.Detail, error) {
	d, err := c.Inventory.Segment(c.r.Context(), c.r.PathValue("dataSource"), c.r.PathValue("segment"))
	if errors.Is(err, metadata.ErrNotFound) {
		err = refuse(http.StatusNotFound, "There is no segment of this id.")
	}
	return d, err
}

// oneSegment is GET /api/v1/datasources/{dataSource}/segments/{segment}: what is known of a segment, used or not, with its columns. With fetch=true its files are fetched if they are
// in a store of objects.
func oneSegment(c *call) error {
	fetch, err := c.query.flag("fetch")
	if err != nil {
		return err
	}
	d, err := c.segment()
	if err != nil {
		return err
	}
	answer := Detail{
		Segment: d.AppendJSON(nil), Created: d.Created, Used: d.Used, Updated: d.Updated, UpgradedFrom: d.UpgradedFrom,
		Visible: append([]druid.Interval{}, d.Visible...), HiddenBy: texts(d.HiddenBy), Hides: texts(d.Hides),
	}
	if d.Unreadable != nil {
		answer.Unreadable = d.Unreadable.Error()
		return c.json(http.StatusOK, answer)
	}
	if err := c.whole(); err != nil {
		return err
	}
	err = c.Inventory.Open(c.r.Context(), &d.DataSegment, fetch, func(s *segment.Segment) error {
		is, err := inventory.Look(s)
		if err == nil {
			answer.Contents = contentsOf(is)
		}
		return err
	})
	if err != nil {
		if c.r.Context().Err() != nil {
			return err
		}
		answer.Contents, answer.Unopened = nil, err.Error()
	}
	return c.json(http.StatusOK, answer)
}

func texts(ids []druid.SegmentID) []string {
	all := []string{}
	for _, id := range ids {
		all = append(all, id.String())
	}
	return all
}

func contentsOf(is *inventory.Contents) *Contents {
	c := &Contents{Rows: is.Rows, Size: is.Size, Columns: []Column{}}
	if m := is.Metadata; m != nil {
		c.Rollup, c.QueryGranularity, c.Ordering = &m.Rollup, m.QueryGranularity.AppendJSON(nil), m.Ordering
	}
	for _, column := range is.Columns {
		c.Columns = append(c.Columns, Column{
			Name: column.Name, Kind: column.Kind(), Type: column.Type, MultiValue: column.MultiValue, HasNulls: column.HasNulls, Cardinality: column.Cardinality,
			Min: column.Min, Max: column.Max, Size: column.Size, Encoding: column.Encoding,
		})
	}
	return c
}

// Rows are some rows of a segment in answers.
type Rows struct {
	From    int               `json:"from"` // the number of the first, from 0
	Of      int               `json:"of"`   // rows of the segment
	Rows    []json.RawMessage `json:"rows"`
	LeftOut []string          `json:"leftOut,omitempty"` // columns that cannot be read
	Next    *int              `json:"next,omitempty"`    // where the next ones begin; absent behind the last
}

const (
	rowsAsked = 100
	rowsMost  = 1000
	rowsBytes = 4 << 20
)

// segmentRows is GET /api/v1/datasources/{dataSource}/segments/{segment}/rows: rows as objects, in the order in which the segment keeps them, those that queries do not see, too.
//
//	from    the number of the first, from 0
//	limit   how many at most; there are fewer where they have 4 MiB together
//	fetch   true fetches files that are in a store of objects, each time
func segmentRows(c *call) error {
	q := c.query
	fetch, err := q.flag("fetch")
	if err != nil {
		return err
	}
	limit, err := q.count("limit", rowsAsked, rowsMost)
	if err != nil {
		return err
	}
	answer := Rows{Rows: []json.RawMessage{}}
	if text := q["from"]; text != "" {
		if answer.From, err = strconv.Atoi(text); err != nil || answer.From < 0 {
			return badRequest("Query parameter [from] is [%s], but must be a whole number from 0 on.", text)
		}
	}
	d, err := c.segment()
	if err != nil {
		return err
	}
	if d.Unreadable != nil {
		return refuse(http.StatusConflict, "The metadata of this segment cannot be read: %v", d.Unreadable)
	}
	if err := c.whole(); err != nil {
		return err
	}
	err = c.Inventory.Open(c.r.Context(), &d.DataSegment, fetch, func(s *segment.Segment) error {
		rows, leftOut, err := inventory.Rows(s, answer.From, limit, rowsBytes)
		answer.Of, answer.LeftOut = s.Rows(), leftOut
		answer.Rows = append(answer.Rows, rows...)
		return err
	})
	far, large := (*inventory.FarError)(nil), (*inventory.LargeError)(nil)
	switch {
	case errors.As(err, &far), errors.As(err, &large):
		return refuse(http.StatusConflict, "The rows of this segment are not read: %v.", err)
	case err != nil && !errors.Is(err, inventory.ErrNoFiles):
		return err
	}
	if next := answer.From + len(answer.Rows); len(answer.Rows) > 0 && next < answer.Of {
		answer.Next = &next
	}
	return c.json(http.StatusOK, answer)
}
