package druid

import (
	"math/rand/v2"
	"strings"
	"unicode/utf16"
)

// NewTaskID makes an id as Druid does for a task that comes without one:
// type_dataSource_suffix[_start_end]_now, the suffix being eight random letters from a to p.
func NewTaskID(typ, dataSource string, interval *Interval, now Instant) string {
	dst := make([]byte, 0, 128)
	dst = append(append(dst, typ...), '_')
	dst = append(append(dst, dataSource...), '_')
	for bits, i := rand.Uint32(), 0; i < 8; i++ {
		dst = append(dst, 'a'+byte(bits>>(4*i)&15))
	}
	dst = append(dst, '_')
	if interval != nil {
		dst = append(interval.Start.AppendTo(dst), '_')
		dst = append(interval.End.AppendTo(dst), '_')
	}
	return string(now.AppendTo(dst))
}

// ValidateID refuses names that Druid refuses for tasks and data sources, with Druid's words: empty ones, those
// that start with a dot or hold a slash, white space other than the blank, control characters or anything beyond
// the basic multilingual plane. It also refuses the character 0, which no URL or name of a file can hold. label is what
// the name is for, such as "task ID". The error is an *Error.
func ValidateID(label, value string) error {
	switch {
	case value == "":
		return InvalidInput("Invalid value for field [%s]: must not be null", label)
	case value[0] == '.':
		return InvalidInput("Invalid value for field [%s]: Value [%s] cannot start with '.'.", label, value)
	case strings.Contains(value, "/"):
		return InvalidInput("Invalid value for field [%s]: Value [%s] cannot contain '/'.", label, value)
	case strings.ContainsAny(value, "\t\n\v\f\r"):
		return InvalidInput("Invalid value for field [%s]: Value [%s] contains illegal whitespace characters.  Only space is allowed.", label, value)
	}
	for i, unit := range utf16.Encode([]rune(value)) {
		if illegalInID(unit) {
			return InvalidInput("Invalid value for field [%s]: Value [%s] contains illegal UTF8 character [#%d] at position [%d]", label, value, unit, i)
		}
	}
	return nil
}

// illegalInID tells whether ZooKeeper, in which ids become node names, refuses the UTF-16 unit c. The bounds are
// Druid's, which are open on both sides, but for 0.
func illegalInID(c uint16) bool {
	return c < 0x1F || c > 0x7F && c < 0x9F || c > 0xD800 && c < 0xF8FF || c > 0xFFF0 && c < 0xFFFF
}
