package scheduler

import (
	"ovate/druid"
	"ovate/internal/compaction/choice"
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

// fail notes that a task for an interval has failed.
func (l *look) fail(i druid.Interval, now druid.Instant) {
	trial := choice.Trial{Failures: l.failed[i].Failures + 1}
	pause := longestPause
	if trial.Failures < 8 {
		pause = min(longestPause, firstPause<<(trial.Failures-1))
	}
	trial.Until = now + pause
	l.failed[i] = trial
	l.tries++
}

// settle notes how tasks have ended, where segments are as they are since.
func (s *Scheduler) settle() {
	for _, o := range s.ended {
		l := s.of[o.goal.DataSource]
		if l == nil || l.goal != o.goal {
			continue
		}
		if !o.succeeded {
			l.fail(o.interval, s.Now())
			continue
		}
		delete(l.failed, o.interval)
		l.tries++
		for i := range l.survey.Candidates {
			// What it has made may say of itself something that is not understood here. Without this it would be made again for ever.
			c := &l.survey.Candidates[i]
			if c.Interval != o.interval || c.Newest <= o.newest || c.Made == nil || l.settled[c.Made.Key] {
				continue
			}
			l.settled[c.Made.Key] = true
			if c.Missed != "" {
				s.Log.Warn("a compact task has made segments that do not say they are as configured; they count as such until another server leads",
					"data source", c.DataSource, "interval", c.Interval, "why", c.Missed)
			}
		}
	}
	s.ended = nil
}
