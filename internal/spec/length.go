package spec

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
