package supervisor

import (
	"context"
	"slices"
)

// Kind is what is known of a type of supervisors, whatever a spec of it says.
type Kind struct {
	// Type is its name in the JSON of specs.
	Type string
	// Target finds out which data source a spec that is submitted writes to, if it does not tell, by asking others; nil: it has to tell.
	Target func(context.Context, *Spec) (dataSource string, err error)
	// Check tells what is wrong with a spec that is submitted, of which ID and DataSource are known; nil: nothing more is looked at.
	Check func(*Spec) error
	// Run makes a supervisor of a spec, of which nothing is at work before its Start; nil: here nobody runs supervisors of the kind.
	Run func(*Spec, Host) (Supervising, error)
	// Rests tells people why nobody runs them here; empty: they are not known here.
	Rests string

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

// own are those that Druid does not have, and are known everywhere.
var own = []Kind{scheduledTaskKind()}

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

// Known tells whether there are specs of a type, in Druid or here.
func Known(typ string) bool {
	_, known := kindOf(typ, nil)
	return known
}

// kindOf is the kind of a type. Others say how supervisors of a type are run, be it known otherwise or not. A spec of one that is not known tells what
// one of any other would.
func kindOf(typ string, others []Kind) (k *Kind, known bool) {
	k = &Kind{Type: typ}
	for _, of := range [][]Kind{kinds, own} {
		if i := slices.IndexFunc(of, func(k Kind) bool { return k.Type == typ }); i >= 0 {
			k, known = &of[i], true
		}
	}
	if i := slices.IndexFunc(others, func(k Kind) bool { return k.Type == typ }); i >= 0 {
		run := *k
		run.Target, run.Check, run.Run, run.Rests = others[i].Target, others[i].Check, others[i].Run, others[i].Rests
		return &run, true
	}
	return k, known
}

// outlined is what a spec tells.
func (k *Kind) outlined(p *parsed) (dataSource, source string) {
	if k.outline == nil {
		return anyOutline(p)
	}
	return k.outline(p)
}
