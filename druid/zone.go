package druid

import (
	_ "embed"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the server runs where no zone files are installed
)

// zone is a time zone with the rules by which Joda-Time goes from local times back to instants. Local times are
// milliseconds since 1970-01-01T00:00 on the zone's own clocks. There is one zone for each id, so pointers compare.
type zone struct {
	id       string
	location *time.Location // nil if the offset is fixed
	offset   int64          // of fixed zones, in milliseconds
}

var utcZone = &zone{id: "UTC"}

// zoneMemo holds the zones met so far by id. Entries never change and depend on their key alone.
var zoneMemo sync.Map

// zoneAliases maps old and Java-only zone names to the names that Joda-Time gives those zones, a pair a line.
//
//go:embed zones.txt
var zoneAliases string

// findZone returns the zone of a name of the IANA database, an old or Java-only name, or an offset such as +05:30.
func findZone(id string) (*zone, error) {
	if z, ok := zoneMemo.Load(id); ok {
		return z.(*zone), nil
	}
	z, err := loadZone(id)
	if err != nil {
		return nil, err
	}
	if z.id != id { // an alias
		return findZone(z.id)
	}
	first, _ := zoneMemo.LoadOrStore(id, z)
	return first.(*zone), nil
}

func loadZone(id string) (*zone, error) {
	switch {
	case id == "UTC" || id == "Z":
		return utcZone, nil
	case id != "" && (id[0] == '+' || id[0] == '-'):
		return fixedZone(id)
	case id == "" || id == "Local":
		return nil, zoneError(id)
	}
	if name, ok := aliasedZone(id); ok {
		id = name
	}
	location, err := time.LoadLocation(id)
	if err != nil {
		return nil, zoneError(id)
	}
	return &zone{id: id, location: location}, nil
}

func zoneError(id string) error {
	return fmt.Errorf("time zone %q is unknown: use a name such as America/Los_Angeles, UTC, or an offset such as +05:30", id)
}

func aliasedZone(id string) (string, bool) {
	for line := range strings.Lines(zoneAliases) {
		if alias, name, _ := strings.Cut(strings.TrimSpace(line), " "); alias == id {
			return name, true
		}
	}
	return "", false
}

// fixedZone reads ±hh, ±hhmm or ±hh:mm.
func fixedZone(id string) (*zone, error) {
	var clock isoTime
	s := isoScanner{text: id}
	s.offset(&clock)
	if s.pos < len(id) || clock.offset%60_000 != 0 {
		return nil, zoneError(id)
	}
	if clock.offset == 0 {
		return utcZone, nil
	}
	return &zone{id: string(appendOffset(nil, clock.offset)), offset: clock.offset}, nil
}

// zoneOf wraps a location of the caller's.
func zoneOf(location *time.Location) *zone {
	if location == time.UTC || location == nil {
		return utcZone
	}
	return &zone{id: location.String(), location: location}
}

// isFixed tells whether the offset never changes.
func (z *zone) isFixed() bool { return z.location == nil }

// offsetAt is the offset in force at t, in milliseconds east of UTC.
func (z *zone) offsetAt(t int64) int64 {
	if z.location == nil {
		return z.offset
	}
	_, seconds := time.UnixMilli(t).In(z.location).Zone()
	return int64(seconds) * 1000
}

// local is what the zone's clocks show at t.
func (z *zone) local(t int64) int64 { return t + z.offsetAt(t) }

// bounds are the first instant with the offset in force at t and the first after it that may have another.
func (z *zone) bounds(t int64) (from, until int64) {
	from, until = math.MinInt64, math.MaxInt64
	if z.location == nil {
		return from, until
	}
	start, end := time.UnixMilli(t).In(z.location).ZoneBounds()
	if !start.IsZero() {
		from = start.UnixMilli()
	}
	if !end.IsZero() {
		until = end.UnixMilli()
	}
	return from, until
}

// instant turns a local time into an instant as Joda-Time does after arithmetic on local times
// (DateTimeZone.getOffsetFromLocal): the earlier of two if clocks showed it twice; if they never showed it, because
// they were put forward over it, it moves forward by as much.
func (z *zone) instant(local int64) int64 {
	if z.location == nil {
		return local - z.offset
	}
	guess := z.offsetAt(local)
	at := local - guess
	offset := z.offsetAt(at)
	from, until := z.bounds(at)
	switch {
	case guess < offset:
		if _, other := z.bounds(local - offset); until != other {
			return at
		}
	case guess == offset && guess >= 0 && from > math.MinInt64:
		if before := z.offsetAt(from - 1); at-(from-1) <= before-offset {
			return local - before
		}
	}
	return local - offset
}

// fullHour is when the zone's clocks last showed a full hour, not after t, or, where a change of theirs hides that, the instant
// within the two hours before t that comes closest.
func (z *zone) fullHour(t int64) int64 {
	const hour = 3_600_000
	offset := z.offsetAt(t)
	local := floorFrom(0, t+offset, hour)
	at := local - offset
	if z.offsetAt(at) != offset {
		at = z.instant(local)
	}
	return min(max(at, t-2*hour), t)
}

// appendLocal appends t as the zone's clocks show it, with the offset after it: 2025-03-10T00:00:00.000-07:00.
func (z *zone) appendLocal(dst []byte, t Instant) []byte {
	offset := z.offsetAt(int64(t))
	dst = (t + Instant(offset)).AppendTo(dst)
	if offset == 0 {
		return dst
	}
	return appendOffset(dst[:len(dst)-1], offset) // in place of the Z
}

// appendOffset appends ±hh:mm, and seconds if there are any.
func appendOffset(dst []byte, offset int64) []byte {
	if offset < 0 {
		dst, offset = append(dst, '-'), -offset
	} else {
		dst = append(dst, '+')
	}
	dst = append(appendPadded(dst, offset/3_600_000, 2), ':')
	dst = appendPadded(dst, offset/60_000%60, 2)
	if offset%60_000 != 0 {
		dst = appendPadded(append(dst, ':'), offset/1000%60, 2)
	}
	return dst
}
