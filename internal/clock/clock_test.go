package clock

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ovate/druid"
)

// machine is a machine's clock that can be set.
type machine struct{ ahead time.Duration }

func (m *machine) now() druid.Instant { return druid.InstantOf(time.Now().Add(m.ahead)) }

func instant(d time.Duration) druid.Instant { return druid.Instant(d.Milliseconds()) }

// Set back, the clock runs on from where it was, as fast as time goes, until the machine's has caught up.
func TestSetBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m machine
		c := New(m.now)
		begun := c.Now()
		if begun != druid.Now() || c.Behind() != 0 {
			t.Errorf("at first it is %s, %v behind", begun, c.Behind())
		}
		m.ahead = -2 * time.Hour
		for range 1000 {
			c.Now()
			time.Sleep(time.Second + 300*time.Microsecond)
		}
		if got, want := c.Now(), begun+instant(1000*time.Second+300*time.Millisecond); got != want {
			t.Errorf("after 1000.3 seconds it is %v, want %v", got, want)
		}
		if got := c.Behind(); got != 2*time.Hour {
			t.Errorf("the machine's is %v behind", got)
		}
		m.ahead = 0
		if got := c.Now(); got != druid.Now() {
			t.Errorf("set right it is %s", got)
		}
		m.ahead = -time.Hour
		if got := c.Now(); got != druid.Now() || c.Behind() != 2*time.Hour {
			t.Errorf("set back by less it is %s, and was %v behind at the most", got, c.Behind())
		}
		m.ahead = time.Hour
		if got := c.Now(); got != m.now() {
			t.Errorf("set ahead it is %s", got)
		}
	})
}

// What is stored is passed, unless it lies so far ahead that a clock was wrong.
func TestPass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		stored time.Duration
		passed bool
	}{
		{"of the past", -time.Hour, true},
		{"of now", 0, true},
		{"an hour ahead", time.Hour, true},
		{"a day ahead", 24 * time.Hour, true},
		{"more than a day ahead", 24*time.Hour + time.Millisecond, false},
		{"years ahead", 100_000 * time.Hour, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			clock := New(druid.Now)
			now := druid.Now()
			if got := clock.Pass(now + instant(c.stored)); got != c.passed {
				t.Errorf("%s: passed is %v", c.name, got)
			}
			want := now
			if c.passed {
				want = max(now, now+instant(c.stored))
			}
			if got := clock.Now(); got != want {
				t.Errorf("%s: it is %s, want %s", c.name, got, want)
			}
			time.Sleep(time.Minute)
			if got := clock.Now(); got != want+instant(time.Minute) {
				t.Errorf("%s: a minute later it is %s", c.name, got)
			}
		})
	}
	var m machine
	c := New(m.now)
	for range 3 { // days that are passed do not add up
		c.Pass(m.now() + instant(Ahead))
	}
	if c.Pass(m.now() + instant(2*Ahead)) {
		t.Error("two days ahead are passed after one day was")
	}
}

// Whatever the machine's clock does, and whatever is passed, time never goes back, and is not behind the machine's.
func TestNeverGoesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var m machine
		c := New(m.now)
		last := druid.MinInstant
		t.Repeat(map[string]func(*rapid.T){
			"set":  func(t *rapid.T) { m.ahead = time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "ahead")) },
			"pass": func(t *rapid.T) { c.Pass(druid.Instant(rapid.Int64().Draw(t, "stored") / 4)) },
			"": func(t *rapid.T) {
				wall := m.now()
				if now := c.Now(); now < last || now < wall {
					t.Fatalf("%d after %d, by a machine's clock of %d", now, last, wall)
				} else {
					last = now
				}
			},
		})
	})
}
