package detect

import (
	"fmt"
	"strings"
	"testing"

	"ovate/internal/table"
)

// What is told of rows that do not fit is bounded, and no row is missing in it, however they are spread over workers.
func TestFaultsAreToldByWhatTheyHaveInCommon(t *testing.T) {
	t.Parallel()
	var workers [2]faults
	for i := range 3000 {
		w := &workers[i/10%2]
		one := table.Fault{Input: "f", Line: int64(i + 1), Column: "v", Why: "is no number"}
		switch {
		case i%3 == 0:
			one.Value = "x"
			w.addValue(i/10, one)
		case i%3 == 1:
			one.Value = fmt.Sprint("u", i)
			w.addValue(i/10, one)
		default:
			w.addLine(i/10, table.Fault{Input: "f", Line: int64(i + 1), Value: fmt.Sprint(i), Why: "has only 1 field"})
		}
	}
	var all faults
	for i := range workers {
		all.merge(&workers[1-i])
	}
	got := strings.Split(all.String(), "\n")
	want := []string{`  1,000 rows, the first f, line 1, column v: "x" is no number`, `  1,000 rows, the first f, line 3: "2" has only 1 field`, `  f, line 2, column v: "u1" is no number`, `  f, line 5, column v: "u4" is no number`}
	for i, line := range want {
		if i >= len(got) || got[i] != line {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), line)
		}
	}
	if len(got) != shownFaults+1 || got[len(got)-1] != "  and 990 rows more: 990 in column v" || all.n != 3000 {
		t.Errorf("%d rows, and at last %s", all.n, got[len(got)-1])
	}
	var many faults
	for i := range 3 * keptFaults {
		many.addValue(i, table.Fault{Column: "v", Value: fmt.Sprint(i)})
	}
	if text := many.String(); len(many.kinds) != keptFaults || !strings.HasSuffix(text, "and 2,988 rows more: 2,988 in column v") {
		t.Error(len(many.kinds), text)
	}
}

// A row that its quotes take over several lines is told with the last of them, so that no line is missing without a word.
func TestFaultOfSeveralLines(t *testing.T) {
	t.Parallel()
	_, err := Files(t.Context(), []string{write(t, "a.csv", "a,b,c\n1,2,3\n4,\"5,6\n7,8\",9,10\n1,2,3\n")}, Options{CopyDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "line 3") || !strings.Contains(err.Error(), "up to line 4") {
		t.Error(err)
	}
}

// TestFaultsTakeBoundedMemory: of reasons that are another one for each line no more are kept than of others, and what a quote has behind
// it makes no reason of its own.
func TestFaultsTakeBoundedMemory(t *testing.T) {
	t.Parallel()
	var f faults
	for i := range 5 * keptFaults {
		f.addLine(1, table.Fault{Line: int64(i), Value: "x", Why: fmt.Sprintf("ends in a quote, and %q comes behind it", fmt.Sprint("y", i))})
	}
	if n := len(f.kinds) + len(f.more); n > 2*keptFaults+1 {
		t.Errorf("%d kinds are kept of %d lines", n, f.n)
	}
	table := look(t, "time,a\n"+strings.Repeat("2024-01-01,1\n", 40)+"2024-01-02,\"x\"y1\n2024-01-02,\"x\"y2\n", Options{SkipBad: -1})
	if text := strings.Join(table.Notes, "\n"); !strings.Contains(text, "2 rows, the first ") || !strings.Contains(text, `"y1" comes behind it`) {
		t.Error(text)
	}
}
