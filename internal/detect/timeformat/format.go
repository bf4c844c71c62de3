// Package timeformat reads times whose format is known: digits alone, days of a spreadsheet, and the formats and patterns of a timestampSpec. Times as people
// write them are read by package moment.
package timeformat

import (
	"strings"

	"ovate/druid"
	"ovate/internal/calendar"
	"ovate/internal/ingest/timestamp"
	"ovate/internal/moment"
)

// Format reads times in a format that the caller knows. It belongs to one worker.
type Format struct {
	digits Digits
	excel  bool
	iso    bool
	parser *timestamp.Parser
	local  *moment.Reader // of times without a zone; nil: UTC, or the format has the zone
	free   *moment.Reader // of iso and auto, where some values may have a zone: what people mean by it; else nil
}

// Value is a value that was read by it.
type Value struct {
	At         druid.Instant
	Finer      bool // digits below a millisecond were cut
	Gap, Twice bool // clocks skip it, or show it twice
	ZoneKnown  bool // it is known whether it has a zone
	Zoned      bool
	Loose      bool // the format reads it without its fraction of zeros, or its power of ten
	Early      bool // a number since 1970 that is a time of that year or the one before, which is seldom meant
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
			return g, nil
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
		t.Loose = hasPower(b)
	} else if ok = g.readText(b, t); !ok && len(b) > 0 && b[0]-'0' <= 9 && !g.excel && g.free == nil {
		plain := b
		if hasPower(b) {
			plain, _ = WithoutPower(nil, b)
		}
		if plain = WholePart(plain); len(plain) != len(b) && areDigits(plain) {
			ok = g.readText(plain, t)
			t.Loose = true
		}
	}
	t.Early = (g.digits.IsCount() || g.free != nil) && t.At > -yearMillis && t.At < yearMillis && areDigits(b)
	return ok
}

func (g *Format) readText(b []byte, t *Value) (ok bool) {
	switch {
	case g.excel:
		t.At, ok = excelDay(b)
	case g.free != nil && g.iso && areDigits(b) && len(b) > 4:
		return false
	default:
		t.At, ok = g.parser.Text(b)
		t.Finer = g.parser.Finer()
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
			t.Finer, t.ZoneKnown, t.Zoned = m.Finer, true, m.Style.Zoned()
		}
		// The name of a zone counts for nothing to Druid: the time would be another one than the text says.
		return is == moment.None || is == moment.Time && m.At[0] == t.At
	}
	return true
}
