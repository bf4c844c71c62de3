// Package nullword knows what people write in the place of a value that there is not.
package nullword

// words are the words, in the cases in which they are written. Other mixtures are something else, as a name is.
var words = [...]string{
	"NA", "na", "Na", "N/A", "n/a", "#N/A", "#n/a", "<NA>", "<na>",
	"null", "NULL", "Null", "(null)", "(NULL)", `\N`, `\n`,
	"NaN", "nan", "NAN", "Nan", "NaT", "None", "none", "NONE", "nil", "NIL", "Nil",
	"-", "--", "?", ".", "..",
}

// Number is how many words there are.
const Number = len(words)

// Index is the number of a word, or -1.
func Index(b []byte) int {
	if len(b) > 6 || len(b) == 0 {
		return -1
	}
	switch b[0] {
	case 'N', 'n', '#', '<', '\\', '-', '?', '.', '(':
	default:
		return -1
	}
	for i, word := range words {
		if string(b) == word {
			return i
		}
	}
	return -1
}

// Text is the word of a number.
func Text(i int) string { return words[i] }
