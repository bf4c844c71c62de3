package scheduled_test

import (
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"ovate/internal/supervisor/scheduled"
	"ovate/internal/supervisor/supervisortest"
	"ovate/internal/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// each is a schedule that is due in every second.
const each = `"schedulerConfig":{"type":"quartz","schedule":"* * * * * ?"}`

// What all supervisors must do holds for those that run tasks by a schedule; their tasks go on whatever becomes of them.
func TestTasksAsSupervisors(t *testing.T) {
	t.Parallel()
	supervisortest.Exercise(t, func(t *testing.T, test func(*testing.T, supervisortest.Case)) {
		synctest.Test(t, func(t *testing.T) {
			test(t, supervisortest.Case{
				Kind:     scheduled.Tasks(task.Places{}, nil, nil),
				Spec:     `{"type":"ovate_scheduled_task","id":"often","task":{"type":"noop","dataSource":"wiki","runTime":1000000000},` + each + `}`,
				TaskType: "noop", Tasks: 1, Leaves: true, Host: supervisortest.InProcess(t),
			})
		})
	})
}
