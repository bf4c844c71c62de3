package kafka

import (
	"cmp"

	"ovate/internal/stream"
	client "ovate/internal/stream/kafka"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/routine"
	"ovate/internal/supervisor/streaming"
)

// Options are by what supervisors run here.
type Options struct {
	// Policy is what their specs may make this process do.
	Policy  client.Policy
	Process *streaming.Process
	// Idle is when those are idle whose spec does not say it; nil: never.
	Idle *routine.Idle
	// MostTask is how many bytes the JSON of a task may have; 0 is no limit.
	MostTask int64
	// Workers tells that there are Druid's workers, which run the tasks. Without them the specs are kept alone.
	Workers bool
}

// Kind has supervisors of Kafka run.
func Kind(o Options) supervisor.Kind {
	clients := client.NewClients()
	k := supervisor.Kind{
		Type: "kafka", Reads: TaskType,
		Check: func(s *supervisor.Spec) error {
			spec, err := Parse(s.Payload)
			if err == nil {
				err = cmp.Or(spec.Check(o.Policy), streaming.Check(&source{spec, o.Policy, clients}, o.MostTask))
			}
			return err
		},
		Run: func(s *supervisor.Spec, host supervisor.Host) (supervisor.Supervising, error) {
			spec, err := Parse(s.Payload)
			if err != nil {
				return nil, err
			}
			if spec.Idle == nil {
				spec.Idle = o.Idle
			}
			if s.TaskCount > 0 {
				spec.TaskCount = s.TaskCount // which follows the lag
			}
			return streaming.New(s, host, &source{spec, o.Policy, clients}, o.Process), nil
		},
	}
	if !o.Workers {
		k.Run, k.Rests = nil, "The tasks of a supervisor of type [kafka] run on Druid's workers, and this server has none (property druid.indexer.runner.type, docs/cluster.md): "+
			"it keeps the spec, and makes no tasks of it."
	}
	return k
}

// source is what a spec tells of the stream and of its tasks.
type source struct {
	*Spec
	policy  client.Policy
	clients *client.Clients
}

var _ streaming.Source = (*source)(nil)

// Settings implements streaming.Source.
func (s *source) Settings() streaming.Settings {
	settings := s.Routine.Settings()
	settings.Rules, settings.TaskType, settings.NoEnd = s.Rules(), TaskType, endless
	return settings
}

// Open implements streaming.Source.
func (s *source) Open() (stream.Stream, error) { return s.Spec.Open(s.clients, s.policy) }

// Task implements streaming.Source.
func (s *source) Task(c *plan.Create) ([]byte, error) {
	sequence, err := s.Sequence(*c)
	if err != nil {
		return nil, err
	}
	return s.TaskJSON(supervisor.NewTaskID(sequence), *c)
}

// Read implements streaming.Source.
func (s *source) Read(task []byte) (plan.Task, error) {
	t, err := ReadTask(task)
	if err != nil {
		return plan.Task{}, err
	}
	t.Elsewhere = t.Stream != s.Stream || t.Multi != s.Multi
	t.Current = s.Current(task)
	return t.Task, nil
}
