package streaming

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"ovate/internal/commit"
	"ovate/internal/jsontext"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/supervisor/plan"
	"ovate/internal/task"
)

// perform does steps, which do not touch one another, at once. Its error is what has gone wrong.
func (s *Supervisor) perform(ctx context.Context, k *plan.Known, steps []plan.Step) error {
	var mu sync.Mutex
	var failed error
	each(steps, func(step plan.Step) {
		if err := s.do(ctx, k, step); err != nil {
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		}
	})
	for _, step := range steps { // these change which tasks are known
		if c, creates := step.(plan.Create); creates && failed == nil {
			failed = s.create(ctx, &c)
		}
	}
	return failed
}

// do does a step; Creates are done elsewhere.
func (s *Supervisor) do(ctx context.Context, k *plan.Known, step plan.Step) error {
	switch step := step.(type) {
	case plan.Kill:
		return s.kill(ctx, step.ID, step.Why)
	case plan.Succeed:
		return gone(s.Tasks.Succeed(ctx, step.ID, step.Why))
	case plan.Resume:
		return s.resume(ctx, step.ID)
	case plan.Finish:
		s.Log.Info("tasks of a supervisor are told to publish", "supervisor", s.spec.ID, "sequence", step.Sequence, "because", step.Why)
		return s.bringToEnd(ctx, step.IDs, true)
	case plan.CheckPoint:
		return s.bringToEnd(ctx, step.IDs, false)
	case plan.Begin:
		return s.begin(ctx, step.At)
	case plan.Reset:
		s.Log.Warn("a supervisor leaves out records that are not there any more", "supervisor", s.spec.ID, "to", step.To)
		return s.goOn(ctx, k.Published, step.To)
	}
	return nil
}

// gone is the error of what is done to a task; a task that has ended does not matter.
func gone(err error) error {
	if errors.Is(err, queue.ErrNotFound) {
		return nil
	}
	return err
}

// kill ends a task.
func (s *Supervisor) kill(ctx context.Context, id, why string) error {
	if t := s.tasks[id]; t != nil {
		t.killed = true
		if t.Lost {
			why = fmt.Sprintf("%s: %v", why, t.trouble)
		}
	}
	s.Log.Info("a task is ended by its supervisor", "supervisor", s.spec.ID, "task", id, "because", why)
	return gone(s.Tasks.Shutdown(ctx, id, why))
}

// resume has a task read on. One that does not would be paused for ever.
func (s *Supervisor) resume(ctx context.Context, id string) error {
	_, err := s.patient.Ask(ctx, id, post("resume", nil))
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return s.kill(ctx, id, fmt.Sprintf("it was to read on, and has not heard that: %v", err))
}

// create has tasks made.
func (s *Supervisor) create(ctx context.Context, c *plan.Create) error {
	for range c.Count {
		text, err := s.source.Task(c)
		if err != nil {
			return fmt.Errorf("make a task of group %d: %w", c.Group, err)
		}
		t := &known{stale: true}
		if t.Task, err = s.source.Read(text); err != nil {
			return fmt.Errorf("the JSON of a task of group %d: %w", c.Group, err)
		}
		if c.Sequence == "" && s.named(t.Sequence) {
			return nil // what was read is what is to be read: nothing had come. It is done once those have ended, which is soon.
		}
		made, err := task.DecodeRemote(text, s.Now())
		if err != nil {
			return fmt.Errorf("the JSON of a task of group %d: %w", c.Group, err)
		}
		if err := s.Tasks.Add(ctx, made); err != nil {
			return fmt.Errorf("add a task of group %d: %w", c.Group, err)
		}
		t.ID, t.Created = made.Header().ID, s.Now()
		s.Log.Info("a supervisor has submitted a task", "supervisor", s.spec.ID, "task", t.ID)
		s.tasks[t.ID] = t
		c.Sequence = t.Sequence // the others of the group are replicas of it
	}
	return nil
}

// Check tells why nobody would take the tasks that a source makes, of which the JSON may have so many bytes at most; 0 is no limit.
func Check(source Source, most int64) error {
	text, err := source.Task(&plan.Create{Count: 1})
	if err == nil {
		_, err = task.DecodeRemote(text, 0)
	}
	if n := int64(len(text)); err == nil && most > 0 && n > most {
		err = fmt.Errorf("Field [%s] is the largest part of the %d bytes of JSON that each of them has before a partition is named in it, and druid.indexer.queue.maxTaskPayloadSize allows %d", largest(text), n, most)
	}
	if err != nil {
		return fmt.Errorf("the tasks that it has made would be refused: %w", err)
	}
	return nil
}

// largest is the part of a spec of which most has come into a task.
func largest(text []byte) string {
	var part, most = "", 0
	for key, raw := range jsontext.Members(text) {
		if len(raw) > most {
			part, most = string(key), len(raw)
		}
	}
	if part == "context" {
		return part
	}
	return "spec." + part
}

// named tells whether active tasks have the name of a sequence.
func (s *Supervisor) named(sequence string) bool {
	for _, t := range s.tasks {
		if t.Sequence == sequence {
			return true
		}
	}
	return false
}

// begin stores where partitions begin of which nothing is published.
func (s *Supervisor) begin(ctx context.Context, at plan.Offsets) error {
	return s.change(ctx, func(stored *commit.Metadata) (*commit.Metadata, error) {
		fresh := at.Clone()
		if stored != nil {
			published, ours, err := s.stored(stored)
			if err != nil {
				return nil, err
			}
			if ours && s.renamed(stored, published) {
				maps.Copy(fresh, published)
				return s.with(stored, fresh)
			}
			for p := range published {
				if ours {
					delete(fresh, p) // a task has published it meanwhile
				}
			}
		}
		return s.with(stored, fresh)
	})
}

// renamed tells whether offsets are stored by another name of the stream.
func (s *Supervisor) renamed(stored *commit.Metadata, published plan.Offsets) bool {
	m, err := s.source.Metadata(published)
	return err == nil && m.Stream() != stored.Stream()
}

// goOn stores where partitions are read on, unless something of them was published meanwhile.
func (s *Supervisor) goOn(ctx context.Context, from, to plan.Offsets) error {
	return s.change(ctx, func(stored *commit.Metadata) (*commit.Metadata, error) {
		if stored == nil {
			return nil, nil
		}
		published, ours, err := s.stored(stored)
		if err != nil {
			return nil, err
		}
		left := to.Clone()
		for p := range to {
			if !ours || published[p] != from[p] {
				delete(left, p)
			}
		}
		return s.with(stored, left)
	})
}

// with is what is stored, with other places in some partitions; nil if there are none. What is stored of the same partitions by another name, as a topic may
// be read alone or among others, is stored by the name that it has now.
func (s *Supervisor) with(stored *commit.Metadata, to plan.Offsets) (*commit.Metadata, error) {
	if len(to) == 0 {
		return nil, nil
	}
	all := to
	if stored != nil {
		published, ours, err := s.stored(stored)
		if err != nil {
			return nil, err
		}
		if ours {
			all = published.Clone()
			maps.Copy(all, to)
		}
	}
	m, err := s.source.Metadata(all)
	if err != nil {
		return nil, err
	}
	return commit.With(stored, m)
}

// change stores how far the stream counts as read, in one transaction.
func (s *Supervisor) change(ctx context.Context, next func(stored *commit.Metadata) (*commit.Metadata, error)) error {
	return s.Store.Update(ctx, func(tx metadata.Tx) error {
		return commit.Change(ctx, tx, s.spec.DataSource, s.Now(), next)
	})
}
