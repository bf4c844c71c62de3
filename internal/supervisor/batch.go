package supervisor

import (
	"encoding/json"

	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/supervisor/document"
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
		outline:  func(root document.Value) (dataSource, source string) { return first(root.Field("dataSource")), "" },
		identify: nameScheduled,
	}
}

// scheduledTaskKind is that of supervisors which have a task of any kind run by a schedule.
func scheduledTaskKind() Kind {
	return Kind{
		Type: ScheduledTask,
		outline: func(root document.Value) (dataSource, source string) {
			task := root.Field("task")
			spec := task.Field("spec")
			return first(task.Field("dataSource"), spec.Field("dataSource"), spec.Field("dataSchema").Field("dataSource")), ""
		},
		place:    "task.dataSource",
		identify: nameScheduled,
		task:     TaskOf,
	}
}

// TaskOf are the members of the task that a spec gives, each once, as whoever reads all of it has them: of several types the first counts, and else the last.
func TaskOf(s *Spec) (map[string]json.RawMessage, error) {
	root, err := document.Parse(s.Payload, "the spec")
	if err != nil {
		return nil, err
	}
	task, members := root.Field("task"), map[string]json.RawMessage{}
	task.Object()
	for name, raw := range task.Members() {
		if _, again := members[name]; !again || name != "type" {
			members[name] = raw
		}
	}
	return members, root.Failure()
}

// nameScheduled gives a supervisor an id, which Druid makes up, too, if the spec has none. It is stored with the spec, as the next leader would make up
// another.
func nameScheduled(s *Spec, root document.Value) error {
	if s.ID = first(root.Field("id")); s.ID == "" {
		s.ID = s.Type + "__" + s.DataSource + "__" + uuid.NewString()
		s.Payload = withMember(s.Payload, "id", druid.AppendString(nil, s.ID))
	}
	return nil
}
