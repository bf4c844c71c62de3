package format

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/internal/spec"
)

// maxNames bounds how many field names are remembered, so that data whose names never repeat costs no memory.
const maxNames = 1 << 14

// mostNames is how many there may be until the next chunk begins, which may have so many in one row.
const mostNames = 1 << 18

// maxLead bounds the text before a value that is worth remembering.
const maxLead = 256

// jsonLines reads one JSON object a line. Rows mostly have the same fields in the same order and are written alike, so
// it remembers, for every field, which one came next and all the bytes from its own value up to that one's.
// If they are there again, one comparison does away with the comma, the name, the colon and the blanks: what has been
// read between these two fields once can be read there again.
type jsonLines struct {
	names     []name // 0 stands before the first field of a row
	over      int32  // of names: the place of whichever is one too many to be remembered; 0 while there is none
	places    map[string]int32
	keepNulls bool
	relax     *relaxer // nil: strict
}

type name struct {
	slot int32
	next int32  // the field that came after this one last time
	lead []byte // all between its value and that one's, with the brace before the first field; empty if not known
}

func newJSONLines(f spec.JSONFormat) (*jsonLines, error) {
	j := &jsonLines{names: []name{{slot: noSlot}}, places: map[string]int32{}, keepNulls: f.KeepNullColumns}
	relax, err := newRelaxer(f.Features)
	j.relax = relax
	return j, err
}

func (j *jsonLines) begin(p *Parser, _ *File) error {
	if len(j.names) > maxNames {
		j.names, j.places, j.over = append(j.names[:0], name{slot: noSlot}), map[string]int32{}, 0
	}
	if j.relax != nil {
		n := len(p.data) - scanPadding
		p.data = append(j.relax.apply(p.data[:n]), p.data[n:]...)
		p.rewritten = true
	}
	return nil
}

func (j *jsonLines) discoversNull() bool { return j.keepNulls }

func (j *jsonLines) next(p *Parser, at int) (after int, ok bool) {
	data := p.data
	i := at
	if data[i] == 0xef && bytes.HasPrefix(data[i:], []byte("\xef\xbb\xbf")) {
		i += 3 // a byte order mark
	}
	if data[i] != '{' {
		if i = skipBlanks(data, i); data[i] != '{' {
			i = scanRoot(data, i)
			return lineAfter(data, at), i >= 0
		}
	}
	i, ok = j.object(p, i)
	if data[i] == '\n' {
		return i + 1, ok
	}
	return lineAfter(data, i), ok
}

// lineAfter returns where the line after the one at data[i] begins.
func lineAfter(data []byte, i int) int { return i + bytes.IndexByte(data[i:], '\n') + 1 }

// scanRoot steps over a line's value that is not an object: a row without fields. A number has to be followed by a blank, a
// word by anything that cannot belong to it.
func scanRoot(data []byte, i int) int {
	v, end := scanValue(data, i, 0)
	if end < 0 {
		return -1
	}
	switch c := data[end]; v.kind {
	case integer, decimal:
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return -1
		}
	case trueValue, falseValue, null:
		if isNamePart(c) && c != '$' || c == 0x7f {
			return -1
		}
	}
	return end
}

// object reads the object at data[i]. It returns the place after it or, if it is broken, some place in its line.
func (j *jsonLines) object(p *Parser, i int) (end int, ok bool) {
	data := p.data
	for at := int32(0); ; {
		n := &j.names[at]
		if lead := n.lead; len(lead) > 0 && len(data)-i >= len(lead) && string(data[i:i+len(lead)]) == string(lead) {
			i += len(lead)
			at = n.next
		} else {
			var more bool
			begin := i
			if at, i, more, ok = j.learn(p, at, i); !more {
				if !ok {
					return begin, false
				}
				return i, true
			}
		}

		v := value{start: int32(i)}
		switch c := data[i]; {
		case c == '"':
			v.kind, v.start = text, int32(i+1)
			closing, escaped := scanString(data, i+1)
			if closing < 0 {
				return i, false
			}
			v.end, v.escaped, i = int32(closing), escaped, closing+1
		case c-'0' <= 9 || c == '-':
			stop, k := scanNumber(data, i)
			if stop < 0 {
				return i, false
			}
			v.kind, v.end, i = k, int32(stop), stop
		default:
			stop := 0
			if v, stop = scanValue(data, skipBlanks(data, i), 1); stop < 0 {
				return i, false
			}
			i = stop
		}
		if slot := j.names[at].slot; slot != noSlot {
			p.set(slot, v)
		}
	}
}

