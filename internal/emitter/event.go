// Package emitter sends Druid's events: what a server tells of itself, one metric each, as druid.emitter asks for it.
package emitter

import (
	"strconv"

	"ovate/druid"
)

// Event is the value of one metric at a moment.
type Event struct {
	At     druid.Instant // 0 is when it is emitted
	Metric string        // its name in Druid, such as task/run/time
	Value  float64
	// Dims say what it is of, in the order of their names. Those that have the name of another field are left out.
	Dims []Dim
}

// Dim is one dimension of an event.
type Dim struct {
	Name, Value string
	// Number tells that the value is that of a number.
	Number bool
}

// Service says whose events these are.
type Service struct {
	Name    string // druid.service
	Host    string // host:port
	Version string // of Druid
}

// append appends the event as Druid's JSON has it.
func (s *Service) append(dst []byte, e *Event) []byte {
	dst = e.At.AppendTo(append(dst, `{"feed":"metrics","timestamp":"`...))
	dst = druid.AppendString(append(dst, `","service":`...), s.Name)
	dst = druid.AppendString(append(dst, `,"host":`...), s.Host)
	dst = druid.AppendString(append(dst, `,"version":`...), s.Version)
	dst = druid.AppendString(append(dst, `,"metric":`...), e.Metric)
	dst = appendValue(append(dst, `,"value":`...), e.Value)
	for _, d := range e.Dims {
		switch d.Name {
		case "feed", "timestamp", "service", "host", "version", "metric", "value":
			continue
		}
		dst = druid.AppendString(append(dst, ','), d.Name)
		if dst = append(dst, ':'); d.Number {
			dst = append(dst, d.Value...)
		} else {
			dst = druid.AppendString(dst, d.Value)
		}
	}
	return append(dst, '}')
}

// appendValue appends whole numbers without a point, as Java's longs are: nearly all of Druid's metrics are such.
func appendValue(dst []byte, v float64) []byte {
	if whole := int64(v); float64(whole) == v {
		return strconv.AppendInt(dst, whole, 10)
	}
	return druid.AppendDouble(dst, v)
}
