package quantity

import (
	"strings"
	"testing"
)

func TestQuantities(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64][3]string{
		0: {"0", "0 rows", "0 times"}, 1: {"1", "1 row", "once"}, 2: {"2", "2 rows", "2 times"}, 999: {"999", "999 rows", "999 times"},
		1000: {"1,000", "1,000 rows", "1,000 times"}, -1234567: {"-1,234,567", "-1,234,567 rows", "-1,234,567 times"}, -123: {"-123", "-123 rows", "-123 times"},
	} {
		if got := [3]string{Count(n), Of(n, "row"), Times(n)}; got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

func TestSum(t *testing.T) {
	t.Parallel()
	const most = 1<<63 - 1
	for _, c := range [][3]int64{{0, 0, 0}, {1, 2, 3}, {most, 0, most}, {most, 1, most}, {1, most, most}, {most, most, most}, {most - 1, 1, most}, {-5, 3, -2}} {
		if got := Sum(c[0], c[1]); got != c[2] {
			t.Errorf("%d + %d is %d", c[0], c[1], got)
		}
	}
}

func TestWhatNobodyKnows(t *testing.T) {
	t.Parallel()
	one, many := int64(1), int64(27004)
	for want, n := range map[[2]string]*int64{{"?", "? rows"}: nil, {"1", "1 row"}: &one, {"27,004", "27,004 rows"}: &many} {
		if got := [2]string{CountKnown(n), OfKnown(n, "row")}; got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
}

func TestFew(t *testing.T) {
	t.Parallel()
	for want, most := range map[string]int{"a, b, c": 3, "a and 2 more": 1, "a, b and 1 more": 2} {
		if got := Few(strings.Fields("a b c"), most); got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
	if got := Few(nil, 8); got != "" {
		t.Errorf("%q of no names", got)
	}
	for n, want := range []string{"are", "is", "are"} {
		if got := Form(n, "is", "are"); got != want {
			t.Errorf("%d %s", n, got)
		}
	}
}
