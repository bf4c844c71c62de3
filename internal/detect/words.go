package detect

import (
	"fmt"
	"strings"
)

// nullWords are what people write in the place of a number or time that there is not.
var nullWords = [...]string{"NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "Null", `\N`, "NaN", "nan", "None", "none", "NONE", "nil", "-", "--", "?", ".", "(null)", "NaT", "na"}

// nullWord is the number of a word in nullWords, or -1.
func nullWord(b []byte) int {
	if len(b) > 6 || len(b) == 0 {
		return -1
	}
	switch b[0] {
	case 'N', 'n', '#', '<', '\\', '-', '?', '.', '(':
	default:
		return -1
	}
	for i, word := range nullWords {
		if string(b) == word {
			return i
		}
	}
	return -1
}

// wordCounts counts the words of a column.
type wordCounts [len(nullWords)]int64

func (w *wordCounts) add(other *wordCounts) {
	for i, n := range other {
		w[i] += n
	}
}

func (w *wordCounts) sum() (n int64) {
	for _, one := range w {
		n += one
	}
	return n
}

// String is the words with their counts: "NA" 12 times, "-" once.
func (w *wordCounts) String() string {
	var parts []string
	for i, n := range w {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%q %s", nullWords[i], times(n)))
		}
	}
	return strings.Join(parts, " and ")
}

// times is how often: once, 12 times.
func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return count(n) + " times"
}

// rows is so many rows in words.
func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return count(n) + " rows"
}

// count writes a number with commas: 27,004.
func count(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
