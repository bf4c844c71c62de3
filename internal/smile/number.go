package smile

import (
	"math"
	"math/big"
	"strconv"

	"ovate/druid"
)

// unzigzag is the integer of either sign that is written as one without.
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

// maxBigNumber is how many bytes a big integer may have: its conversion takes time that grows with the square of them.
const maxBigNumber = 1024

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
