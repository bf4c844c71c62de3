package format

import (
	"strings"
	"time"
	"unicode/utf16"

	"ovate/druid"
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// maxEventUnits is how much of a row, in UTF-16 units, the report shows of one whose timestamp is bad
// (MapInputRowParser).
const maxEventUnits = 100

// maxInputBytes is how much of a row a fault keeps, so that a few enormous lines do not fill the memory.
const maxInputBytes = 1 << 20

// hiddenBytes is how much more than what is shown is looked at, as it may begin in the middle of what must not be shown.
const hiddenBytes = 64 << 10

// unparseable notes that the row at hand is dropped. describe gives the row as text and what is wrong with it; it is
// only called if anyone wants to know.
func (p *Parser) unparseable(b *row.Batch, describe func() (input, detail string)) {
	f := row.Fault{
		Row: b.N, Kind: row.Unparseable, Time: time.Now(),
		Line: p.line, Parsed: int64(b.N) + b.ThrownAway,
	}
	if p.cfg.KeepFaults {
		input, detail := describe()
		f.Input, f.Details = kept(input), []string{kept(detail)}
		p.kept += f.Size()
	}
	b.Faults = append(b.Faults, f)
}

// reject notes a line that could not be parsed.
func (p *Parser) reject(b *row.Batch, c Chunk, begin, after int) {
	p.unparseable(b, func() (string, string) {
		line := p.rawLine(c, begin, after)
		input := p.shown(appendJavaUTF8(nil, line[:min(len(line), maxInputBytes+hiddenBytes+1)]))
		return input, "Unable to parse row [" + input + "]"
	})
}

// rejectTime notes a row whose timestamp cannot be read.
func (p *Parser) rejectTime(b *row.Batch, begin, end int) {
	p.unparseable(b, func() (string, string) {
		event := p.event(begin, end)
		when := p.shown(p.lines.appendText(p, nil, p.values[p.layout.time]))
		return event, "Timestamp[" + when + "] is unparseable! Event: " + event
	})
}

// rejectRange notes a row whose timestamp lies outside of eternity.
func (p *Parser) rejectRange(b *row.Batch, t druid.Instant, begin, end int) {
	p.unparseable(b, func() (string, string) {
		event := p.event(begin, end)
		return event, "Encountered row with timestamp[" + t.String() + "] that cannot be represented as a long: [" + event + "]"
	})
}

// event is the row at hand as the report shows it, cut short.
func (p *Parser) event(begin, end int) string {
	s := p.shown(p.lines.appendRow(p, nil, begin, end))
	if len(s) < maxEventUnits {
		return s
	}
	units := utf16.Encode([]rune(s))
	if len(units) < maxEventUnits {
		return s
	}
	return string(utf16.Decode(units[:maxEventUnits])) + "..."
}

// shown is as much of a text as a fault may keep, or some more, without what must not be shown. Of a longer text the end of what is looked at goes,
// as it may be the beginning of what must not be shown.
func (p *Parser) shown(text []byte) string {
	const most = maxInputBytes + hiddenBytes
	s := string(text[:min(len(text), most)])
	if p.hide != nil {
		s = p.hide(s)
	}
	if len(text) > most {
		s = s[:max(0, len(s)-hiddenBytes)]
	}
	return s
}

// kept is as much of a text as a fault keeps.
func kept(text string) string { return text[:min(len(text), maxInputBytes)] }

// hideIn replaces what must not be shown in the texts of faults.
func (p *Parser) hideIn(faults []row.Fault) {
	if p.hide == nil {
		return
	}
	for i := range faults {
		f := &faults[i]
		f.Input = p.hide(f.Input)
		for k, detail := range f.Details {
			f.Details[k] = p.hide(detail)
		}
	}
}

// headerFault is what becomes of an input whose header cannot be used: nothing of it is read.
func (p *Parser) headerFault(file *File) row.Fault {
	f := row.Fault{Kind: row.Unparseable, NoInput: true, Time: time.Now()}
	if p.cfg.KeepFaults {
		f.Details = []string{file.HeaderFault}
	}
	return f
}

// noteProblems records what could not be converted in a row that is kept.
func (p *Parser) noteProblems(b *row.Batch, begin, end int) {
	f := row.Fault{Row: b.N, Kind: row.ProcessedWithError, Time: time.Now(), Parsed: int64(b.N) + b.ThrownAway}
	if p.cfg.KeepFaults {
		f.Input = kept(p.shown(p.lines.appendRow(p, nil, begin, end)))
		f.Details = p.problems
		p.problems = nil
		p.kept += f.Size()
	}
	b.Faults = append(b.Faults, f)
}

// problem notes that a value of the row at hand became null.
func (p *Parser) problem(parts ...string) {
	p.problems = append(p.problems, kept(p.shown([]byte(strings.Join(parts, "")))))
}

// badDimension notes that a value cannot be held by its numeric dimension (DimensionHandlerUtils).
func (p *Parser) badDimension(d *dimension, v value) {
	p.faulty = true
	if !p.cfg.KeepFaults {
		return
	}
	shown, typ := string(p.lines.appendText(p, nil, v)), typeName(d.Type)
	switch v.kind {
	case text:
		p.problem("Could not convert value [", shown, "] to ", typ, " for dimension [", d.Name, "].")
	case list:
		p.problem("Could not ingest value [", shown, "] as ", typ, " for dimension [", d.Name, "]. A ", typ,
			" column cannot have multiple values in the same row.")
	default:
		p.problem("Could not convert value [", shown, "] to ", typ, " for dimension [", d.Name, "]. Invalid type: [class ",
			className(v.kind), "]")
	}
}

// badMetric notes that an aggregator cannot use a value (Rows.objectToNumber).
func (p *Parser) badMetric(m *metric, v value) {
	p.faulty = true
	switch {
	case !p.cfg.KeepFaults:
	case v.kind == text:
		p.problem("Unable to parse value[", string(p.lines.appendText(p, nil, v)), "] for field[", m.Field, "]")
	default:
		p.problem("Unknown type[class ", className(v.kind), "] for field[", m.Field, "]")
	}
}

func typeName(t spec.ColumnType) string {
	switch t {
	case spec.Long:
		return "long"
	case spec.Float:
		return "float"
	}
	return "double"
}

// className is the Java class that Druid makes of a value.
func className(k kind) string {
	switch k {
	case list:
		return "java.util.ArrayList"
	case object:
		return "java.util.LinkedHashMap"
	}
	return "java.lang.Boolean"
}
