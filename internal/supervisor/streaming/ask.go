package streaming

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/chat"
	"ovate/internal/jsontext"
	"ovate/internal/supervisor/plan"
)

// askAll asks all tasks how they are. One that does not answer is as it was, and asked again after a while, however often others have news; if that is in
// vain for too long it counts as lost.
func (s *Supervisor) askAll(ctx context.Context) {
	all := slices.DeleteFunc(s.placed(), func(t *known) bool { return t.failures > 0 && time.Now().Before(t.again) })
	each(all, func(t *known) {
		err := s.ask(ctx, t)
		switch {
		case err == nil:
			t.failures, t.trouble = 0, nil
		case ctx.Err() == nil:
			t.failures, t.trouble = t.failures+1, err
			t.again = time.Now().Add(backOff(t.failures))
			s.Log.Debug("a task does not answer", "supervisor", s.spec.ID, "task", t.ID, "times", t.failures, "error", err)
		}
		t.Lost = t.failures > s.settings.ChatRetries
	})
	for _, t := range all {
		if t.Lost {
			s.health.remember(s.Now(), t.lost())
		}
	}
}

// lost is why a task counts as lost. One that was never heard may only be slow to start, which takes another setting than one that has died.
func (t *known) lost() error {
	if t.Heard == nil {
		return fmt.Errorf("task[%s] has not answered since it was given to a worker, and was asked %d times (%w): if workers take long to start processes, set tuningConfig.chatRetries higher",
			t.ID, t.failures, t.trouble)
	}
	return fmt.Errorf("task[%s] does not answer any more, and was asked %d times: %w", t.ID, t.failures, t.trouble)
}

// ask asks a task how it is: what can have changed since it was asked last.
func (s *Supervisor) ask(ctx context.Context, t *known) (err error) {
	var h plan.Heard
	if t.Heard != nil {
		h = *t.Heard
	}
	if h.Phase, err = s.phase(ctx, s.once, t.ID); err != nil {
		return err
	}
	if h.Began == 0 && h.Phase != plan.Starting {
		if h.Began, err = s.began(ctx, t.ID); err != nil {
			return err
		}
	}
	if h.End == nil && h.Phase != plan.Starting && (t.stale || h.Phase == plan.Publishing) {
		if h.End, err = s.offsets(ctx, s.once, t.ID, "offsets/end"); err != nil {
			return err
		}
	}
	if t.stale && h.Phase != plan.Starting {
		if h.Checkpoints, err = s.checkpoints(ctx, s.once, t.ID); err != nil {
			return err
		}
		t.stale = false
	}
	t.Heard = &h
	return nil
}

func get(path string) chat.Question { return chat.Question{Method: http.MethodGet, Path: path} }

func post(path string, body []byte) chat.Question {
	return chat.Question{Method: http.MethodPost, Path: path, Body: body}
}

// phases are Druid's words for them.
var phases = map[string]plan.Phase{
	"NOT_STARTED": plan.Starting, "STARTING": plan.Starting, "READING": plan.Reading, "PAUSED": plan.Paused, "PUBLISHING": plan.Publishing,
}

// unread is an answer that nobody understands.
func unread(id, path string, body []byte, err error) error {
	return fmt.Errorf("task[%s] answers %s with %.200q: %w", id, path, body, err)
}

func (s *Supervisor) phase(ctx context.Context, client *chat.Client, id string) (plan.Phase, error) {
	const path = "status"
	answer, err := client.Ask(ctx, id, get(path))
	if err != nil {
		return 0, err
	}
	var word string
	if err := jsontext.Unmarshal(answer.Body, &word); err != nil {
		return 0, unread(id, path, answer.Body, err)
	}
	phase, is := phases[word]
	if !is {
		return 0, unread(id, path, answer.Body, errors.New("which is no status of a task that reads a stream"))
	}
	return phase, nil
}

// began is when a task has begun to read; 0 if it has not. A worker whose clock is ahead tells of what is to come: it has begun by now.
func (s *Supervisor) began(ctx context.Context, id string) (at druid.Instant, err error) {
	const path = "time/start"
	answer, err := s.once.Ask(ctx, id, get(path))
	if err != nil || len(answer.Body) == 0 || string(answer.Body) == "null" {
		return 0, err
	}
	if err := jsontext.Unmarshal(answer.Body, &at); err != nil {
		return 0, unread(id, path, answer.Body, err)
	}
	return min(at, s.Wall()), nil
}

// offsets are places that a task tells; nil where it has no end yet.
func (s *Supervisor) offsets(ctx context.Context, client *chat.Client, id, path string) (plan.Offsets, error) {
	answer, err := client.Ask(ctx, id, get(path))
	if err != nil {
		return nil, err
	}
	o, err := s.read(answer.Body)
	if err != nil {
		return nil, unread(id, path, answer.Body, err)
	}
	for _, at := range o {
		if at == s.settings.NoEnd {
			return nil, nil
		}
	}
	return o, nil
}

// read reads places that a task tells.
func (s *Supervisor) read(text []byte) (plan.Offsets, error) {
	o, err := readOffsets(text)
	if err == nil {
		err = check(s.settings.Rules.Order, o)
	}
	return o, err
}

// checkpoints are where the parts of a task begin.
func (s *Supervisor) checkpoints(ctx context.Context, client *chat.Client, id string) (c plan.Checkpoints, err error) {
	const path = "checkpoints"
	answer, err := client.Ask(ctx, id, get(path))
	if err != nil {
		return c, err
	}
	c, err = readCheckpoints(answer.Body)
	for _, o := range c.At {
		err = cmp.Or(err, check(s.settings.Rules.Order, o))
	}
	if err != nil {
		return c, unread(id, path, answer.Body, err)
	}
	return c, nil
}
