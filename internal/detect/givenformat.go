package detect

import (
	"strings"

	"ovate/druid"
	"ovate/internal/calendar"
	"ovate/internal/ingest/timestamp"
	"ovate/internal/moment"
)

// givenFormat reads times in the format that the caller knows.
type givenFormat struct {
	digits digitTime // digitTimes: none of them
	excel  bool
	iso    bool
	parser *timestamp.Parser
	local  *moment.Reader // of times without a zone; nil: UTC, or the format has the zone
	free   *moment.Reader // of iso and auto, where some values may have a zone: what people mean by it; else nil
}

// givenTime is a value that was read by it.
type givenTime struct {
	at         druid.Instant
	finer      bool // digits below a millisecond were cut
	gap, twice bool // clocks skip it, or show it twice
	known      bool // it is known whether it has a zone
	zoned      bool
}

// newGiven returns a reader of times in a format, nil if none is given.
func newGiven(format, zone string) (*givenFormat, error) {
	lower := strings.ToLower(format)
	free := lower == "iso" || lower == "auto"
	if format == "" || zone != "" && free {
		return nil, nil
	}
	g := &givenFormat{digits: digitTimes}
	for d := posix; d <= nano; d++ {
		if lower == d.format() {
			g.digits = d
			return g, nil
		}
	}
	var err error
	if lower == excel {
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
	case zone != "" && !strings.ContainsAny(unquoted(format), "zZ"):
		g.local, err = moment.NewReader(zone)
	}
	return g, err
}

const yearMillis = 365 * calendar.MillisPerDay

// counts tells whether numbers are counted from 1970.
func (g *givenFormat) counts() bool { return g.digits <= nano || g.free != nil }

// read reads a value, and says whether it is a time.
func (g *givenFormat) read(b []byte, t *givenTime) (ok bool) {
	*t = givenTime{}
	if g.digits <= nano {
		t.at, t.finer, ok = epoch(b, g.digits)
		return ok
	}
	switch {
	case g.excel:
		t.at, ok = excelDay(b)
	case g.free != nil && g.iso && areDigits(b, 0, len(b)) && len(b) > 4:
		return false
	default:
		t.at, ok = g.parser.Text(b)
		t.finer = g.parser.Finer()
	}
	if !ok {
		return false
	}
	switch {
	case g.local != nil:
		t.at, t.gap, t.twice = g.local.Local(t.at)
	case g.free != nil:
		m, is := g.free.Read(b)
		if is == moment.Time {
			t.finer, t.known, t.zoned = m.Finer, true, m.Style.Zoned()
		}
		// The name of a zone counts for nothing to Druid: the time would be another one than the text says.
		return is == moment.None || is == moment.Time && m.At[0] == t.at
	}
	return true
}
