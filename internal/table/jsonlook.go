package table

import (
	"bytes"
	"fmt"
	"strings"
)

// lookJSON finds where the rows stand in JSON.
func (in *Input) lookJSON(head []byte, full bool, o Options) error {
	d := &in.Dialect
	d.Format, d.Break = "json", '\n'
	if o.JSONPath != "" {
		d.Layout, d.path = Array, strings.Split(o.JSONPath, ".")
		return nil
	}
	s := &syntax{data: head}
	begin := s.blanks(0)
	if begin == len(head) {
		return nil
	}
	end := outline(head, begin)
	ends := end >= 0 // the first value is over in the head
	more := ends && s.blanks(end) < len(head)
	oneLine := ends && bytes.IndexByte(head[begin:end], '\n') < 0
	switch head[begin] {
	case '{':
		if !more && (ends && full || !ends && !full) {
			if err := in.holdsTable(head, begin); err != nil {
				return err
			}
		}
		if d.Layout = Objects; oneLine || !ends && bytes.IndexByte(head[begin:], '\n') < 0 || !ends && full {
			d.Layout = Lines
		}
		return nil
	case '[':
		inner := s.blanks(begin + 1)
		if oneLine && more && head[s.blanks(end)] == '[' {
			d.Layout = Lines
			return in.nameValues(head, begin, o)
		}
		d.Layout = Array
		switch c := s.peek(inner); c {
		case '{', ']', 0:
			return nil
		case '[':
			return in.nameValues(head, inner, o)
		default:
			return fmt.Errorf("line %d: holds a list of single values such as %s; rows must be JSON objects", 1+bytes.Count(head[:inner], []byte{'\n'}), s.some(inner))
		}
	}
	d.Layout = Lines
	return nil
}

// holdsTable refuses the one object of an input if it seems to hold the rows, rather than being one.
func (in *Input) holdsTable(head []byte, begin int) error {
	s := &syntax{data: head}
	var keys []string
	find := func(prefix string, i int) {
		for i = s.blanks(i + 1); s.peek(i) == '"'; {
			raw, value := s.key(i)
			if value < 0 {
				return
			}
			if s.peek(value) == '[' && s.peek(s.blanks(value+1)) == '{' {
				keys = append(keys, prefix+string(unescape(nil, raw[1:len(raw)-1])))
			}
			end := outline(head, value)
			if end < 0 {
				return
			}
			if i = s.blanks(end); s.peek(i) != ',' {
				return
			}
			i = s.blanks(i + 1)
		}
	}
	find("", begin)
	if len(keys) == 0 {
		return nil
	}
	return fmt.Errorf("holds one JSON object, in which %s could be the rows. Say which: --json-path %s", strings.Join(keys, " or "), keys[0])
}

// nameValues names the columns of rows that are lists: by the first of them, if it holds nothing but different texts.
func (in *Input) nameValues(head []byte, begin int, o Options) error {
	s := &syntax{data: head}
	end, _ := s.value(begin, 0)
	if end < 0 {
		return fmt.Errorf("line %d: its first row %s", 1+bytes.Count(head[:begin], []byte{'\n'}), s.why)
	}
	var names []string
	texts := true
	for i := s.blanks(begin + 1); s.peek(i) != ']'; {
		next, kind := s.value(i, 0)
		name := ""
		if kind == String {
			name = strings.TrimSpace(string(unescape(nil, head[i+1:next-1])))
		}
		texts = texts && name != ""
		names = append(names, name)
		if i = s.blanks(next); s.peek(i) == ',' {
			i = s.blanks(i + 1)
		}
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
	d.Columns = nameFields(names)
	return nil
}
