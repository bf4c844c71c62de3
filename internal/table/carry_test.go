package table

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestBlocksDecideNothing cuts files at every place: headers that come again, dashes behind them, blank lines, comments and words among numbers are taken for
// the same, whichever lines stand in one block.
func TestBlocksDecideNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	read := func(text string, block int) string {
		path := filepath.Join(dir, "a.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, table, err := readAny(path, block)
		if err != nil { // nothing is ingested, however much was read
			return err.Error()
		}
		return fmt.Sprint(r.cells, r.faults, notesOf(table), err)
	}
	check := func(t interface{ Errorf(string, ...any) }, text string, blocks ...int) {
		want := read(text, 1<<20)
		for _, block := range blocks {
			if got := read(text, block); got != want {
				t.Errorf("%q in blocks of %d:\n%s\nand not\n%s", text, block, got, want)
			}
		}
	}
	for _, text := range []string{
		"day,value\n2024-01-01,1\nday,value\n----,-----\n2024-01-02,2\n",
		"day,value\n2024-01-01,1\nday,value\n\n\n# so\n----,-----\n2024-01-02,2\n",
		"day,\"va\nlue\"\n2024-01-01,1\nday,\"va\nlue\"\n----,-----\n2024-01-02,2\n",
		"n,v,w\n1,2,3\n4,5,6\nx,y,z\na,b,c\n7,8,9\n",
		"day,value,n\n----,-----,--\n----,-----,--\n----,-----,--\n",
		"n,v\n1,2\n\n\nday,value\nx,y\n3,4\n",
		"name,city\nAnn,Rome\nBob,Bern\n\n\nregion,boss\nNorth,Zoe\n\nSouth,Yan\n",
		"name,n\nAnn,1\nBob,2\n\n\nregion,total\nNorth,3\n",
		"+---+---+\n| a | b |\n+===+===+\n| 1 | x |\n|   | y |\n+---+---+\n| 2 | z |\n+---+---+\n",
		"+---+---+\n| a | b |\n+---+---+\n| 1 | x |\n+---+---+\n| 2 | z |\n+---+---+\n\n+---+---+\n| c | d |\n+---+---+\n| 2 | z |\n+---+---+\n",
		"| a | b |\n|---|---|\n| 1 | x |\n\n| c | d |\n|---|---|\n| 5 | y |\n",
		"=====  =====\nid     name\n=====  =====\n1      Ann\n       Lee\n2      Bob\n=====  =====\n\n(2 rows)\n",
		"name      city\nAnn Lee   Bern\n# remark on this\n  # another\nBob\nTotal: 5 rows\n",
		"id    name\n    1 Ann\n    2 Bob Lee\n    33 Bob\nid    name\n",
		"id   name      color  price\n1    apple     red    1.5\n2    kiwi big         2.5\n\n3    x\n4\n5     y    green   2.5\n6           z\n",
	} {
		check(t, text, 1, 7, 16, 20, 33, 64)
	}
	if one := read("day,value\n2024-01-01,1\nday,value\n----,-----\n2024-01-02,2\n", 16); strings.Contains(one, "----") || strings.Count(one, "2024") != 2 {
		t.Error(one)
	}
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.SampledFrom([]string{"day,value,n", "day,\"va\nlue\",n"}).Draw(t, "header")
		lines := []string{header}
		for i := range rapid.IntRange(1, 12).Draw(t, "lines") {
			row := fmt.Sprintf("2024-01-%02d,%d,7", i+1, i)
			lines = append(lines, rapid.SampledFrom([]string{row, row, row, header, "----,-----,--", "---", "", "# so, it, is", "#x,1,2", "from,to,on", "\"a\nb\",c,d"}).Draw(t, "line"))
		}
		check(t, strings.Join(lines, rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "end"))+"\n", rapid.IntRange(1, 100).Draw(t, "block"))
	})
}

// What is carried into a batch is found in its last lines alone.
func TestLastLines(t *testing.T) {
	t.Parallel()
	var got []string
	for n := range 4 {
		got = append(got, string(lastLines([]byte("a\nb\n\nc\n"), n+1, '\n')))
	}
	if want := []string{"c\n", "\nc\n", "b\n\nc\n", "a\nb\n\nc\n"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}
