// Package sourcetest is the suite that every streaming.Source must pass: what is made for a stream has to be understood by who leads next, and by the other parts of
// the server, as this one means it.
package sourcetest

import (
	"testing"

	"ovate/druid"
	"ovate/internal/stream"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/streaming"
)

// Case is a kind of streams under test.
type Case struct {
	// DataSource is what all of the sources write to, and Source the one under test.
	DataSource string
	Source     streaming.Source
	// Changed reads the same stream by a spec that has something else done with the records, and Elsewhere reads another stream.
	Changed, Elsewhere streaming.Source
	// Partitions are some of the stream, two at least, in its order.
	Partitions []stream.Partition
	// Early and Late are places in any of them, one after the other.
	Early, Late stream.Sequence
	// Strange are texts that are no places.
	Strange []stream.Sequence
}

// Exercise runs the suite.
func Exercise(t *testing.T, c Case) {
	t.Helper()
	for name, test := range map[string]func(b *bench){
		"settings that decisions go by":                   testSettings,
		"each partition has a name and a group":           testPartitions,
		"a task is read as it was made":                   testTasks,
		"a task is what the queue knows for one":          testQueue,
		"replicas have a name in common, and others none": testSequences,
		"a task is judged by the spec":                    testJudged,
		"what is no task is refused":                      testNoTask,
		"how far the stream was read":                     testMetadata,
		"what is no place is refused":                     testStrange,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(&bench{t, c})
		})
	}
}

type bench struct {
	*testing.T
	Case
}

// offsets are a place in all partitions.
func (b *bench) offsets(at stream.Sequence) plan.Offsets {
	o := plan.Offsets{}
	for _, p := range b.Partitions {
		o[b.Source.Name(p)] = at
	}
	return o
}

// create is a step that has tasks made, as plan decides on them.
func (b *bench) create() plan.Create {
	start := b.offsets(b.Early)
	return plan.Create{Count: 1, Group: 1, Start: start, Checkpoints: plan.Checkpoints{At: []plan.Offsets{start}}}
}

// task is a task that is made by a source.
func (b *bench) task(by streaming.Source, c plan.Create) []byte {
	b.Helper()
	text, err := by.Task(&c)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// read is what a source reads in a task.
func (b *bench) read(by streaming.Source, text []byte) plan.Task {
	b.Helper()
	t, err := by.Read(text)
	if err != nil {
		b.Fatalf("%s: %v", text, err)
	}
	return t
}

// limits are times between which records are taken.
func limits() (earliest, latest *druid.Instant) {
	return new(druid.Instant(1_000)), new(druid.Instant(1_700_000_000_123))
}
