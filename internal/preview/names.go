package preview

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Names is how somebody who makes Choices calls what `ovate ingest` calls by a flag, such as time-column, and what that should be, which is empty where nothing is said
// of it. Flags that take no value are true or false.
type Names func(flag, value string) string

// flagged finds flags that are choices, each with the word behind it.
var flagged = regexp.MustCompile(`--(append|columns|comment|delimiter|drop|encoding|escape|no-fill|fill|format|no-header|header|json-path|null|quote|skip-bad|skip-lines|time-column|time-format|time-zone|time|type)\b` +
	`(?:[= ]('(?:[^']|'\\'')*'|"(?:[^"\\]|\\.)*"|[^\s"'-]\S*))?`)

// ofSentence are words that go on with the sentence behind a flag.
var ofSentence = strings.Fields("and or out is are does do fits says say keeps leaves takes parts gives with for excludes must")

// named is a text in which flags are called otherwise.
func named(text string, names Names) string {
	text = strings.ReplaceAll(text, " --verbose shows them.", "")
	var to strings.Builder
	last := 0
	for _, at := range flagged.FindAllStringSubmatchIndex(text, -1) {
		flag, value, end := text[at[2]:at[3]], "", at[3]
		switch bare, no := strings.CutPrefix(flag, "no-"); bare {
		case "append", "fill", "header", "skip-bad":
			flag, value = bare, strconv.FormatBool(!no)
		default:
			if at[4] >= 0 {
				value, end = valueIn(text[at[4]:at[5]], at[4])
			}
			if value == "" {
				end = at[3]
			}
		}
		between := text[last:at[0]]
		switch beside := last > 0 && between == " "; {
		case flag == "skip-bad" && beside: // which all previews do
			last = end
			continue
		case flag == "skip-bad":
			continue
		case beside:
			between = ", "
		}
		to.WriteString(between + names(flag, value))
		last = end
	}
	return to.String() + text[last:]
}

// valueIn is what a word that stands at some place says as the value of a flag, empty if it is none, and where it ends.
func valueIn(word string, at int) (value string, end int) {
	switch word[0] {
	case '\'':
		return strings.ReplaceAll(word[1:len(word)-1], `'\''`, "'"), at + len(word)
	case '"':
		if value, err := strconv.Unquote(word); err == nil {
			return value, at + len(word)
		}
		return word[1 : len(word)-1], at + len(word)
	}
	if bare := strings.TrimRight(word, ".,;:)"); bare != "" {
		word = bare
	}
	if slices.Contains(ofSentence, word) {
		return "", at
	}
	return word, at + len(word)
}

// Fields are the names of choices in a request.
func Fields(flag, value string) string {
	words := strings.Split(flag, "-")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	field := "[choices." + strings.Join(words, "") + "]"
	var is any
	switch column, kind := OfColumn(value); {
	case value == "":
		return field
	case flag == "append" || flag == "fill" || flag == "header":
		is = value == "true"
	case flag == "type":
		is = map[string]string{column: kind}
	case flag == "null" || flag == "drop" || flag == "columns":
		is = []string{Unescaped(value)}
	default:
		is = value
	}
	text, err := json.Marshal(is)
	if err != nil {
		return field
	}
	return field + " " + string(text)
}

// OfColumn is what a value for a column says: of which one, and what.
func OfColumn(value string) (column, is string) {
	at := strings.LastIndexByte(value, '=')
	if at < 0 {
		return value, ""
	}
	return Unescaped(value[:at]), value[at+1:]
}

// Unescaped is a value without the backslashes before what parts several.
func Unescaped(value string) string { return strings.NewReplacer(`\,`, ",", `\;`, ";").Replace(value) }
