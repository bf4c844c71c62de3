package table

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"ovate/internal/ingest/format"
	"ovate/internal/ingest/row"
	"ovate/internal/ingest/source"
	"ovate/internal/spec"
)

// rowsOf are the texts of all rows by column name, in order, however many workers read them in blocks of any size; nil where a
// row has none.
func rowsOf(t *rapid.T, path string, o Options, block, workers int) (rows []map[string]string, table *Table) {
	table, err := Open(context.Background(), []string{path}, o)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	table.block = block
	var mu sync.Mutex
	batches := map[int][]map[string]string{}
	err = table.Scan(context.Background(), table.Inputs, workers, func(_ int, b *Batch) error {
		var own []map[string]string
		for b.Next() {
			names := table.Columns()
			values := map[string]string{}
			for _, c := range b.Cells {
				if c.Kind != Empty && c.Kind != Null {
					values[names[c.Column]] = string(c.Raw)
				}
			}
			own = append(own, values)
		}
		if len(b.Faults) > 0 {
			return fmt.Errorf("%+v", b.Faults[0])
		}
		mu.Lock()
		defer mu.Unlock()
		batches[b.Seq] = own
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for seq := range len(batches) {
		rows = append(rows, batches[seq]...)
	}
	return rows, table
}

// TestAnyTableInAnyDialect writes random tables in random dialects and reads them back.
func TestAnyTableInAnyDialect(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rows.csv")
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		delimiter := rapid.SampledFrom([]string{",", ";", "\t", "|", "||"}).Draw(t, "delimiter")
		newline := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "newline")
		width := rapid.IntRange(2, 4).Draw(t, "width")
		always := rapid.Bool().Draw(t, "quoted")
		letters := rapid.SampledFrom([][]rune{[]rune("abc 1"), []rune("ab \",;\t|'\n\r\\äx")}).Draw(t, "letters")
		value := rapid.StringOfN(rapid.SampledFrom(letters), 0, 6, -1)
		var text bytes.Buffer
		names := []string{"time", "b", "c", "d"}[:width]
		text.WriteString(strings.Join(names, delimiter) + newline)
		var want []map[string]string
		for i := range rapid.IntRange(1, 8).Draw(t, "rows") {
			row := map[string]string{"time": fmt.Sprint(2000 + i)}
			for k, name := range names {
				if k > 0 {
					text.WriteString(delimiter)
					row[name] = value.Draw(t, "value")
				}
				v := row[name]
				special := strings.ContainsAny(v, "\"\r\n,;|\t'") || strings.TrimSpace(v) != v
				if quoted := special || always && k > 0; quoted {
					text.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
				} else {
					text.WriteString(v)
					if v == "" {
						delete(row, name)
					}
				}
			}
			text.WriteString(newline)
			want = append(want, row)
			if rapid.IntRange(0, 9).Draw(t, "blank") == 0 {
				text.WriteString(newline)
			}
		}
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		yes := true
		o := Options{Delimiter: delimiter, Header: &yes, Escape: "none", Quote: `"`}
		block := rapid.SampledFrom([]int{16, 40, 1 << 20}).Draw(t, "block")
		got, table := rowsOf(t, path, o, block, rapid.IntRange(1, 3).Draw(t, "workers"))
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q:\n%q\n%q", text.String(), got, want)
		}
		if ok, _ := table.Inputs[0].Plain(); ok {
			plain++
			d := table.Inputs[0].Dialect
			engine := engineRows(t, path, spec.TextFormat{Delimiter: d.Delimiter, Quoted: d.Format == "csv", Header: d.HeaderPlain, Columns: d.Columns, SkipHeaderRows: skipped(d)}, names)
			if fmt.Sprint(engine) != fmt.Sprint(want) {
				t.Fatalf("%q is plain, but Druid's reader has\n%q\nand not\n%q", text.String(), engine, want)
			}
		}
	})
	if plain == 0 {
		t.Error("no table was plain")
	}
}

func skipped(d Dialect) int {
	if d.HeaderPlain {
		return 0
	}
	return int(d.Skip)
}

