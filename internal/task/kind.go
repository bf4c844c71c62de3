package task

import (
	"ovate/druid"
	"ovate/internal/spec"
)

// Kind is what is known of a type of tasks, whatever a task of it says. What differs from task to task is asked of the Task itself.
type Kind struct {
	// Type is its name in the JSON of tasks.
	Type string
	// TakesLocks tells whether its tasks may need locks before they run. Others are always ready.
	TakesLocks bool
	// RemovesSegments tells whether its tasks remove segments and their files.
	RemovesSegments bool
	// Audited tells whether a submission goes into the audit history.
	Audited bool
	// Parallel tells whether Druid may split its tasks among workers, which it counts apart from the others.
	Parallel bool

	decode func(h druid.Task, d *spec.Document, now druid.Instant) (Task, error) // nil if it cannot be run here
	// priority is that of tasks whose context has none.
	priority int
	// alone tells whether a task shares its locks with nobody; appends is what its spec says.
	alone func(appends bool) bool
	// allocates tells whether a task may reserve segment ids.
	allocates bool
}

// registered are the kinds of tasks that can be run here, in the order in which messages list them. Each stands in a file of its own.
var registered = []Kind{indexKind(typeIndex), indexKind(typeIndexParallel), killKind(), noopKind()}

// elsewhere are the kinds of tasks that Druid knows and that run on its workers alone, as far as anything has to be known of them here.
var elsewhere = []Kind{
	{Type: "compact", TakesLocks: true, Audited: true, priority: 25},
	{Type: "index_hadoop", TakesLocks: true, Audited: true, priority: 50},
	{Type: "index_kafka", priority: 75},
	{Type: "index_kinesis", priority: 75},
	{Type: "index_rabbit", priority: 75},
	{Type: "single_phase_sub_task", priority: 50},
	{Type: "index_sub", priority: 50},
	{Type: "partial_index_generate", priority: 50},
	{Type: "partial_range_index_generate", priority: 50},
	{Type: "partial_dimension_cardinality", priority: 50},
	{Type: "partial_dimension_distribution", priority: 50},
	{Type: "partial_index_generic_merge", priority: 50},
	{Type: "move", TakesLocks: true},
	{Type: "archive", TakesLocks: true},
	{Type: "restore", TakesLocks: true},
	{Type: "query_controller", TakesLocks: true, priority: 50},
	{Type: "query_worker"},
}

// Types lists the types of tasks that can be run here.
func Types() []string {
	types := make([]string, len(registered))
	for i, k := range registered {
		types[i] = k.Type
	}
	return types
}

// KindOf is the kind of a type. Of one that is not known here it is assumed that its tasks take locks.
func KindOf(typ string) *Kind {
	for i := range registered {
		if registered[i].Type == typ {
			return &registered[i]
		}
	}
	for i := range elsewhere {
		if elsewhere[i].Type == typ {
			return &elsewhere[i]
		}
	}
	return &Kind{Type: typ, TakesLocks: true}
}
