package cli

import (
	"context"
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
	segments, unknown, rows, bytes := 0, 0, int64(0), int64(0)
	err = overlord.Segments(ctx, dataSource, nil, func(s *client.Segment) error {
		if segments++; segments == 1 {
			first = filesOf(s)
		}
		bytes = quantity.Sum(bytes, s.Size)
		if s.Rows != nil {
			rows = quantity.Sum(rows, *s.Rows)
		} else {
			unknown++
		}
		if segments <= most {
			fmt.Fprintf(table, "%s\t%s\t  %s\n", quantity.OfKnown(s.Rows, "row"), size(s.Size), s.ID())
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if more := segments - most; more > 0 {
		fmt.Fprintf(table, "\t\t  and %d more\n", more)
	}
	sum := quantity.Of(rows, "row")
	if unknown > 0 {
		sum = "? rows"
	}
	fmt.Fprintf(table, "%s\t%s\t  in %s\n", sum, size(bytes), quantity.Of(segments, "segment"))
	return first, table.Flush()
}
