package druid

import "strconv"

// AppendDouble appends v as Java's Double.toString of JDK 17 does.
func AppendDouble(dst []byte, v float64) []byte { return strconv.AppendFloat(dst, v, 'g', -1, 64) }

// AppendFloat appends v as Java's Float.toString of JDK 17 does.
func AppendFloat(dst []byte, v float32) []byte {
	return strconv.AppendFloat(dst, float64(v), 'g', -1, 32)
}
