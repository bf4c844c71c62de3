package supervisor

import "slices"

// Kind is what is known of a type of supervisors, whatever a spec of it says.
type Kind struct {
	// Type is its name in the JSON of specs.
	Type string
	// Check tells what is wrong with a spec that is submitted, of which ID and DataSource are known; nil: nothing more is looked at.
	Check func(*Spec) error
	// Run makes a supervisor of a spec, of which nothing is at work before its Start; nil: here nobody runs supervisors of the kind.
	Run func(*Spec, Host) (Supervising, error)

	// marks are fields of ioConfig that no task has: by them a spec is known for one whose type is not known.
	marks []string
	// outline tells what a spec says of where the supervisor writes to, and which stream it reads; nil: what one of any kind would.
	outline func(*parsed) (dataSource, source string)
	// place is the field that names the data source; empty: dataSource.
	place string
	// identify names the supervisor of a spec that is submitted; nil: it has the name of its data source.
	identify func(*Spec, *parsed) error
}

// kinds are those that Druid has: who adds one adds a file for it or its family, and a name here.
var kinds = []Kind{
	streamKind("kafka", "topic", "topicPattern"), streamKind("kinesis", "stream"), streamKind("rabbit", "stream"),
	compactKind(), batchKind(), endedKind(),
}

// ended is the type of what stands in the place of a supervisor that was terminated.
const ended = "NoopSupervisorSpec"

func endedKind() Kind {
	return Kind{Type: ended, outline: func(*parsed) (dataSource, source string) { return "", "" }, Check: func(*Spec) error {
		return refuse("A spec of type [%s] stands in the place of a supervisor that was terminated. To terminate one, POST to supervisor/{id}/terminate.", ended)
	}}
}

// Types are the types of specs that Druid has, in order.
func Types() (types []string) {
	for i := range kinds {
		types = append(types, kinds[i].Type)
	}
	slices.Sort(types)
	return types
}

// Known tells whether Druid has specs of a type.
func Known(typ string) bool {
	_, known := kindOf(typ, nil)
	return known
}

// kindOf is the kind of a type, among others than those that Druid has, too. A spec of one that is not known tells what one of any other would.
func kindOf(typ string, others []Kind) (k *Kind, known bool) {
	for _, of := range [][]Kind{others, kinds} {
		for i := range of {
			if of[i].Type == typ {
				return &of[i], true
			}
		}
	}
	return &Kind{Type: typ}, false
}

// outlined is what a spec tells.
func (k *Kind) outlined(p *parsed) (dataSource, source string) {
	if k.outline == nil {
		return anyOutline(p)
	}
	return k.outline(p)
}
