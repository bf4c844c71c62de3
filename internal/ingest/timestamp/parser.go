// Package timestamp reads the timestamps of rows in every format that a timestampSpec can name (Druid's
// TimestampParser).
package timestamp

import (
	"fmt"
	"math"
	"strings"

	"ovate/druid"
	"ovate/internal/ingest/number"
)

// Parser reads timestamps of one format. It remembers the last one, since rows often come in runs of the same time,
// and so belongs to one goroutine.
type Parser struct {
	text func(b []byte) (druid.Instant, bool)
	// long and double are there if a number in the data is itself the time; otherwise its text is read.
	long   func(v int64) druid.Instant
	double func(v float64) druid.Instant

	remarks     Remarks // on the text that was read last
	scratch     []byte
	memo        [40]byte // the last text that was read
	memoLen     int
	memoTime    druid.Instant
	memoRemarks Remarks
}

// Remarks are what may surprise people of how a pattern reads a text.
type Remarks struct {
	Finer     bool // digits below a millisecond other than zeros are cut
	ShortYear bool // its year has two digits, and is taken for one of TwoDigitYears
	EarlyYear bool // its year has fewer digits than four, and is taken as it stands
	Lacking   bool // a number has fewer digits than its letters in the pattern, and stands right behind another, so that digits may be lost
}

// TwoDigitYears are the first and the last year that two digits are taken for. They are others each year.
func TwoDigitYears() (first, last int) { return pivotYear() - 50, pivotYear() + 49 }

// New returns a parser for the format: auto, iso, millis, posix, micro, nano or ruby in any case, or else a pattern of
// Joda-Time's DateTimeFormat. The empty format is auto.
func New(format string) (*Parser, error) {
	p := &Parser{}
	switch strings.ToLower(format) {
	case "", "auto":
		zones := newZones()
		p.text = func(b []byte) (druid.Instant, bool) { return parseAuto(b, zones) }
		p.long = func(v int64) druid.Instant { return druid.Instant(v) }
	case "iso":
		p.text = parseISO
	case "millis":
		p.long = func(v int64) druid.Instant { return druid.Instant(v) }
	case "posix":
		p.long = seconds
	case "micro":
		p.long = func(v int64) druid.Instant { return druid.Instant(v / 1000) }
	case "nano":
		p.long = func(v int64) druid.Instant { return druid.Instant(v / 1_000_000) }
	case "ruby":
		p.double = func(v float64) druid.Instant { return druid.Instant(number.OfDouble(v * 1000).Long()) }
		p.long = func(v int64) druid.Instant { return p.double(float64(v)) }
		p.text = p.ruby
	default:
		pattern, err := compile(format)
		if err != nil {
			return nil, fmt.Errorf("Unable to parse timestamps with format [%s]: %w", format, err)
		}
		parse := func(b []byte) (druid.Instant, bool) {
			t, remarks, ok := pattern.parse(b)
			p.remarks = remarks
			return t, ok
		}
		p.text = parse
		if length, separator := commonShape(format); length > 0 {
			p.text = func(b []byte) (druid.Instant, bool) {
				if len(b) == length {
					if t, ok := parseCommon(b, separator); ok {
						return t, true
					}
				}
				return parse(b)
			}
		}
	}
	if p.text == nil {
		p.text = p.digits
	}
	if p.long != nil && p.double == nil {
		p.double = func(v float64) druid.Instant { return p.long(number.OfDouble(v).Long()) }
	}
	return p, nil
}

// Text reads a timestamp from a text.
func (p *Parser) Text(b []byte) (druid.Instant, bool) {
	if string(b) == string(p.memo[:p.memoLen]) && p.memoLen > 0 {
		p.remarks = p.memoRemarks
		return p.memoTime, true
	}
	p.remarks = Remarks{}
	if len(b) == 0 {
		return 0, false
	}
	t, ok := p.text(b)
	if ok && len(b) <= len(p.memo) {
		p.memoLen, p.memoTime, p.memoRemarks = copy(p.memo[:], b), t, p.remarks
	}
	return t, ok
}

// Remarks are those on the text that was read last; none unless a pattern read it.
func (p *Parser) Remarks() Remarks { return p.remarks }

// Long reads a timestamp from a whole number in the data.
func (p *Parser) Long(v int64) (druid.Instant, bool) {
	if p.long != nil {
		return p.long(v), true
	}
	p.scratch = fmt.Append(p.scratch[:0], v)
	return p.Text(p.scratch)
}

// Double reads a timestamp from any other number in the data.
func (p *Parser) Double(v float64) (druid.Instant, bool) {
	if p.double != nil {
		return p.double(v), true
	}
	p.scratch = druid.AppendDouble(p.scratch[:0], v)
	return p.Text(p.scratch)
}

// digits reads the text of a whole number.
func (p *Parser) digits(b []byte) (druid.Instant, bool) {
	b, ok := stripQuotes(b)
	if !ok {
		return 0, false
	}
	v, ok := parseLong(b)
	return p.long(v), ok
}

func (p *Parser) ruby(b []byte) (druid.Instant, bool) {
	b, ok := stripQuotes(b)
	if !ok {
		return 0, false
	}
	v, ok := number.ParseDouble(b, 64)
	return p.double(v), ok
}

// parseLong is Long.parseLong, which takes a plus, too.
func parseLong(b []byte) (int64, bool) {
	b = number.ASCIIDigits(b)
	if len(b) > 1 && b[0] == '+' && b[1] != '-' {
		b = b[1:]
	}
	return number.ParseLong(b)
}

func seconds(v int64) druid.Instant {
	switch {
	case v > math.MaxInt64/1000:
		return math.MaxInt64
	case v < math.MinInt64/1000:
		return math.MinInt64
	}
	return druid.Instant(v * 1000)
}

// stripQuotes drops blanks around the text, double quotes around that and blanks around what is within. Nothing within
// the quotes is an error later on, nothing at all is one here.
func stripQuotes(b []byte) ([]byte, bool) {
	b = number.Trim(b)
	if len(b) == 0 {
		return nil, false
	}
	if b[0] == '"' && b[len(b)-1] == '"' {
		if len(b) == 1 {
			return nil, false
		}
		b = number.Trim(b[1 : len(b)-1])
	}
	return b, true
}
