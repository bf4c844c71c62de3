// Package number reads numbers from text as the Java code of Druid does.
package number

import (
	"math"
	"strconv"
	"unsafe"
)

// Number is a Java Long or Double.
type Number struct {
	isDouble bool
	long     int64
	double   float64
}

// OfLong is a Long.
func OfLong(v int64) Number { return Number{long: v} }

// OfDouble is a Double.
func OfDouble(v float64) Number { return Number{isDouble: true, double: v} }

// IsDouble tells a Double from a Long.
func (n Number) IsDouble() bool { return n.isDouble }

// Long is Number.longValue: doubles are cut toward zero and kept within int64, NaN is 0.
func (n Number) Long() int64 {
	if !n.isDouble {
		return n.long
	}
	switch {
	case n.double >= math.MaxInt64:
		return math.MaxInt64
	case n.double <= math.MinInt64:
		return math.MinInt64
	case n.double != n.double:
		return 0
	}
	return int64(n.double)
}

// Float is Number.floatValue.
func (n Number) Float() float32 {
	if n.isDouble {
		return float32(n.double)
	}
	return float32(n.long)
}

// Double is Number.doubleValue.
func (n Number) Double() float64 {
	if n.isDouble {
		return n.double
	}
	return float64(n.long)
}

// ParseLong reads decimal digits with an optional minus (Guava's Longs.tryParse).
func ParseLong(b []byte) (int64, bool) {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	if len(digits) > 18 {
		for _, c := range digits {
			if c-'0' > 9 {
				return 0, false
			}
		}
		v, err := strconv.ParseInt(view(b), 10, 64)
		return v, err == nil
	}
	var v int64
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		v = v*10 + int64(c)
	}
	if len(digits) != len(b) {
		v = -v
	}
	return v, true
}

// ParseMetric reads what an aggregator takes from a text (Rows.objectToNumber): blanks around it and commas within
// are dropped. scratch is for the text without its commas.
func ParseMetric(b, scratch []byte) (Number, bool) {
	if v, ok := ParseLong(b); ok {
		return Number{long: v}, true
	}
	b = Trim(b)
	scratch = scratch[:0]
	for _, c := range b {
		if c != ',' {
			scratch = append(scratch, c)
		}
	}
	b = scratch
	if len(b) > 1 && b[0] == '+' && b[1]-'0' <= 9 {
		b = b[1:]
	}
	if v, ok := ParseLong(b); ok {
		return Number{long: v}, true
	}
	d, ok := ParseDouble(Trim(b), 64)
	return Number{isDouble: true, double: d}, ok
}

// Trim drops blanks and control characters at both ends, as String.trim does.
func Trim(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// view is b as a string for the time of a call.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