// engineRows are the rows as Druid's reader has them.
func engineRows(t *rapid.T, path string, f spec.TextFormat, names []string) (rows []map[string]string) {
	if f.Header {
		f.Columns = nil
	}
	splitter, err := format.NewSplitter(f)
	if err != nil {
		t.Fatal(err)
	}
	schema := &spec.DataSchema{Timestamp: spec.TimestampSpec{Column: "time", Format: "auto"}}
	for _, name := range names {
		schema.Dimensions.Dimensions = append(schema.Dimensions.Dimensions, spec.Dimension{Name: name, Type: spec.String})
	}
	parser, err := format.NewParser(format.Config{Schema: schema, Format: f, KeepFaults: true})
	if err != nil {
		t.Fatal(err)
	}
	input := source.Input{Name: path, Size: -1, Open: func(context.Context) (io.ReadCloser, error) { return os.Open(path) }}
	err = splitter.Split(context.Background(), input, func(c format.Chunk) error {
		defer c.Release()
		var b row.Batch
		if err := parser.Parse(t.Context(), c, &b); err != nil {
			return err
		}
		if len(b.Faults) > 0 {
			return fmt.Errorf("%+v", b.Faults[0])
		}
		for i := range b.N {
			values := map[string]string{}
			for k, name := range names {
				column := &b.Dimensions[k]
				if id := column.IDs[i]; id != 0 {
					values[name] = string(column.Dict.At(id))
				}
			}
			rows = append(rows, values)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestAnyJSONInAnyLayout writes random objects in random layouts and reads them back.
func TestAnyJSONInAnyLayout(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rows.json")
	rapid.Check(t, func(t *rapid.T) {
		blank := rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "blank")
		between := rapid.SampledFrom([]string{"\n", "\n\n", " "}).Draw(t, "between")
		list := rapid.Bool().Draw(t, "list")
		if list {
			between = "," + between
		}
		value := rapid.SampledFrom([]string{`"x"`, `"]}\"{["`, `"\\"`, `""`, "1.50", "null", "true", `[1,"}"]`, `{"k":{"l":[]}}`, `"ä\u00e4\n"`})
		unescaped := map[string]string{`"x"`: "x", `"]}\"{["`: `]}"{[`, `"\\"`: `\`, `""`: "", `"ä\u00e4\n"`: "ää\n"}
		var objects []string
		var want []map[string]string
		for range rapid.IntRange(1, 8).Draw(t, "rows") {
			var fields []string
			row := map[string]string{}
			for _, name := range []string{"a", "b\"", "c"} {
				if rapid.Bool().Draw(t, "there") {
					raw := value.Draw(t, "value")
					fields = append(fields, fmt.Sprintf("%q:%s%s", name, blank, raw))
					if text, ok := unescaped[raw]; ok {
						row[name] = text
					} else if raw != "null" {
						row[name] = raw
					}
				}
			}
			objects = append(objects, "{"+blank+strings.Join(fields, blank+","+blank)+blank+"}")
			want = append(want, row)
		}
		text := strings.Join(objects, between)
		if list {
			text = "[" + blank + text + blank + "]\n"
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var o Options
		if len(want) == 1 && !list {
			o.JSONPath = "." // else it may hold the rows
		}
		got, _ := rowsOf(t, path, o, rapid.SampledFrom([]int{16, 40, 1 << 20}).Draw(t, "block"), rapid.IntRange(1, 3).Draw(t, "workers"))
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q:\n%q\n%q", text, got, want)
		}
	})
}

// FuzzScan looks for inputs that end the process or hang; whatever is in them, every line is a row, a fault or an error.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{"a,b\n1,\"x\"\"\ny\"\n", "[{\"a\":[1,{\"b\":\"\\u00e4\"}]}]", "{\"a\":1}\n{\"a\":", "a;b\r1;'x;'\r", "\xff\xfea\x00", "  a  b\n 1 2\n", "PK\x03\x04"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "0")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := Open(t.Context(), []string{path}, Options{})
		if err != nil {
			return
		}
		defer table.Close()
		table.block = 32
		var seqs []int
		_ = table.Scan(t.Context(), table.Inputs, 1, func(_ int, b *Batch) error {
			for b.Next() {
				for _, c := range b.Cells {
					_ = table.Columns()[c.Column]
				}
			}
			seqs = append(seqs, b.Seq)
			return nil
		})
		if !slices.IsSorted(seqs) {
			t.Error(seqs)
		}
	})
}
