package table

import (
	"bytes"
	"strings"

	"ovate/internal/moment"
)

// The columns of a log whose lines begin with a time.
const (
	logTime    = "time"
	logMessage = "message"
)

// mostLogWords bounds by how many words, parted by blanks, a time is written: Mon Jan 15 10:20:30 +0100 2024.
const mostLogWords = 6

// mostLogLines bounds how many lines a message has on average, with its stack trace.
const mostLogLines = 50

// logBeginning finds the time with which the lines of a log begin. It belongs to one goroutine.
type logBeginning struct {
	comment string // how lines begin that are none of the log
	times   *moment.Reader
}

// timeEnd is where the time ends with which a line begins, 0 if it begins with none. It is the longest that reads, so that a zone belongs to the
// time in every line that has one, also one that is not known, which is for the reader of the times to refuse.
func (l *logBeginning) timeEnd(line []byte) (longest int) {
	end := 0
	for range mostLogWords {
		for end < len(line) && line[end] == ' ' {
			end++
		}
		from := end
		if longest > 0 && !mayGoOn(line[from:]) {
			break
		}
		for end < len(line) && line[end] != ' ' && line[end] != '\r' {
			end++
		}
		if end == from {
			break
		}
		to := from + clockEnd(line[from:end])
		switch m, is := l.times.Read(line[:to]); {
		case (is == moment.Time || is == moment.Contradicted) && m.Style.Clock(), is == moment.UnknownZone && moment.MeansZone(lastWord(line[from:to])):
			longest = to
		case longest > 0:
			return longest
		}
		if to < end && longest > 0 {
			break
		}
	}
	return longest
}

// clockEnd is where the figures of a time of day end in a word, if a colon and something else follow: 10:20:30,123:INFO; otherwise its end.
func clockEnd(word []byte) int {
	n := 0
	for n < len(word) && strings.IndexByte("0123456789:.,", word[n]) >= 0 {
		n++
	}
	if n > 0 && word[n-1] == ':' {
		return n - 1
	}
	return len(word)
}

// mayGoOn tells whether a time of day may go on with a word: a zone, AM or PM, or a year. A sign and a single digit are rather a number.
func mayGoOn(word []byte) bool {
	if len(word) == 0 {
		return false
	}
	switch c := word[0]; {
	case c == '+' || c == '-':
		return len(word) > 2 && word[1]-'0' <= 9 && word[2]-'0' <= 9
	case c == '(' || c == '[', c-'0' <= 9:
		return true
	case len(word) > 1 && (c|0x20 == 'a' || c|0x20 == 'p') && (word[1]|0x20 == 'm' || word[1] == '.'):
		return true
	case c >= 'A' && c <= 'Z':
		if n := bytes.IndexAny(word, " \r"); n >= 0 {
			word = word[:n]
		}
		if n := bytes.IndexAny(word, "+-/"); n > 0 && word[n] != '/' { // GMT+2
			word = word[:n]
		}
		return moment.MeansZone(string(word))
	}
	return false
}

// lastWord is the zone at the end of a word, which may be all of it: IST, 10:20:30IST.
func lastWord(word []byte) string {
	if len(word) > 0 && word[0]-'0' <= 9 {
		word = word[bytes.LastIndexAny(word, "0123456789")+1:]
	}
	return string(word)
}

// findLog finds out whether the lines are those of a log: a time, and behind it what somebody wrote, which no delimiter parts into columns.
func (in *Input) findLog(head []byte, whole bool, o Options, times *moment.Reader) bool {
	d := &in.Dialect
	if o.Format != "" || o.Delimiter != "" || o.Quote != "" || o.Header != nil && *o.Header {
		return false
	}
	l := &logBeginning{d.Comment, times}
	rests, fields := l.rests(head, d.Break)
	if len(rests) == 0 || 2*fields > len(rests) {
		return false
	}
	empty, parted, leveled := 0, 0, 0
	for _, rest := range rests {
		switch text := strings.TrimSpace(string(rest)); {
		case text == "":
			empty++
		case strings.ContainsRune(",;|~^", rune(text[0])) || rest[0] == '\t':
			parted++
		case hasLevel(text):
			leveled++
		}
	}
	first, _, _ := bytes.Cut(head, []byte{d.Break})
	if empty == len(rests) || l.timeEnd(first) == 0 && 2*leveled <= len(rests) || 2*parted > len(rests) || d.isTable(head, whole, times, 2*leveled > len(rests)) {
		return false
	}
	d.Format, d.Delimiter, d.Quote, d.log = "tsv", "", 0, true
	d.Columns = []string{logTime, logMessage}
	d.maybeZone = sameLetters(rests)
	return true
}

// sameLetters is the word of two to five capitals with which all messages begin, if it does not say how serious they are: it may be a zone. It is ""
// if there is none.
func sameLetters(rests [][]byte) string {
	first := ""
	for i, rest := range rests {
		word, _, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte{' '})
		text := strings.Trim(string(word), "()[]\r")
		if i == 0 {
			first = text
		}
		if text != first || len(text) < 2 || len(text) > 5 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || hasLevel(text) {
			return ""
		}
	}
	return first
}

