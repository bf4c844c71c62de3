package detect

import (
	"fmt"
	"strings"

	"ovate/internal/nullword"
	"ovate/internal/quantity"
)

// wordCounts counts the words of a column.
type wordCounts [nullword.Number]int64

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
			parts = append(parts, fmt.Sprintf("%q %s", nullword.Text(i), quantity.Times(n)))
		}
	}
	return strings.Join(parts, " and ")
}
