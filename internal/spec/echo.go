package spec

import (
	"strconv"

	"ovate/druid"
)

// echo appends one JSON object, field by field, in the order in which Druid writes them.
type echo struct{ dst []byte }

func beginObject(dst []byte) echo { return echo{append(dst, '{')} }

// end closes the object and returns all that was appended.
func (e *echo) end() []byte { return append(e.dst, '}') }

// name begins a field; its value has to be appended to dst.
func (e *echo) name(name string) {
	if e.dst[len(e.dst)-1] != '{' {
		e.dst = append(e.dst, ',')
	}
	e.dst = append(druid.AppendString(e.dst, name), ':')
}

func (e *echo) text(name, value string) {
	e.name(name)
	e.dst = druid.AppendString(e.dst, value)
}

func (e *echo) number(name string, value int64) {
	e.name(name)
	e.dst = strconv.AppendInt(e.dst, value, 10)
}

func (e *echo) boolean(name string, value bool) {
	e.name(name)
	e.dst = strconv.AppendBool(e.dst, value)
}

// raw appends a value that is JSON already.
func (e *echo) raw(name, json string) {
	e.name(name)
	e.dst = append(e.dst, json...)
}

func (e *echo) texts(name string, values []string) {
	e.name(name)
	e.dst = append(e.dst, '[')
	for i, v := range values {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		e.dst = druid.AppendString(e.dst, v)
	}
	e.dst = append(e.dst, ']')
}

// appender is what writes itself as JSON.
type appender interface{ appendJSON(dst []byte) []byte }

func (e *echo) value(name string, value appender) {
	e.name(name)
	e.dst = value.appendJSON(e.dst)
}

// appendList appends a JSON list of what can append itself.
func appendList[T appender](dst []byte, items []T) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item.appendJSON(dst)
	}
	return append(dst, ']')
}

func (e *echo) granularity(name string, g druid.Granularity) {
	e.name(name)
	e.dst = g.AppendJSON(e.dst)
}
