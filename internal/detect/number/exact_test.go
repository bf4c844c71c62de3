package number

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A number is finer than a double if no double, written with as many digits, is it.
func TestFiner(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,9})\.[0-9]{10,20}0{0,2}`).Draw(t, "text")
		if rapid.Bool().Draw(t, "from a double") {
			d := math.Ldexp(rapid.Float64Range(0.5, 1).Draw(t, "d"), rapid.IntRange(-40, 40).Draw(t, "power"))
			text = strconv.FormatFloat(d, 'f', -1, 64)
			if rapid.Bool().Draw(t, "in 17 digits") {
				text = strings.TrimRight(strconv.FormatFloat(d, 'f', max(0, 16-int(math.Floor(math.Log10(d)))), 64), "0")
			}
			if finer([]byte(text)) {
				t.Fatalf("%s was written from %g", text, d)
			}
		}
		if !strings.Contains(text, ".") {
			return
		}
		d, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		places := int64(len(text) - 1 - strings.IndexByte(text, '.') - (len(text) - len(strings.TrimRight(text, "0"))))
		number, _ := new(big.Rat).SetString(text)
		off := number.Sub(number, new(big.Rat).SetFloat64(d)) // in halves of its last digit
		off.Mul(off.Abs(off), new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(places), nil))).Mul(off, big.NewRat(2, 1))
		want := significant([]byte(text)) > digits17 || off.Cmp(big.NewRat(1, 1)) > 0
		if finer([]byte(text)) != want {
			t.Fatalf("%s: %v, want %v", text, !want, want)
		}
	})
}
