package table

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"ovate/internal/moment"
)

// frame is how a table is drawn for people, as the clients of databases, SAP and Markdown do: bars stand between the fields, perhaps around them, and lines of
// dashes between the rows.
type frame struct {
	outer bool  // a bar begins and ends each row
	plus  bool  // the dashes have plus signs where bars stand above them
	rule  int64 // the line of dashes behind the header
	last  int   // dashes below the last field, where none ends the rows
	grid  bool  // a rule stands between any two rows
	joins bool  // and those of the header are of =, as in reST: the lines between two rules are one row
	title bool  // something else stands before the table
}

const frameLines = 12 // in which a line of dashes shows that a table is drawn

var (
	counted  = regexp.MustCompile(`(?m)^\(\d+ rows?\)\r?$`)
	drawnBar = []byte{'|'}
)

// isRule tells whether a line is one of dashes.
func isRule(text []byte) bool {
	return bytes.Count(text, []byte("-"))+bytes.Count(text, []byte("=")) > 2 && len(bytes.Trim(text, "-=+|: ")) == 0
}

// barred tells whether a line begins and ends in a bar, and is no line of dashes.
func barred(text []byte) bool {
	return len(text) > 2 && text[0] == '|' && text[len(text)-1] == '|' && !isRule(text)
}

// findFrame finds out whether a table is drawn, and leaves out what stands before its header.
func (d *Dialect) findFrame(head []byte) (rest []byte, found bool) {
	var lines [][]byte
	for line := range bytes.SplitSeq(head, []byte{d.Break}) {
		if lines = append(lines, bytes.TrimSpace(line)); len(lines) > 2*frameLines {
			break
		}
	}
	f := &frame{}
	header := -1
	for i, text := range lines[:min(len(lines), frameLines)] {
		if !isRule(text) || i+1 == len(lines) {
			continue
		}
		above := i > 0 && len(lines[i-1]) > 0 && !isRule(lines[i-1])
		switch bars, pluses := bytes.Count(text, drawnBar), bytes.Count(text, []byte{'+'}); {
		case above && barred(lines[i-1]):
			header, f.outer, f.plus = i-1, true, pluses > 0
		case barred(lines[i+1]) && (text[0] != '|' || !above) && !(above && text[0] == '-' && pluses > 0 && bytes.Count(lines[i-1], drawnBar) == pluses):
			continue // the line above the header
		case above && bars == 0 && bytes.Count(lines[i-1], drawnBar) == pluses && (pluses > 0 || counted.Match(head)) && text[0] == '-' && bytes.IndexByte(text, ' ') < 0:
			header, f.plus = i-1, true
			f.last = len(text) - 1 - bytes.LastIndexByte(text, '+')
		case above && bars > 0 && pluses == 0 && bytes.Count(lines[i-1], drawnBar) == bars && bytes.Contains(lines[i-1], []byte(" |")):
			header = i - 1
		}
		break
	}
	if header < 0 {
		return head, false
	}
	f.rule = d.Skip + int64(header) + 2
	if f.outer && f.plus && lines[header+1][0] == '+' {
		f.joins = bytes.IndexByte(lines[header+1], '=') >= 0
		f.grid = f.joins || d.ruledBetween(head)
		for f.grid && header > 0 && barred(lines[header-1]) {
			header--
		}
	}
	for _, text := range lines[:header] {
		f.title = f.title || len(text) > 0 && !isRule(text)
		_, head, _ = bytes.Cut(head, []byte{d.Break})
	}
	d.Skip += int64(header)
	d.frame, d.Format, d.Delimiter, d.Quote = f, "tsv", "|", 0
	return head, true
}

// ruledBetween tells whether a line of dashes stands between two rows of a table that is drawn.
func (d *Dialect) ruledBetween(head []byte) bool {
	before, rule, rules := false, false, 0
	for line := range bytes.SplitSeq(head, []byte{d.Break}) {
		text := bytes.TrimSpace(line)
		row := barred(text)
		if row && rule {
			if rules++; rules == 2 { // the first is that below the header
				return true
			}
		}
		rule = before && isRule(text)
		before = row
	}
	return false
}

