package detect

import (
	"fmt"
	"slices"
	"strings"

	"ovate/internal/choice"
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
	return countedWords(w[:], nullword.Text)
}

func countedWords(counts []int64, text func(i int) string) string {
	var parts []string
	for i, n := range counts {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%q %s", text(i), quantity.Times(n)))
		}
	}
	return strings.Join(parts, " and ")
}

// addTold counts values that are one of the words that the caller takes for null.
func (c *column) addTold(word, words int, n int64) {
	if c.told == nil {
		c.told = make([]int64, words)
	}
	c.told[word] += n
}

// tellNulls tells which values are null as the caller says so, and of words that no value is.
func (t *Table) tellNulls(s *scan, o Options) {
	seen := make([]bool, len(o.Nulls))
	for _, c := range s.columns {
		for i, n := range c.told {
			seen[i] = seen[i] || n > 0
		}
		if c.told != nil && (o.wants(c.key) || t.isTime(c.key)) {
			words := countedWords(c.told, func(i int) string { return o.Nulls[i] })
			t.notes.Add("Null, as «--null» says: ", fmt.Sprintf("%s (%s)", columnName(c.key), words), ".")
		}
	}
	for i, word := range o.Nulls {
		if word != "" && !seen[i] && !slices.Contains(o.Nulls[:i], word) {
			t.notes.Tell("%s changes nothing: no value is %q, which is taken as one text; several take a «--null» each", choice.FlagWord("--null", word), word)
		}
	}
}
