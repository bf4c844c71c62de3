package table

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/internal/choice"
)

// inBlocks are the rows of a text by column, and what is told, however it is cut; or why it is refused.
func inBlocks(t rapid.TB, text string, o Options, block int) string {
	dir, err := os.MkdirTemp("", "blocks")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Block = block
	table, err := Open(context.Background(), []string{path}, o)
	if err != nil {
		return err.Error()
	}
	defer table.Close()
	var rows, faults []string
	err = table.Scan(context.Background(), table.Inputs, 1, func(_ int, b *Batch) error {
		for b.Next() {
			var cells []string
			for _, c := range b.Cells {
				cells = append(cells, string(c.Raw))
			}
			rows = append(rows, strings.Join(cells, ","))
		}
		for _, f := range b.Faults {
			faults = append(faults, fmt.Sprintf("line %d %s", f.Line, choice.In(f.Why, nil)))
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return strings.Join(slices.Concat([]string{strings.Join(table.Columns(), ",")}, rows, faults), "|") + "\n" + strings.Join(notesOf(table), "\n")
}

// TestDrawnTables: what clients of databases, SAP and Markdown draw is read as the table that it is, with its values alone, and told; what is not read is
// refused by what it is.
func TestDrawnTables(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, rows, note string }{
		{" name    | v \n---------+---\n Alice   | 1\n -       |  \n(2 rows)\n\n", "name,v|Alice,1|-,", "line 5 tells how many rows there are, and is none"},
		{" name  \n-------\n Alice\n Bob\n(2 rows)\n", "name|Alice|Bob", "it is a table drawn for people"},
		{"+-------+------+\n| name  | v    |\n+-------+------+\n| Alice |    1 |\n| ---   | NULL |\n+-------+------+\n2 rows in set (0.00 sec)\n", "name,v|Alice,1|---,NULL", "bars stand around its fields"},
		{"Report 7\r\n\r\n-----------------\r\n|Name |Amount   |\r\n|---------------|\r\n|Al   |1.234,56-|\r\n|\"Bo |    2,00 |\r\n-----------------\r\n", `Name,Amount|Al,1.234,56-|"Bo,2,00`, "the header ends in line 4"},
		{"| a | b |\n|---|:-:|\n| x | 1 |\n| - | 2 |\n", "a,b|x,1|-,2", ""},
		{"a | b\n--- | ---\nx | 1\n#y | 2\n", "a,b|x,1|#y,2", ""},
		{"| a | b |\n|---|---|\n| x | 1 |\nfoo\n| x |\n", "a,b|x,1|line 4 does not begin and end in a bar, as the rows of the table do|line 5 has only 1 field, and there are 2 columns; b is the first without a value, which --fill makes null", ""},
		{"   name   | v \n----------+----\n Alice   +| 1\n b        | \n Bob      | A+\n", "name,v|Bob,A+|line 3 goes on in the next line, as psql wraps values that have line breaks; have psql write csv: psql --csv|line 4 goes on from the line before", ""},
		{"  v | name \n----+-------\n  1 | x    +\n    | y\n", "v,name|line 3 goes on in the next line", ""},
		{"a|b\n-|-\nx|1\n", "a,b|x,1", "line 2 is nothing but dashes behind the header"},
		{"ab|b\n-|-\nx|1\n", "ab,b|-,-|x,1", ""},
		{"+---+---+\n| a | b |\n+===+===+\n| 1 | x |\n|   | y |\n+---+---+\n| 2 | z |\n+---+---+\n", "a,b|1,x\ny|2,z\n", "the lines between two of them are one"},
		{"+---+---+\n| a | b |\n| n | m |\n+===+===+\n| 1 | x |\n+---+---+\n| 2 | z |\n+---+---+\n", "a n,b m|1,x|2,z\n", ""},
		{"+---+---+\n| a | b |\n+---+---+\n| 1 | x |\n|   | y |\n+---+---+\n| 2 | z |\n+---+---+\n", "a,b|2,z|line 4 and the rest of 2 lines have no line of dashes between them", ""},
		{"+---+---+\n| a | b |\n+---+---+\n| 1 | x |\n| 2 | y |\n+---+---+\n\n+---+---+\n| c | d |\n+---+---+\n| 1 | x |\n+---+---+\n", "", "(| c | d |) is the header of another table"},
		{"| a | b |\n|---|---|\n| 1 | x |\n\n| c | d |\n|---|---|\n| 5 | y |\n", "", "line 5 (| c | d |) is the header of another table"},
		{"|-----------|\n|Mat |Menge|\n|-----------|\n|A1  |   5-|\n|A2  |1.000|\n|-----------|\n", "Mat,Menge|A1,5-|A2,1.000\n", ""},
		{" a | b \n---+---\n   | 0 |\n", "a,b", ""},
		{" a | b | c\n---+---+---\n   | 0 |\n x | 1 | y\n(2 rows)\n", "a,b,c|,0,|x,1,y\n", ""},
		{"-- of today\n\nCREATE TABLE a (b int);\nINSERT INTO a VALUES (1);\n", "", "is SQL, as a dump of a database is"},
		{"/* of\ntoday */\nINSERT INTO a VALUES (1);\n", "", "is SQL, as a dump of a database is"},
		{"use case;name\nb;c\nd;e\n", "use case,name|b,c|d,e", ""},
		{"-[ RECORD 1 ]\na | 1\nb | 2\n", "", "has its rows written below each other"},
		{"*************************** 1. row ***************************\nid: 1\n", "", "has its rows written below each other"},
		{"┌───┬───┐\n│ a │ b │\n├───┼───┤\n│ 1 │ 2 │\n└───┴───┘\n", "", "is a table drawn with lines"},
		{" a │ b\n───┼───\n 1 │ 2\n", "", "is a table drawn with lines"},
	} {
		want := inBlocks(t, test.text, Options{}, 0)
		if !strings.HasPrefix(want, test.rows) || !strings.Contains(want, test.note) {
			t.Errorf("%q:\n%s\nand not\n%s", test.text, want, test.rows)
		}
		for _, block := range []int{1, 20, 40} {
			if got := inBlocks(t, test.text, Options{}, block); !strings.HasPrefix(got, test.rows) {
				t.Errorf("%q in blocks of %d:\n%s", test.text, block, got)
			}
		}
	}
	if got := inBlocks(t, "a | b\n--- | ---\nx | 1\n", Options{Delimiter: "|"}, 0); !strings.Contains(got, "x , 1") {
		t.Error(got) // every line as it is
	}
}
