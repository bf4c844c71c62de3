package format

import (
	"bytes"
	"strconv"
	"strings"
)

// headerColumns are the fields of a header line, which may have a line end. Empty ones are empty here.
func (t *textLines) headerColumns(line []byte) []string {
	if trimmed, ended := bytes.CutSuffix(line, []byte("\n")); ended {
		line = bytes.TrimSuffix(trimmed, []byte("\r"))
	}
	p := &Parser{data: appendJavaUTF8(nil, line)}
	plain := &textLines{TextFormat: t.TextFormat, delimiter: t.delimiter} // names are neither lists nor numbers
	plain.TryParseNumbers = false
	plain.splitCells(p, 0, len(p.data))
	columns := make([]string, len(plain.cells))
	for i, cell := range plain.cells {
		columns[i] = string(p.data[cell.start:cell.end])
	}
	return columns
}

// nameColumns gives columns without a name that of their place. A name that stands twice is a fault.
func nameColumns(columns []string) (named []string, fault string) {
	seen, twice := map[string]bool{}, map[string]bool{}
	var repeated []string
	for i, name := range columns {
		if name == "" {
			name = "column_" + strconv.Itoa(i+1)
		}
		if seen[name] && !twice[name] {
			twice[name] = true
			repeated = append(repeated, name)
		}
		seen[name] = true
		named = append(named, name)
	}
	if repeated != nil {
		return nil, "Duplicate column entries found : [" + strings.Join(repeated, ", ") + "]"
	}
	return named, ""
}
