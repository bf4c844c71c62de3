// Package quantity writes numbers of things as people read them.
package quantity

import "strconv"

// Count writes a number with commas: 27,004.
func Count[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Of says how many of a thing there are: 1 row, 27,004 rows.
func Of[N int | int64](n N, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Count(n) + " " + noun
}

// Times is how often: once, 12 times.
func Times[N int | int64](n N) string {
	if n == 1 {
		return "once"
	}
	return Of(n, "time")
}