// learn reads what comes after the field at: another field's name, which is remembered there, or the end of the object. i is
// the place after the value of that field. more tells whether a value follows at the place returned.
func (j *jsonLines) learn(p *Parser, at int32, i int) (next int32, end int, more, ok bool) {
	data, begin := p.data, i
	i = skipBlanks(data, i)
	switch c := data[i]; {
	case c == '}' && at != 0:
		return 0, i + 1, false, true
	case c == ',' && at != 0:
		i = skipBlanks(data, i+1)
	case c == '{' && at == 0:
		if i = skipBlanks(data, i+1); data[i] == '}' {
			return 0, i + 1, false, true
		}
	default:
		return 0, begin, false, false
	}
	key, end := scanName(data, i)
	if end < 0 {
		return 0, begin, false, false
	}
	next = j.place(p, key)
	if lead := data[begin:end]; len(lead) <= maxLead && (j.over == 0 || at != j.over && next != j.over) {
		n := &j.names[at]
		n.next, n.lead = next, append(n.lead[:0], lead...)
	}
	return next, end, true, true
}

// place is where a field's name is remembered.
func (j *jsonLines) place(p *Parser, key value) int32 {
	raw := p.data[key.start:key.end]
	if key.escaped {
		p.scratch = unescapeJSON(p.scratch[:0], raw)
		raw = p.scratch
	}
	if at, ok := j.places[string(raw)]; ok {
		return at
	}
	at := int32(len(j.names))
	s := string(raw)
	if at >= mostNames {
		if j.over == 0 {
			j.over = at
			j.names = append(j.names, name{})
		}
		j.names[j.over] = name{slot: p.layout.find(s)}
		return j.over
	}
	j.names = append(j.names, name{slot: p.layout.find(s)})
	j.places[s] = at
	return at
}

func (j *jsonLines) element(p *Parser, _ value, at int) (value, int) {
	return nextJSONElement(p.data, at)
}

func (j *jsonLines) appendText(p *Parser, dst []byte, v value) []byte {
	return appendJSONValue(dst, p.data, v)
}

// appendRow leaves out what Druid's flattener leaves out: nulls and whatever is nested.
func (j *jsonLines) appendRow(p *Parser, dst []byte, begin, _ int) []byte {
	root := bytes.IndexByte(p.data[begin:], '{')
	blank := begin + root
	if root < 0 || len(bytes.Trim(p.data[begin:blank], " \t\r\xef\xbb\xbf")) > 0 {
		return append(dst, "{}"...)
	}
	shown := slices.DeleteFunc(fields(p.data, value{kind: object, start: int32(blank)}, nil), func(f field) bool {
		return f.value.kind == null && !j.keepNulls || !p.isDiscoverable(f.value)
	})
	return appendFields(append(dst, '{'), p.data, shown)
}

// newRelaxer returns what makes strict JSON of the extensions that the features allow, nil if they allow none.
func newRelaxer(features map[string]bool) (*relaxer, error) {
	r := &relaxer{}
	known, relaxed := r.relaxations(), false
	for feature, on := range features {
		switch flag := known[feature]; {
		case flag != nil:
			*flag = on
			relaxed = relaxed || on
		case feature == "AUTO_CLOSE_SOURCE" || feature == "INCLUDE_SOURCE_IN_LOCATION": // without a meaning for rows
		case on:
			return nil, fmt.Errorf("inputFormat.featureSpec: %s is not supported; supported are %s",
				feature, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
	}
	if !relaxed {
		return nil, nil
	}
	return r, nil
}
