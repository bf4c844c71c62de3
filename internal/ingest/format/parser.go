// Package format turns the bytes of inputs into batches of typed columns.
//
// A Splitter cuts an input into chunks of whole lines. Any number of Parsers, one for each goroutine, turn chunks into
// batches. What a batch holds does not depend on which parser made it, nor on the other chunks.
package format

import (
	"bytes"
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/ingest/row"
	"ovate/internal/ingest/timestamp"
	"ovate/internal/spec"
)

// DefaultDictionaryBytes is how much memory a parser's dictionaries may take unless it is told otherwise.
const DefaultDictionaryBytes = 64 << 20

// Config says what a Parser makes of its chunks.
type Config struct {
	Schema     *spec.DataSchema
	Format     spec.InputFormat
	Worker     int  // copied to every batch
	KeepFaults bool // fill in Input and Details of faults
	// DictionaryBytes is how much memory the dictionaries of all columns together may take at the start of a batch;
	// DefaultDictionaryBytes if 0.
	DictionaryBytes int64
	// MaxColumnBytes bounds the memory that the columns take that are found in the data, each ColumnBytes and its name; 0 is no
	// limit.
	MaxColumnBytes int64
	// MaxList is how many values a list of a row may have; 0 is no limit.
	MaxList int
}

// What a batch may hold, after the row that reaches it: a chunk is some megabyte of text, but of its rows each may have
// columns of its own, or a fault.
const (
	maxCells      = 1 << 20
	columnCells   = 64 // that a column which was discovered counts as, besides its values
	maxFaults     = 1 << 12
	maxFaultBytes = 4 << 20
)

// rowsBetweenLooks is how many lines are parsed between two looks at the context; a power of two.
const rowsBetweenLooks = 1 << 10

// Parser parses chunks. It belongs to one goroutine.
type Parser struct {
	cfg       Config
	layout    *layout
	timestamp *timestamp.Parser
	intervals intervals
	lines     lines

	data      []byte              // the chunk at hand, followed by a line feed and padding
	end       int                 // where the lines in data end
	values    []value             // of the row at hand, by slot
	order     []int32             // slots of values in the order of the row, while fields are discovered
	at        int                 // of data, where the next row begins; 0 while no chunk is at hand
	line      int64               // of the input, from 1
	kept      int                 // bytes of the texts of the batch's faults
	cells     int                 // of the batch, in columns that were discovered and in lists
	longList  bool                // a list of the row at hand has more values than may be
	faulty    bool                // a value of the row at hand could not be converted
	hide      func(string) string // File.Hide of the chunk at hand
	problems  []string            // which ones, if faults are kept
	rewritten bool                // data is not the chunk's own, and
	rawLines  int64               // so many lines of the chunk's own data
	rawAt     int                 // end here
	scratch   []byte              // a text that had to be made
	commaless []byte              // a number without its commas
	ids       []int32             // of a list
	found     []int32             // columns of the row at hand that were discovered
}

// lines is what a format has to know: how a line becomes values, and what lists and texts in it look like.
type lines interface {
	// begin prepares for a chunk, the data of which is p.data.
	begin(p *Parser, file *File) error
	// next parses the line that begins at p.data[at] into p.values and returns where the line after it begins. ok says
	// whether the line could be parsed.
	next(p *Parser, at int) (after int, ok bool)
	// element returns the next element of a list and the place to go on from; absent after the last.
	element(p *Parser, list value, at int) (value, int)
	// appendText appends a value as Java's toString has it.
	appendText(p *Parser, dst []byte, v value) []byte
	// appendRow appends the text of the whole row, a Java map, for a fault. The line is p.data[begin:end].
	appendRow(p *Parser, dst []byte, begin, end int) []byte
	// discoversNull tells whether a field without a value becomes a dimension, too.
	discoversNull() bool
}

