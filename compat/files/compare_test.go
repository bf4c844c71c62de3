package main

import (
	"encoding/json"
	"testing"
)

// reading makes rows of lists of values.
func reading(columns []string, types []string, values ...[]any) *rows {
	return &rows{columns: columns, types: types, values: values, millis: make([][]*int64, len(values))}
}

func TestCompareRows(t *testing.T) {
	varchar := []string{"VARCHAR", "VARCHAR", "VARCHAR"}
	theirs := func() *rows {
		return reading([]string{"day", "a", "b"}, varchar, []any{"2024-01-01", "1.50", "x"}, []any{"2024-01-02", "NA", "y"})
	}
	number := func(text string) any { return json.Number(text) }
	const first, second = "2024-01-01T00:00:00.000Z", "2024-01-02T00:00:00.000Z"
	columns := []string{timeColumn, "a", "b"}
	for name, c := range map[string]struct {
		ours *rows
		want verdict
	}{
		"null word":         {reading(columns, nil, []any{second, nil, "y"}, []any{first, number("1.5"), "x"}), explained},
		"text as it stands": {reading(columns, nil, []any{first, "1.50", "x"}, []any{second, "NA", "y"}), same},
		"text changed":      {reading(columns, nil, []any{first, "1.5", "x"}, []any{second, "NA", "y"}), different},
		"other value":       {reading(columns, nil, []any{first, number("1.25"), "x"}, []any{second, nil, "y"}), different},
		"rows mixed up":     {reading(columns, nil, []any{first, number("1.5"), "y"}, []any{second, nil, "x"}), different},
		"times mixed up":    {reading(columns, nil, []any{second, number("1.5"), "x"}, []any{first, nil, "y"}), different},
		"other time":        {reading(columns, nil, []any{first, number("1.5"), "x"}, []any{first, nil, "y"}), different},
		"row lost":          {reading(columns, nil, []any{first, number("1.5"), "x"}), different},
		"column lost":       {reading(columns[:2], nil, []any{first, number("1.5")}, []any{second, nil}), different},
	} {
		if got, detail := compareRows(c.ours, theirs(), ""); got != c.want {
			t.Errorf("%s: %s (%s), want %s", name, got, detail, c.want)
		}
	}
}

// TestExplained has the ways in which the two programs read a file differently, each for a reason.
func TestExplained(t *testing.T) {
	csv, jsonType := []string{"VARCHAR", "VARCHAR", "VARCHAR"}, []string{"JSON", "JSON", "JSON"}
	for name, c := range map[string]struct {
		ours, theirs *rows
		notes        string
		want         verdict
	}{
		"the header as a row": {
			reading([]string{"a", "b", "row_name"}, nil, []any{"1", "x", "r"}),
			reading([]string{"c0", "c1", "c2"}, csv, []any{"a", "b", nil}, []any{"1", "x", "r"}), "", explained,
		},
		"values by columns": {
			reading([]string{"a", "b"}, nil, []any{json.Number("1"), "x"}, []any{json.Number("2"), "y"}),
			reading([]string{"a", "b"}, jsonType[:2], []any{`["1", "2"]`, `["x", "y"]`}), "", explained,
		},
		"values by columns, mixed up": {
			reading([]string{"a", "b"}, nil, []any{json.Number("1"), "y"}, []any{json.Number("2"), "x"}),
			reading([]string{"a", "b"}, jsonType[:2], []any{`["1", "2"]`, `["x", "y"]`}), "", different,
		},
		"another row more": {
			reading([]string{"a", "b", "c"}, nil, []any{"1", "x", "r"}),
			reading([]string{"a", "b", "c"}, csv, []any{"2", "x", "r"}, []any{"1", "x", "r"}), "", different,
		},
		"names twice": {
			reading([]string{"a", "a_2", "a_3"}, nil, []any{"1", "2", "3"}),
			reading([]string{"a", "a_1", "a_2"}, csv, []any{"1", "2", "3"}), "", explained,
		},
		"names twice, values mixed up": {
			reading([]string{"a", "a_2", "a_3"}, nil, []any{"1", "3", "2"}),
			reading([]string{"a", "a_1", "a_2"}, csv, []any{"1", "2", "3"}), "", different,
		},
		"blanks, told": {
			reading([]string{"a", "b"}, nil, []any{"1", "x"}),
			reading([]string{"a", "b"}, csv[:2], []any{"1", " x"}), "note: blanks after delimiters do not belong to the values.", explained,
		},
		"blanks, not told": {
			reading([]string{"a", "b"}, nil, []any{"1", "x"}),
			reading([]string{"a", "b"}, csv[:2], []any{"1", " x"}), "", different,
		},
		"a list of nothing": {
			reading([]string{"a", "b"}, nil, []any{"1", nil}, []any{"2", "x"}),
			reading([]string{"a", "b"}, jsonType[:2], []any{"1", "[]"}, []any{"2", "x"}), "", explained,
		},
		"a list lost": {
			reading([]string{"a", "b"}, nil, []any{"1", nil}, []any{"2", "x"}),
			reading([]string{"a", "b"}, jsonType[:2], []any{"1", `["y"]`}, []any{"2", "x"}), "", different,
		},
	} {
		if got, detail := compareRows(c.ours, c.theirs, c.notes); got != c.want {
			t.Errorf("%s: %s (%s), want %s", name, got, detail, c.want)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, c := range [][2]any{
		{json.Number("1.0"), "1"}, {json.Number("1e5"), "100000"}, {"12345678901234567890", "12345678901234567890"},
		{json.Number("9007199254740993"), "9007199254740993"}, {"0x10", "0x10"}, {[]any{json.Number("1"), "2.50"}, "[1,2.5]"},
		{"[1.0, 2.5]", "[1,2.5]"}, {nil, ""}, {"Infinity", "+Inf"}, {"[not a list", "[not a list"},
	} {
		if got := canonical(c[0]); got != c[1] {
			t.Errorf("canonical(%#v) = %q, want %q", c[0], got, c[1])
		}
	}
}
