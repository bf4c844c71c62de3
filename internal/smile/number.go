package smile

import (
	"math"
	"math/big"
	"strconv"

	"ovate/druid"
)

// zigzag makes small integers of either sign small.
func zigzag(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// number reads a number that begins with token.
func (d *decoder) number(token byte) error {
	switch token {
	case int32Token, int64Token:
		v, err := d.varint()
		if err != nil {
			return err
		}
		d.out = strconv.AppendInt(d.out, unzigzag(v), 10)
		return nil
	case float32Token:
		v, err := d.fixed(5)
		if err != nil {
			return err
		}
		f := math.Float32frombits(uint32(v))
		d.float(druid.AppendFloat(nil, f), float64(f))
		return nil
	case float64Token:
		v, err := d.fixed(10)
		if err != nil {
			return err
		}
		f := math.Float64frombits(v)
		d.float(druid.AppendDouble(nil, f), f)
		return nil
	case bigInteger:
		return d.bigNumber(0)
	case bigDecimal:
		scale, err := d.varint()
		if err != nil {
			return err
		}
		if v := unzigzag(scale); v < math.MinInt32 || v > math.MaxInt32 {
			return d.fail("the scale %d of a number is out of range", v)
		}
		return d.bigNumber(unzigzag(scale))
	}
	return d.fail("token %#x cannot begin a value", token)
}

// float writes the text of f, as a string if JSON has no such number.
func (d *decoder) float(text []byte, f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		d.out = append(append(append(d.out, '"'), text...), '"')
		return
	}
	d.out = append(d.out, text...)
}

// Bounds of numbers, whose conversion takes time that grows with the square of their length.
const (
	maxBigNumber = 1024 // bytes of a big integer
	maxDigits    = 2400 // of a number in JSON; an integer of that many fits into maxBigNumber
)

// bigNumber reads an integer of any size and writes it, divided by 10^scale.
func (d *decoder) bigNumber(scale int64) error {
	n, err := d.length()
	if err != nil {
		return err
	}
	if n > maxBigNumber {
		return d.fail("a number of %d bytes is longer than %d", n, maxBigNumber)
	}
	data, err := d.sevenBits(n)
	if err != nil {
		return err
	}
	v := new(big.Int).SetBytes(data)
	if n > 0 && data[0]&0x80 != 0 { // two's complement
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(n)*8))
	}
	if v.Sign() < 0 {
		d.out = append(d.out, '-')
	}
	d.out = appendDecimal(d.out, v.Abs(v).Append(nil, 10), scale)
	return nil
}

// appendDecimal writes digits divided by 10^scale in the form of Java's BigDecimal.toString: plainly unless that
// takes zeros at the end, or more than five between the point and the digits.
func appendDecimal(dst, digits []byte, scale int64) []byte {
	exponent := int64(len(digits)) - 1 - scale
	switch {
	case scale == 0:
		return append(dst, digits...)
	case scale > 0 && exponent >= 0:
		dst = append(append(dst, digits[:exponent+1]...), '.')
		return append(dst, digits[exponent+1:]...)
	case scale > 0 && exponent >= -6:
		dst = append(dst, "0.00000"[:1-exponent]...)
		return append(dst, digits...)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	if exponent == 0 {
		return dst
	}
	dst = append(dst, 'E')
	if exponent > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, exponent, 10)
}

// varint reads an unsigned integer: seven bits a byte, the highest first, but the last byte, which is marked, has
// six.
func (d *decoder) varint() (v uint64, err error) {
	for range 10 {
		b, err := d.byte()
		if err != nil {
			return 0, err
		}
		if b&0x80 != 0 {
			return v<<6 | uint64(b&0x3F), nil
		}
		v = v<<7 | uint64(b)
	}
	return 0, d.fail("an integer does not fit into 64 bits")
}

