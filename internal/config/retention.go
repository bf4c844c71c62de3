package config

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Retention says what is removed, when, and after how long.
type Retention struct {
	Tasks TaskRetention
	// Orphans is the time between two looks for files in deep storage that belong to no segment; 0 is never.
	Orphans time.Duration
	// Coordinator has this server do what a Coordinator does where there is one: all that follows.
	Coordinator    bool
	Period         time.Duration // between two looks for overshadowed segments
	IndexingPeriod time.Duration // between two looks for pending segments
	Pending        bool
	Audit          AgeRetention
	Supervisors    AgeRetention // versions of those that were terminated
	Unused         UnusedRetention
}

// TaskRetention is for the logs, reports and rows of tasks.
type TaskRetention struct {
	On           bool
	Retain       time.Duration
	InitialDelay time.Duration // 0 is somewhere from one to five minutes
	Period       time.Duration
}

// AgeRetention is for what goes once it is old.
type AgeRetention struct {
	On             bool
	Period, Retain time.Duration
}

// UnusedRetention is for unused segments.
type UnusedRetention struct {
	On          bool
	Period      time.Duration
	Retain      time.Duration // since the end of their intervals; may be negative
	Everything  bool          // whatever Retain says
	Buffer      time.Duration // since they became unused
	MaxSegments int           // of one kill task
	MaxInterval time.Duration // of one kill task
}

// setTaskRetention is empty only if nothing is removed.
func setTaskRetention(t *TaskRetention, v string) error {
	if v == "" && t.On {
		return errors.New("must be set, to milliseconds, since druid.indexer.logs.kill.enabled is true: what is older is removed")
	}
	return setMillis(&t.Retain, v)
}

// setMillis takes a number of milliseconds above 0, as Druid does for these. Empty leaves what is there.
func setMillis(d *time.Duration, v string) error {
	if v == "" {
		return nil
	}
	const most = int64(1<<63-1) / int64(time.Millisecond)
	ms, err := strconv.ParseInt(v, 10, 64)
	if err != nil || ms < 1 {
		return errors.New("must be a number of milliseconds, at least 1")
	}
	*d = time.Duration(min(ms, most)) * time.Millisecond
	return nil
}

// setPeriod takes the time between two runs of something.
func setPeriod(d *time.Duration, v string) error {
	if err := setDuration(d, v); err != nil || *d <= 0 {
		return errors.New("must be an ISO-8601 duration above 0, like PT30M or P1D")
	}
	return nil
}

// setOrphanPeriod takes PT0S for never.
func setOrphanPeriod(d *time.Duration, v string) error {
	if err := setDuration(d, v); err != nil || *d != 0 && *d < time.Minute {
		return errors.New("must be an ISO-8601 duration of at least a minute, like P1D, or PT0S for never")
	}
	return nil
}

// setKillPeriod is the indexing period unless it is set.
func setKillPeriod(c *Config, v string) error {
	if v == "" {
		c.Retention.Unused.Period = c.Retention.IndexingPeriod
		return nil
	}
	return setPeriod(&c.Retention.Unused.Period, v)
}

// setSigned is setDuration for what may be negative: P-7D or -P7D.
func setSigned(d *time.Duration, v string) error {
	positive, negative := strings.CutPrefix(strings.Replace(v, "P-", "-P", 1), "-")
	if err := setDuration(d, positive); err != nil {
		return errors.New("must be an ISO-8601 duration like P90D, or a negative one like P-7D")
	}
	if negative {
		*d = -*d
	}
	return nil
}
