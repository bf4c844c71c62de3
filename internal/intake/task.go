package intake

import "ovate/internal/task"

// Task is the task that Submit would take of a document, as far as can be known without doing it. The errors are those of Submit.
func (i *Intake) Task(document []byte, proxied bool) (task.Task, error) {
	t, err := i.Decode(document, proxied)
	if err == nil {
		err = invalid(i.Tasks.Check(t))
	}
	return t, err
}
