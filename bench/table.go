package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

// print writes the conditions and the results as Markdown tables that can be read as they are.
func (r *results) print(out io.Writer, c *conditions) error {
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s\n\n", c)
	table := [][]string{{"figure", "Java", "ovate", "better", "goal", "met"}}
	for _, row := range r.rows {
		table = append(table, []string{row.name, row.text(java), row.text(ours), row.timesText(java), row.goalText(), row.metText()})
	}
	writeTable(&text, table)
	if duck := r.besideDuckDB(); len(duck) > 1 {
		text.WriteByte('\n')
		writeTable(&text, duck)
	}
	for _, note := range r.notes {
		fmt.Fprintf(&text, "\n- %s", note)
	}
	text.WriteByte('\n')
	_, err := io.WriteString(out, text.String())
	return err
}

// besideDuckDB is a table of the figures that DuckDB has, too.
func (r *results) besideDuckDB() [][]string {
	table := [][]string{{"the same rows", "DuckDB", "ovate", "its time"}}
	for _, row := range r.rows {
		if times, ok := row.times(duckDB); ok {
			table = append(table, []string{row.name, row.text(duckDB), row.text(ours), quantity(1/times, "×")})
		}
	}
	return table
}

func writeTable(text *strings.Builder, table [][]string) {
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, line := range table {
		for i, cell := range line {
			fmt.Fprintf(text, "| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		text.WriteString("|\n")
		if n == 0 {
			for _, width := range widths {
				text.WriteString("|" + strings.Repeat("-", width+2))
			}
			text.WriteString("|\n")
		}
	}
}

func (r *row) text(s side) string {
	value, ok := r.median(s)
	if !ok {
		return "–"
	}
	return quantity(value, r.unit)
}

func (r *row) timesText(other side) string {
	times, ok := r.times(other)
	if !ok {
		return "–"
	}
	return quantity(times, "×")
}

func (r *row) goalText() string {
	switch r.goal.kind {
	case atMost:
		return "≤ " + quantity(r.goal.value, r.unit)
	case atLeast:
		return "≥ " + quantity(r.goal.value, r.unit)
	case noMoreThanJava:
		return "≤ Java"
	case timesJava:
		return quantity(r.goal.value, "×") + " Java"
	}
	return "–"
}

func (r *row) metText() string {
	met, known := r.met()
	switch {
	case !known:
		return "–"
	case met:
		return "yes"
	}
	return "no"
}

// quantity is a value with at least three digits, and its unit.
func quantity(value float64, unit string) string {
	if unit == "ms" && value >= 10_000 {
		value, unit = value/1000, "s"
	}
	digits := 0
	if value != 0 {
		digits = max(0, 2-int(math.Floor(math.Log10(math.Abs(value)))))
	}
	number := strconv.FormatFloat(value, 'f', digits, 64)
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	whole, _, _ := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		number = number[:i] + "," + number[i:]
	}
	if unit == "/s" || unit == "×" {
		return number + unit
	}
	return number + " " + unit
}

// save writes everything, each measurement included, as JSON.
func (r *results) save(path string, c *conditions) error {
	type figureJSON struct {
		Figure  string             `json:"figure"`
		Unit    string             `json:"unit"`
		Goal    string             `json:"goal,omitempty"`
		Met     *bool              `json:"met,omitempty"`
		Medians map[side]float64   `json:"medians"`
		Samples map[side][]float64 `json:"samples"`
	}
	all := struct {
		Conditions *conditions  `json:"conditions"`
		Figures    []figureJSON `json:"figures"`
		Notes      []string     `json:"notes"`
	}{Conditions: c, Notes: r.notes}
	for _, row := range r.rows {
		f := figureJSON{Figure: row.name, Unit: row.unit, Medians: map[side]float64{}, Samples: row.samples}
		if row.goal.kind != shown {
			f.Goal = row.goalText()
		}
		if met, known := row.met(); known {
			f.Met = &met
		}
		for s := range row.samples {
			f.Medians[s], _ = row.median(s)
		}
		all.Figures = append(all.Figures, f)
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
