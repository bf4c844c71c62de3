package table

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"ovate/internal/moment"
)

// What a line costs to read grows with its length, and not with the square of it: names that come again, fields in quotes, and quotes within fields.
func TestWideLines(t *testing.T) {
	t.Parallel()
	const n = MostColumns
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

// What is looked at of a line of far too many fields, and of many wide ones, is bounded; the first is refused with the most that there may be.
func TestTooWideLines(t *testing.T) {
	t.Parallel()
	for _, d := range []*Dialect{{Format: "csv", Delimiter: ",", Quote: '"', Break: '\n'}, {Format: "csv", Delimiter: ",", Break: '\n'}, {Break: '\n'}} {
		between := cmp.Or(d.Delimiter, " ")
		head := []byte(strings.Repeat("1"+between, 8*MostColumns))
		records := d.sample(head, false)
		if len(records) != 1 || len(records[0].cells) != MostColumns+1 || cap(records[0].cells) > 2*MostColumns {
			t.Errorf("%q: %d records", between, len(records))
		}
		in := &Input{Dialect: *d}
		if err := in.findHeader(records, Options{}, moment.UTC()); err == nil || !strings.HasPrefix(err.Error(), "line 1 has more than 20000 fields, and 20000 columns are the most") {
			t.Errorf("%q: %v", between, err)
		}
	}
	d := &Dialect{Format: "csv", Delimiter: ",", Quote: '"', Break: '\n'}
	row := strings.Repeat("1,", MostColumns-1) + "1\n"
	if records := d.sample([]byte(strings.Repeat(row, headRows)), true); len(records) != headCells/MostColumns {
		t.Errorf("%d wide records are looked at", len(records))
	}
}