// rests are what stands behind the times with which lines begin, and fields counts the lines of which the time is a field, before a delimiter. There
// are no rests if the first line does not begin with a time and may be a header, or if few do.
func (l *logBeginning) rests(head []byte, br byte) (rests [][]byte, fields int) {
	lines := 0
	for len(head) > 0 && lines < headRows {
		line, after, _ := bytes.Cut(head, []byte{br})
		head = after
		if len(bytes.TrimSpace(line)) == 0 || l.leavesOut(line) {
			continue
		}
		lines++
		if l.isField(line) {
			fields++
		}
		if end := l.timeEnd(line); end > 0 {
			rests = append(rests, line[end:])
		} else if lines == 1 && !mayContinue(line) {
			return nil, 0
		}
	}
	if mostLogLines*len(rests) < lines {
		return nil, 0
	}
	return rests, fields
}

// isField tells whether a delimiter stands right behind the time, with its zone, with which a line begins. A comma before the fraction of a second is
// none.
func (l *logBeginning) isField(line []byte) bool {
	n := bytes.IndexAny(line, ",;|\t")
	if n < 0 || line[n] == ',' && endsInSeconds(line[:n]) && beginsWithFraction(line[n+1:]) {
		return false
	}
	m, is := l.times.Read(line[:n])
	return (is == moment.Time || is == moment.Contradicted) && m.Style.Clock() || is == moment.UnknownZone && moment.MeansZone(lastWord(line[bytes.LastIndexByte(line[:n], ' ')+1:n]))
}

// mayContinue tells whether a line at the beginning may be what is left of a message in another file, and no header.
func mayContinue(line []byte) bool { return isBlank(line[0]) || !bytes.ContainsAny(line, ",;|\t") }

// hasLevel tells whether one of the first words is how serious a message is.
func hasLevel(text string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ':' })
	for _, word := range words[:min(len(words), 6)] {
		switch strings.ToLower(strings.Trim(word, "[]()<>{}:,;-|")) {
		case "trace", "debug", "info", "notice", "warn", "warning", "error", "err", "severe", "critical", "crit", "fatal", "alert", "emerg", "panic":
			return true
		}
	}
	return false
}

// isTable tells whether the lines that begin with a time are parted into fields, all with the same number of them: by a delimiter, so
// that one of them is the time, or by blanks.
func (d *Dialect) isTable(head []byte, whole bool, times *moment.Reader, leveled bool) bool {
	one := *d
	one.Quote = '"'
	through := false
	for _, candidate := range delimiters {
		one.Delimiter = candidate
		records := one.sample(head, whole)
		if candidate == "," {
			if _, through = throughTimes(records); through {
				continue
			}
		}
		if agreement(records) < 0.97 {
			continue
		}
		for i := range records[0].cells {
			if columnLook(records, i, times) == instant {
				return true
			}
		}
	}
	one.Delimiter = ""
	aligned := one.sample(head, whole)
	return !leveled && !through && agreement(aligned) >= 0.97 && hasNumbers(aligned)
}

// throughTimes tells whether a comma parts times from the fractions of their seconds in nearly all rows, and where it does so first.
// It does not where the first row has as many fields as the others, and none of digits: these are names.
func throughTimes(records []record) (first record, is bool) {
	n := 0
	for _, r := range records {
		for i := 1; i < len(r.cells); i++ {
			if r.cells[i].Kind == Text && r.cells[i-1].Kind == Text && endsInSeconds(r.cells[i-1].Raw) && beginsWithFraction(r.cells[i].Raw) {
				if n++; n == 1 {
					first = r
				}
				break
			}
		}
	}
	if n > 0 && first.line != records[0].line {
		if len(records[0].cells) == commonWidth(records[1:]) {
			return first, false
		}
		records = records[1:] // after a header with a name less
	}
	return first, n > 0 && n*10 >= len(records)*8
}

// endsInSeconds tells whether a text ends as 10:20:30 does.
func endsInSeconds(b []byte) bool {
	const clock = "00:00:00"
	if len(b) < len(clock) {
		return false
	}
	for i, c := range b[len(b)-len(clock):] {
		if clock[i] == ':' && c != ':' || clock[i] != ':' && c-'0' > 9 {
			return false
		}
	}
	return true
}

// beginsWithFraction tells whether a text begins with three, six or nine digits, and no more.
func beginsWithFraction(b []byte) bool {
	n := 0
	for n < len(b) && b[n]-'0' <= 9 {
		n++
	}
	return (n == 3 || n == 6 || n == 9) && (n == len(b) || b[n] != '.')
}

// leavesOut tells whether a line is none of the log by what the caller says.
func (l *logBeginning) leavesOut(line []byte) bool {
	return l.comment != "" && bytes.HasPrefix(line, []byte(l.comment))
}
