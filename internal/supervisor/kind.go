package supervisor

// Kind is what is known of a type of supervisors, whatever a spec of it says.
type Kind struct {
	// Type is its name in the JSON of specs.
	Type string
	// marks are fields of ioConfig that no task has: by them a spec is known for one whose type is not known.
	marks []string
	// outline tells what a spec says of where the supervisor writes to, and which stream it reads; nil: nothing.
	outline func(*spec) (dataSource, source string)
}

// kinds are those known: who adds one adds a file for it or its family, and a name here.
var kinds = []Kind{
	streamKind("kafka", "topic", "topicPattern"), streamKind("kinesis", "stream"), streamKind("rabbit", "stream"),
	compactKind(), batchKind(),
	{Type: "NoopSupervisorSpec"}, // stands in the place of one that was terminated
}

// kindOf is the kind of a type. A spec of one that is not known here tells what one of any other would.
func kindOf(typ string) *Kind {
	for i := range kinds {
		if kinds[i].Type == typ {
			return &kinds[i]
		}
	}
	return &Kind{Type: typ, outline: anyOutline}
}
