package supervisor

import "cmp"

// streamKind is that of supervisors whose tasks read a stream, which ioConfig names in one of some fields.
func streamKind(typ string, named ...string) Kind {
	return Kind{
		Type: typ, stream: true, marks: append(named, "taskCount", "taskDuration", "replicas"), place: "spec.dataSchema.dataSource",
		outline: func(p *parsed) (dataSource, source string) {
			return cmp.Or(p.Spec.DataSchema.DataSource, p.DataSchema.DataSource), cmp.Or(p.Spec.IOConfig.source(), p.IOConfig.source())
		},
		Check: func(s *Spec) error {
			if s.Source == "" {
				return refuse("Field [spec.ioConfig.%s] is missing: it must name the stream that the supervisor reads.", named[0])
			}
			return nil
		},
		identify: func(s *Spec, p *parsed) error {
			if s.ID = s.DataSource; p.ID != "" && p.ID != s.ID {
				return refuse("Field [id] is [%s], but must be [%s] or missing: a supervisor of type [%s] has the name of its data source.", p.ID, s.ID, typ)
			}
			return nil
		},
	}
}

// ioConfig is that of a stream.
type ioConfig struct {
	Stream       string `json:"stream"`
	TopicPattern string `json:"topicPattern"`
	Topic        string `json:"topic"`
}

// source is the name of the stream. Druid has it in stream, too, where it was given by another name.
func (c *ioConfig) source() string { return cmp.Or(c.Stream, c.TopicPattern, c.Topic) }
