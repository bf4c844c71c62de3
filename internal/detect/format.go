package detect

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Format is how rows are written.
type Format struct {
	Kind      string   // json, csv or tsv
	Delimiter string   // csv and tsv
	Header    bool     // csv and tsv: the first line of every file names the columns
	Columns   []string // the names, made up if there is no header; csv and tsv
	Skip      int      // csv and tsv: lines up to and with a header that ingestion must not read itself
}

// String is the format in words.
func (f Format) String() string {
	switch {
	case f.Kind == "json":
		return "json, one object a line"
	case !f.Header:
		return fmt.Sprintf("%s without a header", f.Kind)
	case f.Kind == "tsv" && f.Delimiter != "\t":
		return fmt.Sprintf("text with a header, cut by %q", f.Delimiter)
	}
	return f.Kind + " with a header"
}

// findFormat looks at the first file, and whether the others are of its kind.
func findFormat(samples []sample, kind string) (Format, error) {
	s := samples[0]
	switch kind {
	case "json":
		return Format{Kind: "json"}, checkJSON(s)
	case "csv":
		return Format{Kind: "csv", Delimiter: ","}.withColumns(samples)
	case "tsv":
		_, delimiter := bestDelimiter(s.lines, "\t;|")
		return Format{Kind: "tsv", Delimiter: delimiter}.withColumns(samples)
	case "":
	default:
		return Format{}, fmt.Errorf("format %q must be json, csv or tsv", kind)
	}
	if first := strings.TrimSpace(s.lines[0]); first[0] == '{' || first[0] == '[' {
		return Format{Kind: "json"}, checkJSON(s)
	}
	columns, delimiter := bestDelimiter(s.lines, ",\t;|")
	switch {
	case columns < 2:
		return Format{}, fmt.Errorf("%s: its format is not recognised: its lines are no JSON objects and have no commas, tabs, semicolons or bars that cut them into columns. It begins with %q", s.Path, cutText(s.lines[0]))
	case delimiter == ",":
		return Format{Kind: "csv", Delimiter: ","}.withColumns(samples)
	}
	return Format{Kind: "tsv", Delimiter: delimiter}.withColumns(samples)
}

// checkJSON refuses what looks like JSON but is not one object a line.
func checkJSON(s sample) error {
	first := strings.TrimSpace(s.lines[0])
	var object map[string]json.RawMessage
	if first[0] == '[' {
		return fmt.Errorf("%s holds a JSON array; rows must be JSON objects, one a line: jq -c '.[]' %s > rows.json", s.Path, s.Path)
	}
	if err := json.Unmarshal([]byte(first), &object); err != nil {
		return fmt.Errorf("%s: its first line is no whole JSON object (%w); rows must be JSON objects, one a line: jq -c . %s > rows.json", s.Path, err, s.Path)
	}
	return nil
}

// bestDelimiter is the one that cuts most lines into the same number of columns, more than one.
func bestDelimiter(lines []string, candidates string) (columns int, delimiter string) {
	lines = lines[:min(len(lines), 1000)]
	bestScore := -1
	for _, candidate := range candidates {
		counts := map[int]int{}
		for _, line := range lines {
			counts[len(splitLine(line, string(candidate)))]++
		}
		for n, agreeing := range counts {
			score := agreeing*1000 + min(n, 999) // agreement first, then the number of columns
			if n == 1 {
				score = 0
			}
			if score > bestScore {
				bestScore, columns, delimiter = score, n, string(candidate)
			}
		}
	}
	return columns, delimiter
}

// splitLine cuts a line into fields. Only csv knows quotes.
func splitLine(line, delimiter string) []string {
	if delimiter != "," || !strings.Contains(line, `"`) {
		return strings.Split(line, delimiter)
	}
	reader := csv.NewReader(strings.NewReader(line))
	reader.LazyQuotes = true
	fields, err := reader.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return strings.Split(line, delimiter)
	}
	return fields
}

func cutText(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
