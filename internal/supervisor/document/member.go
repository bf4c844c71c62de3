package document

import (
	"math"
	"time"

	"ovate/druid"
)

// NonEmpty reads a text that must be there, and not be empty.
func (v Value) NonEmpty(right string) string {
	text, _ := v.Text()
	if text == "" {
		v.Refuse("%s, but is %s", right, v.Shown())
	}
	return text
}

// Optional reads a period that may be missing, and below 0.
func (v Value) Optional() *time.Duration {
	if _, there := v.Period(); !there {
		return nil
	}
	return new(v.Duration(math.MinInt64, 0))
}

// MustBe refuses what is not this text.
func (v Value) MustBe(text string) {
	if given, _ := v.Text(); given != text {
		v.Refuse("must be %s, but is %s", text, v.Shown())
	}
}

// Typed refuses what is no object with a type.
func (v Value) Typed() (typ string) {
	if !v.Is('{') {
		v.Refuse(`must be an object with a type, but is %s`, v.Shown())
		return ""
	}
	if typ, _ = v.Field("type").Text(); typ == "" {
		v.Field("type").Refuse("is missing: it must be a text")
	}
	return typ
}

// Time reads an instant that may be missing.
func (v Value) Time() *druid.Instant {
	if t, there := v.Instant(); there {
		return new(t)
	}
	return nil
}

// Number reads a member that is a whole number.
func (v Value) Number(name string, least, most, unset int64) int64 {
	if n, there := v.Field(name).Whole(least, most); there {
		return n
	}
	return unset
}

// Millis reads a member that is a number of milliseconds, one at least.
func (v Value) Millis(name string, unset time.Duration) time.Duration {
	const longest = math.MaxInt64 / int64(time.Millisecond)
	return time.Duration(min(v.Number(name, 1, math.MaxInt64, unset.Milliseconds()), longest)) * time.Millisecond
}

// Share reads a member that is a part of 1.
func (v Value) Share(name string, unset float64) float64 {
	if f, there := v.Field(name).Fraction(); there {
		return f
	}
	return unset
}
