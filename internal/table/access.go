package table

import (
	"bytes"

	"ovate/internal/moment"
)

// findAccess finds out whether the lines are like those of a web server's log: fields parted by blanks, of which one is a time in brackets.
func (d *Dialect) findAccess(head []byte, whole bool, escape string, times *moment.Reader) bool {
	if bytes.IndexByte(head, '[') < 0 {
		return false
	}
	one := *d
	one.Delimiter, one.Brackets = "", true
	if escape != "none" && one.hasEscapes(head) {
		one.Escape = '\\'
	}
	records := one.sample(head, whole)
	if len(records) == 0 || agreement(records) < 0.9 {
		return false
	}
	last := records[len(records)-1]
	for i, c := range last.cells {
		if _, inside := insideBrackets(c.Raw); inside && columnLook(records, i, times) == instant {
			d.Brackets = true
			d.access = accessNames(last) != nil
			return true
		}
	}
	return false
}

// accessColumns are the fields of the Common Log Format, and those that the combined one adds.
var accessColumns = []string{"host", "ident", "user", "time", "request", "status", "bytes", "referer", "user_agent"}

// accessNames are the names of the columns if a record is a line of the Common Log Format or the combined one, perhaps with the server before it
// or with more fields behind it; nil if it is not.
func accessNames(r record) []string {
	at := -1
	for i, c := range r.cells {
		if _, inside := insideBrackets(c.Raw); inside {
			at = i
			break
		}
	}
	if len(r.cells) < at+4 || r.cells[at+1].Kind != Quoted || !areDigits(r.cells[at+2].Raw) {
		return nil
	}
	names := accessColumns[:7]
	if len(r.cells) >= at+6 && r.cells[at+4].Kind == Quoted && r.cells[at+5].Kind == Quoted {
		names = accessColumns
	}
	switch at {
	case 3:
		return names
	case 4:
		return append([]string{"server"}, names...)
	}
	return nil
}

func areDigits(b []byte) bool { return len(b) > 0 && len(bytes.Trim(b, "0123456789")) == 0 }

// insideBrackets is what stands within the brackets around a text.
func insideBrackets(b []byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != '[' || b[len(b)-1] != ']' {
		return nil, false
	}
	return b[1 : len(b)-1], true
}

// bracketEnd is the place behind the bracket that closes the one at data[begin] in the same line, begin if none does, or if more
// follows it than a blank.
func bracketEnd(data []byte, begin int, br byte) int {
	line := data[begin:lineEnd(data, begin, br)]
	n := bytes.IndexByte(line, ']')
	if n < 0 || n+1 < len(line) && !isBlank(line[n+1]) {
		return begin
	}
	return begin + n + 1
}

// bracketedTime tells whether a text begins with a time in brackets, which is no JSON.
func bracketedTime(head []byte) bool {
	n := bytes.IndexByte(head[:min(len(head), 80)], ']')
	if n < 0 || head[0] != '[' {
		return false
	}
	_, is := moment.UTC().Read(head[:n+1])
	return is == moment.Time
}