// gridCutter is for drawn tables with rules between rows, which may be several lines.
type gridCutter struct{ br byte }

func (c gridCutter) cut(data []byte) (int, bool) {
	for end := bytes.LastIndexByte(data, c.br) + 1; end > 0; {
		begin := bytes.LastIndexByte(data[:end-1], c.br) + 1
		if !bytes.HasPrefix(bytes.TrimLeft(data[begin:end], " "), drawnBar) {
			return end, false
		}
		end = begin
	}
	return 0, false
}

// lookFramed finds the columns of a table that is drawn.
func (in *Input) lookFramed(head []byte, whole bool, o Options, times *moment.Reader) error {
	if o.Header == nil {
		o.Header = new(true)
	}
	return in.findHeader(in.Dialect.sample(head, whole), o, times)
}

// skipFrame goes behind the line at hand if it is one of dashes, or tells how many rows there are.
func (f *fields) skipFrame(data []byte, line int64) bool {
	end := lineEnd(data, f.at, f.Break)
	raw := bytes.TrimRight(data[f.at:end], " \r")
	text := bytes.TrimLeft(raw, " ")
	rule := line == f.frame.rule || f.frame.outer && isRule(text) && bytes.IndexByte(text, ' ') < 0
	count := !rule && countOfRows.Match(raw)
	if !rule && !count {
		return false
	}
	if f.at = min(end+1, len(data)); count && f.in != nil {
		f.in.tell(line, whyCount)
	}
	return true
}

// gridRow reads the lines up to the next rule, which are one row. Those of a cell are joined by a line break where the table is one of reST, in which nothing
// else can be meant.
func (f *fields) gridRow(data []byte) {
	lines := 0
	var columns [][]byte
	for f.at < len(data) {
		text := bytes.TrimSpace(data[f.at:lineEnd(data, f.at, f.Break)])
		if lines > 0 && !barred(text) {
			break
		}
		first := len(f.cells)
		f.drawnLine(data)
		if f.why != "" || len(f.cells) == 0 {
			return
		}
		cells := f.cells[first:]
		switch lines++; {
		case lines == 1:
			for _, c := range cells {
				columns = append(columns, c.Raw)
			}
		case len(cells) != len(columns):
			f.bad, f.why = 0, fmt.Sprintf("and the lines behind it up to the next line of dashes are one row, and have %d and %d fields", len(columns), len(cells))
		default:
			for i, c := range cells {
				columns[i] = append(append(bytes.Clone(columns[i]), '\n'), c.Raw...)
			}
		}
	}
	if lines < 2 || f.why != "" {
		return
	}
	f.cells = f.cells[:0]
	for _, text := range columns {
		f.add(bytes.Trim(text, "\n"))
	}
	if !f.frame.joins {
		f.bad, f.why = 0, fmt.Sprintf("and the rest of %d lines have no line of dashes between them, as other rows have: they may be one row with values of several lines, or as many rows. Have what wrote it write csv instead", lines)
	}
}

// framed reads a row of a table that is drawn.
func (f *fields) framed(data []byte) {
	if f.frame.grid {
		f.gridRow(data)
	} else {
		f.drawnLine(data)
	}
}

// ruleBehind tells whether a line of dashes stands behind the row at hand, which begins and ends in a bar.
func (f *fields) ruleBehind(data []byte) bool {
	if data = data[f.at:]; len(data) == 0 {
		f.asked = true
		data = f.after
	}
	text := bytes.TrimSpace(data[:lineEnd(data, 0, f.Break)])
	return isRule(text) && (f.frame.plus && text[0] == '+' || bytes.Count(text, drawnBar) > 2)
}

