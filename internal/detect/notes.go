package detect

import (
	"encoding/csv"
	"fmt"
	"path/filepath"
	"strings"
)

// textNotes are what ingestion will not make of a text file what people expect: it reads every line as a row, knows quotes only
// between commas, and has no place for more values than there are columns.
func textNotes(s sample, f Format) (notes []string) {
	if s.broken {
		notes = append(notes, fmt.Sprintf("%s: not all of it is UTF-8, and what is not becomes \ufffd. If it is Latin-1: iconv -f latin1 -t utf-8 FILE > rows", filepath.Base(s.Path)))
	}
	if f.Kind == "json" {
		return notes
	}
	if s.marked && !f.Header {
		notes = append(notes, fmt.Sprintf("%s: begins with a byte order mark, which stays in its first value. Without it: tail -c +4 FILE > rows", filepath.Base(s.Path)))
	}
	open, quoted, long := 0, 0, 0
	columns := len(splitLine(s.lines[0], f.Delimiter))
	for _, line := range s.lines {
		switch {
		case f.Delimiter == "," && endsInQuotes(line):
			open++
		case f.Delimiter != "," && hasQuotedField(line, f.Delimiter):
			quoted++
		case f.Header && len(splitLine(line, f.Delimiter)) > columns:
			long++
		}
	}
	note := func(lines int, text string) {
		if lines > 0 {
			notes = append(notes, fmt.Sprintf("%s: %d of %d lines looked at %s", filepath.Base(s.Path), lines, len(s.lines), text))
		}
	}
	note(open, "end within quotes. Druid takes every line for a row, so that texts of several lines are torn apart. Miller makes JSON of them: mlr --icsv --ojsonl cat FILE > rows.json")
	note(quoted, fmt.Sprintf("have values in quotes. Druid knows quotes only between commas: here they stay in the values, and do not protect a %q. Miller makes JSON of them: mlr --icsv --ifs '%s' --ojsonl cat FILE > rows.json", f.Delimiter, f.Delimiter))
	note(long, "have more values than there are columns; those beyond are not ingested.")
	return notes
}

// endsInQuotes tells whether a line of csv ends before a field that begins with a quote does.
func endsInQuotes(line string) bool {
	for i := 0; ; {
		if strings.HasPrefix(line[i:], `"`) {
			for i++; ; i += len(`""`) { // doubled, it stands for itself
				quote := strings.IndexByte(line[i:], '"')
				if quote < 0 {
					return true
				}
				if i += quote; !strings.HasPrefix(line[i:], `""`) {
					break
				}
			}
		}
		comma := strings.IndexByte(line[i:], ',')
		if comma < 0 {
			return false
		}
		i += comma + 1
	}
}

// hasQuotedField tells whether a field as a whole is in quotes, for a reader that knows them.
func hasQuotedField(line, delimiter string) bool {
	if !strings.Contains(line, `"`) {
		return false
	}
	reader := csv.NewReader(strings.NewReader(line))
	reader.Comma = rune(delimiter[0])
	fields, err := reader.Read() // strict: a quote within a field is an error
	return err == nil && strings.Join(fields, delimiter) != line
}
