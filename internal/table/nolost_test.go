package table

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// lineKinds are how a line may be written, by what it has to hold. Those of rows come more often.
var lineKinds = map[string][]func(width int, token, delimiter string) string{
	"text": {
		nil, nil, nil, nil, nil, nil,
		func(_ int, _, _ string) string { return "" },
		func(_ int, token, _ string) string { return "# " + token },
		func(_ int, token, _ string) string { return token },
		func(_ int, token, _ string) string { return "Total " + token },
		func(_ int, token, d string) string { return "Total" + d + token },
		func(_ int, token, d string) string { return token + d },
		func(_ int, token, d string) string { return d + token },
		func(n int, token, d string) string { return token + strings.Repeat(d+"5", n) },
		func(n int, token, d string) string { return token + strings.Repeat(d+"5", n-1) + d },
		func(n int, token, d string) string { return token + strings.Repeat(d+"5", max(0, n-2)) },
		func(n int, token, d string) string { return "x" + strings.Repeat(d+`"y`+"\n"+token+`"`, n-1) },
		func(n int, token, d string) string { return token + strings.Repeat(d+`"5`, n-1) },
		func(n int, token, d string) string { return "#" + token + strings.Repeat(d+"5", n-1) },
		func(n int, token, d string) string { return strings.Repeat("---"+d, n-1) + token },
		func(n int, _, d string) string { return strings.Repeat("---"+d, n-1) + "---" },
		func(n int, _, d string) string { return strings.Repeat("a"+d, n-1) + "a" },
		func(_ int, token, _ string) string { return "2024-01-05 10:00:00 INFO " + token },
	},
	"json": {
		nil, nil, nil, nil, nil, nil,
		func(_ int, _, _ string) string { return "" },
		func(_ int, token, _ string) string { return "# " + token },
		func(_ int, token, _ string) string { return `["` + token + `",5]` },
		func(_ int, token, _ string) string { return `"` + token + `"` },
		func(_ int, token, _ string) string { return `{"a":"` + token },
		func(_ int, token, _ string) string { return `{"a":"` + token + `"} {"a":"` + token + `"},` },
		func(_ int, token, _ string) string { return `{"a":{"` + token + `":[{}]},"b":[]}` },
		func(_ int, token, _ string) string { return `{"a":1,"a":"` + token + `"}` },
		func(_ int, token, _ string) string { return `{"` + token + `":null}` },
	},
}

// whole is a row as it is meant.
func wholeLine(kind string, width int, token, delimiter string) string {
	if kind == "json" {
		return `{"a":"` + token + `","b":5}`
	}
	return token + strings.Repeat(delimiter+"5", width-1)
}

// TestNoLineIsLost writes files of lines of which some are odd. Each is in a row or in the name of a column, or it is told: as a fault, in a note, or by
// refusing the file.
func TestNoLineIsLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"text", "text", "text", "json"}).Draw(t, "kind")
		delimiter := rapid.SampledFrom([]string{",", ";", "\t", "|", " ", "  "}).Draw(t, "delimiter")
		width := rapid.IntRange(1, 4).Draw(t, "width")
		var text strings.Builder
		var tokens []string
		if kind == "text" && rapid.Bool().Draw(t, "header") {
			text.WriteString(strings.Join([]string{"name", "b", "c", "d"}[:width], delimiter) + "\n")
		}
		for i := range rapid.IntRange(1, 12).Draw(t, "lines") {
			token := "w" + strconv.Itoa(100+i) + "w"
			tokens = append(tokens, token)
			line := wholeLine(kind, width, token, delimiter)
			if odd := rapid.SampledFrom(lineKinds[kind]).Draw(t, "line"); odd != nil {
				line = odd(width, token, delimiter)
			}
			text.WriteString(line + "\n")
		}
		name := rapid.SampledFrom([]string{"a.csv", "a.tsv", "a.txt", "a.dat", "a"}).Draw(t, "name")
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		found, table, err := readAny(path, rapid.SampledFrom([]int{16, 1 << 20}).Draw(t, "block"))
		if err != nil {
			return // it is refused
		}
		taken++
		if lost := found.lost(text.String(), tokens, table); len(lost) > 0 {
			t.Fatalf("lost is %s of\n%s\n%q\nfaults %v\nnotes %q", strings.Join(lost, ", "), &text, found.cells, found.faults, notesOf(table))
		}
	})
	if taken == 0 {
		t.Error("all files were refused")
	}
}

// reading is all that came of a file.
type reading struct {
	cells  string // and the names of the columns
	faults []Fault
}

func readAny(path string, block int) (*reading, *Table, error) {
	table, err := Open(context.Background(), []string{path}, Options{})
	if err != nil {
		return nil, nil, err
	}
	defer table.Close()
	table.block = block
	var r reading
	var cells strings.Builder
	err = table.Scan(context.Background(), table.Inputs, 1, func(_ int, b *Batch) error {
		for b.Next() {
			for _, c := range b.Cells {
				fmt.Fprintf(&cells, "%s\n", c.Raw)
			}
		}
		r.faults = append(r.faults, b.Faults...)
		return nil
	})
	r.cells = cells.String() + strings.Join(table.Columns(), "\n")
	return &r, table, err
}

var (
	toldLine   = regexp.MustCompile(`line (\d+)`)
	toldLines  = regexp.MustCompile(`each of (\d+) lines, the first`)
	toldBefore = regexp.MustCompile(`what stands before|before it, beginning with`)
)

// lost are the tokens that are in no row and of which nothing is told.
func (r *reading) lost(text string, tokens []string, table *Table) (lost []string) {
	lines := strings.Split(text, "\n")
	told := map[int]bool{}
	values := ""
	unclosed := len(lines) + 1
	for _, f := range r.faults {
		for n := f.Line; n <= max(f.Line, f.Last); n++ {
			told[int(n)] = true
		}
		values += f.Value
		if strings.Contains(f.Why, "never closed") {
			unclosed = min(unclosed, int(f.Line))
		}
	}
	several := 0
	comments, before := false, false
	for _, note := range notesOf(table) {
		for _, m := range toldLine.FindAllStringSubmatch(note, -1) {
			n, _ := strconv.Atoi(m[1])
			told[n] = true
		}
		for _, m := range toldLines.FindAllStringSubmatch(note, -1) {
			n, _ := strconv.Atoi(m[1])
			several += n
		}
		comments = comments || strings.Contains(note, "lines that begin with # are left out")
		before = before || toldBefore.MatchString(note)
	}
	for _, token := range tokens {
		if strings.Contains(r.cells+values, token) || !strings.Contains(text, token) {
			continue
		}
		for i, line := range lines {
			if !strings.Contains(line, token) {
				continue
			}
			n := i + 1
			switch {
			case told[n], n >= unclosed, comments && strings.HasPrefix(line, "#"), before && int64(n) <= table.Inputs[0].Dialect.Skip:
			case several > 0:
				several--
			default:
				lost = append(lost, fmt.Sprintf("line %d (%s)", n, line))
			}
			break
		}
	}
	return lost
}
