package detect

import (
	"fmt"
	"slices"
)

// fewNulls is how many rows may lack a time that is named like one for it to be the time still, so that the run fails and tells them.
const fewNulls = shownFaults

// drops tells whether the caller does not want a column.
func (o *Options) drops(key string) bool {
	return slices.Contains(o.Drop, columnName(key)) || slices.Contains(o.Drop, rootOf(key))
}

// whyPassedOver says why a column of times is not chosen by itself: not all rows have one, and nobody promised that they would. A
// column whose name means an instant is chosen still, for the misfits in it to be told, unless nulls are usual in it.
func (t *Time) whyPassedOver(c *column, rows int64, o Options) string {
	name := columnName(c.key)
	lacking := t.lacking - c.times.unknown
	if lacking <= 0 || t.given != "" {
		return ""
	}
	nulls := rows - c.given()
	if meansInstant(name) && (nulls <= fewNulls || o.SkipBad != 0) {
		return ""
	}
	what := "no time"
	if nulls > 0 && nulls < lacking {
		what = fmt.Sprintf("no time (%s of them nothing at all)", count(nulls))
	} else if nulls > 0 {
		what = "nothing"
	}
	verb := "have"
	if lacking == 1 {
		verb = "has"
	}
	return fmt.Sprintf("%s is not taken for the time, as %s of %s %s %s in it. --time-column %q --skip-bad takes it, and leaves them out.",
		name, count(lacking), count(rows), verb, what, name)
}

// meansInstant tells whether a name can hardly mean anything else than when the row happened. A year, a month or a day can be
// that of something else: when an aeroplane was built.
func meansInstant(name string) bool {
	return name == druidTime || hasWord(name, "timestamp", "time", "datetime", "ts", "date", "epoch", "when", "datum", "zeit", "fecha", "dt", "at", "created")
}
