package task

import (
	"ovate/druid"
	"ovate/internal/spec"
)

// Kind is what is known of a type of tasks, whatever a task of it says. Each kind that can be run here stands in a file of its own;
// KindOf is the one place that lists them.
type Kind struct {
	// TakesLocks tells whether its tasks may need locks before they run. Others are always ready.
	TakesLocks bool
	// RemovesSegments tells whether its tasks remove segments and their files.
	RemovesSegments bool
	// Audited tells whether a submission goes into the audit history.
	Audited bool

	decode func(h druid.Task, d *spec.Document, now druid.Instant) (Task, error) // nil if it cannot be run here
	// priority is that of tasks whose context has none.
	priority int
	// alone tells whether a task shares its locks with nobody; appends is what its spec says.
	alone func(appends bool) bool
	// allocates tells whether a task may reserve segment ids.
	allocates bool
}

// Types lists the types of tasks that can be run here. KindOf knows what each of them is made of.
func Types() []string { return []string{typeIndex, typeIndexParallel, typeKill, typeNoop} }

// KindOf is the kind of a type. Of one that is not known here it is assumed that its tasks take locks.
func KindOf(typ string) Kind {
	switch typ {
	case typeIndex, typeIndexParallel:
		return indexKind()
	case typeKill:
		return killKind()
	case typeNoop:
		return noopKind()
	default:
		return Kind{TakesLocks: true, Audited: typ == "compact"}
	}
}
