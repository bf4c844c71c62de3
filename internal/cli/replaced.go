package cli

import (
	"context"
	"strings"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/quantity"
)

// visible is what queries see of a data source in the time chunks that an ingestion may replace: the rows of its segments by id, nil where they cannot be counted.
type visible map[string]*int64

// visibleNow lists them for an ingestion that replaces; of one that does not it is nil. It is asked before the task and after it, which others may publish
// between: only segments that were there before are compared.
func (i *ingestRun) visibleNow(ctx context.Context, overlord *client.Client) visible {
	if !i.flags.Replace {
		return nil
	}
	now := visible{}
	err := overlord.Segments(ctx, i.flags.Datasource, i.chunks(), func(s *client.Segment) error {
		now[s.ID().String()] = s.Rows
		return nil
	})
	if err != nil {
		if !client.IsNotFound(err) { // which is a server that does not tell
			printLine(i.notes, "note", "what is replaced cannot be told: %v", err)
		}
		return nil
	}
	return now
}

// chunks is the time from the first chunk with new rows to the last; nil for all time.
func (i *ingestRun) chunks() *druid.Interval {
	unit, err := druid.ParseGranularity(i.found.Granularity)
	if err != nil || strings.EqualFold(i.found.Granularity, "ALL") || i.found.Span.IsEmpty() {
		return nil
	}
	return &druid.Interval{Start: unit.Bucket(i.found.Span.Start).Start, End: unit.Bucket(i.found.Span.End - 1).End}
}

// tellReplaced says how many rows that queries saw before they see no more, and of how many segments.
func (i *ingestRun) tellReplaced(ctx context.Context, overlord *client.Client, before visible) {
	if before == nil {
		return
	}
	now := i.visibleNow(ctx, overlord)
	if now == nil {
		return
	}
	segments, rows, known := 0, int64(0), true
	for id, were := range before {
		are, stays := now[id]
		switch {
		case were == nil || stays && are == nil:
			known = known && stays
			if !stays {
				segments++
			}
		case !stays:
			segments++
			rows = quantity.Sum(rows, *were)
		case *are < *were:
			segments++
			rows = quantity.Sum(rows, *were-*are)
		}
	}
	switch {
	case segments == 0:
		printLine(i.notes, "replaced", "nothing: no row was there in the same time chunks")
	case !known:
		printLine(i.notes, "replaced", "? rows of %s, as not all of them can be counted", quantity.Of(segments, "segment"))
	default:
		printLine(i.notes, "replaced", "%s of %s", quantity.Of(rows, "row"), quantity.Of(segments, "segment"))
	}
}
