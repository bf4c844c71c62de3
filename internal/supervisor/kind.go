package supervisor

import (
	"context"
	"encoding/json"
	"slices"

	"ovate/internal/supervisor/document"
)

// Kind is what is known of a type of supervisors, whatever a spec of it says. Of the types that Druid has the kinds below tell how specs are read; a package
// that has supervisors of one run hands in a Kind with its Type, a Check of what more it asks of specs, and Run.
type Kind struct {
	// Type is its name in the JSON of specs.
	Type string
	// Target finds out which data source a spec that is submitted writes to by asking others: if it does not tell, or may tell what is not so; nil: it has to tell.
	Target func(context.Context, *Spec) (dataSource string, err error)
	// Check tells what is wrong with a spec that is submitted, of which ID and DataSource are known: it is refused with the error, whatever that is. nil: nothing
	// more is looked at.
	Check func(*Spec) error
	// Run makes a supervisor of a spec, of which nothing is at work before its Start; nil: here nobody runs supervisors of the kind.
	Run func(*Spec, Host) (Supervising, error)
	// Reads is the type of its tasks, if they read a stream and go on until they are told to end; empty: they end by themselves.
	Reads string
	// Rests tells people why nobody runs them here; empty: they are not known here.
	Rests string

	// marks are fields of ioConfig that no task has: by them a spec is known for one whose type is not known.
	marks []string
	// outline tells what a spec says of where the supervisor writes to, and which stream it reads; nil: what one of any kind would.
	outline func(document.Value) (dataSource, source string)
	// place is the field that names the data source; empty: dataSource.
	place string
	// identify names the supervisor of a spec that is submitted; nil: it has the name of its data source.
	identify func(*Spec, document.Value) error
	// stream tells that its tasks read a stream, of the kind's type.
	stream bool
	// task are the members of the task that a spec gives to be run: who submits it must be allowed to run that; nil: specs give none.
	task func(*Spec) (map[string]json.RawMessage, error)
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
	return Kind{Type: ended, outline: func(document.Value) (dataSource, source string) { return "", "" }, Check: func(*Spec) error {
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
	is := func(k Kind) bool { return k.Type == typ }
	return slices.ContainsFunc(kinds, is) || slices.ContainsFunc(own, is)
}

// kindsWith are the kinds that are known everywhere, and others. One of a known type says how supervisors of that run, and the rest stays as it is.
func kindsWith(others []Kind) []Kind {
	all := slices.Concat(kinds, own)
	for _, other := range others {
		at := slices.IndexFunc(all, func(k Kind) bool { return k.Type == other.Type })
		if at < 0 {
			all = append(all, other)
		} else {
			all[at] = all[at].runBy(other)
		}
	}
	return all
}

// runBy is a kind whose supervisors run as another says.
func (k Kind) runBy(other Kind) Kind {
	own := k.Check
	k.Target, k.Run, k.Reads, k.Rests, k.Check = other.Target, other.Run, other.Reads, other.Rests, func(s *Spec) error {
		for _, check := range []func(*Spec) error{own, other.Check} {
			if check == nil {
				continue
			}
			if err := check(s); err != nil {
				return err
			}
		}
		return nil
	}
	return k
}

// kindOf is the kind of a type among all of them. A spec of one that is not known tells what one of any other would.
func kindOf(typ string, all []Kind) (k *Kind, known bool) {
	for i := range all {
		if all[i].Type == typ {
			return &all[i], true
		}
	}
	return &Kind{Type: typ}, false
}

// outlined is what a spec tells.
func (k *Kind) outlined(root document.Value) (dataSource, source string) {
	if k.outline == nil {
		return anyOutline(root)
	}
	return k.outline(root)
}
