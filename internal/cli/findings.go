package cli

import (
	"fmt"
	"io"
	"path/filepath"

	"ovate/internal/detect"
	"ovate/internal/quantity"
)

// printFindings says what was found in a few lines.
func printFindings(w io.Writer, t *detect.Table) {
	line := func(name, format string, args ...any) { printLine(w, name, format, args...) }
	line("files", "%s: %s, %s in %s", nameFiles(t), t.Format, quantity.Of(t.Rows, "row"), size(t.Text()))
	if t.Time.Column == "" {
		line("time", "%s for all rows", t.Time.Constant)
	} else {
		taken := ""
		switch {
		case t.Time.NoZone && t.Time.NameZone != "":
			taken = fmt.Sprintf(", taken for UTC, while the name of the column says %s (--time-zone)", t.Time.NameZone)
		case t.Time.NoZone:
			taken = ", taken for UTC as they say no zone (--time-zone)"
		case t.Time.NameZone != "":
			taken = ", in UTC as the name of the column says"
		}
		line("time", "column %s (%s), %s to %s%s", t.Time.Source, t.Time.Format, t.Span.Start, t.Span.End-1, taken)
	}
	line("columns", "%s", t.Summary())
	if t.Granularity == "ALL" {
		line("segments", "one or more for all time")
	} else {
		line("segments", "one or more %s", oneOf(t.Granularity))
	}
	if t.Why != "" {
		line("copy", "ingested from a copy as JSON: %s", t.Why)
	}
	for _, note := range t.Notes {
		line("note", "%s", note)
	}
}

// nameFiles names the first file and counts the others.
func nameFiles(t *detect.Table) string {
	first := filepath.Base(t.Files[0].Name)
	if n := len(t.Files); n > 1 {
		return fmt.Sprintf("%s and %d more", first, n-1)
	}
	return first
}
