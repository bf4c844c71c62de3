package supervisor

import "ovate/internal/supervisor/document"

// streamKind is that of supervisors whose tasks read a stream, which ioConfig names in one of some fields.
func streamKind(typ string, named ...string) Kind {
	return Kind{
		Type: typ, stream: true, marks: append(named, "taskCount", "taskDuration", "replicas"), place: "spec.dataSchema.dataSource",
		outline: func(root document.Value) (dataSource, source string) {
			parts := root.Parts()
			io := parts.Field("ioConfig") // in whose stream Druid has it, too, where it was given by another name
			return first(parts.Field("dataSchema").Field("dataSource")), first(io.Field("stream"), io.Field("topicPattern"), io.Field("topic"))
		},
		Check: func(s *Spec) error {
			if s.Source == "" {
				return refuse("Field [spec.ioConfig.%s] is missing: it must name the stream that the supervisor reads.", named[0])
			}
			return nil
		},
		identify: func(s *Spec, root document.Value) error {
			if id := first(root.Field("id")); id != "" && id != s.DataSource {
				return refuse("Field [id] is [%s], but must be [%s] or missing: a supervisor of type [%s] has the name of its data source.", id, s.DataSource, typ)
			}
			s.ID = s.DataSource
			return nil
		},
	}
}
