package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// verdict is how the two readings of a file compare.
type verdict string

const (
	same       verdict = "same"       // all rows, value by value
	explained  verdict = "explained"  // all rows, but for what detail explains
	refused    verdict = "refused"    // by ovate, with a reason
	ovateOnly  verdict = "ovate only" // DuckDB does not read the file
	neither    verdict = "neither"    // reads it
	notAsked   verdict = "failed"     // the comparison itself
	different  verdict = "DIFFERENT"  // and nothing explains it
	timeColumn         = "__time"     // of a segment
	shownChars         = 160          // of a reason
)

// outcome is what came of one file.
type outcome struct {
	file    dataFile
	verdict verdict
	detail  string
	rows    int
}

func (j *judge) compare(ctx context.Context, f dataFile, id string) outcome {
	o := outcome{file: f}
	ours, notes, err := j.readOvate(ctx, f.path, id)
	theirs, theirErr := j.readDuckDB(ctx, f.path, listOf(notes))
	var no, theirNo *refusal
	switch {
	case errors.As(err, &no) && errors.As(theirErr, &theirNo):
		o.verdict, o.detail = neither, short(no.text)
	case errors.As(err, &no):
		o.verdict, o.detail = refused, short(no.text)
	case err != nil:
		o.verdict, o.detail = notAsked, err.Error()
	case errors.As(theirErr, &theirNo):
		o.verdict, o.detail, o.rows = ovateOnly, short(theirNo.text), len(ours.values)
	case theirErr != nil:
		o.verdict, o.detail = notAsked, theirErr.Error()
	default:
		o.rows = len(theirs.values)
		o.verdict, o.detail = compareRows(ours, theirs, notes)
	}
	return o
}

// listOf is the path to the list of rows within a JSON object, if that is what was read and told.
func listOf(notes string) string {
	_, after, _ := strings.Cut(notes, ": the rows are the list ")
	path, _, _ := strings.Cut(after, ". --json-path")
	path, _, _ = strings.Cut(path, ";")
	return path
}

// short is the beginning of a text, on one line.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > shownChars {
		text = strings.ToValidUTF8(text[:shownChars], "") + "…"
	}
	return text
}

// compareRows compares two readings as multisets of rows: a segment keeps rows in an order of its own.
func compareRows(ours, theirs *rows, notes string) (verdict, string) {
	var reasons []string
	if turned := theirs.byColumns(len(ours.values)); turned != nil {
		theirs, reasons = turned, append(reasons, "lists of the values of each column, which DuckDB leaves in one row")
	}
	if len(ours.values) == len(theirs.values)+1 && slices.ContainsFunc(ours.values, func(row []any) bool { return holds(row, theirs.columns) }) {
		return explained, "the first line is a row, and DuckDB takes it for a header"
	}
	if len(theirs.values) == len(ours.values)+1 && holds(theirs.values[0], slices.DeleteFunc(slices.Clone(ours.columns), func(name string) bool { return name == timeColumn })) {
		return explained, "DuckDB takes the names of the columns for a row"
	}
	if len(ours.values) != len(theirs.values) {
		return different, fmt.Sprintf("%d rows, DuckDB %d", len(ours.values), len(theirs.values))
	}
	if len(theirs.columns) == 1 && strings.Join(ours.columns, " ") != theirs.columns[0] && len(strings.Fields(theirs.columns[0])) > 1 {
		return explained, "columns cut by blanks, which DuckDB leaves in one"
	}
	if renumber(ours, theirs) {
		reasons = append(reasons, "names that stand twice, numbered by each in its own way")
	}
	pairs, time, why := match(ours, theirs)
	if why != "" {
		return different, why
	}
	for i := range pairs {
		reasons = append(reasons, pairs[i].adapt(strings.Contains(notes, "blanks after delimiters"))...)
	}
	if time != nil {
		reason, wrong := time.judge()
		if wrong != "" {
			return different, wrong
		}
		if reason != "" {
			reasons = append(reasons, reason)
		}
	}
	for _, p := range pairs {
		if wrong := p.differs(); wrong != "" {
			return different, wrong
		}
	}
	if wrong := rowsDiffer(pairs, time); wrong != "" {
		return different, wrong
	}
	if strings.Contains(notes, "row_name") {
		reasons = append(reasons, "row names")
	}
	if len(reasons) == 0 {
		return same, ""
	}
	slices.Sort(reasons)
	return explained, strings.Join(slices.Compact(reasons), "; ")
}

// byColumns are the rows of a reading of one row whose values are all lists of so many values; nil if it is another one.
func (r *rows) byColumns(n int) *rows {
	if len(r.values) != 1 || n < 2 {
		return nil
	}
	turned := &rows{columns: r.columns, types: r.types, values: make([][]any, n), millis: make([][]*int64, n)}
	for i := range turned.values {
		turned.values[i] = make([]any, len(r.columns))
	}
	for c, value := range r.values[0] {
		text, _ := value.(string)
		var list []any
		if json.Unmarshal([]byte(text), &list) != nil || len(list) != n {
			return nil
		}
		for i, one := range list {
			turned.values[i][c] = one
		}
	}
	return turned
}

// holds tells whether a row of ours is what DuckDB takes for names, but for the one of them that is the time.
func holds(row []any, names []string) bool {
	found := 0
	for _, v := range row {
		if slices.ContainsFunc(names, func(name string) bool { return canonical(name) == canonical(v) }) {
			found++
		}
	}
	return found >= len(names)-1
}

// rowsDiffer tells whether the values that agree column by column belong together in the same way.
func rowsDiffer(pairs []pair, time *timePair) string {
	if len(pairs) == 0 {
		return ""
	}
	count := map[string]int{}
	var key strings.Builder
	for row := range pairs[0].ours {
		ours, theirs := "", ""
		for side := range 2 {
			key.Reset()
			for _, p := range pairs {
				key.WriteString(canonical([2][]any{p.ours, p.theirs}[side][row]))
				key.WriteByte(0)
			}
			if time != nil && time.exact {
				key.WriteString(time.text(side, row))
			}
			if side == 0 {
				ours = key.String()
			} else {
				theirs = key.String()
			}
		}
		count[ours]++
		count[theirs]--
	}
	for _, key := range slices.Sorted(maps.Keys(count)) {
		if count[key] != 0 {
			return fmt.Sprintf("every column has the same values, but not in the same rows: %q", short(strings.ReplaceAll(key, "\x00", "|")))
		}
	}
	return ""
}
