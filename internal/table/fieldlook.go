package table

import (
	"strconv"
	"strings"
	"unicode"

	"ovate/internal/moment"
	"ovate/internal/nullword"
)

// look is what a field looks like.
type look uint8

const (
	nothing look = iota
	word
	whole // a whole number
	fraction
	instant
	truth
)

// columnLook is what the values of a column look like; word if they do not agree, nothing if there are none.
func columnLook(rows []record, column int, times *moment.Reader) look {
	var counts [truth + 1]int
	all := 0
	for _, r := range rows {
		if column < len(r.cells) {
			if l := lookOf(r.cells[column].Raw, times); l != nothing {
				counts[l]++
				all++
			}
		}
	}
	if all == 0 {
		return nothing
	}
	most := word
	numbers := counts[whole] + counts[fraction]
	switch {
	case numbers*10 >= all*9:
		most = fraction
	case counts[instant]*10 >= all*9, (counts[instant]+counts[whole])*10 >= all*9 && counts[instant] > 0:
		most = instant
	case counts[truth] == all:
		most = truth
	}
	return most
}

// longestLook is of how many bytes a field is that can be anything but a text.
const longestLook = 1000

// lookOf is what a field looks like by itself.
func lookOf(raw []byte, times *moment.Reader) look {
	if len(raw) > longestLook {
		return word
	}
	text := strings.TrimSpace(string(raw))
	if text == "" || saysUnknown([]byte(text)) {
		return nothing
	}
	if bare := strings.Trim(text, "<>≤≥~*"); bare != text && bare != "" && bare[0]-'0' <= 9 { // a bound, or a number with a note on it
		text = bare
	}
	digits := strings.TrimLeft(text, "+-")
	if strings.Trim(digits, "0123456789") == "" && digits != "" {
		return whole
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil || strings.Trim(text, "0123456789.,+-%$€£ '’\u00a0\u202f") == "" && strings.IndexFunc(text, unicode.IsDigit) >= 0 && strings.Count(text, "-") < 2 {
		return fraction
	}
	switch strings.ToLower(text) {
	case "true", "false":
		return truth
	}
	if text[0]-'0' <= 9 || strings.ContainsAny(text, "0123456789") {
		if _, result := times.Read([]byte(text)); result == moment.Time {
			return instant
		}
	}
	return word
}

// saysUnknown tells whether a field says that its value is unknown.
func saysUnknown(raw []byte) bool {
	if len(raw) > longestLook {
		return false
	}
	if nullword.Index(raw) >= 0 || strings.Trim(string(raw), "-–—.…?*") == "" {
		return true
	}
	switch strings.ToLower(string(raw)) {
	case "n.a.", "#na", "(none)", "nd", "n/d", "n.d.", "unknown", "missing", "(blank)", "not available":
		return true
	}
	return false
}