// length reads how many bytes come next. It is not beyond what is left of the input.
func (d *decoder) length() (int, error) {
	n, err := d.varint()
	if err == nil && n > uint64(len(d.in)-d.pos) {
		err = d.fail("%d bytes should follow, but only %d do", n, len(d.in)-d.pos)
	}
	return int(n), err
}

// fixed reads n bytes of seven bits each.
func (d *decoder) fixed(n int) (v uint64, err error) {
	data, err := d.take(n)
	for _, b := range data {
		v = v<<7 | uint64(b&0x7F)
	}
	return v, err
}

// sevenBits reads n bytes that stand as eight for each seven, and one more than are left at the end.
func (d *decoder) sevenBits(n int) ([]byte, error) {
	tail := n % 7
	encoded := n / 7 * 8
	if tail > 0 {
		encoded += tail + 1
	}
	in, err := d.take(encoded)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, n)
	for len(in) > 0 {
		group := min(8, len(in))
		var bits uint64
		for _, b := range in[:group-1] {
			bits = bits<<7 | uint64(b&0x7F)
		}
		full := group - 1 // bytes, of which the last one brings as many bits
		bits = bits<<full | uint64(in[full])&(1<<full-1)
		for i := full - 1; i >= 0; i-- {
			out = append(out, byte(bits>>(8*i)))
		}
		in = in[group:]
	}
	return out, nil
}

// appendVarint is the inverse of varint.
func appendVarint(dst []byte, v uint64) []byte {
	var buf [11]byte
	i := len(buf) - 1
	buf[i] = 0x80 | byte(v&0x3F)
	for v >>= 6; v > 0; v >>= 7 {
		i--
		buf[i] = byte(v & 0x7F)
	}
	return append(dst, buf[i:]...)
}

// appendFixed64 is the inverse of fixed for ten bytes.
func appendFixed64(dst []byte, v uint64) []byte {
	for shift := 63; shift >= 0; shift -= 7 {
		dst = append(dst, byte(v>>shift&0x7F))
	}
	return dst
}

// appendSevenBits is the inverse of sevenBits.
func appendSevenBits(dst, data []byte) []byte {
	for len(data) > 0 {
		n := min(7, len(data))
		var bits uint64
		for _, b := range data[:n] {
			bits = bits<<8 | uint64(b)
		}
		for i := n - 1; i >= 0; i-- {
			dst = append(dst, byte(bits>>(7*i+n)&0x7F))
		}
		dst = append(dst, byte(bits&(1<<n-1)))
		data = data[n:]
	}
	return dst
}

// appendNumber encodes the literal of a JSON number as Jackson does that has read it without a type: integers in
// the shortest form, all others as doubles.
func appendNumber(dst []byte, literal string) []byte {
	if v, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return appendInteger(dst, v)
	}
	if v, ok := new(big.Int).SetString(literal, 10); ok {
		data := twosComplement(v)
		dst = appendVarint(append(dst, bigInteger), uint64(len(data)))
		return appendSevenBits(dst, data)
	}
	// Out of range is infinite, which is what Jackson makes of it too.
	f, _ := strconv.ParseFloat(literal, 64)
	return appendFixed64(append(dst, float64Token), math.Float64bits(f))
}

func appendInteger(dst []byte, v int64) []byte {
	switch {
	case v >= -16 && v <= 15:
		return append(dst, smallInteger+byte(zigzag(v)))
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return appendVarint(append(dst, int32Token), zigzag(v))
	}
	return appendVarint(append(dst, int64Token), zigzag(v))
}

// twosComplement is v big-endian in as few bytes as keep its sign.
func twosComplement(v *big.Int) []byte {
	if v.Sign() >= 0 {
		data := v.Bytes()
		if len(data) == 0 || data[0]&0x80 != 0 {
			data = append([]byte{0}, data...)
		}
		return data
	}
	n := new(big.Int).Not(v).BitLen()/8 + 1
	return new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(n)*8)).FillBytes(make([]byte, n))
}
