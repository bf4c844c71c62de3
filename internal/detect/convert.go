package detect

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/detect/number"
	"ovate/internal/detect/timeformat"
	engine "ovate/internal/ingest/number"
	"ovate/internal/jsontext"
	"ovate/internal/moment"
	"ovate/internal/nullword"
	"ovate/internal/table"
)

// converter makes of a row the JSON object that says the same in the engine's words. It belongs to one worker.
type converter struct {
	*leaves[use]
	table  *Table
	reader *moment.Reader
	given  *timeformat.Format
	joiner *joiner // nil: the time is of one column
	nulls  []string
	slots  map[string]int // of plans by key, timeSlot for the time
	times  int            // slot of the plan that keeps the times as a column too, -1 if none does
	quoted [][]byte       // names of the plans as JSON, with what comes before and after

	line    []byte
	scratch []byte
	loose   []byte // a number without what people write in it
	at      druid.Instant
	timed   bool
	untimed string      // what stands in place of the time
	bad     table.Fault // of the row at hand; Why is empty if it is good
	where   place       // of the row at hand
	done    converted
}

// change counts the values of a column that are others as numbers of the type that the caller gave.
type change struct {
	n     int64
	first place
	to    string
}

func (c *change) add(o change) {
	c.n += o.n
	if o.first.before(&c.first) {
		c.first, c.to = o.first, o.to
	}
}

// use is what the values of a column are for.
type use struct {
	slot   int // of the plan, timeSlot or noSlot
	joined int // index among the columns that are joined to the time, -1 if it is none of them
}

const (
	noSlot   = -1
	timeSlot = -2
)

func newConverter(t *Table, s *scan, o Options) (*converter, error) {
	read := o
	if t.Time.join != nil {
		read = o.readsJoined(t.Time.join)
	}
	counter, err := newCounter(read)
	if err != nil {
		return nil, err
	}
	c := &converter{table: t, reader: counter.reader, given: counter.given, nulls: o.Nulls, slots: map[string]int{}, times: -1, done: newConverted(len(t.plans))}
	for i := range t.plans {
		c.slots[t.plans[i].key] = i
		c.quoted = append(c.quoted, append(jsontext.AppendString([]byte{','}, []byte(t.plans[i].Name)), ':'))
	}
	if t.Time.Column != "" {
		if slot, ok := c.slots[t.Time.key]; ok {
			c.times = slot
		}
		c.slots[t.Time.key] = timeSlot
	}
	if t.Time.join != nil {
		if c.joiner, err = newJoiner(t.Time.join, o); err != nil {
			return nil, err
		}
	}
	c.leaves = readAgain(s, c.use)
	return c, nil
}

// use is what the values of a column are for.
func (c *converter) use(key string) use {
	u := use{noSlot, -1}
	if slot, ok := c.slots[key]; ok {
		u.slot = slot
	}
	if c.joiner != nil {
		u.joined = c.joiner.index(key)
	}
	return u
}

// row makes the object of the row at hand, in c.line, or says in c.bad what does not fit.
func (c *converter) row(b *table.Batch, in *table.Table) {
	c.line, c.timed, c.untimed, c.bad = append(c.line[:0], '{'), false, "", table.Fault{}
	c.where = place{batch: b.Seq + 1, line: b.Line, input: b.Input.Label}
	if c.joiner != nil {
		c.joiner.reset()
	}
	c.each(b.Cells, in, c.cell)
	if c.joiner != nil && c.bad.Why == "" {
		if text, ok := c.joiner.joined(); ok {
			c.time(table.String, text)
		} else {
			c.fault(columnName(c.table.Time.key), text, "is no time")
		}
	}
	if c.twice != "" {
		c.bad = table.Fault{Column: columnName(c.twice), Why: "is there twice"}
	}
	t := &c.table.Time
	if t.Column == "" {
		c.at = t.Constant
	} else if !c.timed && c.bad.Why == "" {
		c.bad = table.Fault{Column: columnName(t.key), Why: timeless}
		if c.untimed != "" {
			c.bad.Kind, c.bad.Why = timeless, fmt.Sprintf("%s, but %q", timeless, c.untimed)
		}
	}
	if c.bad.Why != "" {
		c.bad.Input, c.bad.Line = b.Input.Name, b.Line
		return
	}
	name := t.Column
	if name == "" {
		name = druidTime
	}
	c.line = append(jsontext.AppendString(append(c.line, ','), []byte(name)), ':')
	c.line = strconv.AppendInt(c.line, int64(c.at), 10)
	c.line = append(c.line, '}', '\n')
	c.line[1] = ' ' // the comma before the first
}

func (c *converter) cell(of use, kind table.Kind, raw []byte) {
	if c.bad.Why != "" || of.slot == noSlot && of.joined < 0 || kind == table.Empty || kind == table.Null {
		return
	}
	for _, word := range c.nulls {
		if kind <= table.Number && isWord(raw, word) {
			if of.slot == timeSlot {
				c.untimed = cutText(string(raw))
			}
			return
		}
	}
	if of.joined >= 0 {
		c.joiner.take(of.joined, kind, raw)
		if of.slot == noSlot {
			return
		}
	}
	if of.slot == timeSlot {
		c.time(kind, raw)
		if c.times >= 0 && c.bad.Why == "" {
			c.value(c.times, kind, raw)
		}
		return
	}
	c.value(of.slot, kind, raw)
}

