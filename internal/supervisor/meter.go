package supervisor

import "time"

// Meter is told what supervisors do, for metrics. It returns at once.
type Meter interface {
	// FetchedOffsets tells how long it took to find out where a stream ends.
	FetchedOffsets(s *Spec, took time.Duration)
	// Required tells that an autoscaler wants another number of tasks.
	Required(s *Spec, tasks int)
	// SubmittedBatch tells what became of a query or a task that was due.
	SubmittedBatch(s *Spec, err error)
}

// Unmetered is a Meter that counts nothing.
type Unmetered struct{}

// FetchedOffsets implements Meter.
func (Unmetered) FetchedOffsets(*Spec, time.Duration) {}

// Required implements Meter.
func (Unmetered) Required(*Spec, int) {}

// SubmittedBatch implements Meter.
func (Unmetered) SubmittedBatch(*Spec, error) {}