// drawnLine reads the fields of a line. Blanks around them do not count.
func (f *fields) drawnLine(data []byte) {
	end := lineEnd(data, f.at, f.Break)
	raw := bytes.TrimRight(data[f.at:end], "\r")
	f.at = min(end+1, len(data))
	text := bytes.TrimSpace(raw)
	switch {
	case len(text) == 0:
		return
	case f.frame.outer && !(len(text) > 1 && text[0] == '|' && text[len(text)-1] == '|'):
		f.add(text)
		f.bad, f.why = 0, "does not begin and end in a bar, as the rows of the table do"
		return
	case f.frame.outer:
		raw = text[1 : len(text)-1]
	}
	if f.goesOn {
		f.bad, f.why = 0, "goes on from the line before, as psql wraps values that have line breaks; have psql write csv: psql --csv"
	}
	f.goesOn = false
	for {
		cell, rest, more := bytes.Cut(raw, drawnBar)
		if f.frame.plus && bytes.HasSuffix(cell, []byte{'+'}) && (more || f.frame.outer || utf8.RuneCount(cell) >= f.frame.last) {
			f.goesOn, f.bad, f.why = true, len(f.cells), "goes on in the next line, as psql wraps values that have line breaks; have psql write csv: psql --csv"
		}
		f.add(bytes.TrimSpace(cell))
		if raw = rest; !more {
			return
		}
	}
}

// tell says how a table is drawn.
func (f *frame) tell() string {
	around := "between"
	if f.outer {
		around = "around"
	}
	joined := ""
	if f.joins {
		joined = ", and the lines between two of them are one"
	}
	return fmt.Sprintf("it is a table drawn for people: bars stand %s its fields, blanks beside them do not belong to the values, and lines of dashes are no rows%s.", around, joined)
}

// statement is how statements of SQL begin that make a table or fill it.
var statement = regexp.MustCompile(`(?i)^(create\s+(or\s+replace\s+)?(temporary\s+|temp\s+)?(table|database|schema|extension|type|sequence|view|index)\s|(insert(\s+ignore)?|replace)\s+into\s|drop\s+(table|database|schema)\s|` +
	`lock\s+tables\s|set\s+[@\w.]+\s*(=|to\s).*;\s*$|begin(\s+transaction)?\s*;\s*$|start\s+transaction\s*;|pragma\s+\w+\s*[=;(]|use\s+\S+;\s*$|select\s+pg_catalog|copy\s+\S+\s*(\(.*\))?\s+from\s+stdin|/\*!)`)

// metric is how Prometheus says which kind a metric is.
var metric = regexp.MustCompile(`^# TYPE [a-zA-Z_:][\w:]* (counter|gauge|histogram|summary|untyped|unknown|info|stateset|gaugehistogram)$`)

// checkDrawn refuses what has rows in statements, or in drawings that are not read.
func (d *Dialect) checkDrawn(head []byte) error {
	const export = "psql --csv -c 'SELECT …', mysql --batch -e 'SELECT …' (tabs), sqlite3 -header -csv FILE 'SELECT …'"
	within, seen := false, 0
	for line := range bytes.SplitSeq(head, []byte{d.Break}) {
		text := strings.TrimSpace(string(line))
		if metric.MatchString(text) {
			return errors.New("is in the text format of Prometheus, in which a line is the name of a metric with labels and a value, and which is not read. Ask Prometheus for JSON: /api/v1/query?query=NAME, with «--json-path data.result»")
		}
		within = within || strings.HasPrefix(text, "/*") && !strings.HasPrefix(text, "/*!")
		switch {
		case within:
			within = !strings.Contains(text, "*/")
		case text == "" || strings.HasPrefix(text, "--") && (text == "--" || strings.Trim(text, "-") != ""): // a comment
		case seen == 0 && statement.MatchString(text):
			return fmt.Errorf("is SQL, as a dump of a database is: its rows stand in statements, which are not read. Have the database write rows: %s", export)
		case strings.HasPrefix(text, "-[ RECORD "), strings.HasPrefix(text, "***") && strings.Contains(text, ". row ***"):
			return fmt.Errorf("has its rows written below each other, a line for each value, which is not read. Have the database write rows: %s", export)
		case strings.ContainsRune("┌╔╭┏├", []rune(text)[0]), strings.Contains(text, "──") && strings.Trim(text, "─━═┼╪╋ ") == "":
			return errors.New("is a table drawn with lines (┌─┬─┐), which is not read. Have what wrote it write csv instead")
		default:
			seen++
		}
		if seen > 2 {
			break
		}
	}
	return nil
}
