package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"ovate/druid"
	"ovate/internal/inventory"
	"ovate/internal/jsontext"
	"ovate/internal/metadata"
	"ovate/segment"
)

// segmentPage is what is known of a segment.
type segmentPage struct {
	*inventory.Detail
	ID       string
	Contents *inventory.Contents // nil if its files were not read
	Why      string              // why not
	Far      bool                // they would have to be fetched first
	Fetched  bool
	Columns  []columnOf // the first of them
	Rows     *rowsPage  // nil if its files were not read
}

// columnOf is a column as the page shows it.
type columnOf struct {
	inventory.Column
	Min, Max string // empty: not told
}

// rowsPage are some rows of a segment.
type rowsPage struct {
	First, Last    int // numbers of the rows, from 1; Last is 0 if there are none
	All            int
	Before, Behind int // where the pages beside this one begin, from 0; -1 if there is none
	Columns        []string
	Rows           [][]string
	LeftOut        []string
}

// A page shows so many rows, or fewer where they have many columns or are long, so many letters of each value, so many other segments, and so many columns.
const (
	rowsShown    = 50
	cellsShown   = 5000
	rowBytes     = 1 << 20
	valueShown   = 120
	relatedShown = 50
	columnsShown = 500
)

// showSegment is GET /data/{name}/{id}: its rows from the one on that from tells, counted from 0. With fetch=true its files are fetched, if they are far.
func showSegment(c *call) (*page, error) {
	query := c.r.URL.Query()
	from := 0
	if text := query.Get("from"); text != "" {
		var err error
		if from, err = strconv.Atoi(text); err != nil || from < 0 {
			return nil, &problem{http.StatusBadRequest, fmt.Sprintf("The row %q is no number of a row.", text), "Write it as from=0, which is the first one."}
		}
	}
	id := c.r.PathValue("id")
	d, err := c.Inventory.Segment(c.r.Context(), c.r.PathValue("name"), id)
	if errors.Is(err, metadata.ErrNotFound) {
		err = &problem{http.StatusNotFound, "There is no segment " + id + ".", "A kill task may have removed it. The page of the data source shows those that there are."}
	}
	if err != nil {
		return nil, err
	}
	p := &segmentPage{Detail: d, ID: id, Fetched: query.Get("fetch") == "true"}
	if d.Unreadable != nil {
		p.Why = "The metadata of this segment cannot be read: " + d.Unreadable.Error()
	} else if err := p.read(c, from); err != nil {
		return nil, err
	}
	return &page{Title: id, template: "segment", Data: p}, nil
}

// read reads what the files tell, or why they do not.
func (p *segmentPage) read(c *call, from int) error {
	turn := c.reading.Hold(c.identity().Taker())
	defer turn.Release()
	if err := turn.Wait(c.r.Context(), 1); err != nil {
		return err
	}
	err := c.Inventory.Open(c.r.Context(), &p.DataSegment, p.Fetched, func(s *segment.Segment) (err error) {
		if p.Contents, err = inventory.Look(s); err != nil {
			return err
		}
		p.Columns = columnsOf(p.Contents)
		p.Rows, err = readRows(s, from, len(p.Contents.Columns))
		return err
	})
	if err == nil || c.r.Context().Err() != nil {
		return err
	}
	p.Contents, p.Rows = nil, nil
	far, large := (*inventory.FarError)(nil), (*inventory.LargeError)(nil)
	switch {
	case errors.As(err, &far):
		p.Far, p.Why = true, "Its files are in a store of objects, so that they have to be fetched as a whole to see what is in them."
	case errors.As(err, &large):
		p.Why = fmt.Sprintf("What is in it is not shown here, as all of it would have to be unpacked, %s: ovate dump %s writes its rows.", bytesText(large.Size), p.DataSource)
	case errors.Is(err, inventory.ErrNoFiles):
		p.Why = "It is a tombstone: it has no files, and tells that there are no rows in its time."
	default:
		p.Why = "Its files cannot be read: " + err.Error()
	}
	return nil
}

// columnsOf are the columns as they are shown.
func columnsOf(is *inventory.Contents) (all []columnOf) {
	for _, c := range is.Columns[:min(len(is.Columns), columnsShown)] {
		all = append(all, columnOf{c, valueOf(c.Min), valueOf(c.Max)})
	}
	return all
}

// readRows reads the rows of a page.
func readRows(s *segment.Segment, from, columns int) (*rowsPage, error) {
	most := max(1, min(rowsShown, cellsShown/max(1, columns)))
	p := &rowsPage{All: s.Rows(), First: from + 1, Before: -1, Behind: -1}
	if from > 0 {
		p.Before = max(0, min(from, p.All)-most)
	}
	rows, leftOut, err := inventory.Rows(s, from, most, rowBytes)
	if err != nil {
		return nil, err
	}
	p.LeftOut = leftOut
	for i, row := range rows {
		var cells []string
		for name, value := range jsontext.Members(row) {
			if len(cells) == cellsShown {
				break
			}
			if i == 0 {
				p.Columns = append(p.Columns, string(name))
			}
			cells = append(cells, valueOf(value))
		}
		p.Rows = append(p.Rows, cells)
	}
	if len(rows) > 0 {
		p.Last = from + len(rows)
	}
	if p.Last > 0 && p.Last < p.All {
		p.Behind = p.Last
	}
	return p, nil
}

// valueOf is a value of JSON as people read it: a text without its quotes, unless it is empty, and all else as it is.
func valueOf(value json.RawMessage) string {
	var text string
	if len(value) == 0 || value[0] != '"' || json.Unmarshal(value, &text) != nil || text == "" {
		text = string(value)
	}
	return cut(text, valueShown)
}

// Share is the part of all columns that one takes, in percent.
func (p *segmentPage) Share(size int64) string {
	return fmt.Sprintf("%.1f %%", 100*float64(size)/float64(max(1, p.Contents.Size)))
}

// Sight tells how queries see the segment: all, part or nothing of it.
func (p *segmentPage) Sight() string {
	switch {
	case len(p.Visible) == 1 && p.Visible[0] == p.Interval:
		return "all"
	case len(p.Visible) > 0:
		return "part"
	}
	return "nothing"
}

// related are other segments, the first of many.
func related(ids []druid.SegmentID) []druid.SegmentID { return ids[:min(len(ids), relatedShown)] }

// HiddenByShown and HidesShown are those of the segments around it that the page names.
func (p *segmentPage) HiddenByShown() []druid.SegmentID { return related(p.HiddenBy) }
func (p *segmentPage) HidesShown() []druid.SegmentID    { return related(p.Hides) }

// Raw is what Druid stores of the segment, a part after the other.
func (p *segmentPage) Raw() (parts []rawPart) {
	parts = []rawPart{{"Shard spec", indented(p.ShardSpec.AppendJSON(nil))}, {"Load spec", indented(p.LoadSpec)}}
	if p.LastCompactionState != nil {
		parts = append(parts, rawPart{"Last compaction", indented(p.LastCompactionState)})
	}
	if p.Contents != nil && p.Contents.Metadata != nil {
		text := p.Contents.Metadata.AppendJSON(nil)
		if len(text) > rawShown {
			text = fmt.Appendf(nil, "It is long, with %s.", bytesText(int64(len(text))))
		}
		parts = append(parts, rawPart{"Metadata, as the segment has it", indented(text)})
	}
	return parts
}

// rawShown is how long it may be.
const rawShown = 64 << 10

// rawPart is some JSON with what it is.
type rawPart struct{ Name, Text string }
