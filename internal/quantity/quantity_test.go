package quantity

import "testing"

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
