package druid

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"ovate/internal/jsontext"
)

// Granularity cuts time into buckets that touch and never overlap. It is comparable; the zero value is None.
type Granularity struct {
	kind   granularityKind
	period Period  // periodic
	zone   *zone   // periodic: on whose clocks days begin
	origin Instant // periodic: where periods are counted from; duration: modulo the duration
	given  bool    // periodic: whether the origin was given
	length int64   // duration: milliseconds
}

type granularityKind uint8

const (
	noneKind granularityKind = iota
	allKind
	periodic
	duration
)

// The granularities that have a name.
var (
	None          = Granularity{}
	All           = Granularity{kind: allKind}
	Second        = standard(Period{Seconds: 1})
	Minute        = standard(Period{Minutes: 1})
	FiveMinute    = standard(Period{Minutes: 5})
	TenMinute     = standard(Period{Minutes: 10})
	FifteenMinute = standard(Period{Minutes: 15})
	ThirtyMinute  = standard(Period{Minutes: 30})
	Hour          = standard(Period{Hours: 1})
	SixHour       = standard(Period{Hours: 6})
	EightHour     = standard(Period{Hours: 8})
	Day           = standard(Period{Days: 1})
	Week          = standard(Period{Weeks: 1}) // begins on Monday
	Month         = standard(Period{Months: 1})
	Quarter       = standard(Period{Months: 3})
	Year          = standard(Period{Years: 1})
)

// maxLength bounds buckets, in milliseconds, so that those that hold an instant of Eternity have ends that are
// instants.
const maxLength = 1e18

func standard(p Period) Granularity { return Granularity{kind: periodic, period: p, zone: utcZone} }

// named lists the names of Druid's GranularityType in its order.
var named = []struct {
	name        string
	granularity Granularity
}{
	{"SECOND", Second},
	{"MINUTE", Minute},
	{"FIVE_MINUTE", FiveMinute},
	{"TEN_MINUTE", TenMinute},
	{"FIFTEEN_MINUTE", FifteenMinute},
	{"THIRTY_MINUTE", ThirtyMinute},
	{"HOUR", Hour},
	{"SIX_HOUR", SixHour},
	{"EIGHT_HOUR", EightHour},
	{"DAY", Day},
	{"WEEK", Week},
	{"MONTH", Month},
	{"QUARTER", Quarter},
	{"YEAR", Year},
	{"ALL", All},
	{"NONE", None},
}

// ParseGranularity reads the name of a granularity, in any case.
func ParseGranularity(text string) (Granularity, error) {
	names := make([]string, len(named))
	for i, n := range named {
		if strings.EqualFold(text, n.name) {
			return n.granularity, nil
		}
		names[i] = n.name
	}
	return None, fmt.Errorf("granularity %q is not one of %s", text, strings.Join(names, ", "))
}

// PeriodGranularity makes buckets of one period each on the clocks of a time zone: "" is UTC, other values are
// names of the IANA database or offsets. Periods are counted from origin, or if that is nil from the local start of
// 1970, single weeks from a Monday.
func PeriodGranularity(period Period, timeZone string, origin *Instant) (Granularity, error) {
	if period.IsZero() {
		return None, fmt.Errorf("granularity of period %s: the period must not be zero", period)
	}
	for _, field := range period.fields() {
		if field < 0 {
			return None, fmt.Errorf("granularity of period %s: no field may be negative", period)
		}
	}
	if period.roughly() > maxLength {
		return None, fmt.Errorf("granularity of period %s: the period is too long", period)
	}
	g := standard(period)
	if timeZone != "" {
		z, err := findZone(timeZone)
		if err != nil {
			return None, fmt.Errorf("granularity of period %s: %w", period, err)
		}
		g.zone = z
	}
	if origin != nil {
		g.origin, g.given = *origin, true
	}
	return g, nil
}

// DurationGranularity makes buckets of a fixed number of milliseconds, one of which begins at origin.
func DurationGranularity(milliseconds int64, origin Instant) (Granularity, error) {
	if milliseconds <= 0 {
		return None, fmt.Errorf("granularity of duration %d: the duration must be at least one millisecond", milliseconds)
	}
	if milliseconds > maxLength {
		return None, fmt.Errorf("granularity of duration %d: the duration must be at most %d", milliseconds, int64(maxLength))
	}
	return Granularity{kind: duration, length: milliseconds, origin: origin % Instant(milliseconds)}, nil
}

// IsNone tells whether every millisecond is a bucket of its own.
func (g Granularity) IsNone() bool { return g.kind == noneKind }

// IsAll tells whether all time is one bucket.
func (g Granularity) IsAll() bool { return g.kind == allKind }

// Truncate is the start of the bucket that t lies in.
func (g Granularity) Truncate(t Instant) Instant { return g.Bucket(t).Start }

