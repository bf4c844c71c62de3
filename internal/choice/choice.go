// Package choice has messages say what their reader may choose of how a file is read in his own words: a flag in a shell, a field in a request, a label on a page.
//
// A message has a place for each choice, which is written as the flag of `ovate ingest` between « and », with its value where one is meant: «--skip-lines 6»,
// «--no-header». What is said of the choice stands around it.
package choice

import (
	"regexp"
	"strconv"
	"strings"

	"ovate/internal/shell"
)

// Names is how somebody calls what `ovate ingest` calls by a flag, such as time-column, and what that should be, which is empty where nothing is said of it. Flags that
// take no value are true or false. One that he cannot choose has no name: beside another one it is left out. A nil Names calls all as flags.
type Names func(flag, value string) string

// Flag is a place with a value of its user's, as shell.Flag has it.
func Flag(name, value string) string { return "«" + shell.Flag(name, value) + "»" }

// FlagWord is a place with a value of its user's, as shell.FlagWord has it.
func FlagWord(name, value string) string { return "«" + shell.FlagWord(name, value) + "»" }

// place is one in a message, with what is in it, the flag, and its value.
var place = regexp.MustCompile(`«(--([a-z-]+)(?:[= ]('(?:[^']|'\\'')*'|"(?:[^"\\]|\\.)*"|[^»]*))?)»`)

// In is a message in the words of its reader.
func In(message string, names Names) string {
	if names == nil {
		return place.ReplaceAllString(message, "$1")
	}
	var to strings.Builder
	last := 0
	for _, at := range place.FindAllStringSubmatchIndex(message, -1) {
		between, flag, value := message[last:at[0]], message[at[4]:at[5]], ""
		if at[6] >= 0 {
			value = bare(message[at[6]:at[7]])
		}
		switch of, no := strings.CutPrefix(flag, "no-"); of {
		case "append", "replace", "fill", "header", "skip-bad":
			flag, value = of, strconv.FormatBool(!no)
		}
		called := names(flag, value)
		switch beside := last > 0 && between == " "; {
		case beside && called == "":
			between = ""
		case called == "":
			called = message[at[2]:at[3]]
		case beside:
			between = ", "
		}
		to.WriteString(between + called)
		last = at[1]
	}
	return to.String() + message[last:]
}

// bare is a value without what keeps a shell from taking it for something else.
func bare(value string) string {
	switch {
	case value == "":
		return ""
	case value[0] == '\'':
		return strings.ReplaceAll(value[1:len(value)-1], `'\''`, "'")
	case value[0] != '"':
		return value
	}
	if text, err := strconv.Unquote(value); err == nil {
		return text
	}
	return value[1 : len(value)-1]
}

// Error is an error in the words of its reader.
func Error(err error, names Names) error { return &named{err, names} }

type named struct {
	err   error
	names Names
}

func (e *named) Error() string { return In(e.err.Error(), e.names) }
func (e *named) Unwrap() error { return e.err }
