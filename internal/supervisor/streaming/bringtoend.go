package streaming

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ovate/internal/clock"
	"ovate/internal/request"
	"ovate/internal/supervisor/plan"
)

// bringToEnd has replicas pause, and tells all of them to publish up to where the one that is farthest has come to, and not to less than where the last part
// of any begins: as the last that they do if they are to finish; else they read on from there. One that does not do so is killed: what it has read and not
// published is read again. It may come to tasks that have heard it before from the supervisor that led before; who publishes already is told nothing more,
// and the others what that one was told.
func (s *Supervisor) bringToEnd(ctx context.Context, ids []string, finish bool) error {
	all := make([]*replica, len(ids))
	for i, id := range ids {
		all[i] = &replica{id: id}
		if t := s.tasks[id]; t != nil {
			t.stale = true // whatever comes of it
		}
	}
	each(all, func(r *replica) {
		if r.at, r.err = s.pause(ctx, r.id); r.err == nil {
			r.part, r.err = s.lastPart(ctx, r.id)
		} else if end := s.publishes(ctx, r.id, r.err); end != nil {
			r.at, r.told, r.err = end, true, nil
		}
	})
	var at []plan.Offsets
	for _, r := range all {
		if r.err == nil {
			at = append(at, r.at, r.part)
		}
	}
	end, err := farthest(s.settings.Rules.Order, at...)
	if err != nil {
		return err
	}
	body := appendOffsets(nil, end, s.settings.Quoted)
	path := fmt.Sprintf("offsets/end?finish=%t", finish)
	each(all, func(r *replica) {
		if r.told {
			return
		}
		if r.err == nil {
			_, r.err = s.patient.Ask(ctx, r.id, post(path, body))
		}
		switch {
		case r.err != nil && ctx.Err() == nil:
			r.err = s.kill(ctx, r.id, fmt.Sprintf("it was to publish what it has read, and does not: %v", r.err))
		case r.err == nil && finish && s.tasks[r.id] != nil:
			s.tasks[r.id].isTold(end)
		}
	})
	for _, r := range all {
		err = errors.Join(err, r.err)
	}
	return err
}

// isTold notes that a task has taken it that it is to end somewhere. It is known from then on, whether or not the task answers what it is asked next: one
// that was told once is not told again.
func (t *known) isTold(end plan.Offsets) {
	var h plan.Heard
	if t.Heard != nil {
		h = *t.Heard
	}
	if h.End = end.Clone(); h.Phase == plan.Paused {
		h.Phase = plan.Reading
	}
	t.Heard, t.pausedSince = &h, 0
}

// publishes is where a task has ended to read that has refused to pause, if that is because it publishes; else nil.
func (s *Supervisor) publishes(ctx context.Context, id string, refusal error) plan.Offsets {
	if _, refused := errors.AsType[*request.StatusError](refusal); !refused {
		return nil
	}
	phase, err := s.phase(ctx, s.patient, id)
	if err != nil || phase != plan.Publishing {
		return nil
	}
	end, err := s.offsets(ctx, s.patient, id, "offsets/end")
	if err != nil {
		return nil
	}
	return end
}

// replica is a task that is brought to its end.
type replica struct {
	id   string
	at   plan.Offsets // where it has come to
	part plan.Offsets // where the last of its parts begins
	told bool         // it publishes already, up to at
	err  error
}

// lastPart asks a task where the last of its parts begins: one that came later may not have come to it, and what it has told before may be old.
func (s *Supervisor) lastPart(ctx context.Context, id string) (plan.Offsets, error) {
	parts, err := s.checkpoints(ctx, s.patient, id)
	if err == nil && len(parts.At) == 0 {
		err = errors.New("it does not tell where its parts begin")
	}
	if err != nil {
		return nil, err
	}
	return parts.At[len(parts.At)-1], nil
}

// pausePatience is how long a task that has been told to pause may take for it at least: it finishes the records that it has at hand.
const pausePatience = time.Minute

// pause has a task pause, and tells where it is then.
func (s *Supervisor) pause(ctx context.Context, id string) (plan.Offsets, error) {
	answer, err := s.patient.Ask(ctx, id, post("pause", nil))
	if err != nil {
		return nil, err
	}
	var at plan.Offsets
	if answer.Code == http.StatusOK {
		at, err = s.read(answer.Body)
		if err != nil {
			err = unread(id, "pause", answer.Body, err)
		}
	} else {
		at, err = s.whenPaused(ctx, id)
	}
	if err == nil && len(at) == 0 {
		err = errors.New("it does not tell where it has come to")
	}
	return at, err
}

// whenPaused waits until a task that was told to pause has done so.
func (s *Supervisor) whenPaused(ctx context.Context, id string) (plan.Offsets, error) {
	limit := time.Now().Add(max(pausePatience, s.settings.ChatTimeout*time.Duration(s.settings.ChatRetries+1)))
	for looks := 1; ; looks++ {
		phase, err := s.phase(ctx, s.patient, id)
		switch {
		case err != nil:
			return nil, err
		case phase == plan.Paused:
			return s.offsets(ctx, s.patient, id, "offsets/current")
		case time.Now().After(limit):
			return nil, errors.New("it was told to pause, and has not done so for too long")
		}
		if !clock.Pause(ctx, backOff(looks)) {
			return nil, context.Cause(ctx)
		}
	}
}
