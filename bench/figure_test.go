package main

import (
	"strings"
	"testing"
)

func TestGoals(t *testing.T) {
	t.Parallel()
	few := []float64{9, 1, 5}
	for _, c := range []struct {
		figure     figure
		java       []float64
		met, known bool
		better     string
	}{
		{figure{"at the limit", "ms", goal{atMost, 5}}, []float64{10, 20}, true, true, "3×"},
		{figure{"over it", "ms", goal{atMost, 4}}, nil, false, true, "–"},
		{figure{"fast enough", "/s", goal{atLeast, 5}}, []float64{50}, true, true, "0.1×"},
		{figure{"too slow", "/s", goal{atLeast, 6}}, []float64{1}, false, true, "5×"},
		{figure{"as large", "kB", goal{kind: noMoreThanJava}}, []float64{5}, true, true, "1×"},
		{figure{"nothing to compare", "kB", goal{kind: noMoreThanJava}}, nil, false, false, "–"},
		{figure{"ten times", "/s", goal{timesJava, 10}}, []float64{0.5}, true, true, "10×"},
		{figure{"not ten times", "/s", goal{timesJava, 10}}, []float64{0.6}, false, true, "8.33×"},
		{figure{"ten times nothing", "/s", goal{timesJava, 10}}, nil, false, false, "–"},
		{figure{"only shown", "ms", goal{}}, []float64{5_000_000}, false, false, "1,000,000×"},
	} {
		r := &row{figure: c.figure, samples: map[side][]float64{ours: few, java: c.java}}
		if met, known := r.met(); met != c.met || known != c.known {
			t.Errorf("%s: met %t, known %t", c.figure.name, met, known)
		}
		if better := r.timesText(java); better != c.better {
			t.Errorf("%s: %s better, want %s", c.figure.name, better, c.better)
		}
	}
}

func TestQuantities(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value float64
		unit  string
		want  string
	}{
		{0, "ms", "0 ms"},
		{0.31649, "ms", "0.316 ms"},
		{12.345, "ms", "12.3 ms"},
		{9_876, "ms", "9,876 ms"},
		{12_345, "ms", "12.3 s"},
		{1_234_567, "/s", "1,234,567/s"},
		{200, "MB/s", "200 MB/s"},
	} {
		if got := quantity(c.value, c.unit); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.value, c.unit, got, c.want)
		}
	}
}

// Rows of all sides have one width, and a side that was not measured has a dash.
func TestTable(t *testing.T) {
	t.Parallel()
	var r results
	r.record(figure{"a", "ms", goal{atMost, 5}}, ours, 4)
	r.record(figure{"a longer name", "/s", goal{}}, java, 4)
	r.record(figure{"a", "ms", goal{atMost, 5}}, duckDB, 2)
	r.note("once")
	r.note("once")
	var out strings.Builder
	if err := r.print(&out, &conditions{}); err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(out.String(), ".\n\n")
	want := `| figure        | Java | ovate | better | goal   | met |
|---------------|------|-------|--------|--------|-----|
| a             | –    | 4 ms  | –      | ≤ 5 ms | yes |
| a longer name | 4/s  | –     | –      | –      | –   |

| the same rows | DuckDB | ovate | its time |
|---------------|--------|-------|----------|
| a             | 2 ms   | 4 ms  | 2×       |

- once
`
	if tables != want {
		t.Errorf("the tables are\n%s", tables)
	}
}