// NewParser returns a parser. It fails for a timestamp format or an input format that cannot be parsed.
func NewParser(cfg Config) (*Parser, error) {
	if cfg.DictionaryBytes == 0 {
		cfg.DictionaryBytes = DefaultDictionaryBytes
	}
	times, err := timestamp.New(cfg.Schema.Timestamp.Format)
	if err != nil {
		return nil, fmt.Errorf("timestampSpec.format: %w", err)
	}
	p := &Parser{cfg: cfg, layout: newLayout(cfg.Schema), timestamp: times, intervals: newIntervals(&cfg.Schema.Granularity)}
	switch f := cfg.Format.(type) {
	case spec.JSONFormat:
		p.lines, err = newJSONLines(f)
	case spec.TextFormat:
		p.lines, err = newTextLines(f)
	default:
		err = fmt.Errorf("inputFormat: %T is not a format that can be parsed", cfg.Format)
	}
	return p, err
}

// Parse fills the batch, which is reset first, with the rows of the chunk. If it says that there are More, Parse has to be called with
// the same chunk again. Rows that do not parse become faults; an error means that the chunk as a whole cannot be read, or
// that ctx has ended.
func (p *Parser) Parse(ctx context.Context, c Chunk, b *row.Batch) error {
	p.layout.prepare(b)
	defer p.layout.finish(b, p.cfg.DictionaryBytes)
	b.Worker = p.cfg.Worker
	p.hide = nil
	if c.File != nil {
		b.File, p.hide = c.File.URI, c.File.Hide
	}
	if p.at == 0 {
		b.Bytes, b.Begins = c.Bytes, c.First
		if err := p.begin(c, b); err != nil {
			return err
		}
	}
	err := p.rows(ctx, c, b)
	if !b.More {
		p.data = nil // the chunk's
	}
	if cap(p.scratch) > DefaultChunkBytes {
		p.scratch = nil
	}
	if cap(p.ids) > DefaultChunkBytes/4 {
		p.ids = nil
	}
	p.hideIn(b.Faults)
	return err
}

// begin makes the chunk the one at hand. One that cannot be read is a fault, and has no rows.
func (p *Parser) begin(c Chunk, b *row.Batch) error {
	p.data, p.end = nil, 0
	if c.File != nil && c.File.HeaderFault != "" {
		b.Faults = append(b.Faults, p.headerFault(c.File))
		return nil
	}
	p.data = append(c.Data, "\n\x00\x00\x00\x00\x00\x00\x00"...)
	if err := p.lines.begin(p, c.File); err != nil {
		return err
	}
	p.end = len(p.data) - scanPadding
	p.line = c.Lines
	p.rawLines, p.rawAt = 0, 0
	return nil
}

// rows takes rows of the chunk at hand until it or the batch is full.
func (p *Parser) rows(ctx context.Context, c Chunk, b *row.Batch) error {
	p.kept, p.cells = 0, 0
	columns := len(b.Dimensions) + len(b.Metrics)
	for p.at < p.end {
		if p.line&(rowsBetweenLooks-1) == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		p.line++
		p.clear()
		after, ok := p.lines.next(p, p.at)
		if ok {
			p.take(b, p.at, after)
		} else {
			p.reject(b, c, p.at, after)
		}
		p.at = after
		if most := p.cfg.MaxColumnBytes; most > 0 && p.layout.columnBytes > most {
			return tooManyColumns("the data have more than", len(p.layout.names)-1, most)
		}
		if p.longList {
			return fmt.Errorf("line %d has a list of more than %d values, which is as many as fit into memory: raise maxBytesInMemory, or are these rows of their own?", p.line, p.cfg.MaxList)
		}
		if b.N*columns+p.cells > maxCells || len(b.Faults) >= maxFaults || p.kept > maxFaultBytes {
			break
		}
	}
	if b.More = p.at < p.end; !b.More {
		p.at = 0
	}
	return nil
}

// clear forgets the values of the row before. Columns that it did not have, of which there may be very many, cost nothing.
func (p *Parser) clear() {
	if p.layout.discovers {
		for _, slot := range p.order {
			p.values[slot] = value{}
		}
	} else {
		clear(p.values)
	}
	if len(p.values) != len(p.layout.names) {
		p.values = append(p.values, make([]value, len(p.layout.names)-len(p.values))...)
	}
	p.order = p.order[:0]
}

