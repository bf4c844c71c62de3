package detect

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/internal/table"
)

// shared is what is found in a file that so many workers share in each phase, and the lines of the copies, sorted; or nothing but the error.
func shared(t rapid.TB, dir, path string, block int, workers func(phase string) int) (*Table, []string) {
	t.Helper()
	found, err := Files(context.Background(), []string{path}, Options{CopyDir: dir, SkipBad: -1, workers: workers, Table: table.Options{Block: block}})
	if err != nil {
		return nil, []string{err.Error()}
	}
	var lines []string
	for _, path := range found.Copies {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, slices.Collect(strings.Lines(string(text)))...)
	}
	slices.Sort(lines)
	found.Copies = nil // as many as there are workers with rows
	return found, lines
}

// always is as many workers in all phases.
func always(n int) func(string) int { return func(string) int { return n } }

// checkShared compares what one worker finds in one batch with what several find in many small ones.
func checkShared(t *rapid.T, text string) []string {
	dir, err := os.MkdirTemp("", "shared")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rows.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want, wantLines := shared(t, filepath.Join(dir, "alone"), path, 0, always(1))
	for _, workers := range []int{1, 2, 4} {
		block := rapid.SampledFrom([]int{16, 100, 700}).Draw(t, "block")
		got, lines := shared(t, filepath.Join(dir, fmt.Sprint(workers)), path, block, always(workers))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d workers, blocks of %d bytes, %q:\n%+v\nand not\n%+v", workers, block, text, got, want)
		}
		if !slices.Equal(lines, wantLines) {
			t.Errorf("%d workers, blocks of %d bytes, %q: %d lines\n%s\nand not %d\n%s", workers, block, text, len(lines), lines, len(wantLines), wantLines)
		}
	}
	return wantLines
}

// What is found in JSON and what is copied of it depends neither on how it is cut nor on who reads which part, also where nested objects have more keys
// than become columns; and every value of every row is in the copy.
func TestSharedJSON(t *testing.T) {
	t.Parallel()
	values := []string{`1`, `-0`, `2.50`, `1e3`, `"x"`, `"7"`, `""`, `null`, `true`, `[1,2]`, `[]`, `{}`, `"1,5"`, `9007199254740993`, `"NA"`, `"2024-02-30"`}
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		given := 0
		all := rapid.SampledFrom([]int{3, 3, 40, 300}).Draw(t, "keys")
		for row := range rapid.IntRange(1, 8).Draw(t, "rows") {
			fmt.Fprintf(&text, `{"time":"%02d.01.2024 10:%02d"`, row%28+1, row)
			for _, root := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 4, rapid.ID[string]).Draw(t, "roots") {
				fmt.Fprintf(&text, `,"%s":{"in":{"x":"x"}`, root)
				given++
				from := rapid.IntRange(0, all*4).Draw(t, "from")
				for k := range rapid.IntRange(0, all).Draw(t, "number") {
					fmt.Fprintf(&text, `,"k%d":%s`, from+k, values[(from*7+k*3)%len(values)])
				}
				text.WriteString("}")
			}
			text.WriteString("}\n")
		}
		lines := strings.Join(checkShared(t, text.String()), "")
		if n := strings.Count(lines, `.in.x":`) + strings.Count(lines, `\"in\":`); n != given {
			t.Errorf("%d of %d values are in the copies of %q", n, given, text.String())
		}
	})
}

// The same holds for text files.
func TestSharedText(t *testing.T) {
	t.Parallel()
	values := rapid.SampledFrom([]string{"", "1", "2.50", "-0", "x", `"y z"`, `"a,b"`, "\"two\nlines\"", "NA", "null", "1.234", `"1,5"`, `"1,234"`, "007", " 8", "99999999999999999999", "true", "2024-01-31", "31.01.2024",
		"2024-01-31T10:00:00Z", "2024-01-31 10:00 CET", "1706700000", "1706700000000", "20240131", "1e400", "--", "x\"y", "1 234.5", "45.000.000", "12 EUR", "7-", "1'000", "Mon, 15 Jan 2024 10:20:30 GMT", "Tue, 15 Jan 2024 10:20:30 GMT"})
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 4).Draw(t, "columns")
		var text strings.Builder
		text.WriteString("time,a,b,c,d"[:4+2*columns] + "\n")
		for row := range rapid.IntRange(1, 60).Draw(t, "rows") {
			fmt.Fprintf(&text, "%02d.01.2024 10:%02d", row%28+1, row)
			for range columns - rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1}).Draw(t, "lacking") {
				text.WriteString("," + values.Draw(t, "value"))
			}
			text.WriteString(rapid.SampledFrom([]string{"\n", "\n", "\n", "\n", "\r\n", "\n\n"}).Draw(t, "end"))
		}
		checkShared(t, text.String())
	})
}

