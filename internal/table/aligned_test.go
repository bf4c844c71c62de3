package table

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// printed is a table as it was before it was printed.
type printed struct {
	names []string // "" for the names of the rows
	rows  [][]string
}

// printer is how a table is printed.
type printer struct {
	left   func(column int, cell string, isName bool) bool // else it ends at the right end of its column
	gap    int
	rule   string // what stands below the names: nothing, a character for each column, or twice that for all of them together
	around bool   // the rule stands before the names and behind the rows, too
}

func pad(text string, width int, left bool) string {
	blanks := strings.Repeat(" ", width-utf8.RuneCountInString(text))
	if left {
		return text + blanks
	}
	return blanks + text
}

// print writes a table as a printer does.
func (p *printer) print(t printed) (lines []string) {
	width := make([]int, len(t.names))
	all := append([][]string{t.names}, t.rows...)
	for _, row := range all {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	gap := strings.Repeat(" ", p.gap)
	for k, row := range all {
		var cells []string
		for i, cell := range row {
			cells = append(cells, pad(cell, width[i], p.left(i, cell, k == 0)))
		}
		lines = append(lines, strings.Join(cells, gap))
	}
	if p.rule == "" {
		return lines
	}
	var pieces []string
	for _, w := range width {
		pieces = append(pieces, strings.Repeat(p.rule[:1], w))
	}
	between := gap
	if len(p.rule) > 1 {
		between = strings.Repeat(p.rule[:1], p.gap)
	}
	rule := strings.Join(pieces, between)
	lines = slices.Insert(lines, 1, rule)
	if p.around {
		lines = append(slices.Insert(lines, 0, rule), rule)
	}
	return lines
}

// drawn writes a table with bars, as psql does or with rules between all rows.
func drawn(t printed, grid bool) (lines []string) {
	all := append([][]string{t.names}, t.rows...)
	width := make([]int, len(t.names))
	for _, row := range all {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	ruled := func(mark string) string {
		text := ""
		for _, w := range width {
			text += "+" + strings.Repeat(mark, w+2)
		}
		return text + "+"
	}
	for i, row := range all {
		text := "|"
		for k, cell := range row {
			text += " " + pad(cell, width[k], true) + " |"
		}
		switch {
		case !grid:
			lines = append(lines, strings.TrimSuffix(strings.TrimPrefix(text, "|"), "|"))
			if i == 0 {
				lines = append(lines, strings.Trim(ruled("-"), "+"))
			}
		case i == 0:
			lines = append(lines, ruled("-"), text, ruled("="))
		default:
			lines = append(lines, text, ruled("-"))
		}
	}
	return lines
}

// unparted tells whether lines have nothing but single blanks, and as many words as each other or a name less, so that they are as well written by words.
func unparted(lines []string) bool {
	lines = slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return isRule([]byte(line)) })
	words := len(strings.Fields(lines[len(lines)-1]))
	for i, line := range lines {
		fields := strings.Fields(line)
		if strings.Join(fields, " ") != strings.TrimSpace(line) || len(fields) != words && (i > 0 || len(fields)+1 != words) {
			return false
		}
	}
	return true
}

var (
	someNames  = []string{"cc d", "d cc", "ee", "f", "gg hh", "a", "b b", "id", "name", "first name", "unit price", "size", "owner", "state", "big city", "timestamp", "c", "lon", "qty"}
	someValues = []string{"yy z", "z yy", "5 6", "xx", "ab cd", "1 b", "i jj", "x", "9 9", "q q", "4", "3.5", "-24", "New York", "Le Locle", "Sao Paulo", "50 km", "12 kg", "Ann", "Bob Lee", "red", "apple", "R&D", "2024-01-15", "2024-01-15 10:30:00", "10:31", "yes", "96005", "Ö"}
)

