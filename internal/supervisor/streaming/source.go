package streaming

import (
	"net/http"
	"time"

	"ovate/internal/commit"
	"ovate/internal/stream"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
)

// Source is the stream that a supervisor reads, by its spec, and what its tasks are. A kind of streams, such as Kafka, has one. Its methods are called by
// one goroutine at a time, and must return quickly.
type Source interface {
	// Settings are what the spec says; they stay the same.
	Settings() Settings
	// Open makes a client of the stream, which nobody has to reach yet.
	Open() (stream.Stream, error)
	// Name is what Druid calls a partition.
	Name(p stream.Partition) string
	// Task is the JSON of one more task that reads what c says, with an id of its own. Without a sequence in c its name follows from what is read: tasks that
	// read the same have the same one.
	Task(c *plan.Create) ([]byte, error)
	// Read is what the JSON of a task tells, as it is stored, whoever has made it.
	Read(task []byte) (plan.Task, error)
	// Offsets are the places that commit metadata tell of; false if these are of another stream. The error tells what in them nobody understands: whose
	// they are is not known then.
	Offsets(m *commit.Metadata) (o plan.Offsets, ours bool, err error)
	// Metadata are commit metadata which tell that the stream was read up to these places. The error tells what is none.
	Metadata(o plan.Offsets) (*commit.Metadata, error)
}

// Settings are how a supervisor goes about what its spec says.
type Settings struct {
	Rules plan.Rules
	// TaskType is the type of its tasks, such as index_kafka.
	TaskType string
	// StartDelay is how long it waits at first, and Period how long after it has looked it looks again, if nothing happens.
	StartDelay, Period time.Duration
	// ChatTimeout is how long a task may take for an answer, and ChatRetries how often it is asked again before it counts as lost.
	ChatTimeout time.Duration
	ChatRetries int
	// OffsetPeriod is how often it looks where its tasks and the stream are, for its status.
	OffsetPeriod time.Duration
	// Quoted tells that places are texts in JSON, and not numbers.
	Quoted bool
	// NoEnd is what tasks tell for the end if they do not have one yet.
	NoEnd stream.Sequence
	// ParseErrors is how many of them are shown at most.
	ParseErrors int
	// Scaling is by which rules the number of tasks follows the lag; nil: it does not.
	Scaling *plan.Scaling
}

// Process is what all supervisors of a process share.
type Process struct {
	// HTTP asks tasks. It must not have a timeout, nor follow redirects.
	HTTP *http.Client
	// Turns are how many tasks may be asked at a time.
	Turns chan struct{}
	supervisor.Thresholds
}

// NewProcess is what supervisors share whose tasks a client asks, a few at a time.
func NewProcess(client *http.Client, t supervisor.Thresholds) *Process {
	const turns = 64 // most of the time a question takes is spent waiting
	return &Process{HTTP: client, Turns: make(chan struct{}, turns), Thresholds: t}
}
