package scheduler

import (
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/compaction/choice"
)

// An interval whose task has failed is tried again after firstPause, and after twice as long each time, up to longestPause.
const (
	firstPause   = time.Minute
	longestPause = time.Hour
)

// outcome is how a task of ours has ended.
type outcome struct {
	*submitted
	succeeded bool
	why       string // it has failed
}

// pause is for how long nothing is tried after so many failures.
func pause(failures int) druid.Instant {
	return druid.Instant(clock.Doubling{First: firstPause, Longest: longestPause}.After(failures).Milliseconds())
}

// fail notes that a task for an interval has failed, and why.
func (l *look) fail(i druid.Interval, why string, now druid.Instant) {
	failures := l.failed[i].Failures + 1
	l.failed[i] = choice.Trial{Failures: failures, Until: now + pause(failures)}
	l.tries++
	l.health.failed(i, why, now)
}

// settle notes how tasks have ended, where segments are as they are since.
func (s *Scheduler) settle() {
	for _, o := range s.ended {
		l := s.of[o.goal.DataSource]
		if l == nil || l.goal != o.goal {
			continue
		}
		if !o.succeeded {
			s.Log.Warn("a compact task has failed; it is tried again later", "data source", o.goal.DataSource, "interval", o.interval, "why", o.why)
			l.fail(o.interval, o.why, s.Now())
			continue
		}
		delete(l.failed, o.interval)
		l.health.well()
		l.tries++
		if why := l.left.Trust(l.survey, o.reach, o.began); why != "" {
			l.observe()
			s.Log.Warn("a compact task has made segments that do not say they are as configured; they count as such until another server leads",
				"data source", o.goal.DataSource, "interval", o.interval, "why", why)
		}
		if l.left.Settle(l.survey, o.reach, o.began) {
			l.observe()
		}
	}
	s.ended = nil
}
