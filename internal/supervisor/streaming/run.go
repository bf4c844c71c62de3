package streaming

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/commit"
	"ovate/internal/supervisor/plan"
)

// soon is how long after something has failed it is tried again, at first, and whileFailing the longest where a task has not answered.
// longestRest is the longest of what is done each period, however long that is.
const (
	soon         = 2 * time.Second
	whileFailing = 10 * time.Second
	longestRest  = 512 * time.Second
)

// maxRounds is how often it decides in one run. More are never needed, unless tasks change all the time.
const maxRounds = 20

// run looks, and does what is to be done, until there is nothing more. It tells when to look again; zero: when the period is over.
func (s *Supervisor) run(ctx context.Context) (wait time.Duration) {
	s.health.begin()
	defer s.show()
	if err := s.list(ctx); err != nil {
		s.trouble(ctx, err)
	}
	wait = soon // if it is not done after many rounds
	for range maxRounds {
		k, err := s.look(ctx, s.settings.Rules)
		if err != nil {
			s.trouble(ctx, err)
			break
		}
		p := s.decide(k)
		if p.Trouble != "" && s.health.faults == 0 { // else it may come of what is known already
			s.trouble(ctx, errors.New(p.Trouble))
		}
		s.show()
		if err := s.perform(ctx, k, p.Steps); err != nil {
			s.trouble(ctx, err)
			break
		}
		if settled(p.Steps) {
			s.health.idle = p.Idle
			wait = s.again(p)
			break
		}
	}
	if ctx.Err() != nil {
		return 0
	}
	s.ended()
	if s.health.failing > 0 {
		wait = s.growing(s.health.failing)
	}
	return wait
}

// decide is what is to be done by what is known; it notes what is to be known the next time.
func (s *Supervisor) decide(k *plan.Known) plan.Plan {
	p := plan.Decide(k)
	s.full = p.Full
	if !p.Grown {
		s.grown = 0
	} else if s.grown == 0 {
		s.grown = k.Now
	}
	return p
}

// settled tells whether nothing is to be decided once these steps are done.
func settled(steps []plan.Step) bool {
	for _, step := range steps {
		if _, creates := step.(plan.Create); !creates {
			return false
		}
	}
	return true
}

// again is when to look again as tasks have not answered, or are waited for; zero: only when the period is over.
func (s *Supervisor) again(p plan.Plan) (wait time.Duration) {
	if len(p.Full) > 0 {
		wait = soon
	}
	sooner := func(after time.Duration) {
		if after > 0 && (wait == 0 || after < wait) {
			wait = after
		}
	}
	for _, r := range s.rests {
		sooner(time.Until(r.until))
	}
	for _, t := range s.tasks {
		after := time.Duration(0)
		switch {
		case t.failures > 0:
			after = max(time.Until(t.again), time.Millisecond)
		case t.pausedSince != 0:
			after = pausedFor
		}
		sooner(after)
	}
	return wait
}

// backOff is how long to wait after a task has not answered so many times in a row.
func backOff(times int) time.Duration {
	return clock.Doubling{First: soon, Longest: whileFailing}.After(times)
}

// growing is how long to wait after something has failed so many times in a row that is done each period.
func (s *Supervisor) growing(times int) time.Duration {
	return clock.Doubling{First: soon, Longest: min(max(s.settings.Period, soon), longestRest)}.After(times)
}

// trouble notes what has gone wrong in a run.
func (s *Supervisor) trouble(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	level := slog.LevelWarn
	if s.health.last() == err.Error() {
		level = slog.LevelDebug // it is known already
	}
	s.Log.Log(ctx, level, "supervisor cannot go on", "supervisor", s.spec.ID, "error", err)
	s.health.note(s.Now(), err)
}

// finish has all tasks that read publish what they have, and ends those that have nothing. It returns when each is told, or has ended, or ctx ends. Where it
// cannot be read how far the stream is published nobody can publish, and all tasks are ended.
func (s *Supervisor) finish(ctx context.Context) {
	rules := s.settings.Rules
	rules.Suspended = true
	for failures := 0; ctx.Err() == nil; {
		k, err := s.look(ctx, rules)
		if err == nil {
			p := s.decide(k)
			if err = s.perform(ctx, k, p.Steps); err == nil && len(p.Steps) > 0 {
				continue
			}
		}
		if _, unreadable := errors.AsType[*commit.Unreadable](err); unreadable {
			err = s.killAll(ctx, err)
		}
		if err == nil && !s.reads() {
			return
		}
		if failures++; err != nil {
			s.Log.Warn("tasks of a supervisor that ends go on", "supervisor", s.spec.ID, "error", err)
		}
		clock.Pause(ctx, backOff(failures))
	}
}

// killAll ends all tasks that read, and returns once each has been told.
func (s *Supervisor) killAll(ctx context.Context, why error) (err error) {
	for id, t := range s.tasks {
		if t.reads() && !t.killed {
			err = errors.Join(err, s.kill(ctx, id, fmt.Sprintf("its supervisor ends, and it could not publish: %v", why)))
		}
	}
	return err
}

// where is where a task runs that is active.
func (s *Supervisor) where(ctx context.Context, id string) (druid.TaskLocation, error) {
	status, err := s.Tasks.Status(ctx, id)
	if err == nil && status.State != druid.Running {
		err = fmt.Errorf("task[%s] has ended as %s", id, status.State)
	}
	return status.Location, err
}
