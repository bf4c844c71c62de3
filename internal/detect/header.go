package detect

import (
	"fmt"
	"slices"
	"strings"
)

// withColumns decides whether the first line is a header and names the columns.
func (f Format) withColumns(samples []sample) (Format, error) {
	first := samples[0]
	fields := splitLine(first.lines[0], f.Delimiter)
	f.Header = isHeader(fields, first.lines[1:], f.Delimiter)
	f.Columns = named(fields, !f.Header)
	if f.Header && !readable(samples, f.Columns) {
		f.Skip = first.before + 1
		f.Columns = distinct(f.Columns)
	}
	for _, s := range samples[1:] {
		if len(s.lines) > 0 && !f.agrees(first, s) {
			return f, fmt.Errorf("%s does not go with %s: it begins with %q.\nFiles of one command must have the same format and columns; ingest it on its own, with --append", s.Path, first.Path, cutText(s.lines[0]))
		}
	}
	return f, nil
}

// named gives columns without a name the one that Druid makes up for their place. With all, every column has that.
func named(fields []string, all bool) []string {
	names := slices.Clone(fields)
	for i, name := range names {
		if name == "" || all {
			names[i] = fmt.Sprintf("column_%d", i+1)
		}
	}
	return names
}

// readable tells whether ingestion can read the headers itself, as it does best: the files may then differ in the order of
// their columns. It does not know a byte order mark, takes the very first line, and refuses a name that comes twice.
func readable(samples []sample, names []string) bool {
	for _, s := range samples {
		if s.marked || s.before > 0 {
			return false
		}
	}
	return slices.Equal(names, distinct(names))
}

// distinct numbers names that come again: a, a_2.
func distinct(names []string) []string {
	seen := map[string]bool{}
	var all []string
	for _, name := range names {
		unique := name
		for n := 2; seen[unique] || unique != name && slices.Contains(names, unique); n++ {
			unique = fmt.Sprintf("%s_%d", name, n)
		}
		seen[unique] = true
		all = append(all, unique)
	}
	return all
}

// agrees tells whether a further file can be read as the first one is.
func (f Format) agrees(first, s sample) bool {
	fields := splitLine(s.lines[0], f.Delimiter)
	switch {
	case f.Skip > 0: // names are given once for all files
		return s.before == first.before && slices.Equal(fields, splitLine(first.lines[0], f.Delimiter))
	case f.Header:
		return slices.ContainsFunc(fields, func(name string) bool { return slices.Contains(f.Columns, name) })
	}
	return len(f.Columns) == 1 || len(fields) > 1
}

// isHeader tells whether the first line names the columns: its fields are words, and no numbers or times. Some tools leave
// the column of row numbers without a name.
func isHeader(first, rest []string, delimiter string) bool {
	names := 0
	for _, field := range first {
		field = strings.TrimSpace(field)
		if field == "" {
			continue
		}
		names++
		if classify(field) != textValue || looksLikeTime(field) {
			return false
		}
	}
	// A name does not come again below itself, unlike a value of a column of few texts.
	for _, line := range rest[:min(len(rest), 1000)] {
		for i, field := range splitLine(line, delimiter) {
			if i < len(first) && field != "" && field == first[i] {
				return false
			}
		}
	}
	return 2*names >= len(first)
}