// TestPrintedTables prints tables as R, pandas, clients of databases and others do. Each value comes back below its own name and no row is gone, or a line is one
// value, which is told, or the file is refused.
func TestPrintedTables(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.txt")
	parted, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 5).Draw(t, "width")
		table := printed{names: rapid.SliceOfNDistinct(rapid.SampledFrom(someNames), width, width, rapid.ID).Draw(t, "names")}
		empties := rapid.IntRange(-1, 5).Draw(t, "empties")
		numbers := rapid.SliceOfN(rapid.Bool(), width, width).Draw(t, "numbers")
		for i := range rapid.IntRange(1, 8).Draw(t, "rows") {
			row := make([]string, width)
			for k := range row {
				switch {
				case rapid.IntRange(0, 9).Draw(t, "empty") <= empties:
				case numbers[k]:
					row[k] = fmt.Sprint(rapid.IntRange(0, 2000).Draw(t, "number"))
				default:
					row[k] = rapid.SampledFrom(someValues).Draw(t, "value")
				}
			}
			if strings.Join(row, "") == "" {
				row[0] = fmt.Sprint(i)
			}
			table.rows = append(table.rows, row)
		}
		gap := rapid.IntRange(1, 3).Draw(t, "gap")
		mixed := rapid.SliceOfN(rapid.Bool(), width+1, width+1).Draw(t, "left")
		isNumber := func(i int, cell string) bool { return areNumbers([][]byte{[]byte(cell)}) }
		left := func(int, string, bool) bool { return true }
		right := func(i int, _ string, _ bool) bool { return i == 0 && table.names[0] == "" }
		sides := func(i int, _ string, _ bool) bool { return mixed[i] }
		sql := func(i int, cell string, name bool) bool { return name || !isNumber(i, cell) }
		var lines []string
		style := rapid.SampledFrom([]string{"R", "pandas", "column", "fixed", "sqlcmd", "simple", "rst", "one rule", "psql", "grid"}).Draw(t, "style")
		index := style == "R" || style == "pandas" || rapid.IntRange(0, 3).Draw(t, "index") == 0 && style != "rst" && style != "psql" && style != "grid" && style != "column"
		if index {
			table.names = slices.Insert(table.names, 0, "")
			for i := range table.rows {
				table.rows[i] = slices.Insert(table.rows[i], 0, fmt.Sprint(i+gap))
			}
		}
		switch style {
		case "R":
			lines = (&printer{left: right, gap: 1}).print(table)
		case "pandas":
			lines = (&printer{left: right, gap: 2}).print(table)
		case "column":
			lines = (&printer{left: left, gap: 2}).print(table)
		case "fixed":
			lines = (&printer{left: sides, gap: gap}).print(table)
		case "sqlcmd":
			lines = (&printer{left: sql, gap: 1, rule: "-"}).print(table)
		case "simple":
			lines = (&printer{left: sides, gap: 2, rule: "-"}).print(table)
		case "rst":
			lines = (&printer{left: sides, gap: 2, rule: "=", around: true}).print(table)
		case "one rule":
			lines = (&printer{left: sides, gap: gap, rule: "--"}).print(table)
		default:
			lines = drawn(table, style == "grid")
		}
		if rapid.Bool().Draw(t, "trimmed") {
			for i := range lines {
				lines[i] = strings.TrimRight(lines[i], " ")
			}
		}
		if unparted(lines) {
			t.Skip("nobody can tell")
		}
		switch rapid.IntRange(0, 9).Draw(t, "odd") {
		case 0:
			lines = append(lines, "", fmt.Sprintf("(%d rows affected)", len(table.rows)))
		case 1:
			lines = append(lines, "# a remark on this")
		case 2:
			lines = append([]string{"A title of it", ""}, lines...)
		}
		text := strings.Join(lines, "\n") + "\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all++
		if why, is := sameTable(path, table); why != "" {
			t.Fatalf("%s\n%s", why, text)
		} else if is {
			parted++
		}
	})
	if 4*parted < all {
		t.Errorf("only %d of %d tables are parted", parted, all)
	}
}

// sameTable says what of a table that was printed is read otherwise; "" if nothing is, or the file is refused or told to be one value a line. is says that it
// was read as the table.
func sameTable(path string, want printed) (why string, is bool) {
	table, err := Open(context.Background(), []string{path}, Options{})
	if err != nil {
		return "", false
	}
	defer table.Close()
	var rows []map[string]string
	faults := 0
	err = table.Scan(context.Background(), table.Inputs, 1, func(_ int, b *Batch) error {
		for b.Next() {
			names, row := table.Columns(), map[string]string{}
			for _, c := range b.Cells {
				row[names[c.Column]] = string(c.Raw)
			}
			rows = append(rows, row)
		}
		faults += len(b.Faults)
		return nil
	})
	notes := strings.Join(notesOf(table), "\n")
	d := &table.Inputs[0].Dialect
	switch {
	case err != nil || faults > 0:
		return "", false
	case d.Lines() && strings.Contains(notes, "each line is taken for one value"):
		return "", false
	case d.Lines():
		return "one value a line, and not told", false
	}
	names := slices.Clone(want.names)
	if !d.Header {
		want.rows = append([][]string{names}, want.rows...)
		names = make([]string, len(names))
	}
	if len(rows) != len(want.rows) {
		return fmt.Sprintf("%d rows: %q\n%s", len(rows), rows, notes), false
	}
	for i, name := range names {
		for k, row := range want.rows {
			got, there := row[i], true
			switch {
			case name != "":
				got, there = rows[k][name]
			case d.Columns[i] == rowName || d.Columns[i] == fmt.Sprintf("column_%d", i+1):
				got = rows[k][d.Columns[i]]
			}
			if got != row[i] || !there && row[i] != "" {
				return fmt.Sprintf("column %q, row %d: %q and not %q: %q\n%s", name, k+1, got, row[i], rows[k], notes), false
			}
		}
	}
	return "", true
}
