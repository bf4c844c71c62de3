package spec

import (
	"fmt"

	"ovate/druid"
)

// The most bytes that texts may have which end up in every list, and in names of files. Druid's own tables hold 255
// characters of each.
const (
	maxID = 1024
	// MaxDataSource is that of the name of a data source, which is the name of a folder in deep storage.
	MaxDataSource = 255
)

// limited reads a text that may not be longer than so many bytes.
func (r *reader) limited(v value, most int) string {
	given := r.text(v, "")
	if len(given) > most {
		r.refuse(v, "must have at most %d bytes, but has %d: %s", most, len(given), quoted(given))
		return ""
	}
	return given
}

// maxContext is the most bytes of a context, which goes into every report. What is added to it later does not count.
const maxContext = 4 << 20

// ContextFault is what is wrong with a context that is handed in; empty if it is not too long.
func ContextFault(c *druid.Context) string {
	if n := len(c.AppendJSON(nil)); n > maxContext {
		return fmt.Sprintf("must have at most %d bytes of JSON, but has %d", maxContext, n)
	}
	return ""
}
