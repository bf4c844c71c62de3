package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// verdicts in the order of the table.
var verdicts = []verdict{same, explained, ovateOnly, refused, neither, different, notAsked}

// writeTable writes the outcome for people to read: a line a package, then every file that is not simply the same.
func writeTable(path string, outcomes []outcome) error {
	var text strings.Builder
	total, rows := map[verdict]int{}, 0
	byPackage := map[pkg]map[verdict]int{}
	var order []pkg
	for _, o := range outcomes {
		if byPackage[o.file.pkg] == nil {
			byPackage[o.file.pkg] = map[verdict]int{}
			order = append(order, o.file.pkg)
		}
		byPackage[o.file.pkg][o.verdict]++
		total[o.verdict]++
		rows += o.rows
	}
	fmt.Fprintf(&text, "# Files that others wrote, read by ovate and by DuckDB\n\n"+
		"`go run ./compat/files` ingests %d files from %d packages with `ovate ingest FILE -d t`, with no other flag, and compares what is in the segments,\n"+
		"value by value, with what DuckDB (`%s`) reads with `sample_size=-1` and all texts as they stand in the file. %s rows in all.\n\n",
		len(outcomes), len(order), duckDB, grouped(rows))
	text.WriteString("| package |")
	for _, v := range verdicts {
		fmt.Fprintf(&text, " %s |", v)
	}
	text.WriteString("\n|---|" + strings.Repeat("---:|", len(verdicts)) + "\n")
	line := func(name string, counts map[verdict]int) {
		fmt.Fprintf(&text, "| %s |", name)
		for _, v := range verdicts {
			if n := counts[v]; n > 0 {
				fmt.Fprintf(&text, " %d", n)
			}
			text.WriteString(" |")
		}
		text.WriteString("\n")
	}
	for _, p := range order {
		line(p.String(), byPackage[p])
	}
	line("**all**", total)
	text.WriteString("\n- **same**: every value of every row.\n" +
		"- **explained**: every value of every row, but for what the list below says.\n" +
		"- **ovate only**: DuckDB refuses the file.\n" +
		"- **refused**: ovate says why and takes nothing; most need a flag that it names.\n" +
		"- **neither** reads it.\n\n")
	for _, v := range verdicts[1:] {
		if total[v] == 0 {
			continue
		}
		fmt.Fprintf(&text, "## %s\n\n| file | why |\n|---|---|\n", v)
		for _, o := range outcomes {
			if o.verdict == v {
				fmt.Fprintf(&text, "| %s | %s |\n", cell(o.file.String()), cell(o.detail))
			}
		}
		text.WriteString("\n")
	}
	return os.WriteFile(path, []byte(strings.TrimRight(text.String(), "\n")+"\n"), 0o644)
}

// cell keeps a text within its cell, and folders of this machine out of it.
func cell(text string) string {
	for _, word := range strings.Fields(text) {
		if trimmed := strings.Trim(word, `"':,()`); strings.HasPrefix(trimmed, "/") && strings.Count(trimmed, "/") > 2 {
			text = strings.ReplaceAll(text, trimmed, trimmed[strings.LastIndex(trimmed, "/")+1:])
		}
	}
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}

// grouped writes a number with commas.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	var parts []string
	for len(digits) > 3 {
		parts = append(parts, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	parts = append(parts, digits)
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}
