package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"ovate/client"
	"ovate/internal/detect"
	"ovate/internal/quantity"
	"ovate/segment"
)

// heldColumns are those of what a data source holds, as far as can be told.
type heldColumns struct {
	names []string
	types map[string]string // of the last segment, as --type has them; none where its files cannot be read here
}

// columnsHeld lists them. A column without a single value is none.
func columnsHeld(ctx context.Context, overlord *client.Client, dataSource string) (held heldColumns, err error) {
	seen, last := map[string]bool{}, ""
	err = overlord.SegmentsUncounted(ctx, dataSource, nil, func(s *client.Segment) error {
		for _, name := range slices.Concat(s.Dimensions, s.Metrics) {
			if !seen[name] {
				seen[name] = true
				held.names = append(held.names, name)
			}
		}
		if path := localPath(s.LoadSpec); path != "" {
			last = path
		}
		return nil
	})
	if err != nil || last == "" {
		return held, err
	}
	held.types = map[string]string{}
	if readSegment(last, func(opened *segment.Segment) error {
		for _, c := range opened.Columns() {
			if !c.NullOnly {
				held.types[c.Name] = strings.ToLower(c.Type)
			}
		}
		return nil
	}) != nil {
		held.types = nil // of a server elsewhere
	}
	return held, nil
}

// tellAppended notes where rows that are added have other columns, or of other types, than those that are there.
func (i *ingestRun) tellAppended(ctx context.Context, overlord *client.Client) {
	if !i.flags.Append || i.flags.Rollup {
		return
	}
	held, err := columnsHeld(ctx, overlord, i.flags.Datasource)
	switch {
	case client.IsNotFound(err): // a server that does not tell, or a new data source
	case err != nil:
		printLine(i.notes, "note", "the columns of what %s holds cannot be compared: %v", i.flags.Datasource, err)
	default:
		held.tell(i.notes, i.flags.Datasource, i.found.Columns)
	}
}

// tell notes how columns that are added differ.
func (h *heldColumns) tell(w io.Writer, dataSource string, added []detect.Column) {
	const most = 12
	if len(h.names) == 0 {
		return
	}
	var missing, more, unlike []string
	for _, name := range h.names {
		if !slices.ContainsFunc(added, func(c detect.Column) bool { return c.Name == name }) {
			missing = append(missing, name)
		}
	}
	for _, c := range added {
		if !slices.Contains(h.names, c.Name) {
			more = append(more, c.Name)
		} else if was := h.types[c.Name]; was != "" && was != c.Type {
			unlike = append(unlike, fmt.Sprintf("%s (%s, and %s there)", c.Name, c.Type, was))
		}
	}
	if len(missing) > 0 {
		printLine(w, "note", "these rows have no column %s, unlike %s; there it is null.", quantity.Few(missing, most), dataSource)
	}
	if len(more) > 0 {
		printLine(w, "note", "these rows have a column that no row of %s has a value in: %s.", dataSource, quantity.Few(more, most))
	}
	if len(unlike) > 0 {
		printLine(w, "note", "columns of other types than in %s: %s. Each segment keeps its own; --type COLUMN=TYPE says which these rows get.", dataSource, quantity.Few(unlike, most))
	}
}