func (c *converter) value(slot int, kind table.Kind, raw []byte) {
	p := &c.table.plans[slot]
	if p.Type != "string" {
		c.number(p, slot, kind, raw)
		return
	}
	switch {
	case kind == table.List && !p.asJSON:
		if jsontext.IsEmpty(raw) {
			return
		}
		c.line = append(c.line, c.quoted[slot]...)
		c.list(raw)
	default:
		c.line = append(c.line, c.quoted[slot]...)
		c.line = jsontext.AppendString(c.line, raw)
	}
}

func (c *converter) fault(name string, raw []byte, why string) {
	c.bad = table.Fault{Column: name, Value: cutText(string(raw)), Why: why}
}

func (c *converter) number(p *plan, slot int, kind table.Kind, raw []byte) {
	b := trim(raw)
	if len(b) == 0 || kind <= table.Number && nullword.Index(b) >= 0 {
		return
	}
	marked := false
	if (p.loose || p.marked) && number.Of(b).Form == number.None {
		if people, is := numeralOf(c.loose, b); is && (people.mark == "" || p.marked) {
			b, marked = people.text, people.mark != ""
			c.loose = b
		}
	}
	if p.commas != noCommas {
		c.scratch = p.commas.plain(c.scratch[:0], b)
		b = c.scratch
	}
	n := number.Of(b)
	name := columnName(p.key)
	switch {
	case kind == table.Bool || kind == table.List || kind == table.Object || n.Form == number.None || n.Form == number.Overflow || n.Form >= number.DecimalComma:
		c.fault(name, raw, "is no number")
	case p.Type == "long":
		v, ok := engine.ParseExactLong(b)
		if !ok {
			c.fault(name, raw, "is no whole number of 64 bits")
			return
		}
		c.line = append(c.line, c.quoted[slot]...)
		begin := len(c.line)
		if c.line = strconv.AppendInt(c.line, v, 10); marked || p.forced && len(c.line)-begin != len(b) {
			c.change(slot, raw, string(c.line[begin:]))
		}
	default:
		switch {
		case marked:
			c.change(slot, raw, string(b))
		case p.forced && n.Form == number.Coded:
			c.change(slot, raw, "")
		}
		c.line = append(c.line, c.quoted[slot]...)
		c.line = jsontext.AppendString(c.line, b) // which the engine reads as it would read it in a text file
	}
}

// change counts a value that is another as a number.
func (c *converter) change(slot int, raw []byte, to string) {
	one := change{1, c.where, to}
	one.first.value = cutText(string(raw))
	c.done.changed[slot].add(one)
}

// list appends a list of literals as a list of texts.
func (c *converter) list(raw []byte) {
	c.line = append(c.line, '[')
	first := true
	for value := range jsontext.Elements(raw) {
		if !first {
			c.line = append(c.line, ',')
		}
		if first = false; value[0] == '"' {
			c.line = append(c.line, value...)
		} else {
			c.line = jsontext.AppendString(c.line, value)
		}
	}
	c.line = append(c.line, ']')
}

// isLeapSecond tells whether a text is a time but for its second, which is the sixtieth.
func isLeapSecond(b []byte) bool {
	at := bytes.LastIndex(b, []byte(":60"))
	if at < len(":59") || b[at-len(":59")] != ':' {
		return false
	}
	before := slices.Concat(b[:at], []byte(":59"), b[at+len(":60"):])
	_, is := moment.UTC().Read(before)
	return is == moment.Time
}

// contradicts is what is wrong with a time of which one part says another than the others.
const contradicts = "contradicts itself: its weekday is not that of its date, or its offset is not that of its place"

func (c *converter) time(kind table.Kind, raw []byte) {
	t := &c.table.Time
	b := trim(raw)
	if len(b) == 0 || nullword.Index(b) >= 0 {
		c.untimed = cutText(string(raw))
		return
	}
	ok := false
	switch {
	case kind == table.Bool || kind == table.List || kind == table.Object:
	case t.given != "":
		var read timeformat.Value
		ok = c.given.Read(b, &read)
		c.at = read.At
	case t.digits.IsCount():
		c.at, _, ok = t.digits.Read(b)
		if ok && !t.digits.IsPresent(c.at) {
			c.fault(columnName(t.key), raw, notPresent(t.digits, b, &t.first))
			return
		}
	case t.digits < timeformat.None:
		if c.at, _, ok = t.digits.Read(b); ok && t.zone != "" {
			c.at, _, _ = c.reader.Local(c.at)
		}
	default:
		m, is := c.reader.Read(b)
		switch {
		case is == moment.UnknownZone:
			c.fault(columnName(t.key), raw, "has a time zone that is not known; «--time-zone "+zoneAdvice(string(b))+"» says which it is")
			return
		case is == moment.Contradicted:
			c.fault(columnName(t.key), raw, contradicts)
			return
		case is == moment.Time && m.Valid[t.order]:
			c.at, ok = m.At[t.order], true
		case is == moment.Time:
			c.fault(columnName(t.key), raw, "is no time as "+t.pattern+", as which others are read")
			return
		}
	}
	if ok && (c.at < druid.MinInstant || c.at >= druid.MaxInstant) {
		ok = false
	}
	if c.timed = ok; !ok {
		why := "is no time"
		if isLeapSecond(b) {
			why = "is a leap second, which no time of Druid's is: write :59 for :60 where the file is made"
		}
		if b[0] == '#' && kind == table.Text {
			why += "; if its line is a comment, «--comment '#'» leaves it out"
		}
		c.fault(columnName(t.key), raw, why)
	}
}
