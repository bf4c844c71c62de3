package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/metadata"
)

// left is a supervisor whose tombstone a former leader has stored, and whose tasks it may not have told to end: it died before.
type left struct {
	id         string
	dataSource string
	since      druid.Instant // when it was terminated: a task that came later is not its
}

// leftBy is what is left by the newest row of a supervisor that was terminated, if it tells of which data source.
func leftBy(row *metadata.SupervisorRow) (l left, is bool) {
	var tombstone struct {
		DataSources []string `json:"dataSources"`
	}
	since, err := druid.ParseInstant(row.Version)
	if err != nil || json.Unmarshal(row.Payload, &tombstone) != nil || len(tombstone.DataSources) != 1 {
		return left{}, false
	}
	return left{row.SpecID, tombstone.DataSources[0], since}, true
}

// made tells whether the supervisor has made a task.
func (l *left) made(task *druid.TaskStatusPlus) bool {
	return task.Created <= l.since && IsTaskID(task.ID, task.Type, l.dataSource)
}

// finishLeft has the tasks publish and end that supervisors have left, once: what Terminate does after it has stored a tombstone.
func (m *Manager) finishLeft(all []left) {
	var work sync.WaitGroup
	defer work.Wait()
	for i := range all {
		l := &all[i]
		for k := range m.kinds {
			k := &m.kinds[k]
			if k.Reads == "" || k.Run == nil {
				continue
			}
			tasks := leftTasks{m.host.Tasks, l}
			active, err := tasks.Active(m.lasts, l.dataSource, k.Reads)
			if err == nil && len(active) == 0 {
				continue
			}
			work.Go(func() {
				if err == nil {
					err = m.finishOne(l, k, tasks)
				}
				if err != nil && m.lasts.Err() == nil && !errors.Is(err, metadata.ErrTermOver) {
					m.options.Log.Warn("the tasks of a supervisor that was terminated go on as they are", "supervisor", l.id, "error", err)
				}
			})
		}
	}
}

// finishOne has the tasks of one publish and end, unless another supervisor has them meanwhile.
func (m *Manager) finishOne(l *left, k *Kind, tasks leftTasks) error {
	if err := tasks.placed(m.lasts, k.Reads); err != nil {
		return err
	}
	c, err := m.change(m.lasts, l.id)
	if err != nil {
		return err
	}
	defer c.finish()
	spec, err := m.before(l.id, k)
	if err != nil || spec == nil || spec.DataSource != l.dataSource || m.serves(l.id, l.dataSource) {
		return err
	}
	host := m.host
	host.Tasks = tasks
	one := newMember(spec, k, host)
	if one.atWork == nil {
		return errors.New(one.rests.Why)
	}
	m.options.Log.Info("the tasks of a supervisor that was terminated under a former leader are told to publish and end", "supervisor", l.id)
	one.atWork.Stop(m.lasts, true)
	return nil
}

// before is the spec of a kind that a supervisor had before it was terminated; nil if that is none, or it is not terminated any more.
func (m *Manager) before(id string, k *Kind) (spec *Spec, err error) {
	var versions []metadata.SupervisorRow
	err = m.options.Store.SupervisorVersions(m.lasts, id, 2, func(row *metadata.SupervisorRow) error {
		kept := *row
		kept.Payload = slices.Clone(row.Payload)
		versions = append(versions, kept)
		return nil
	})
	if err != nil || len(versions) < 2 || !versions[0].Terminated() || versions[1].Unreadable != nil || versions[1].Type != k.Type {
		return nil, err
	}
	if spec, _, err = k.parse(versions[1].Payload); err != nil {
		return nil, err
	}
	spec.ID = id
	spec.show()
	return spec, nil
}

// serves tells whether a supervisor is there of an id, or of a data source, which has the tasks of that.
func (m *Manager) serves(id, dataSource string) bool {
	return slices.ContainsFunc(m.all(), func(one *member) bool {
		return one.id == id || one.spec == nil && one.id == dataSource || one.spec != nil && one.spec.DataSource == dataSource
	})
}

// leftTasks are the tasks, as one that has left some sees them: no others are active.
type leftTasks struct {
	Tasks
	*left
}

func (l leftTasks) Active(ctx context.Context, dataSource, typ string) ([]druid.TaskStatusPlus, error) {
	all, err := l.Tasks.Active(ctx, dataSource, typ)
	return slices.DeleteFunc(all, func(one druid.TaskStatusPlus) bool { return !l.made(&one) }), err
}

// How often it is looked where the tasks run, and for how long at most: as long as workers that do not answer are waited for by default.
const (
	glance         = time.Second
	placedPatience = 15 * time.Minute
)

// placed returns once it is known where all of them run, or it has not been for so long that whoever has read anything is lost: one that seems not to run
// could not be told to publish, but would be ended.
func (l leftTasks) placed(ctx context.Context, typ string) error {
	for begun := time.Now(); time.Since(begun) < placedPatience; {
		active, err := l.Active(ctx, l.dataSource, typ)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(active, func(one druid.TaskStatusPlus) bool { return one.Location.Host == "" }) {
			return nil
		}
		if !clock.Pause(ctx, glance) {
			return context.Cause(ctx)
		}
	}
	return nil
}
