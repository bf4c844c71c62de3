package table

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// What a line costs to read grows with its length, and not with the square of it: names that come again, fields in quotes, and quotes within fields.
func TestWideLines(t *testing.T) {
	t.Parallel()
	const n = 40_000
	begin := time.Now()
	names := nameFields(strings.Fields(strings.Repeat("x ", n) + "x_7"))
	if names[1] != "x_2" || names[6] != "x_8" || names[n-1] != fmt.Sprint("x_", n+1) || names[n] != "x_7" {
		t.Error(names[:8], names[n-1], names[n])
	}
	row := strings.TrimSuffix(strings.Repeat(`"1",`, n), ",") + "\n"
	d := &Dialect{Format: "csv", Delimiter: ",", Quote: '"', Break: '\n', Comment: "#"}
	if records := d.sample([]byte(row+row+row), true); len(records) != 3 || len(records[2].cells) != n {
		t.Error(len(records))
	}
	odd := []byte(strings.Repeat(`a"`, 5*n) + "\n# x \"\n\"y\n# \",1\n")
	if end, _ := (textCutter{d}).cut(odd); end != len(odd) {
		t.Errorf("cut at %d of %d", end, len(odd))
	}
	if took := time.Since(begin); took > time.Minute { // it is some milliseconds, and was minutes
		t.Errorf("took %v", took)
	}
}
