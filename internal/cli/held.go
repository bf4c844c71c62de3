package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"ovate/client"
	"ovate/internal/quantity"
)

// printHeld lists the segments of a data source that queries see, not too many, and adds up the rows that they find. It returns
// the files of the first one, or "".
func printHeld(ctx context.Context, overlord *client.Client, dataSource string, w io.Writer) (first string, err error) {
	const most = 12
	fmt.Fprintf(w, "\n%s holds:\n", dataSource)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	segments, rows, bytes := 0, new(int64(0)), int64(0)
	err = overlord.Segments(ctx, dataSource, nil, func(s *client.Segment) error {
		if segments++; segments == 1 {
			first = localPath(s.LoadSpec)
		}
		bytes += s.Size
		if rows != nil && s.Rows != nil {
			*rows += *s.Rows
		} else {
			rows = nil
		}
		if segments <= most {
			fmt.Fprintf(table, "%s\t%s\t  %s\n", rowsOrUnknown(s.Rows), size(s.Size), s.ID())
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if more := segments - most; more > 0 {
		fmt.Fprintf(table, "\t\t  and %d more\n", more)
	}
	fmt.Fprintf(table, "%s\t%s\t  in %s\n", rowsOrUnknown(rows), size(bytes), quantity.Of(segments, "segment"))
	return first, table.Flush()
}

// localPath is where a segment's files are, if its load spec tells of a file system; else "".
func localPath(loadSpec json.RawMessage) string {
	var spec struct {
		Type string `json:"type"`
		Path string `json:"path"`
	}
	if json.Unmarshal(loadSpec, &spec) != nil || spec.Type != "local" {
		return ""
	}
	return spec.Path
}

// rowsOrUnknown is countOrUnknown with what is counted.
func rowsOrUnknown(n *int64) string {
	if n != nil && *n == 1 {
		return "1 row"
	}
	return countOrUnknown(n) + " rows"
}

// countOrUnknown writes a number of rows that perhaps nobody can count.
func countOrUnknown(n *int64) string {
	if n == nil {
		return "?"
	}
	return quantity.Count(*n)
}
