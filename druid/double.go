package druid

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// AppendDouble appends v as Double.toString of JDK 17 does: 1.0, 1.0E-5, 1.23456789125E8, NaN, -Infinity. The digits
// are not always the fewest that tell v from its neighbours (2.0E-3 is, 2.0E23 comes out as 1.9999999999999998E23);
// JDK 19 changed that, but segments and hashes made by the Druid of today hold the old form.
func AppendDouble(dst []byte, v float64) []byte {
	b := math.Float64bits(v)
	return appendBinary(dst, binary{
		negative: b>>63 != 0,
		exponent: int(b >> 52 & 0x7FF),
		fraction: b & (1<<52 - 1),
		special:  0x7FF,
		bias:     1023,
		width:    52,
	})
}

// AppendFloat appends v as Float.toString of JDK 17 does.
func AppendFloat(dst []byte, v float32) []byte {
	b := math.Float32bits(v)
	return appendBinary(dst, binary{
		negative: b>>31 != 0,
		exponent: int(b >> 23 & 0xFF),
		fraction: uint64(b&(1<<23-1)) << (52 - 23),
		special:  0xFF,
		bias:     127,
		width:    23,
	})
}

// binary is a floating point number in parts.
type binary struct {
	negative bool
	exponent int    // biased; special for infinities and NaN, 0 for subnormal numbers and zero
	fraction uint64 // left-aligned in 52 bits
	special  int
	bias     int
	width    int // bits of the fraction that the type has
}

func appendBinary(dst []byte, b binary) []byte {
	if b.exponent == b.special && b.fraction != 0 {
		return append(dst, "NaN"...)
	}
	if b.negative {
		dst = append(dst, '-')
	}
	switch {
	case b.exponent == b.special:
		return append(dst, "Infinity"...)
	case b.exponent == 0 && b.fraction == 0:
		return append(dst, "0.0"...)
	}
	significant := b.width + 1
	if b.exponent == 0 { // subnormal: make the highest bit the hidden one
		shift := bits.LeadingZeros64(b.fraction) - 11
		b.fraction <<= shift
		b.exponent = 1 - shift
		significant -= shift
	} else {
		b.fraction |= 1 << 52
	}
	var buf [24]byte
	digits, point := javaDigits(buf[:0], b.fraction, b.exponent-b.bias, significant)
	return appendNotation(dst, digits, point)
}

// appendNotation writes 0.d1d2d3... × 10^point: plainly from 10^-3 up to 10^7, else with an exponent, in either
// case with at least one digit on both sides of the point.
func appendNotation(dst, digits []byte, point int) []byte {
	switch {
	case point > 0 && point < 8:
		for i := range point {
			if i < len(digits) {
				dst = append(dst, digits[i])
			} else {
				dst = append(dst, '0')
			}
		}
		return appendTail(append(dst, '.'), digits, point)
	case point <= 0 && point > -3:
		dst = append(dst, "0.00"[:2-point]...)
		return append(dst, digits...)
	}
	dst = append(dst, digits[0], '.')
	dst = appendTail(dst, digits, 1)
	return strconv.AppendInt(append(dst, 'E'), int64(point-1), 10)
}

func appendTail(dst, digits []byte, from int) []byte {
	if from >= len(digits) {
		return append(dst, '0')
	}
	return append(dst, digits[from:]...)
}

// javaDigits finds the digits that JDK 17 gives for fraction × 2^(exponent-52), where fraction has bit 52 set and
// the type keeps significant bits: the value is 0.d1d2d3... × 10^point.
//
// It generates digits one by one until what is left is within half a unit of the last binary place, on either
// side: the method of Steele and White, but with an estimate of the first decimal place that may be one too high,
// and a special way for integers, both of which show in the digits of some numbers.
func javaDigits(dst []byte, fraction uint64, exponent, significant int) (digits []byte, point int) {
	zeros := bits.TrailingZeros64(fraction)
	used := 53 - zeros                // bits of the fraction that say anything
	below := max(0, used-exponent-1)  // of them, those behind the binary point
	if below == 0 && exponent <= 62 { // an integer that fits into 63 bits
		return integerDigits(dst, fraction, exponent, significant)
	}
	decimal := estimateDecimal(fraction, exponent)
	s := scales{five: [3]int{max(0, -decimal), max(0, decimal), max(0, -decimal)}}
	s.two[value] = s.five[value] + below + exponent
	s.two[unit] = s.five[unit] + below
	s.two[margin] = s.two[value] - significant
	s.two[value] -= used - 1
	common := min(s.two[value], s.two[unit])
	for i := range s.two {
		s.two[i] -= common
	}
	if used == 1 { // below a power of two numbers are twice as close
		s.two[margin]--
	}
	if low := s.two[margin]; low < 0 {
		for i := range s.two {
			s.two[i] -= low
		}
	}
	fraction >>= zeros
	if used+s.two[value]+fiveBits(s.five[value]) < 64 && s.two[unit]+1+fiveBits(s.five[unit]+1) < 64 {
		return s.smallDigits(dst, fraction, decimal)
	}
	return s.bigDigits(dst, fraction, decimal)
}