// TestSharedOddLines does so with files that have lines which are no rows, or not for sure: headers that come again, dashes, comments, titles, words
// where numbers are, rows that are short or long, and all that in tables drawn with bars.
func TestSharedOddLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		delimiter := rapid.SampledFrom([]string{",", ";", "\t", "|", " | ", " "}).Draw(t, "delimiter")
		end := rapid.SampledFrom([]string{"\n", "\n", "\r\n", "\r"}).Draw(t, "end")
		join := func(fields ...string) string { return strings.Join(fields, delimiter) }
		header := join("day", "a", "b")
		dashes := join("----------", "---", "---")
		lines := []string{header}
		if rapid.Bool().Draw(t, "ruled") {
			lines = append(lines, dashes)
		}
		if rapid.Bool().Draw(t, "title") {
			lines = append([]string{"Of our things", ""}, lines...)
		}
		for i := range rapid.IntRange(1, 30).Draw(t, "rows") {
			row := join(fmt.Sprintf("2024-01-%02d", i%28+1), fmt.Sprint(i), "x")
			lines = append(lines, rapid.SampledFrom([]string{row, row, row, row, row, row, header, dashes, "---", "", "# so it is", "#" + row, row + delimiter, row + delimiter + "y",
				join("from", "to", "on"), join("from", "to"), join("Total", "5"), join("2024-01-05", `"q`+end+`r"`, "x")}).Draw(t, "line"))
		}
		if rapid.IntRange(0, 9).Draw(t, "other") == 0 {
			lines = append(lines, join("day", "b", "a")) // once, as it ends the reading
		}
		checkShared(t, strings.Join(lines, end)+end)
	})
}

// TestManyKeysLoseNoValue has nested objects with 1,400 keys, more than become columns, half of them in either half of the rows: one worker alone may meet
// no more than there may be, while rows are counted, and another all of them, while they are copied.
func TestManyKeysLoseNoValue(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	const keys = 700
	for half := range 2 {
		text.WriteString(`{"time":"2024-01-01T00:00:00Z","o":{`)
		for k := range keys {
			fmt.Fprintf(&text, `"%c%d":%d,`, 'a'+half, k, k)
		}
		text.WriteString("\"z\":\"x\"}}\n")
	}
	path := write(t, "rows.json", text.String())
	for i := range 5 {
		found, lines := shared(t, filepath.Join(t.TempDir(), fmt.Sprint(i)), path, 16<<10, func(phase string) int {
			if phase == "checking" {
				return 2
			}
			return 1
		})
		if n := strings.Count(strings.Join(lines, ""), `\":`); found == nil || len(found.Columns) != 1 || n != 2*(keys+1) {
			t.Fatalf("%d of %d values: %+v", n, 2*(keys+1), found)
		}
	}
}

// TestFewKeysOfManyColumns has many columns of nested objects, each of which may become columns, and together more than the most.
func TestFewKeysOfManyColumns(t *testing.T) {
	t.Parallel()
	rows := func(roots int) string {
		var text strings.Builder
		for row := range 2 {
			text.WriteString(`{"time":"2024-01-01T00:00:00Z"`)
			for root := range roots {
				fmt.Fprintf(&text, `,"o%d":{`, root)
				for k := range 450 {
					fmt.Fprintf(&text, `"%d":%d,`, row*450+k, k)
				}
				text.WriteString(`"":0}`)
			}
			text.WriteString("}\n")
		}
		return text.String()
	}
	for roots, want := range map[int]int{2: 2 * 901, 12: 12} {
		for _, workers := range []int{1, 2} {
			found, _ := shared(t, filepath.Join(t.TempDir(), fmt.Sprint(roots, workers)), write(t, "rows.json", rows(roots)), 1000, always(workers))
			if found == nil || len(found.Columns) != want {
				t.Errorf("%d objects of 901 keys, %d workers, want %d columns: %+v", roots, workers, want, found)
			}
		}
	}
}
