package task

import (
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/spec"
	"ovate/internal/spelling"
)

// Kind is what is known of a type of tasks, whatever a task of it says. What differs from task to task is asked of the Task itself.
// What a kind leaves out is as it is with most.
type Kind struct {
	// Type is its name in the JSON of tasks.
	Type string
	// TakesLocks tells whether its tasks may need locks before they run. Others are always ready.
	TakesLocks bool
	// MakesSegments tells whether its tasks are there to make segments of their data source, whether it has any or not.
	MakesSegments bool
	// Audited tells whether a submission goes into the audit history.
	Audited bool
	// Parallel tells whether Druid may split its tasks among workers, which it counts apart from the others.
	Parallel bool

	// Part tells whether its tasks are parts of others, which submit them.
	Part bool

	// unknown tells that nothing is known of it: it may be that of an extension, or nobody's.
	unknown bool
	// extended tells that Druid knows it with an extension alone, other than that for Kafka.
	extended bool
	// priority is that of tasks whose context has none.
	priority int
	// dataSource is that of tasks that name none; they are refused if it is empty.
	dataSource string
	// newID makes the id of a task that brings none; nil: of its type and its data source.
	newID func(now druid.Instant) string
	// group is that of tasks which cannot choose it, empty if each is one of its own; nil: they choose.
	group func(dataSource string, appends bool) string

	// decode makes a task that runs here; nil if none can.
	decode func(h druid.Task, d *spec.Document, now druid.Instant) (Task, error)
	// alone tells whether a task that runs here shares its locks with nobody; appends is what its spec says. nil: none does.
	alone func(appends bool) bool
	// allocates tells whether a task that runs here may reserve segment ids.
	allocates bool
	// replicated tells that its tasks may be replicas of one another, which never share a worker: together they have the segment ids that one reserves.
	// Those of others are their group's.
	replicated bool

	// check refuses a task for a worker that Druid would not take, by a *spec.Error; nil: it is not known what Druid takes.
	check func(d *spec.Document) error
	// outline reads what counts here of a task that runs on a worker; nil: its data source. With an error it returns what could be read.
	outline func(raw []byte) (outline, error)
	// strict tells whether a task on a worker that outline cannot read is refused. Otherwise that is left to the worker, which knows more.
	strict bool
}

// kinds are those known: who adds one adds a file for it or its family, and a name here. Those that can be run here stand in the order in
// which messages list them; the others run on Druid's workers alone.
var kinds = []Kind{
	indexKind(typeIndex), indexKind(typeIndexParallel), killKind(), noopKind(),
	compactKind(), hadoopKind(),
	moveKind("move"), moveKind("archive"), moveKind("restore"),
	partKind("single_phase_sub_task"), partKind("index_sub"), partKind("partial_index_generate"), partKind("partial_range_index_generate"),
	partKind("partial_dimension_cardinality"), partKind("partial_dimension_distribution"), partKind("partial_index_generic_merge"),
	streamKind(typeKafka), streamKind("index_kinesis"), streamKind("index_rabbit"),
	queryKind(), queryWorkerKind(),
}

// Types lists the types of tasks that can be run here.
func Types() []string { return typesOf(func(k *Kind) bool { return k.decode != nil }) }

// DruidTypes lists the types that a Druid with its Kafka extension knows, as it lists them itself.
func DruidTypes() []string {
	types := typesOf(func(k *Kind) bool { return !k.extended })
	slices.Sort(types)
	return types
}

func typesOf(which func(*Kind) bool) (types []string) {
	for i := range kinds {
		if which(&kinds[i]) {
			types = append(types, kinds[i].Type)
		}
	}
	return types
}

// KindOf is the kind of a type. Of one that is not known here it is assumed that its tasks take locks.
func KindOf(typ string) *Kind {
	for i := range kinds {
		if kinds[i].Type == typ {
			return &kinds[i]
		}
	}
	return &Kind{Type: typ, TakesLocks: true, unknown: true, check: checkType}
}

// ReadsStream tells whether its tasks read streams, for supervisors that submit them.
func (k *Kind) ReadsStream() bool { return k.replicated }

// checkType refuses a task of a type that is none of Druid's own and so like one of these that it is probably meant. All others are left to
// the extension that knows them.
func checkType(d *spec.Document) error {
	h, err := d.Header()
	if err != nil {
		return err
	}
	if near := spelling.Nearest(h.Type, typesOf(func(*Kind) bool { return true })); near != "" {
		return &spec.Error{Path: "type", Problem: fmt.Sprintf("is %q, which Druid does not know: did you mean %s?", h.Type, near)}
	}
	return nil
}

// ownGroup is the group of tasks of which each is one.
func ownGroup(string, bool) string { return "" }

// allocator is as whose segment ids are known that a task reserves.
func (k *Kind) allocator(h *druid.Task) string {
	if k.replicated {
		return h.Resource.AvailabilityGroup
	}
	return h.GroupID
}