// Buckets yields the buckets that overlap i, in order. Of All it yields i itself, as Druid does.
func (g Granularity) Buckets(i Interval) iter.Seq[Interval] {
	return func(yield func(Interval) bool) {
		if i.IsEmpty() {
			return
		}
		if g.IsAll() {
			yield(i)
			return
		}
		all := g.Bucketer()
		for b := all.Bucket(i.Start); b.Start < i.End && yield(b); {
			b = all.Bucket(b.End)
		}
	}
}

// IsAligned tells whether i is one bucket. As in Druid every interval is for None, and none is for All.
func (g Granularity) IsAligned(i Interval) bool {
	return g.IsNone() || !g.IsAll() && g.Bucket(i.Start) == i
}

// Path is the name of i's folder in deep storage: start_end on the clocks of the granularity's own time zone.
func (g Granularity) Path(i Interval) string {
	z := g.zone
	if z == nil {
		z = utcZone
	}
	dst := append(z.appendLocal(make([]byte, 0, 64), i.Start), '_')
	return string(z.appendLocal(dst, i.End))
}

// name is the name of a granularity that Druid writes as a name.
func (g Granularity) name() (string, bool) {
	if g.kind != periodic {
		return "", false
	}
	for _, n := range named {
		if n.granularity == g {
			return n.name, true
		}
	}
	return "", false
}

// IsNamedPeriod tells whether Druid has a name for it, and its buckets are periods.
func (g Granularity) IsNamedPeriod() bool {
	_, ok := g.name()
	return ok
}

// String is the name, or the JSON form if it has none.
func (g Granularity) String() string {
	switch name, ok := g.name(); {
	case ok:
		return name
	case g.IsNone():
		return "NONE"
	case g.IsAll():
		return "ALL"
	}
	return string(g.AppendJSON(nil))
}

// AppendJSON appends the granularity as Druid writes it: named periods as their name, all others as objects.
func (g Granularity) AppendJSON(dst []byte) []byte {
	switch g.kind {
	case noneKind:
		return append(dst, `{"type":"none"}`...)
	case allKind:
		return append(dst, `{"type":"all"}`...)
	case duration:
		dst = appendIntField(dst, `{"type":"duration","duration":`, g.length)
		dst = g.origin.AppendTo(append(dst, `,"origin":"`...))
		return append(dst, `"}`...)
	}
	if name, ok := g.name(); ok {
		return AppendString(dst, name)
	}
	dst = appendStringField(dst, `{"type":"period","period":`, g.period.String())
	dst = appendStringField(dst, `,"timeZone":`, g.zone.id)
	if !g.given {
		return append(dst, `,"origin":null}`...)
	}
	dst = g.origin.AppendTo(append(dst, `,"origin":"`...))
	return append(dst, `"}`...)
}

// MarshalJSON writes what AppendJSON writes.
func (g Granularity) MarshalJSON() ([]byte, error) { return g.AppendJSON(nil), nil }

// UnmarshalJSON takes a name or an object of type none, all, period or duration. null is not taken for anything.
func (g *Granularity) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		name, err := unquote(b)
		if err != nil {
			return fmt.Errorf("granularity: %w", err)
		}
		*g, err = ParseGranularity(name)
		return err
	}
	if isNull(b) {
		return nil
	}
	if b[0] != '{' {
		return fmt.Errorf("granularity: %s is neither a name nor an object", b)
	}
	var wire struct {
		Type     string          `json:"type"`
		Period   *string         `json:"period"`
		TimeZone string          `json:"timeZone"`
		Origin   *Instant        `json:"origin"`
		Duration json.RawMessage `json:"duration"`
	}
	if err := jsontext.Unmarshal(b, &wire); err != nil {
		return fmt.Errorf("granularity: %w", err)
	}
	switch wire.Type {
	case "none":
		*g = None
		return nil
	case "all":
		*g = All
		return nil
	case "period":
		return g.setPeriod(wire.Period, wire.TimeZone, wire.Origin)
	case "duration":
		var duration json.Number // which may come as text
		if wire.Duration != nil {
			if err := json.Unmarshal(wire.Duration, &duration); err != nil {
				return fmt.Errorf("granularity of type duration: duration: %w", err)
			}
		}
		return g.setDuration(duration, wire.Origin)
	}
	return fmt.Errorf("granularity: type %q is not one of none, all, period, duration", wire.Type)
}

func (g *Granularity) setPeriod(text *string, timeZone string, origin *Instant) error {
	if text == nil {
		return fmt.Errorf("granularity of type period: period is missing")
	}
	period, err := ParsePeriod(*text)
	if err != nil {
		return fmt.Errorf("granularity of type period: period: %w", err)
	}
	*g, err = PeriodGranularity(period, timeZone, origin)
	return err
}

func (g *Granularity) setDuration(text json.Number, origin *Instant) error {
	length, err := text.Int64()
	if err != nil {
		return fmt.Errorf("granularity of type duration: duration %q is not a whole number of milliseconds", text)
	}
	if origin == nil {
		origin = new(Instant)
	}
	*g, err = DurationGranularity(length, *origin)
	return err
}
