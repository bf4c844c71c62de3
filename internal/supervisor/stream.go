package supervisor

import "cmp"

// streamKind is that of supervisors whose tasks read a stream, which ioConfig names in one of some fields.
func streamKind(typ string, named ...string) Kind {
	return Kind{Type: typ, marks: append(named, "taskCount", "taskDuration", "replicas"), outline: func(s *spec) (dataSource, source string) {
		return cmp.Or(s.Spec.DataSchema.DataSource, s.DataSchema.DataSource), cmp.Or(s.Spec.IOConfig.source(), s.IOConfig.source())
	}}
}

// ioConfig is that of a stream.
type ioConfig struct {
	Stream       string `json:"stream"`
	TopicPattern string `json:"topicPattern"`
	Topic        string `json:"topic"`
}

// source is the name of the stream. Druid has it in stream, too, where it was given by another name.
func (c *ioConfig) source() string { return cmp.Or(c.Stream, c.TopicPattern, c.Topic) }
