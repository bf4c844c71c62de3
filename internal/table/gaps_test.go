package table

import (
	"slices"
	"strings"
	"testing"
)

// A blank line between the rows of one column may stand for a missing value: it is told, whatever batches the rows come in; those at the end are not.
func TestBlankLinesOfOneColumn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"value\n1\n\n3\n":             "line 3 is blank and no row",
		"value\n1\n  \n3\n\n4\n\n\n":  "each of 2 lines, the first of them line 3, is blank and no row",
		"value\n\n1\n2\n":             "line 2 is blank and no row",
		"value\n1\n2\n\n\n":           "",
		"value\n1\n\"\"\n2\n":         "",
		"a,b\n1,2\n\n3,4\n":           "",
		"value\r\n1\r\n\r\n\r\n3\r\n": "each of 2 lines, the first of them line 3,",
		"v\n1\n" + strings.Repeat("\n", 50) + "2\n" + strings.Repeat("\n", 50): "each of 50 lines, the first of them line 3,",
	} {
		for _, block := range []int{16, 1 << 20} {
			path := save(t, text)[0] + ".csv"
			put(t, path, text)
			table, err := Open(t.Context(), []string{path}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer table.Close()
			table.block = block
			err = table.Scan(t.Context(), table.Inputs, 2, func(_ int, b *Batch) error {
				for b.Next() {
				}
				return nil
			})
			notes := slices.DeleteFunc(table.Notes().Texts(true), func(note string) bool { return !strings.Contains(note, "is blank") })
			if err != nil || (want == "") != (len(notes) == 0) || !strings.Contains(strings.Join(notes, "\n"), want) {
				t.Errorf("%q in blocks of %d: %v %q", text, block, err, notes)
			}
		}
	}
}

// Dashes are a line for people only behind the header, or where they are not as many as there are columns; else they are values.
func TestDashes(t *testing.T) {
	t.Parallel()
	check(t, Options{}, "a,b,c\n1,2,3\n--,--,--\n4,5,6\n", "2: a=t1 b=t2 c=t3", "3: a=t-- b=t-- c=t--", "4: a=t4 b=t5 c=t6")
	check(t, Options{}, "a,b,c\n--,--,--\n\n---,--,--\n4,5,6\n", "5: a=t4 b=t5 c=t6")
	check(t, Options{}, "a,b\n--,--\n4,5\na,b\n--,--\n6,7\n--,--\n", "3: a=t4 b=t5", "6: a=t6 b=t7", "7: a=t-- b=t--")
	check(t, Options{}, "a|b\n----+--\n1|x\n----+--\n", "3: a=t1 b=tx")
	header := false
	check(t, Options{Header: &header}, "--,--\n1,2\n", "1: column_1=t-- column_2=t--", "2: column_1=t1 column_2=t2")
	one := int64(1)
	check(t, Options{Header: &header, SkipLines: &one}, "a,b\n--,--\na,b\n1,2\n", "2: column_1=t-- column_2=t--", "3: column_1=ta column_2=tb", "4: column_1=t1 column_2=t2")
	table := check(t, Options{}, "a,b\n--,--\n1,2\n", "3: a=t1 b=t2")
	if notes := strings.Join(table.Notes().Texts(true), "\n"); !strings.Contains(notes, "--no-header") {
		t.Error(notes)
	}
}
