package kafka

import (
	"ovate/internal/supervisor/assignment"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/plan"
)

// Task is what the JSON of a task says of what it reads. Of the plan.Task it has what assignment.Read tells.
type Task struct {
	plan.Task
	// Stream is what it reads, as a Spec has it.
	Stream string
	Multi  bool
}

// ReadTask reads the JSON of a task that a Java Overlord or this one has made, of whatever version. The error is a *document.Error.
func ReadTask(payload []byte) (t Task, err error) {
	t.Task, t.Stream, err = assignment.Read(payload, TaskType, notation{}, func(io document.Value) { t.Multi, _ = io.Field("multiTopic").Truth() })
	if err != nil {
		return Task{}, err
	}
	return t, nil
}
