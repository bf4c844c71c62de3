package scheduler

import (
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/compaction/plan"
	"ovate/internal/queue"
)

// An interval whose task has failed is tried again after firstPause, and after twice as long each time, up to longestPause.
const (
	firstPause   druid.Instant = 60 * 1000
	longestPause druid.Instant = 60 * 60 * 1000
)

// outcome is how a task of ours has ended.
type outcome struct {
	*submitted
	succeeded bool
}

func (s *Scheduler) outcome(ctx context.Context, id string) (*outcome, error) {
	status, err := s.tasks.Status(ctx, id)
	if err != nil && !errors.Is(err, queue.ErrNotFound) {
		return nil, err
	}
	return &outcome{s.own[id], err == nil && status.State == druid.Success}, nil
}

// settle notes how tasks have ended, where segments are as they are since.
func (s *Scheduler) settle() {
	for _, o := range s.ended {
		l := s.of[o.goal.DataSource]
		if l == nil || l.goal != o.goal {
			continue
		}
		l.tries++
		if !o.succeeded {
			trial := plan.Trial{Failures: l.failed[o.interval].Failures + 1}
			pause := longestPause
			if trial.Failures < 8 {
				pause = min(longestPause, firstPause<<(trial.Failures-1))
			}
			trial.Until = s.Now() + pause
			l.failed[o.interval] = trial
			continue
		}
		delete(l.failed, o.interval)
		for i := range l.survey.Candidates {
			// What it has made may say of itself something that is not understood here. Without this it would be made again for ever.
			if c := &l.survey.Candidates[i]; c.Interval == o.interval && c.Newest > o.newest && c.Made != nil {
				l.settled[c.Made.Key] = true
			}
		}
	}
	s.ended = nil
}
