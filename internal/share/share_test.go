package share

import (
	"errors"
	"testing"

	"ovate/internal/auth"
)

// One user alone gets half, and then each other one a tenth of the whole, until there is nothing.
func TestShares(t *testing.T) {
	t.Parallel()
	c := New("things", 100)
	fill := func(who string) (took int) {
		for c.Room(who, 1) == nil {
			c.Take(who, 1)
			took++
		}
		return took
	}
	if took := fill("greedy"); took != 50 {
		t.Errorf("one user takes %d of 100", took)
	}
	told, is := errors.AsType[*Error](c.Room("greedy", 1))
	if !is || *told != (Error{"greedy", "things", 50, 100, 10}) {
		t.Errorf("he is told: %v", told)
	}
	for _, other := range []string{"a", "b", "c", "d"} {
		if took := fill(other); took != 10 || c.Left(other) != 0 {
			t.Errorf("%s takes %d", other, took)
		}
	}
	c.Give("greedy", 45)
	if left := c.Left("greedy"); left != 5 {
		t.Errorf("with 5 of 45 there are %d left for him, want 5", left)
	}
	c.Take("greedy", 5)
	if took := fill("a"); took != 0 {
		t.Errorf("with half taken, and his share, a takes %d", took)
	}
	for _, other := range []string{"e", "f", "g", "h", "i"} {
		fill(other)
	}
	if err := c.Room("j", 1); !errors.Is(err, ErrNone) || c.Left("j") != 0 {
		t.Errorf("when all are taken: %v", err)
	}
}

// Where nobody is asked who they are, all is for all.
func TestSharesOfEverybody(t *testing.T) {
	t.Parallel()
	c := New("things", 100)
	if c.Take(auth.NameAllowAll, 99); c.Left(auth.NameAllowAll) != 1 {
		t.Errorf("%d are left", c.Left(auth.NameAllowAll))
	}
	if one := New("things", 3); one.Left("joe") != 1 {
		t.Errorf("of 3 joe may have %d", one.Left("joe"))
	}
}
