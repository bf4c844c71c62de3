// Package timeformat reads times whose format is known: digits alone, days of a spreadsheet, and the formats and patterns of a timestampSpec. Times as people
// write them are read by package moment.
package timeformat

import (
	"strings"

	"ovate/druid"
	"ovate/internal/calendar"
	"ovate/internal/ingest/number"
	"ovate/internal/ingest/timestamp"
	"ovate/internal/moment"
)

// Format reads times in a format that the caller knows. It belongs to one worker.
type Format struct {
	digits Digits
	excel  bool
	iso    bool
	parser *timestamp.Parser // Druid's; nil: Druid has no such format
	local  *moment.Reader    // of times without a zone; nil: UTC, or the format has the zone
	free   *moment.Reader    // of iso and auto, where some values may have a zone: what people mean by it; else nil
}

// Value is a value that was read by it.
type Value struct {
	At         druid.Instant
	Finer      bool // digits below a millisecond were cut
	Gap, Twice bool // clocks skip it, or show it twice
	EndsDay    bool // its hour is 24
	ZoneKnown  bool // it is known whether it has a zone
	Zoned      bool
	Early      bool // a number since 1970 that is a time of that year or the one before, which is seldom meant
	ShortYear  bool // its year has two digits, and is taken for one near the present
	EarlyYear  bool // its year has fewer digits than four, and is taken as it stands
}

// New returns a reader of times in a format, for times in zone that do not say theirs. It is nil if no format is given, or if one is with a zone that leaves
// more to be read than Druid does.
func New(format, zone string) (*Format, error) {
	lower := strings.ToLower(format)
	free := lower == "iso" || lower == "auto"
	if format == "" || zone != "" && free {
		return nil, nil
	}
	g := &Format{digits: None}
	for d := range Counts {
		if lower == d.Name() {
			g.digits = d
			var err error
			if d.IsDruids() {
				g.parser, err = timestamp.New(lower)
			}
			return g, err
		}
	}
	var err error
	if lower == Excel {
		g.excel = true
		if zone != "" {
			g.local, err = moment.NewReader(zone)
		}
		return g, err
	}
	if g.parser, err = timestamp.New(format); err != nil {
		return nil, err
	}
	g.iso = lower == "iso"
	switch {
	case free:
		g.free, err = moment.NewReader("")
	case zone != "" && !strings.ContainsAny(Unquoted(format), "zZ"):
		g.local, err = moment.NewReader(zone)
	}
	return g, err
}

const yearMillis = 365 * calendar.MillisPerDay

// Read reads a value, and says whether it is a time.
func (g *Format) Read(b []byte, t *Value) (ok bool) {
	*t = Value{}
	if g.digits.IsCount() {
		t.At, t.Finer, ok = epoch(b, g.digits)
	} else if ok = g.readText(b, t); !ok && len(b) > 0 && b[0]-'0' <= 9 && !g.excel && g.free == nil {
		plain := b
		if hasPower(b) {
			plain, _ = WithoutPower(nil, b)
		}
		if plain = WholePart(plain); len(plain) != len(b) && areDigits(plain) {
			ok = g.readText(plain, t)
		}
	}
	t.Early = (g.digits.IsCount() || g.free != nil) && t.At > -yearMillis && t.At < yearMillis && areDigits(b)
	return ok && t.At >= druid.MinInstant && t.At < druid.MaxInstant
}

// DruidReads tells whether Druid reads a value, as it stands in its file, to an instant: a number of JSON, or a text with the blanks around it.
func (g *Format) DruidReads(raw []byte, isNumber bool, at druid.Instant) bool {
	if g.parser == nil {
		return false
	}
	var read druid.Instant
	var ok bool
	if whole, isLong := number.ParseLong(raw); isNumber && isLong {
		read, ok = g.parser.Long(whole)
	} else if isNumber {
		value, _ := number.ParseDouble(raw, 64)
		read, ok = g.parser.Double(value)
	} else {
		read, ok = g.parser.Text(raw)
	}
	return ok && read == at
}

func (g *Format) readText(b []byte, t *Value) (ok bool) {
	switch {
	case g.excel:
		t.At, ok = excelDay(b)
	case g.free != nil && g.iso && areDigits(b) && len(b) > 4:
		return false
	default:
		t.At, ok = g.parser.Text(b)
		if !ok {
			t.At, ok = g.endOfDay(b)
			t.EndsDay = ok
		}
		remarks := g.parser.Remarks()
		t.Finer, t.ShortYear, t.EarlyYear = remarks.Finer, remarks.ShortYear, remarks.EarlyYear
		ok = ok && !remarks.Lacking
	}
	if !ok {
		return false
	}
	switch {
	case g.local != nil:
		t.At, t.Gap, t.Twice = g.local.Local(t.At)
	case g.free != nil:
		m, is := g.free.Read(b)
		if is == moment.Time {
			t.Finer, t.EndsDay, t.ZoneKnown, t.Zoned = m.Finer, m.EndsDay, true, m.Style.Zoned()
		}
		// The name of a zone counts for nothing to Druid: the time would be another one than the text says.
		return is == moment.None || is == moment.Time && m.At[0] == t.At
	}
	return true
}

// endOfDay reads a time whose hour is 24, which no pattern takes: the midnight at the end of a day. The hour is where another number makes it another hour.
func (g *Format) endOfDay(b []byte) (druid.Instant, bool) {
	const hour = calendar.MillisPerDay / 24
	var room [64]byte
	for at := 0; at+2 <= len(b) && len(b) <= len(room); at++ {
		if b[at] != '2' || b[at+1] != '4' {
			continue
		}
		other := append(room[:0], b...)
		other[at], other[at+1] = '0', '0'
		begin, ok := g.parser.Text(other)
		if !ok || begin%calendar.MillisPerDay != 0 {
			continue
		}
		other[at+1] = '1'
		if next, ok := g.parser.Text(other); ok && next == begin+hour {
			return begin + calendar.MillisPerDay, true
		}
	}
	return 0, false
}
