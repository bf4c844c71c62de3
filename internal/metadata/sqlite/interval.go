package sqlite

import (
	"fmt"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// Instants are compared as text where they are near (metadata.FirstNear says which are). Queries by interval therefore have two parts: texts are
// compared where both ends of a row have 24 characters, and the few rows with a far end (eternity, nearly always) are read through an index of
// their own and compared as instants.
//
// Rows with something else in these columns, or with a version that is no text, were written by another program. They ("odd") cannot be
// compared, and there are hardly ever any: they are read through an index of their own, too, and handed on as unreadable.

// beyondText is greater than every instant's text.
const beyondText = "~"

// instantText is t for comparison with near texts: a far one comes before or after all of them.
func instantText(t druid.Instant) string {
	switch {
	case t < metadata.FirstNear:
		return ""
	case t > metadata.LastNear:
		return beyondText
	default:
		return t.String()
	}
}

const (
	isNear = `length(start) = 24 AND length("end") = 24`
	isFar  = `(length(start) > 24 OR length("end") > 24)`
	isOdd  = `known_span IS NULL AND NOT (typeof(start) = 'text' AND typeof("end") = 'text' AND ` + startIsInstant + ` AND ` + endIsInstant + `)`
	// isOddSegment is isOdd for the table of segments.
	isOddSegment = `known_span IS NULL AND NOT (typeof(start) = 'text' AND typeof("end") = 'text' AND typeof(version) = 'text' AND ` + startIsInstant + ` AND ` + endIsInstant + `)`
	// A text is an instant if it looks like one, and there is such a day. Of a far one the days of a leap year are taken.
	startIsInstant = `start GLOB ` + instantGlob + `
		AND substr(start, -13, 2) < '24' AND CASE length(start) WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', start) IS start
		ELSE length(start) < 30 + (start GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr(start, -19)) IS substr(start, -19) END`
	endIsInstant = `"end" GLOB ` + instantGlob + `
		AND substr("end", -13, 2) < '24' AND CASE length("end") WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', "end") IS "end"
		ELSE length("end") < 30 + ("end" GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr("end", -19)) IS substr("end", -19) END`
	instantGlob = `'[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'`
	// nearOverlap takes what overlapping returns: where a row of a span starts bounds the walk of the index on both sides.
	nearOverlap = isNear + ` AND span = ? AND start >= ? AND start < ? AND "end" > ?`
	// nearWithin takes the interval's start, then its end; the first comparison alone bounds the walk of the index.
	nearWithin = isNear + ` AND "end" > ? AND start >= ? AND "end" <= ?`
)

// oddColumn is why the columns start and end, with these places, make a row an odd one; nil nearly always. It tells what isOdd does.
func (c *conn) oddColumn(stmt *sqlite3.Stmt, start, end int) error {
	for _, col := range []int{start, end} {
		if stmt.ColumnType(col) != sqlite3.Text {
			return fmt.Errorf("column %s holds %q, which is no text", stmt.ColumnName(col), stmt.ColumnText(col))
		}
		if !isInstant(c.bytes(stmt, col)) {
			return fmt.Errorf("column %s holds %q, which is no time", stmt.ColumnName(col), stmt.ColumnText(col))
		}
	}
	return nil
}

// oddVersion is oddColumn for a version.
func oddVersion(stmt *sqlite3.Stmt, col int) error {
	if stmt.ColumnType(col) != sqlite3.Text {
		return fmt.Errorf("column version holds %q, which is no text", stmt.ColumnText(col))
	}
	return nil
}

// isInstant tells what startIsInstant does.
func isInstant(text []byte) bool {
	const form = "0-00-00T00:00:00.000Z"
	start := len(text) - len(form)
	if start < 1 || text[0] != '-' && (len(text) > 29 || !isDigit(text[0])) || len(text) > 30 {
		return false
	}
	for i, want := range []byte(form) {
		if got := text[start+i]; got != want && (want != '0' || !isDigit(got)) {
			return false
		}
	}
	number := func(at, digits int) (n int) {
		for _, c := range text[at : at+digits] {
			n = 10*n + int(c-'0')
		}
		return n
	}
	year := 2000
	if len(text) == 24 {
		if text[0] == '-' || !isDigit(text[1]) || !isDigit(text[2]) {
			return false
		}
		year = number(0, 4)
	}
	rest := len(text) - len("00-00T00:00:00.000Z")
	month, day := number(rest, 2), number(rest+3, 2)
	return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) &&
		number(rest+6, 2) < 24 && number(rest+9, 2) < 60 && number(rest+12, 2) < 60
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