// scales are the powers of five and two that make integers of three quantities: the value, the unit of the digit
// that comes next, and the margin within which digits need not be told.
type scales struct{ five, two [3]int }

const (
	value = iota
	unit
	margin
)

// fiveBits is how many bits multiplying by 5^n adds at most.
func fiveBits(n int) int {
	switch {
	case n == 0:
		return 0
	case n < len(powersOfFive):
		return bits.Len64(powersOfFive[n])
	}
	return 3 * n
}

var powersOfFive = func() (p [27]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 5
	}
	return p
}()

// estimateDecimal is the decimal exponent of the value, or one more.
func estimateDecimal(fraction uint64, exponent int) int {
	mantissa := math.Float64frombits(1023<<52 | fraction&(1<<52-1))
	return int(math.Floor(float64((mantissa-1.5)*0.289529654) + 0.176091259 + float64(float64(exponent)*0.301029995663981)))
}

// smallDigits generates digits where all quantities fit into 63 bits.
func (s *scales) smallDigits(dst []byte, fraction uint64, decimal int) ([]byte, int) {
	b := int64(fraction*powersOfFive[s.five[value]]) << s.two[value]
	one := int64(powersOfFive[s.five[unit]]) << s.two[unit]
	m := int64(powersOfFive[s.five[margin]]) << s.two[margin]
	ten := one * 10
	g := generator{digits: dst, decimal: decimal}
	for more := true; more; {
		q := b / one
		b = b % one * 10
		m *= 10
		low, high := b < m, b+m > ten
		if m <= 0 { // overflown, hence beyond both
			low, high = true, true
		}
		more = g.next(int(q), low, high)
	}
	return g.finish(cmp.Compare(b<<1-ten, 0)) // the difference fits where b<<1 may not
}

// bigDigits generates digits where they do not.
func (s *scales) bigDigits(dst []byte, fraction uint64, decimal int) ([]byte, int) {
	b := scaled(fraction, s.five[value], s.two[value])
	one := scaled(1, s.five[unit], s.two[unit])
	m := scaled(1, s.five[margin], s.two[margin])
	ten := new(big.Int).Mul(one, bigTen)
	var q, sum big.Int
	g := generator{digits: dst, decimal: decimal}
	for more := true; more; {
		q.QuoRem(b, one, b)
		b.Mul(b, bigTen)
		m.Mul(m, bigTen)
		more = g.next(int(q.Int64()), b.Cmp(m) < 0, sum.Add(b, m).Cmp(ten) >= 0)
	}
	return g.finish(b.Lsh(b, 1).Cmp(ten))
}

var bigTen = big.NewInt(10)

// scaled is v × 5^five × 2^two.
func scaled(v uint64, five, two int) *big.Int {
	n := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(five)), nil)
	n.Mul(n, new(big.Int).SetUint64(v))
	return n.Lsh(n, uint(two))
}

// generator gathers digits and knows when there are enough.
type generator struct {
	digits    []byte
	decimal   int
	started   bool
	low, high bool // whether what is left may be dropped, or rounded up
}

// next takes a digit with what can be said of the rest after it, and tells whether another one is needed.
func (g *generator) next(q int, low, high bool) bool {
	first := !g.started
	g.started, g.low, g.high = true, low, high
	if first && q == 0 && !high {
		g.decimal-- // the estimate was one too high
	} else {
		g.digits = append(g.digits, byte('0'+q))
	}
	if first && (g.decimal < -3 || g.decimal >= 8) {
		g.low, g.high = false, false // there has to be a digit after the point
	}
	return !g.low && !g.high
}

// finish rounds the last digit. half compares twice the rest with one unit of the last digit.
func (g *generator) finish(half int) ([]byte, int) {
	last := len(g.digits) - 1
	if g.high && (!g.low || half > 0 || half == 0 && g.digits[last]&1 != 0) {
		for ; g.digits[last] == '9' && last > 0; last-- {
			g.digits[last] = '0'
		}
		if g.digits[last] == '9' {
			g.decimal++
			g.digits[last] = '0'
		}
		g.digits[last]++
	}
	return g.digits, g.decimal + 1
}

// integerDigits gives the digits of an integer, rounded to the decimal places that its bits can tell.
func integerDigits(dst []byte, fraction uint64, exponent, significant int) ([]byte, int) {
	n := fraction
	if exponent >= 52 {
		n <<= exponent - 52
	} else {
		n >>= 52 - exponent
	}
	dropped := 0
	if p := exponent - significant - 1; exponent > significant && p > 1 {
		dropped = len(strconv.FormatUint(1<<p, 10)) - 1
		power := uint64(1)
		for range dropped {
			power *= 10
		}
		rest := n % power
		n /= power
		if rest >= power/2 && dropped > 0 {
			n++
		}
	}
	digits := strconv.AppendUint(dst, n, 10)
	point := len(digits) - len(dst) + dropped
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, point
}
