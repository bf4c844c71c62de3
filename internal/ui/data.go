package ui

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/chart"
	"ovate/internal/datasource"
	"ovate/internal/inventory"
	"ovate/internal/queue"
)

// dataList is which data sources there are.
type dataList struct {
	Text       string // that names contain; empty: all
	Shown      []inventory.DataSource
	More       int      // that match besides
	Incomplete []string // those of which queries see nothing, as some of their segments are missing
	Unused     []string // those of which queries see nothing, and that have unused segments
	UnusedMore int
}

// dataShown is how many data sources of either kind a page lists.
const dataShown = 200

// listData is GET /data; name=PART lists those whose names contain that, in whatever letters.
func listData(c *call) (*page, error) {
	p := &dataList{Text: strings.TrimSpace(c.r.URL.Query().Get("name"))}
	part := strings.ToLower(p.Text)
	matches := func(name string) bool { return c.sees(name) && strings.Contains(strings.ToLower(name), part) }
	unused, err := c.Inventory.UnusedDataSources(c.r.Context())
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	err = c.Inventory.DataSources(c.r.Context(), false, func(d *inventory.DataSource) error {
		seen[d.Name] = true
		switch {
		case !matches(d.Name):
		case d.Segments == 0 && len(p.Incomplete) < dataShown:
			p.Incomplete = append(p.Incomplete, d.Name)
		case len(p.Shown) == dataShown:
			p.More++
		default:
			p.Shown = append(p.Shown, *d)
		}
		return nil
	})
	p.Unused = slices.DeleteFunc(unused, func(name string) bool { return seen[name] || !matches(name) })
	p.UnusedMore = max(0, len(p.Unused)-dataShown)
	p.Unused = p.Unused[:len(p.Unused)-p.UnusedMore]
	return &page{Title: "Data", template: "data", Data: p}, err
}

// dataPage is what is known of a data source.
type dataPage struct {
	Name      string
	Segments  []inventory.Segment // the newest of them
	Count     int
	Size      int64
	Rows      int64 // of those counted
	Uncounted int
	Interval  druid.Interval
	Columns   []string // of the newest segment
	Metrics   []string
	Axis      template.HTML
	Drawn     int // segments on the axis, the newest
	Gaps      []druid.Interval
	Counts    queue.Counts
	Done      string
	Compact   *compaction // what was asked for; nil if nothing was
	Workers   bool        // who could compact
	Remove    *removal    // what was asked for; nil if nothing was

	Incomplete []druid.DataSegment // where queries see none: used ones of sets of which others are missing, the first of them
	Unseen     int                 // how many of these there are
	Unused     []druid.DataSegment // those that end first
	UnusedMore bool
	UnusedSpan druid.Interval
}

// segmentsShown is how many segments a page lists, and barsShown how many its time axis has.
const (
	segmentsShown = 100
	barsShown     = 400
)

// showData is GET /data/{name}. Rows are counted, for which segments are opened, if there are no more than the page lists, or with rows=true.
func showData(c *call) (*page, error) {
	name := c.r.PathValue("name")
	p, err := c.dataSource(name, c.r.URL.Query().Get("rows") == "true")
	if err == nil && p.Count == p.Uncounted && p.Count <= segmentsShown {
		p, err = c.dataSource(name, true)
	}
	if err != nil {
		return nil, err
	}
	if p.Workers = c.Places.Workers; p.Workers {
		if p.Compact, err = c.planned(name); err != nil {
			return nil, err
		}
	}
	if p.Remove, err = c.removable(name); err != nil {
		return nil, err
	}
	if p.Unused, err = c.Inventory.Unused(c.r.Context(), name, druid.Eternity, unusedShown+1); err != nil {
		return nil, err
	}
	if p.UnusedMore = len(p.Unused) > unusedShown; p.UnusedMore {
		p.Unused = p.Unused[:unusedShown]
	}
	p.UnusedSpan = spanOf(p.Unused)
	if p.Count == 0 {
		if p.Incomplete, err = c.Inventory.Incomplete(c.r.Context(), name); err != nil {
			return nil, err
		}
		p.Unseen = len(p.Incomplete)
		p.Incomplete = p.Incomplete[:min(p.Unseen, segmentsShown)]
	}
	switch c.r.URL.Query().Get("done") {
	case "unused":
		p.Done = "Its segments are marked unused. Until a kill task removes them they can be marked used again."
	case "used":
		p.Done = "Its segments are marked used again, but for those that newer ones hide."
	}
	if p.Count == 0 && p.Unseen == 0 && len(p.Unused) == 0 && p.Counts == (queue.Counts{}) && p.Done == "" {
		return nil, &problem{http.StatusNotFound, "There is no data source " + name + " that has segments.", "The list of data shows all that have. A task that writes to one makes it."}
	}
	return &page{Title: name, template: "datasource", Data: p}, nil
}

