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
			notes := slices.DeleteFunc(notesOf(table), func(note string) bool { return !strings.Contains(note, "is blank") })
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
	if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, "--no-header") {
		t.Error(notes)
	}
}

// TestUnseenCharacters: a line of characters that nobody sees is left out as blank, and told, but for the one at the end by which DOS ended texts.
func TestUnseenCharacters(t *testing.T) {
	t.Parallel()
	const told = "has nothing in it but the character "
	for _, test := range []struct{ text, rows, note string }{
		{"a,b\n1,2\n\f\n3,4\n", "a,b|1,2|3,4", "line 3 " + told + "U+000C, and is left out as blank."},
		{"a,b\n1,2\n \v\r\n3,4\n\v", "a,b|1,2|3,4", "each of 2 lines, the first of them line 3, " + told + "U+000B"},
		{"a,b\n1,2\n\u00a0\n3,4\n", "a,b|1,2|3,4", "line 3 " + told + "U+00A0"},
		{"a,b\n1,2\n\x1a\n3,4\n", "a,b|1,2|3,4", "line 3 " + told + "U+001A"},
		{"v\n1\n\f\n3\n", "v|1|3", "line 3 " + told + "U+000C"},
		{"2024-01-02 00:00:01 INFO a\n2024-01-02 00:00:02 INFO b\n", "time,message|2024-01-02 00:00:01,INFO a|2024-01-02 00:00:02,INFO b", ""},
		{"id   name     v\n1    Bob J    5\n\f\n2    Al K     6\n3    Al       7\n4    Al       7\n", "id,name,v|1,Bob J,5|2,Al K,6|3,Al,7|4,Al,7", "line 3 " + told + "U+000C"},
		{"a,b\n1,2\n\n \t\r\n3,4\n\x1a", "a,b|1,2|3,4", ""},
		{"a,b\n1,2\n\x01\n3,4\n", "a,b|1,2|3,4|line 3 has only 1 field, and there are 2 columns; b is the first without a value, which --fill makes null", ""},
	} {
		for _, block := range []int{0, 8} {
			rows, notes, _ := strings.Cut(inBlocks(t, test.text, Options{}, block), "\n")
			if rows != test.rows || !strings.Contains(notes, test.note) || test.note == "" && strings.Contains(notes, told) {
				t.Errorf("%q: %s\n%s", test.text, rows, notes)
			}
		}
	}
}

// TestDashesBelowOneName: a line of dashes below the name of the only column is no row, and told, unless it may be a value, as another line of dashes is.
func TestDashesBelowOneName(t *testing.T) {
	t.Parallel()
	const left, taken = "line 2 is nothing but dashes behind the header, and no row", "is nothing but dashes, and is taken for a row"
	for _, test := range []struct{ text, rows, note string }{
		{"name\n----\nann\nbob\n", "name|ann|bob", left},
		{"full name\r\n=========\r\nann b\r\nbob c d\r\n", "full name|ann b|bob c d", left},
		{"ids\n---\n1\n2\n", "ids|1|2", left},
		{"name\n----\nann\n----\nbob\n", "name|----|ann|----|bob", "each of 2 lines, the first of them line 2, " + taken},
		{"name\nann\n----\nbob\n", "name|ann|----|bob", "line 3 " + taken},
		{"name\n\"----\"\nann\n", "name|----|ann", ""},
		{"id\n--\n1\n2\n", "id|--|1|2", ""},
	} {
		for _, block := range []int{0, 6} {
			rows, notes, _ := strings.Cut(inBlocks(t, test.text, Options{}, block), "\n")
			if rows != test.rows || !strings.Contains(notes, test.note) || test.note == "" && strings.Contains(notes, "dashes") {
				t.Errorf("%q: %s\n%s", test.text, rows, notes)
			}
		}
	}
	if got := inBlocks(t, "name\n----\nann\n", Options{Header: new(bool)}, 0); !strings.HasPrefix(got, "column_1|name|----|ann\n") {
		t.Error(got)
	}
}
