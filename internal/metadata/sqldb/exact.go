package sqldb

import "strings"

// MySQL and MariaDB take names for the same that differ: by blanks at their ends, whatever the collation of a column is (but those that pad nothing), and
// by case and accents where it is the server's own, as Druid has it for ids. Druid's indexes are by these collations. So a name is compared twice
// there: by the collation, which leads an index to the few that are like it, and byte by byte.

// name is a value that {is column} or in compares with a column of names.
type name string

// is compares a column with a name.
func (d *dialect) is(column string) string { return d.same(column, "?") }

// same compares a column with another value, which is written twice where the database is loose.
func (d *dialect) same(column, value string) string {
	if !d.loose {
		return column + " = " + value
	}
	return "(" + column + " = " + value + " AND " + d.exactly(column) + " = " + value + ")"
}

// exactly is a column, or its bytes, so that no collation counts.
func (d *dialect) exactly(column string) string {
	if !d.loose {
		return column
	}
	return d.bytesOf(column)
}

// in is true of rows that have one of some keys, of which there is one at least, in a column.
func in[K any](d *dialect, column string, keys []K) (text string, args []any) {
	text, args = column+" IN ("+marks(len(keys))+")", anys(keys)
	if _, texts := any(keys).([]string); texts && d.loose {
		return "(" + text + " AND " + d.exactly(column) + " IN (" + marks(len(keys)) + "))", append(args, args...)
	}
	return text, args
}

// endsBlank tells of a name that the database takes for another one as soon as it is in an index.
func (d *dialect) endsBlank(value string) bool { return d.loose && strings.HasSuffix(value, " ") }
