// Package autocompact has supervisors run that have a data source compacted: each gives the scheduler of compaction its goal for as long as it runs. As in
// Druid the tasks that are active when it ends go on.
package autocompact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"ovate/internal/compaction"
	"ovate/internal/compaction/goal"
	"ovate/internal/compaction/scheduler"
	"ovate/internal/jsontext"
	"ovate/internal/supervisor"
)

// schedulerStopped is Druid's word for one that waits for the scheduler to be enabled, or to be there.
const schedulerStopped = "SCHEDULER_STOPPED"

// Kind is how they run, by a scheduler.
func Kind(s *scheduler.Scheduler) supervisor.Kind {
	return supervisor.Kind{
		Type: supervisor.Compaction,
		Check: func(spec *supervisor.Spec) error {
			config, err := configOf(spec.Payload)
			if err == nil {
				_, err = goalOf(spec)
			}
			if err == nil {
				_, err = compaction.Submitted(spec.DataSource, config)
			}
			return err
		},
		Run: func(spec *supervisor.Spec, _ supervisor.Host) (supervisor.Supervising, error) {
			g, err := goalOf(spec)
			if err != nil {
				return nil, err
			}
			return &compactor{scheduler: s, goal: g, suspended: spec.Suspended}, nil
		},
	}
}

// goalOf is what the spec of a supervisor says.
func goalOf(spec *supervisor.Spec) (*goal.Goal, error) {
	config, err := configOf(spec.Payload)
	if err != nil {
		return nil, err
	}
	g, err := goal.Read(spec.DataSource, config)
	if err == nil {
		err = scheduler.Check(g)
	}
	return g, err
}

// configOf is the compaction config that the JSON of a spec has.
func configOf(payload []byte) (json.RawMessage, error) {
	var wire struct {
		Config json.RawMessage `json:"spec"`
	}
	if err := jsontext.Unmarshal(payload, &wire); err != nil {
		return nil, err
	}
	if wire.Config == nil {
		return nil, errors.New(`field [spec] is missing: it must be a compaction config, such as {"dataSource":"wiki","skipOffsetFromLatest":"P1D"}`)
	}
	return wire.Config, nil
}

// compactor is a supervisor.
type compactor struct {
	scheduler *scheduler.Scheduler
	goal      *goal.Goal
	suspended bool

	mu               sync.Mutex
	started, stopped bool
}

func (c *compactor) Start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = true
	if !c.stopped && !c.suspended {
		c.scheduler.Set(c.goal)
	}
}

// Stop implements supervisor.Supervising. The tasks are left to their ends in any case.
func (c *compactor) Stop(context.Context, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	c.scheduler.Remove(c.goal)
}

func (c *compactor) State() supervisor.State {
	c.mu.Lock()
	started, stopped := c.started, c.stopped
	c.mu.Unlock()
	switch {
	case stopped:
		return supervisor.State{Stage: supervisor.Stopping}
	case !started:
		return supervisor.State{Stage: supervisor.Pending}
	case c.suspended:
		return supervisor.State{Stage: supervisor.Suspended}
	case !c.scheduler.Workers:
		return supervisor.State{Stage: supervisor.UnhealthySupervisor, Detailed: schedulerStopped,
			Why: "Nothing is compacted here: compact tasks run on Druid's own workers alone (druid.indexer.runner.type=httpRemote), and this server has none."}
	}
	enabled, trouble := c.scheduler.State()
	switch {
	case trouble != nil:
		return supervisor.State{Stage: supervisor.UnhealthySupervisor, Why: fmt.Sprintf("The scheduler of compaction cannot do its work: %v", trouble)}
	case !enabled:
		return supervisor.State{Stage: supervisor.Idle, Detailed: schedulerStopped}
	}
	snapshot := c.scheduler.Snapshot(c.goal.DataSource)
	if snapshot.Unhealthy {
		return supervisor.State{Stage: supervisor.UnhealthyTasks, Why: snapshot.Message, Recent: snapshot.Recent}
	}
	return supervisor.State{Stage: supervisor.Running, Recent: snapshot.Recent}
}

// Status implements supervisor.Supervising: it is how far the data source is compacted.
func (c *compactor) Status(context.Context) ([]byte, error) {
	snapshot := &scheduler.Snapshot{DataSource: c.goal.DataSource, Status: scheduler.NotEnabled}
	if !c.suspended {
		snapshot = c.scheduler.Snapshot(c.goal.DataSource)
	}
	return snapshot.AppendMembers(nil), nil
}
