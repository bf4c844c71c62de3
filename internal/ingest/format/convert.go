package format

import (
	"strconv"

	"ovate/druid"
	"ovate/internal/ingest/number"
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// parseNumber is the Java number of an integer or decimal: a Long if it is an integer within int64, else a Double.
func parseNumber(k kind, raw []byte) number.Number {
	if k == integer {
		if v, ok := number.ParseLong(raw); ok {
			return number.OfLong(v)
		}
	}
	d, _ := number.ParseDouble(raw, 64)
	return number.OfDouble(d)
}

// appendNumber appends the text that Java gives a number.
func appendNumber(dst, raw []byte) []byte {
	if v, ok := number.ParseLong(raw); ok {
		return strconv.AppendInt(dst, v, 10)
	}
	d, _ := number.ParseDouble(raw, 64)
	return druid.AppendDouble(dst, d)
}

// appendDimension adds a value to the column of a listed dimension.
func (p *Parser) appendDimension(c *row.Column, d *dimension, v value) {
	switch {
	case d.Type == spec.String:
		p.appendString(c, d.dict, v)
	case v.kind <= null:
		c.AppendNull()
	case d.Type == spec.Long:
		if n, ok := p.longDimension(v); ok {
			c.AppendLong(n)
		} else {
			c.AppendNull()
			p.badDimension(d, v)
		}
	case d.Type == spec.Double:
		if n, ok := p.doubleDimension(v, 64); ok {
			c.AppendDouble(n)
		} else {
			c.AppendNull()
			p.badDimension(d, v)
		}
	default:
		if n, ok := p.doubleDimension(v, 32); ok {
			c.AppendFloat(float32(n))
		} else {
			c.AppendNull()
			p.badDimension(d, v)
		}
	}
}

func (p *Parser) longDimension(v value) (int64, bool) {
	raw := p.data[v.start:v.end]
	switch v.kind {
	case integer:
		if n, ok := number.ParseLong(raw); ok {
			return n, true
		}
		return parseNumber(v.kind, raw).Long(), true
	case decimal:
		return parseNumber(v.kind, raw).Long(), true
	case text:
		return number.ParseExactLong(p.text(v))
	case trueValue:
		return 1, true
	case falseValue:
		return 0, true
	}
	return 0, false
}

// doubleDimension is what a double (size 64) or float (32) dimension holds. A number that comes as one is a Long or Double
// first and is then rounded to a float, one that comes as text is rounded once.
func (p *Parser) doubleDimension(v value, size int) (float64, bool) {
	switch v.kind {
	case integer, decimal:
		n := parseNumber(v.kind, p.data[v.start:v.end])
		if size == 32 {
			return float64(n.Float()), true
		}
		return n.Double(), true
	case text:
		return number.ParseDouble(p.text(v), size)
	}
	return 0, false
}

// text is what a text says. It holds until the next call.
func (p *Parser) text(v value) []byte {
	if !v.escaped {
		return p.data[v.start:v.end]
	}
	p.scratch = p.lines.appendText(p, p.scratch[:0], v)
	return p.scratch
}

// appendString adds a value to a string column; a list becomes several values.
func (p *Parser) appendString(c *row.Column, dict *row.Dictionary, v value) {
	if v.kind != list {
		c.IDs = append(c.IDs, p.stringID(dict, v))
		return
	}
	ids := p.ids[:0]
	for e, at := p.lines.element(p, v, int(v.start)); e.kind != absent; e, at = p.lines.element(p, v, at) {
		if p.cfg.MaxList > 0 && len(ids) == p.cfg.MaxList {
			p.longList = true
			break
		}
		ids = append(ids, p.stringID(dict, e))
	}
	p.ids = ids
	p.cells += len(ids)
	switch len(ids) {
	case 0:
		c.AppendNull()
	case 1:
		c.IDs = append(c.IDs, ids[0])
	default:
		c.AppendList(ids)
	}
}

// stringID is the dictionary's number of one value as a string.
func (p *Parser) stringID(dict *row.Dictionary, v value) int32 {
	switch v.kind {
	case absent, null:
		return 0
	case text:
		if !v.escaped {
			return dict.ID(p.data[v.start:v.end])
		}
	}
	p.scratch = p.lines.appendText(p, p.scratch[:0], v)
	return dict.ID(p.scratch)
}

// appendMetric adds a value to the input of an aggregator.
func (p *Parser) appendMetric(c *row.Column, m *metric, v value, t druid.Instant) {
	n, ok := number.OfLong(int64(t)), true
	if !m.time {
		if v.kind <= null {
			c.AppendNull()
			return
		}
		n, ok = p.metricInput(v)
	}
	switch {
	case !ok:
		c.AppendNull()
		p.badMetric(m, v)
	case m.Type == spec.Long:
		c.AppendLong(n.Long())
	case m.Type == spec.Double:
		c.AppendDouble(addend(m.Aggregate, n.Double()))
	default:
		c.AppendFloat(addend(m.Aggregate, n.Float()))
	}
}

// addend is v without the sign of a zero in a sum: Druid adds to 0, and 0 + -0 is 0.
func addend[T float32 | float64](how spec.Aggregate, v T) T {
	if how == spec.Sum && v == 0 {
		return 0
	}
	return v
}

func (p *Parser) metricInput(v value) (number.Number, bool) {
	switch v.kind {
	case integer, decimal:
		return parseNumber(v.kind, p.data[v.start:v.end]), true
	case text:
		b := p.text(v)
		if n, ok := number.ParseLong(b); ok {
			return number.OfLong(n), true
		}
		if len(p.commaless) < len(b) {
			p.commaless = make([]byte, len(b))
		}
		return number.ParseMetric(b, p.commaless)
	}
	return number.Number{}, false
}