// dataSource gathers the page of one.
func (c *call) dataSource(name string, rows bool) (*dataPage, error) {
	p := &dataPage{Name: name, Counts: c.Tasks.Counts(name)}
	var bars []chart.Bar
	err := c.Inventory.Segments(c.r.Context(), inventory.Query{DataSource: name, Rows: rows}, func(s *inventory.Segment) error {
		p.add(s)
		if s.Unreadable == nil && s.Interval != druid.Eternity { // beside which all others would be a line
			if bars = append(bars, bar(s)); len(bars) > 2*barsShown {
				bars = slices.Clone(bars[barsShown:])
			}
		}
		return nil
	})
	slices.Reverse(p.Segments)
	p.Segments = p.Segments[:min(len(p.Segments), segmentsShown)]
	drawn := lanes(bars[max(0, len(bars)-barsShown):], lanesShown)
	for _, lane := range drawn {
		p.Drawn += len(lane.Bars)
	}
	p.Axis = chart.Axis(drawn, fmt.Sprintf("The newest segments of %s over time", name))
	return p, err
}

// add counts a segment. They come in the order of time.
func (p *dataPage) add(s *inventory.Segment) {
	p.Count++
	p.Size += s.Size
	if s.Rows == inventory.Unknown {
		p.Uncounted++
	} else {
		p.Rows += s.Rows
	}
	if s.Unreadable == nil {
		if p.Interval == (druid.Interval{}) {
			p.Interval = s.Interval
		}
		if s.Interval.Start > p.Interval.End && len(p.Gaps) < segmentsShown {
			p.Gaps = append(p.Gaps, druid.Interval{Start: p.Interval.End, End: s.Interval.Start})
		}
		p.Interval.End = max(p.Interval.End, s.Interval.End)
		p.Columns, p.Metrics = s.Dimensions, s.Metrics
	}
	kept := *s
	kept.Visible = slices.Clone(s.Visible)
	if p.Segments = append(p.Segments, kept); len(p.Segments) > 2*segmentsShown {
		p.Segments = slices.Clone(p.Segments[segmentsShown:])
	}
}

// bar is a segment on the time axis.
func bar(s *inventory.Segment) chart.Bar {
	class := "whole"
	if len(s.Visible) != 1 || s.Visible[0] != s.Interval {
		class = "hidden-in-part"
	}
	rows := "rows not counted"
	if s.Rows != inventory.Unknown {
		rows = count(s.Rows) + " rows"
	}
	return chart.Bar{Span: s.Interval, Class: class, Title: fmt.Sprintf("%s, version %s, partition %d: %s, %s bytes", s.Interval, s.Version, s.ShardSpec.PartitionNum(), rows, count(s.Size))}
}

// lanes puts bars beside one another that meet in time, in so many lanes at most.
func lanes(bars []chart.Bar, most int) (all []chart.Lane) {
	slices.SortStableFunc(bars, func(a, b chart.Bar) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	var ends []druid.Instant
	for _, b := range bars {
		i := slices.IndexFunc(ends, func(end druid.Instant) bool { return end <= b.Span.Start })
		switch {
		case i >= 0:
		case len(ends) < most:
			i, ends, all = len(ends), append(ends, 0), append(all, chart.Lane{})
		default:
			continue // the list has it
		}
		ends[i] = b.Span.End
		all[i].Bars = append(all[i].Bars, b)
	}
	return all
}

// changeData is POST /data/{name}: marks segments of an interval unused, or used again, has a task remove those that are, or has one compact it.
func changeData(c *call) (string, error) {
	if err := c.readForm(); err != nil {
		return "", err
	}
	name := c.r.PathValue("name")
	interval, err := intervalOf(c.r.PostForm.Get("interval"))
	if err != nil {
		return "", err
	}
	switch action := c.r.PostForm.Get("action"); action {
	case "unused":
		_, err := c.Segments.MarkUnused(c.ctx(), name, datasource.Filter{Interval: &interval}, func(changed int) audit.Entry {
			return audit.Entry{Method: c.r.Method, URI: c.r.URL.EscapedPath(), Payload: fmt.Appendf(nil, `{"interval":%q,"numChangedSegments":%d}`, interval, changed)}
		})
		return to("data", name) + "?done=unused", err
	case "used":
		_, err := c.Segments.MarkUsed(c.ctx(), name, datasource.Filter{Interval: &interval})
		return to("data", name) + "?done=used", err
	case "kill":
		text, err := json.Marshal(map[string]string{"type": "kill", "dataSource": name, "interval": interval.String()})
		if err != nil {
			return "", err
		}
		return c.take(text)
	case "compact":
		return c.compact(name, interval)
	default:
		return "", unknownAction(action)
	}
}

// intervalOf reads the interval of a form.
func intervalOf(text string) (druid.Interval, error) {
	text = strings.TrimSpace(text)
	interval, err := druid.ParseInterval(text)
	if err != nil {
		err = &problem{http.StatusBadRequest, fmt.Sprintf("The interval %q cannot be read: %v.", text, plain(err)), "Write it as 2026-03-01/2026-04-01, in UTC."}
	}
	return interval, err
}

// plain is the sentence of an error.
func plain(err error) string {
	if told := (*druid.Error)(nil); errors.As(err, &told) {
		return strings.TrimSuffix(told.Message, ".")
	}
	return err.Error()
}
