package detect

import (
	"encoding/json"
	"strconv"
	"strings"
)

// kind is what a single value looks like.
type kind int

const (
	nullValue kind = iota
	longValue
	doubleValue
	textValue
	nestedValue // a JSON object, or a list that holds one
	kinds
)

// classifyJSON goes by the JSON type: a text of digits stays a text.
func classifyJSON(value json.RawMessage) (string, kind) {
	switch value[0] {
	case '{':
		return "", nestedValue
	case '[':
		if strings.Contains(string(value), "{") {
			return "", nestedValue
		}
		return string(value), textValue
	case '"':
		var text string
		if json.Unmarshal(value, &text) != nil || text == "" {
			return "", nullValue
		}
		return text, textValue
	case 'n':
		return "", nullValue
	case 't', 'f':
		return string(value), textValue
	}
	return string(value), classify(string(value))
}

// classify goes by the look of a field. Numbers with leading zeros or a plus are names (zip codes, ids, telephones) and stay
// texts.
func classify(field string) kind {
	if isNull(field) {
		return nullValue
	}
	digits := strings.TrimPrefix(field, "-")
	if field[0] == '+' || len(digits) > 1 && digits[0] == '0' && digits[1] != '.' {
		return textValue
	}
	if strings.Trim(digits, "0123456789") == "" && digits != "" {
		if _, err := strconv.ParseInt(field, 10, 64); err == nil {
			return longValue
		}
		return textValue // too long for a number; as a double it would lose digits
	}
	if strings.Trim(field, "0123456789+-.eE") == "" && strings.ContainsAny(field, "0123456789") {
		if _, err := strconv.ParseFloat(field, 64); err == nil {
			return doubleValue
		}
	}
	return textValue
}

// isNull tells whether a field of a text file commonly stands for no value.
func isNull(field string) bool {
	switch field {
	case "", "NA", "N/A", "n/a", "null", "NULL", "Null", `\N`, "NaN", "nan":
		return true
	}
	return false
}
