// Package spelling finds the name that was probably meant by one that there is not.
package spelling

import "strings"

// Nearest is the name that is so like this one that it is probably meant; empty if there is none.
func Nearest(name string, names []string) string {
	best, least := "", len(name)/8+1 // one letter in eight may be wrong
	for _, known := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(known)); d < least || d == least && best == "" {
			best, least = known, d
		}
	}
	return best
}

// distance is how many letters have to be added, left out, replaced or swapped with the next to make b of a.
func distance(a, b string) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			replaced := row[j]
			if a[i] != b[j] {
				replaced++
			}
			next[j+1] = min(replaced, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
