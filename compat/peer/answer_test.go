package peer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answer is what Druid says to a SQL query.
type answer struct {
	SQL         string
	Columns     []string
	NativeTypes []string
	SQLTypes    []string
	Rows        [][]any // numbers are json.Number
}

// diff tells how an answer differs from the wanted one; equal ones give "". With anyOrder, rows are compared as a multiset
// and columns by name: Druid promises no order among rows of the same time, and orders columns as it meets segments.
func (want answer) diff(got answer, anyOrder bool) string {
	if anyOrder {
		got = got.arranged(want.Columns)
	}
	for _, header := range []struct {
		name      string
		want, got []string
	}{{"columns", want.Columns, got.Columns}, {"native types", want.NativeTypes, got.NativeTypes}, {"SQL types", want.SQLTypes, got.SQLTypes}} {
		if d := cmp.Diff(header.want, header.got); d != "" {
			return fmt.Sprintf("%s (-want +got):\n%s", header.name, d)
		}
	}
	w, g := want.lines(), got.lines()
	if anyOrder {
		slices.Sort(w)
		slices.Sort(g)
	}
	if d := cmp.Diff(w, g); d != "" {
		return fmt.Sprintf("%d rows, want %d (-want +got):\n%s", len(g), len(w), d)
	}
	return ""
}

// arranged is the answer with its columns in another order. Columns that are not named come last.
func (a answer) arranged(names []string) answer {
	order := make([]int, 0, len(a.Columns))
	for _, name := range names {
		if i := slices.Index(a.Columns, name); i >= 0 {
			order = append(order, i)
		}
	}
	for i := range a.Columns {
		if !slices.Contains(order, i) {
			order = append(order, i)
		}
	}
	return a.picked(order)
}

// picked is the answer with some columns, in the given order.
func (a answer) picked(order []int) answer {
	rows := make([][]any, len(a.Rows))
	for i, row := range a.Rows {
		rows[i] = pick(row, order)
	}
	return answer{a.SQL, pick(a.Columns, order), pick(a.NativeTypes, order), pick(a.SQLTypes, order), rows}
}

func pick[T any](all []T, order []int) []T {
	picked := make([]T, len(order))
	for i, from := range order {
		picked[i] = all[from]
	}
	return picked
}

// lines is each row as a text that equals another's if and only if the rows are the same to Druid.
func (a answer) lines() []string {
	lines := make([]string, len(a.Rows))
	for i, row := range a.Rows {
		line := []byte{}
		for c, cell := range row {
			line = appendCell(append(line, ' '), cell, a.NativeTypes[c])
		}
		lines[i] = string(line)
	}
	return lines
}

// appendCell writes floating-point numbers in one spelling. A float may come widened to a double, with more digits.
func appendCell(dst []byte, cell any, nativeType string) []byte {
	number, is := cell.(json.Number)
	if bits := map[string]int{"FLOAT": 32, "DOUBLE": 64}[nativeType]; is && bits != 0 {
		value, err := strconv.ParseFloat(number.String(), bits)
		if err == nil {
			return strconv.AppendFloat(dst, value, 'g', -1, bits)
		}
	}
	text, err := json.Marshal(cell)
	if err != nil { // cannot be: it was JSON
		panic(err)
	}
	return append(dst, text...)
}

// unmarshal is json.Unmarshal, but keeps numbers as they are written.
func unmarshal(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

func TestDiff(t *testing.T) {
	t.Parallel()
	const want = `{"columns":["s","f","d","n"],"nativeTypes":["STRING","FLOAT","DOUBLE","LONG"],"sqlTypes":["VARCHAR","FLOAT","DOUBLE","BIGINT"],
		"rows":[["a",0.1,0.1,1],["b",null,1.0E10,2]]}`
	for _, test := range []struct {
		name, got        string
		same, sameSorted bool
	}{
		{"the same", want, true, true},
		{"other spelling", `{"columns":["s","f","d","n"],"nativeTypes":["STRING","FLOAT","DOUBLE","LONG"],"sqlTypes":["VARCHAR","FLOAT","DOUBLE","BIGINT"],
			"rows":[["\u0061",0.10000000149011612,0.1,1],["b",null,10000000000,2]]}`, true, true},
		{"other order", `{"columns":["n","d","s","f"],"nativeTypes":["LONG","DOUBLE","STRING","FLOAT"],"sqlTypes":["BIGINT","DOUBLE","VARCHAR","FLOAT"],
			"rows":[[2,1e10,"b",null],[1,0.1,"a",0.1]]}`, false, true},
		{"another double", `{"columns":["s","f","d","n"],"nativeTypes":["STRING","FLOAT","DOUBLE","LONG"],"sqlTypes":["VARCHAR","FLOAT","DOUBLE","BIGINT"],
			"rows":[["a",0.1,0.10000000149011612,1],["b",null,1.0E10,2]]}`, false, false},
		{"null for empty", `{"columns":["s","f","d","n"],"nativeTypes":["STRING","FLOAT","DOUBLE","LONG"],"sqlTypes":["VARCHAR","FLOAT","DOUBLE","BIGINT"],
			"rows":[["a",0.1,0.1,1],["b",0,1.0E10,2]]}`, false, false},
		{"a row twice", `{"columns":["s","f","d","n"],"nativeTypes":["STRING","FLOAT","DOUBLE","LONG"],"sqlTypes":["VARCHAR","FLOAT","DOUBLE","BIGINT"],
			"rows":[["a",0.1,0.1,1],["a",0.1,0.1,1],["b",null,1.0E10,2]]}`, false, false},
		{"another type", `{"columns":["s","f","d","n"],"nativeTypes":["STRING","FLOAT","DOUBLE","DOUBLE"],"sqlTypes":["VARCHAR","FLOAT","DOUBLE","BIGINT"],
			"rows":[["a",0.1,0.1,1],["b",null,1.0E10,2]]}`, false, false},
		{"other order of rows", `{"columns":["s","f","d","n"],"nativeTypes":["STRING","FLOAT","DOUBLE","LONG"],"sqlTypes":["VARCHAR","FLOAT","DOUBLE","BIGINT"],
			"rows":[["b",null,1.0E10,2],["a",0.1,0.1,1]]}`, false, true},
		{"a column more", `{"columns":["x","s","f","d","n"],"nativeTypes":["LONG","STRING","FLOAT","DOUBLE","LONG"],"sqlTypes":["BIGINT","VARCHAR","FLOAT","DOUBLE","BIGINT"],
			"rows":[[1,"a",0.1,0.1,1],[1,"b",null,1.0E10,2]]}`, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var w, g answer
			for text, into := range map[string]*answer{want: &w, test.got: &g} {
				if err := unmarshal([]byte(text), into); err != nil {
					t.Fatal(err)
				}
			}
			if test.got == want { // one key in the map above
				w = g
			}
			if d := w.diff(g, false); (d == "") != test.same {
				t.Errorf("in order: %q", d)
			}
			if d := w.diff(g, true); (d == "") != test.sameSorted {
				t.Errorf("in any order: %q", d)
			}
		})
	}
}
