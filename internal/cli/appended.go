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
	files map[string][]string // of the last segments that have a column, by its name, the last one at the end; none where they are not of this machine
}

// mostOpened bounds the segments whose files are opened to compare types, so that an append costs the same whatever is there.
const mostOpened = 4

// columnsHeld lists them, from what is known of the segments without their files.
func columnsHeld(ctx context.Context, overlord *client.Client, dataSource string) (held heldColumns, err error) {
	held.files = map[string][]string{}
	err = overlord.SegmentsUncounted(ctx, dataSource, nil, func(s *client.Segment) error {
		path := filesOf(s)
		for _, name := range slices.Concat(s.Dimensions, s.Metrics) {
			files, known := held.files[name]
			if !known {
				held.names = append(held.names, name)
			}
			if path != "" {
				files = append(files, path)
			}
			held.files[name] = files[max(0, len(files)-mostOpened):]
		}
		return nil
	})
	return held, err
}

// types are those of columns as --type has them, each in the last segment that has a value in it. unread are columns of which that is not known, as too many
// segments would have to be opened.
func (h *heldColumns) types(added []detect.Column) (types map[string]string, unread []string) {
	types = map[string]string{}
	opened := map[string]map[string]string{}
	for _, c := range added {
		files := h.files[c.Name]
		for _, path := range slices.Backward(files) {
			if opened[path] == nil && len(opened) < mostOpened {
				opened[path] = typesIn(path)
			}
			if types[c.Name] = opened[path][c.Name]; types[c.Name] != "" || opened[path] == nil {
				break
			}
		}
		if len(files) > 0 && types[c.Name] == "" && len(opened) == mostOpened {
			unread = append(unread, c.Name)
		}
	}
	return types, unread
}

// typesIn are the types of the columns of a segment that have values: none if its files cannot be read, as they are of a server elsewhere, or damaged, of which
// whoever reads them is told.
func typesIn(path string) map[string]string {
	types := map[string]string{}
	err := readSegment(path, func(held *segment.Segment) error {
		for _, c := range held.Columns() {
			if !c.NullOnly {
				types[c.Name] = strings.ToLower(c.Type)
			}
		}
		return nil
	})
	if err != nil {
		clear(types)
	}
	return types
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
	types, unread := h.types(added)
	for _, name := range h.names {
		if !slices.ContainsFunc(added, func(c detect.Column) bool { return c.Name == name }) {
			missing = append(missing, name)
		}
	}
	for _, c := range added {
		if !slices.Contains(h.names, c.Name) {
			more = append(more, c.Name)
		} else if was := types[c.Name]; was != "" && was != c.Type {
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
	if len(unread) > 0 {
		printLine(w, "note", "the types of these columns were not compared with those in %s, as more than %d segments would have to be opened: %s.", dataSource, mostOpened, quantity.Few(unread, most))
	}
}
