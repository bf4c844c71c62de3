package sqlite

import "ovate/druid"

// Druid stores instants as text and compares them as text. That order is the order of time for the years 0 to 9999,
// whose texts all have 24 characters; a year before or after ("far") makes a longer one. Queries by interval therefore
// have two parts: texts are compared where both ends of a row have 24 characters, and the few rows with a far end
// (eternity, nearly always) are read through an index of their own and compared as instants.

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
	// nearOverlap takes the interval's start, then its end.
	nearOverlap = isNear + ` AND "end" > ? AND start < ?`
	// nearWithin takes the interval's start, then its end; the first comparison alone bounds the walk of the index.
	nearWithin = isNear + ` AND "end" > ? AND start >= ? AND "end" <= ?`
)
