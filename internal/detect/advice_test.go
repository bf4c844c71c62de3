package detect

import (
	"context"
	"strings"
	"testing"

	"ovate/internal/table"
)

// TestAdviceForTexts: what is no table, or hardly one, is not told to be stored without its rows, and the flags that are named take it.
func TestAdviceForTexts(t *testing.T) {
	t.Parallel()
	files := func(name, text string, o table.Options) (*Table, string) {
		found, err := Files(context.Background(), []string{write(t, name, text)}, Options{CopyDir: t.TempDir(), Table: o})
		if err != nil {
			return nil, err.Error()
		}
		return found, strings.Join(found.Notes, "\n")
	}
	const prose = "This is prose\nwith, some, commas\n\nand more\nof it, too\n"
	if found, text := files("a.csv", prose, table.Options{}); found != nil || !strings.Contains(text, "--delimiter tab takes each line for one value") || strings.Contains(text, "--skip-bad") {
		t.Error(text)
	}
	if found, text := files("a.csv", prose, table.Options{Delimiter: "tab"}); found == nil || found.Rows != 3 {
		t.Error(text)
	}
	if _, text := files("a.csv", "a,b\n1\n2\n3,4\n5\n6,7,8\n", table.Options{}); !strings.Contains(text, "These are 4 of 5 rows, so that it may be written otherwise than it seems") {
		t.Error(text)
	}
	// Lines of a .tsv that end unevenly in tabs are parted by tabs, not by blanks.
	if found, text := files("a.tsv", "a\tb\t\n1\t2\n3\tx y\t\t\n", table.Options{}); found == nil || found.Rows != 2 || len(found.Columns) != 2 || found.Columns[1].Type != "string" {
		t.Error(text)
	}
	// A first row that does not fit may be the header.
	const series = "Month,0\n2016-01-01,129.9\n2016-02-01,306.5\n"
	if found, text := files("a.csv", series, table.Options{}); found != nil || !strings.Contains(text, "If line 1 names the columns, --header takes it for their names.") {
		t.Error(text)
	}
	yes := true
	if found, text := files("a.csv", series, table.Options{Header: &yes}); found == nil || found.Rows != 2 || found.Columns[0].Name != "0" {
		t.Error(text)
	}
	// Blanks behind delimiters are left out with a flag that keeps them.
	const blanks = "a, b\nx, y\nz, w\n"
	if found, text := files("a.csv", blanks, table.Options{}); found == nil || found.Columns[1].Name != "b" || !strings.Contains(text, `--delimiter "," keeps them`) || len(found.Copies) == 0 {
		t.Error(text)
	}
	if found, text := files("a.csv", blanks, table.Options{Delimiter: ","}); found == nil || len(found.Copies) > 0 && strings.Contains(found.Why, "do not count") || strings.Contains(text, "keeps them") {
		t.Error(text)
	}
	// Keys of one object may be values; the flag makes rows of them.
	const object = `{"a":"x","b":"y"}`
	if found, text := files("a.json", object, table.Options{}); found == nil || found.Rows != 1 || !strings.Contains(text, `--json-path "*" makes a row of each key and its value`) {
		t.Error(text)
	}
	if found, text := files("a.json", object, table.Options{JSONPath: "*"}); found == nil || found.Rows != 2 || len(found.Columns) != 2 {
		t.Error(text)
	}
	if _, text := files("a.json", `{"a":"x","b":5}`, table.Options{}); strings.Contains(text, "--json-path") {
		t.Error(text)
	}
}
