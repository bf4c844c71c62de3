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

// Truth reads a text as Druid reads one where a truth belongs.
func Truth(text string) (is, known bool) {
	switch strings.TrimSpace(text) {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

// IsNone tells whether a text says, to Druid, that there is no value where a number or a truth belongs. One of nothing but blanks says nothing that Druid
// understands.
func IsNone(text string) bool { return text == "" || strings.TrimSpace(text) == "null" }
