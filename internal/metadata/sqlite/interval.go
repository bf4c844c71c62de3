package sqlite

import (
	"fmt"

	"zombiezen.com/go/sqlite"

	"ovate/druid"
)

// Druid stores instants as text and compares them as text. That order is the order of time for the years 0 to 9999,
// whose texts all have 24 characters; a year before or after ("far") makes a longer one. Queries by interval therefore
// have two parts: texts are compared where both ends of a row have 24 characters, and the few rows with a far end
// (eternity, nearly always) are read through an index of their own and compared as instants.
//
// Rows with something else in these columns, or with a version that is no text, were written by another program. They ("odd") cannot be
// compared, and there are hardly ever any: they are read through an index of their own, too, and handed on as unreadable.

// beyondText is greater than every instant's text.
const beyondText = "~"

var (
	firstNear = druid.Instant(-62_167_219_200_000) // 0000-01-01T00:00:00.000Z
	lastNear  = druid.Instant(253_402_300_799_999) // 9999-12-31T23:59:59.999Z
)

// instantText is t for comparison with near texts: a far one comes before or after all of them.
func instantText(t druid.Instant) string {
	switch {
	case t < firstNear:
		return ""
	case t > lastNear:
		return beyondText
	default:
		return t.String()
	}
}

const (
	isNear = `length(start) = 24 AND length("end") = 24`
	isFar  = `(length(start) > 24 OR length("end") > 24)`
	isOdd  = `NOT (typeof(start) = 'text' AND typeof("end") = 'text' AND start GLOB ` + instantGlob + ` AND "end" GLOB ` + instantGlob + `)`
	// isOddSegment is isOdd for the table of segments.
	isOddSegment = `NOT (typeof(start) = 'text' AND typeof("end") = 'text' AND typeof(version) = 'text'
		AND start GLOB ` + instantGlob + ` AND "end" GLOB ` + instantGlob + `)`
	instantGlob = `'[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'`
	// nearOverlap takes what overlapping returns: where a row of a span starts bounds the walk of the index on both sides.
	nearOverlap = isNear + ` AND span = ? AND start >= ? AND start < ? AND "end" > ?`
	// nearWithin takes the interval's start, then its end; the first comparison alone bounds the walk of the index.
	nearWithin = isNear + ` AND "end" > ? AND start >= ? AND "end" <= ?`
)

// oddColumn is why the columns start and end, with these places, make a row an odd one; nil nearly always. It tells what isOdd does.
func (c *conn) oddColumn(stmt *sqlite.Stmt, start, end int) error {
	for _, col := range []int{start, end} {
		if stmt.ColumnType(col) != sqlite.TypeText {
			return fmt.Errorf("column %s holds %q, which is no text", stmt.ColumnName(col), stmt.ColumnText(col))
		}
		if !isInstant(c.bytes(stmt, col)) {
			return fmt.Errorf("column %s holds %q, which is no time", stmt.ColumnName(col), stmt.ColumnText(col))
		}
	}
	return nil
}

// oddVersion is oddColumn for a version.
func oddVersion(stmt *sqlite.Stmt, col int) error {
	if stmt.ColumnType(col) != sqlite.TypeText {
		return fmt.Errorf("column version holds %q, which is no text", stmt.ColumnText(col))
	}
	return nil
}

// isInstant matches instantGlob.
func isInstant(text []byte) bool {
	const form = "0-00-00T00:00:00.000Z"
	start := len(text) - len(form)
	if start < 1 || text[0] != '-' && !isDigit(text[0]) {
		return false
	}
	for i, want := range []byte(form) {
		if got := text[start+i]; got != want && (want != '0' || !isDigit(got)) {
			return false
		}
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
