package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"ovate/internal/jsontext"
	"ovate/internal/moment"
)

// lookJSON finds where the rows stand in JSON.
func (in *Input) lookJSON(head []byte, full bool, o Options) error {
	d := &in.Dialect
	d.Format, d.Break = "json", '\n'
	switch o.JSONPath {
	case "":
	case ".":
		d.Layout = Objects
		return nil
	default:
		return in.lookAt(o)
	}
	v := firstOf(head, full)
	switch {
	case v.begin == len(head):
		return nil
	case head[v.begin] == '{':
		return in.lookObject(v, o)
	case head[v.begin] == '[':
		return in.lookList(v, o)
	}
	d.Layout = Lines
	return nil
}

// lookAt looks at what the caller says holds the rows.
func (in *Input) lookAt(o Options) error {
	path, every := keysOf(o.JSONPath)
	if every {
		return in.lookEvery(path)
	}
	if e, err := in.findEnvelope(nil); err == nil && e.broken == nil && !e.more {
		is := func(t *turned) bool { return slices.Equal(t.path, path) && (t.kind != keyedRows || t.sure) }
		if i := slices.IndexFunc(e.turned, is); i >= 0 && slices.ContainsFunc(e.turned[i+1:], is) {
			return fmt.Errorf("«--json-path %s»: there are two of it, and which is meant is not sure", o.JSONPath)
		} else if i >= 0 {
			return in.turnInto(e.turned[i], e)
		}
	}
	return in.lookBelow(path, o)
}

// firstValue is the first value of the beginning of an input.
type firstValue struct {
	head       []byte
	full       bool // head is all of the input
	begin, end int  // end is negative if the value goes on behind head
	more       bool // something comes behind it
	oneLine    bool
}

func firstOf(head []byte, full bool) firstValue {
	v := firstValue{head: head, full: full, begin: jsontext.Blanks(head, 0)}
	if v.begin == len(head) {
		return v
	}
	if v.end = jsontext.Outline(head, v.begin); v.ends() {
		v.more = jsontext.Blanks(head, v.end) < len(head)
		v.oneLine = bytes.IndexByte(head[v.begin:v.end], '\n') < 0
	}
	return v
}

// ends tells whether the value is over in the head.
func (v *firstValue) ends() bool { return v.end >= 0 }

// line is that of some place.
func (v *firstValue) line(at int) int { return 1 + bytes.Count(v.head[:at], []byte{'\n'}) }

// lookObject looks at what begins with an object.
func (in *Input) lookObject(v firstValue, o Options) error {
	d := &in.Dialect
	if !v.more && v.ends() == v.full {
		if taken, err := in.lookInside(o); err != nil || taken {
			return err
		}
	}
	if d.Layout = Objects; v.oneLine || !v.ends() && (v.full || bytes.IndexByte(v.head[v.begin:], '\n') < 0) {
		d.Layout = Lines
	}
	return nil
}

// lookList looks at what begins with a list.
func (in *Input) lookList(v firstValue, o Options) error {
	d := &in.Dialect
	if v.oneLine && v.more && v.head[jsontext.Blanks(v.head, v.end)] == '[' {
		if listsObjects(v.head[v.begin:v.end]) {
			return fmt.Errorf("line %d: holds a list of objects, and so does what follows it, so that each may be a list of rows: jq -c '.[]' FILE makes a line of each row", v.line(v.begin))
		}
		d.Layout = Lines
		return in.nameValues(v.head, v.begin, o)
	}
	d.Layout = Array
	inner := jsontext.Blanks(v.head, v.begin+1)
	if inner == len(v.head) {
		return nil
	}
	switch v.head[inner] {
	case '{', ']', 'n', 0:
		return nil
	case '[':
		return in.nameValues(v.head, inner, o)
	}
	value := v.head[inner:max(inner, jsontext.Outline(v.head, inner))]
	return fmt.Errorf("line %d: holds a list of single values such as %s; rows must be JSON objects, which jq -c '.[] | {value: .}' makes of them", v.line(inner), shown(value))
}

// listsObjects tells whether a list holds nothing but objects.
func listsObjects(list []byte) bool {
	n := 0
	for raw := range jsontext.Elements(list) {
		if n++; raw[0] != '{' {
			return false
		}
	}
	return n > 0
}

// lookInside finds out whether the one object of an input holds the rows, rather than being one.
func (in *Input) lookInside(o Options) (taken bool, err error) {
	e, err := in.findEnvelope(nil)
	if err != nil || e.broken != nil || e.more { // what is no JSON is told where its rows are read
		return false, err
	}
	t, others := e.chooseTurned()
	if t != nil {
		return true, in.turnInto(t, e)
	}
	list, err := e.choose(others)
	if err != nil {
		return false, err
	}
	if list == nil {
		for _, t := range others {
			in.Dialect.tables = append(in.Dialect.tables, t.pathOf())
		}
		if e.mayBeValues() {
			in.Dialect.tables = append(in.Dialect.tables, everyKey)
		}
		return false, nil
	}
	in.Dialect.wrapped, in.Dialect.beside = true, e.beside
	return true, in.lookBelow(list.path, o)
}

// turnInto makes rows of what holds them by columns or by keys.
func (in *Input) turnInto(t *turned, e *envelope) error {
	beside := e.besideTable(t)
	if err := in.turn(t); err != nil {
		return err
	}
	in.Dialect.beside = beside
	return nil
}

// lookBelow looks at the list of rows below some keys.
func (in *Input) lookBelow(path []string, o Options) (err error) {
	d := &in.Dialect
	d.Layout, d.path = Array, path
	text, err := in.text()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, text.Close()) }()
	r := &blocks{in: in, r: text}
	if err := r.start(); err != nil {
		return err
	}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(r.r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	head = head[:n]
	if at := jsontext.Blanks(head, 0); at < len(head) && head[at] == '[' {
		return in.nameValues(head, at, o)
	}
	return nil
}

// nameValues names the columns of rows that are lists: by the first of them, if it holds nothing but different texts, and none that is
// a fraction or a time.
func (in *Input) nameValues(head []byte, begin int, o Options) error {
	s := jsontext.Scanner{Data: head, Loose: true, NotUTF8: func(raw []byte) string { return (&Dialect{}).undecoded(raw) }}
	end := s.Value(begin, 0)
	if end < 0 {
		return fmt.Errorf("line %d: its first row %s", 1+bytes.Count(head[:begin], []byte{'\n'}), s.Why)
	}
	var names []string
	texts := true
	for raw := range jsontext.Elements(head[begin:end]) {
		kind := KindOf(raw[0])
		if kind == String {
			raw = jsontext.Unescape(nil, raw[1:len(raw)-1])
		}
		name := nameIn(kind, raw)
		look := lookOf([]byte(name), moment.UTC())
		texts = texts && kind == String && name != "" && look != fraction && look != instant
		names = append(names, name)
	}
	d := &in.Dialect
	distinct := map[string]bool{}
	for _, name := range names {
		distinct[name] = true
	}
	d.Header = texts && len(distinct) == len(names) && len(names) > 0
	if o.Header != nil {
		d.Header = *o.Header
	}
	if !d.Header {
		clear(names)
	}
	d.names = names
	d.Columns = nameFields(slices.Clone(names))
	return nil
}

// nameIn is how a value of a list names a column; "" if it does not.
func nameIn(kind Kind, raw []byte) string {
	if kind == String || kind == Number || kind == Bool {
		return strings.TrimSpace(string(raw))
	}
	return ""
}
