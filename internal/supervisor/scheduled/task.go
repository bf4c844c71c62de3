package scheduled

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/spec"
	"ovate/internal/supervisor"
	"ovate/internal/task"
)

// Rule tells why a task may not run here, or may not read its input.
type Rule func(task.Task) error

// Tasks is the kind of supervisors that have a task of any kind run by a schedule. mayRead is asked of tasks whose sender may be anywhere: of a spec that is
// stored nobody knows where it came from. accept is what else the queue asks of a task.
func Tasks(places task.Places, mayRead, accept Rule) supervisor.Kind {
	turns := make(chan struct{}, mostAtOnce)
	of := func(s *supervisor.Spec, h supervisor.Host) (*tasks, error) {
		return newTasks(s, h, places, mayRead, turns)
	}
	return supervisor.Kind{
		Type: supervisor.ScheduledTask,
		Check: func(s *supervisor.Spec) error {
			if err := check(s); err != nil {
				return err
			}
			j, err := of(s, supervisor.Host{Now: druid.Now})
			if err == nil {
				err = j.check(idOf(s.ID, 0), accept)
			}
			if err != nil {
				return supervisor.Refuse("%w", err)
			}
			return checkFields(s)
		},
		Run: func(s *supervisor.Spec, h supervisor.Host) (supervisor.Supervising, error) {
			t, err := timingOf(s.Payload)
			if err != nil {
				return nil, err
			}
			j, err := of(s, h)
			if err != nil {
				return nil, err
			}
			one := newScheduled(s, h, t, j)
			j.isOwn = one.isOwn
			return one, nil
		},
	}
}

// mostAtOnce is how many tasks are made and handed in at a time, however many are due in one minute: each is in memory then.
const mostAtOnce = 4

// fields are those of a spec.
var fields = [...]string{"type", "id", "suspended", "dataSource", "schedulerConfig", "timeZone", "overlap", "task"}

// checkFields refuses those that the spec does not have: as the type is ours none is there for somebody else. A data source beside the task's would mislead.
func checkFields(s *supervisor.Spec) error {
	for key, value := range jsontext.Members(bytes.TrimSpace(s.Payload)) {
		name := string(jsontext.Unescape(nil, key))
		if given := ""; name == "dataSource" && (json.Unmarshal(value, &given) != nil || given != "" && given != s.DataSource) {
			return supervisor.Refuse("Field [dataSource] must be missing, or [%s] as in the task", s.DataSource)
		}
		if !slices.Contains(fields[:], name) {
			return supervisor.Refuse("Field [%s] is unknown: a supervisor of type [%s] has %s", name, supervisor.ScheduledTask, strings.Join(fields[:], ", "))
		}
	}
	return nil
}

// tasks is the job of tasks that are like each other.
type tasks struct {
	supervisor.Host
	places  task.Places
	mayRead Rule
	isOwn   func(id string) bool
	turns   chan struct{} // of all that are due

	dataSource, typ string
	fields          map[string]json.RawMessage // of the task
	together        bool                       // one may run beside the one before
}

// Values of overlap.
const (
	skip  = "skip"  // what is due while the last one runs is left out
	allow = "allow" // it runs beside it
)

func newTasks(s *supervisor.Spec, h supervisor.Host, places task.Places, mayRead Rule, turns chan struct{}) (*tasks, error) {
	var spec struct {
		Overlap string `json:"overlap"`
	}
	if err := jsontext.Unmarshal(s.Payload, &spec); err != nil {
		return nil, err
	}
	fields, err := supervisor.TaskOf(s)
	if err != nil {
		return nil, err
	}
	j := &tasks{Host: h, places: places, mayRead: mayRead, turns: turns, dataSource: s.DataSource, fields: fields, together: spec.Overlap == allow}
	switch spec.Overlap {
	case "", skip, allow:
	default:
		return nil, supervisor.RefuseField("overlap", "is [%s], but must be [skip], so that what is due is left out while the last one runs, or [allow]", spec.Overlap)
	}
	if given, there := j.fields["id"]; there && string(given) != "null" {
		return nil, supervisor.RefuseField("task.id", "is %s, but must be missing: each task gets an id of its own, of the supervisor's and the time", given)
	}
	if err := json.Unmarshal(j.fields["type"], &j.typ); err != nil || j.typ == "" {
		return nil, supervisor.RefuseField("task.type", "must be the type of the task, a text")
	}
	return j, nil
}

// made is a task of an id.
func (j *tasks) made(id string) (task.Task, error) {
	named := maps.Clone(j.fields)
	named["id"] = druid.AppendString(nil, id)
	document, err := json.Marshal(named)
	if err != nil {
		return nil, err
	}
	mayRead := func(t task.Task) error {
		task.SetProxied(t)
		if j.mayRead == nil {
			return nil
		}
		return j.mayRead(t)
	}
	t, err := j.places.Decode(document, j.Now(), mayRead)
	if err != nil {
		return nil, supervisor.Refuse("Field [task] is no task that can be run: %w", err)
	}
	if err := mayRead(t); err != nil {
		return nil, supervisor.Refuse("Field [task.spec.ioConfig]: a task that runs by a schedule may read what one may that comes through a proxy: %w", err)
	}
	return t, nil
}

// check refuses a task that cannot be made, of an id, or is not accepted.
func (j *tasks) check(id string, accept Rule) error {
	t, err := j.made(id)
	if err != nil {
		return err
	}
	if fault := spec.ContextFault(&t.Header().Context); fault != "" {
		return supervisor.RefuseField("task.context", "%s", fault)
	}
	if accept == nil {
		return nil
	}
	return notAccepted(accept(t))
}

// notAccepted words why the queue does not take a task, if that is what an error says.
func notAccepted(err error) error {
	invalid, is := errors.AsType[*druid.Error](err)
	if fault := (*spec.Error)(nil); errors.As(err, &fault) || is && invalid.Category == druid.CategoryInvalidInput {
		return supervisor.Refuse("Field [task] is no task that can be run: %w", err)
	}
	return err
}

func (j *tasks) taskType() string        { return j.typ }
func (j *tasks) taskOf(id string) string { return id }

// submit implements job.
func (j *tasks) submit(ctx context.Context, id string) (string, error) {
	select {
	case j.turns <- struct{}{}:
		defer func() { <-j.turns }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if !j.together {
		if runs, err := j.Tasks.AnyActive(ctx, j.dataSource, j.typ, j.isOwn); err != nil || runs {
			return "", err
		}
	}
	t, err := j.made(id)
	if err != nil {
		return "", err
	}
	err = j.Tasks.Add(ctx, t)
	if druid.IsTaken(err) {
		return "", taken(ctx, j.Tasks, id, j.dataSource)
	}
	return id, notAccepted(err)
}