// set notes a value of the row at hand. A later value of the same field replaces an earlier one.
func (p *Parser) set(slot int32, v value) {
	if int(slot) >= len(p.values) {
		p.values = append(p.values, make([]value, len(p.layout.names)-len(p.values))...)
	}
	if p.layout.discovers && p.values[slot].kind == absent {
		p.order = append(p.order, slot)
	}
	p.values[slot] = v
}

// take adds the row at hand to the batch.
func (p *Parser) take(b *row.Batch, begin, end int) {
	t, ok := p.time(p.values[p.layout.time])
	switch {
	case !ok:
		p.rejectTime(b, begin, end)
		return
	case t < druid.MinInstant || t >= druid.MaxInstant:
		p.rejectRange(b, t, begin, end)
		return
	case !p.intervals.admit(t):
		b.ThrownAway++
		return
	}
	p.faulty = false
	b.Time = append(b.Time, t)
	for i := range p.layout.dimensions {
		d := &p.layout.dimensions[i]
		p.appendDimension(&b.Dimensions[i], d, p.values[d.slot])
	}
	if p.layout.discovers {
		p.discover(b)
	}
	for i := range p.layout.metrics {
		if m := &p.layout.metrics[i]; m.slot != noSlot {
			p.appendMetric(&b.Metrics[i], m, p.values[m.slot], t)
		}
	}
	if p.faulty {
		p.noteProblems(b, begin, end)
	}
	b.N++
}

// discover adds the values of fields that the spec does not list.
func (p *Parser) discover(b *row.Batch) {
	found := p.found[:0]
	for _, slot := range p.order {
		d, v := p.layout.discovered[slot], p.values[slot]
		if d == nil || v.kind == null && !p.lines.discoversNull() || !p.isDiscoverable(v) {
			continue
		}
		if d.column < 0 {
			d.column = len(b.Discovered)
			b.Discover(d.name, b.N)
			p.cells += columnCells
		}
		c := &b.Discovered[d.column]
		before := len(c.IDs)
		c.PadIDs(b.N - c.From)
		p.appendString(&c.Column, d.dict, v)
		p.cells += len(c.IDs) - before
		found = append(found, int32(d.column))
	}
	p.found = found
	b.Fields = append(b.Fields, p.layout.fields.number(b, found))
}

// isDiscoverable tells whether a value may make its field a dimension: a literal or a list of literals.
func (p *Parser) isDiscoverable(v value) bool {
	switch v.kind {
	case object:
		return false
	case list:
		for e, at := p.lines.element(p, v, int(v.start)); e.kind != absent; e, at = p.lines.element(p, v, at) {
			if e.kind == object || e.kind == list {
				return false
			}
		}
	}
	return true
}

// time is the timestamp of the row; ok is false if there is none that can be read.
func (p *Parser) time(v value) (t druid.Instant, ok bool) {
	switch v.kind {
	case text:
		if !v.escaped {
			return p.timestamp.Text(p.data[v.start:v.end])
		}
	case absent, null:
		if missing := p.cfg.Schema.Timestamp.Missing; missing != nil {
			return *missing, true
		}
		return 0, false
	case integer, decimal:
		n := parseNumber(v.kind, p.data[v.start:v.end])
		if n.IsDouble() {
			return p.timestamp.Double(n.Double())
		}
		return p.timestamp.Long(n.Long())
	}
	p.scratch = p.lines.appendText(p, p.scratch[:0], v)
	return p.timestamp.Text(p.scratch)
}

// rawLine is the line p.data[begin:after] of the chunk as it came, without its end.
func (p *Parser) rawLine(c Chunk, begin, after int) []byte {
	line := p.data[begin:min(after, p.end)]
	if p.rewritten { // line by line; the lines up to the one that was asked for last are not read again
		for ; p.rawLines < p.line-c.Lines-1; p.rawLines++ {
			p.rawAt += bytes.IndexByte(c.Data[p.rawAt:], '\n') + 1
		}
		line = c.Data[p.rawAt:]
	}
	if raw, _, ended := bytes.Cut(line, []byte{'\n'}); ended {
		return bytes.TrimSuffix(raw, []byte{'\r'})
	}
	return line
}
