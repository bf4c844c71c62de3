package supervisor

import (
	"cmp"
	"encoding/json"

	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// Types of supervisors that have something run by a schedule.
const (
	ScheduledBatch = "scheduled_batch"      // a query of SQL
	ScheduledTask  = "ovate_scheduled_task" // any task
)

// batchKind is that of supervisors which have a query of SQL run by a schedule.
func batchKind() Kind {
	return Kind{
		Type:     ScheduledBatch,
		outline:  func(p *parsed) (dataSource, source string) { return p.DataSource, "" },
		identify: nameScheduled,
	}
}

// scheduledTaskKind is that of supervisors which have a task of any kind run by a schedule.
func scheduledTaskKind() Kind {
	return Kind{
		Type: ScheduledTask,
		outline: func(p *parsed) (dataSource, source string) {
			return cmp.Or(p.Task.DataSource, p.Task.Spec.DataSource, p.Task.Spec.DataSchema.DataSource), ""
		},
		place:    "task.dataSource",
		identify: nameScheduled,
		task:     TaskOf,
	}
}

// TaskOf are the members of the task that a spec gives, each once: as it is run, and as its sender must be allowed to run it.
func TaskOf(s *Spec) (map[string]json.RawMessage, error) {
	var spec struct {
		Task map[string]json.RawMessage `json:"task"`
	}
	err := jsontext.Unmarshal(s.Payload, &spec)
	return spec.Task, err
}

// nameScheduled gives a supervisor an id, which Druid makes up, too, if the spec has none. It is stored with the spec, as the next leader would make up
// another.
func nameScheduled(s *Spec, p *parsed) error {
	if s.ID = p.ID; s.ID == "" {
		s.ID = s.Type + "__" + s.DataSource + "__" + uuid.NewString()
		s.Payload = withMember(s.Payload, "id", druid.AppendString(nil, s.ID))
	}
	return nil
}
