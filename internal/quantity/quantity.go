// Package quantity writes numbers of things as people read them.
package quantity

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Count writes a number with commas: 27,004.
func Count[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Sum adds numbers of things. What is beyond all numbers is the greatest there is.
func Sum(a, b int64) int64 {
	if a > 0 && b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}

// CountKnown is Count of a number that perhaps nobody knows, which is nil then.
func CountKnown(n *int64) string {
	if n == nil {
		return "?"
	}
	return Count(*n)
}

// Of says how many of a thing there are: 1 row, 27,004 rows.
func Of[N int | int64](n N, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Count(n) + " " + noun
}

// OfKnown is Of for a number that perhaps nobody knows, which is nil then.
func OfKnown(n *int64, noun string) string {
	if n == nil {
		return "? " + noun + "s"
	}
	return Of(*n, noun)
}

// Times is how often: once, 12 times.
func Times[N int | int64](n N) string {
	if n == 1 {
		return "once"
	}
	return Of(n, "time")
}

// Form is the form of a word that goes with so many: "is" or "are".
func Form[N int | int64](n N, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Few lists the first of some names, at most so many, and how many others there are.
func Few(names []string, most int) string {
	more := len(names) - most
	if more <= 0 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
}
