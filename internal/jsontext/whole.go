package jsontext

import (
	"math"
	"strconv"
	"strings"
)

// Whole reads a JSON number as Druid reads one where a whole number belongs: it cuts what stands after its point. The error is that of a number that is none,
// or has more than 64 bits.
func Whole(literal string) (int64, error) {
	if n, err := strconv.ParseInt(literal, 10, 64); err == nil || !strings.ContainsAny(literal, ".eE") {
		return n, err
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return 0, err
	}
	if f = math.Trunc(f); f < -1<<63 || f >= 1<<63 {
		return 0, strconv.ErrRange
	}
	return int64(f), nil
}
