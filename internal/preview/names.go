package preview

import (
	"encoding/json"
	"strings"
)

// Fields are the names of choices in a request.
func Fields(flag, value string) string {
	words := strings.Split(flag, "-")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	field := "[choices." + strings.Join(words, "") + "]"
	var is any
	switch column, kind := OfColumn(value); {
	case flag == "skip-bad": // which all previews do
		return ""
	case value == "":
		return field
	case flag == "append" || flag == "replace" || flag == "fill" || flag == "header":
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
