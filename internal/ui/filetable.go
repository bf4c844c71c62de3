package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"ovate/internal/preview"
)

// table is rows that are stored, cut to what a page shows.
type table struct {
	Columns     []preview.Column
	Rows        [][]cell
	MoreColumns int
	MoreRows    int
}

// cell is a value as it is shown.
type cell struct {
	Text, Whole string // Whole is more of it, where Text is cut
	Null        bool
}

// tableOf are the first rows that would be stored.
func tableOf(p *preview.Preview) (t table) {
	t.Columns = p.Columns[:min(len(p.Columns), shownColumns)]
	t.MoreColumns = len(p.Columns) - len(t.Columns)
	rows := p.Rows[:min(len(p.Rows), shownRows)]
	t.MoreRows = len(p.Rows) - len(rows)
	for _, text := range rows {
		var row map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if d.Decode(&row) != nil {
			continue // a reader of segments wrote it
		}
		cells := make([]cell, len(t.Columns))
		for i, column := range t.Columns {
			cells[i] = cellOf(row[column.Name])
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func cellOf(value any) cell {
	var text string
	switch v := value.(type) {
	case nil:
		return cell{Text: "null", Null: true}
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = cellOf(one).Text
		}
		text = strings.Join(parts, " · ")
	default:
		text = fmt.Sprint(v)
	}
	short := cutText(text, shownCell)
	if short == text {
		return cell{Text: text}
	}
	return cell{Text: short, Whole: cutText(text, wholeCell)}
}

// cutText is the beginning of a text, in characters.
func cutText(text string, most int) string {
	n := 0
	for at := range text {
		if n == most {
			return text[:at] + "…"
		}
		n++
	}
	return text
}
