// Package streaming leads the tasks that read a stream: it finds out how the stream, the tasks and what is published are, has package plan decide by that
// what to do, and does it. What is particular to a kind of streams is its Source.
package streaming

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/chat"
	"ovate/internal/stream"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
)

// Supervisor is one life of a supervisor of a stream. What it remembers between its runs the next leader's finds out anew, from tasks and the store.
type Supervisor struct {
	supervisor.Life
	supervisor.Host
	*supervisor.Work
	spec     *supervisor.Spec
	source   Source
	settings Settings
	// once asks tasks once, as what is not answered is asked again in the next run; patient asks again at once, where others wait for the answer.
	once, patient *chat.Client

	ending sync.Mutex // held by a Stop at work
	mail   mail       // to the goroutine of its runs

	mu    sync.Mutex // guards what follows; never held over I/O
	shown shown

	// What follows belongs to the goroutine of its runs, and then to Stop.
	stream     stream.Stream // nil: not opened yet
	listed     time.Time     // when partitions were; zero: never, or in vain
	names      []string      // of partitions, in the stream's order
	partitions map[string]stream.Partition
	done       plan.Offsets // how far it was published when it looked last
	tasks      map[string]*known
	succeeded  map[string]bool // sequences of which a task has succeeded, and others are active
	handoff    map[int]bool
	rests      map[int]rest // by group
	full       []plan.Full
	grown      druid.Instant
	quiet      quiet
	health     health
	lags       []int64
	scaling    bool // it has asked for another number of tasks
}

// errStopped is why a supervisor that is being ended does nothing any more.
var errStopped = errors.New("the supervisor is being ended: ask again")

// New makes a supervisor by a spec, of which nothing is at work.
func New(spec *supervisor.Spec, host supervisor.Host, source Source, process *Process) *Supervisor {
	s := &Supervisor{
		Host: host, Work: supervisor.NewWork(), spec: spec, source: source, settings: source.Settings(), mail: newMail(),
		tasks: map[string]*known{}, succeeded: map[string]bool{}, handoff: map[int]bool{}, rests: map[int]rest{},
	}
	s.health = health{Thresholds: process.Thresholds, suspended: s.settings.Rules.Suspended}
	s.once = &chat.Client{HTTP: process.HTTP, Turns: process.Turns, Timeout: s.settings.ChatTimeout, Where: s.where}
	patient := *s.once
	patient.Retries = s.settings.ChatRetries
	s.patient = &patient
	return s
}

// Start implements supervisor.Supervising.
func (s *Supervisor) Start() { s.Go(s.lead) }

// Stop implements supervisor.Supervising.
func (s *Supervisor) Stop(ctx context.Context, finish bool) {
	s.End()
	s.ending.Lock()
	defer s.ending.Unlock()
	if s.stream != nil {
		s.stream.Close()
		s.stream = nil
	}
	if finish {
		s.finish(ctx)
	}
	s.Move(supervisor.State{Stage: supervisor.Stopping})
}

// lead looks when it is time, when tasks have changed, and when it is asked to.
func (s *Supervisor) lead() {
	news := s.Tasks.Follow(s.spec.DataSource, s.settings.TaskType)
	defer news.Stop()
	begun := time.Now()
	first := begun.Add(s.settings.StartDelay)
	at := timetable{run: first, offsets: first.Add(s.spread(first, s.settings.OffsetPeriod))}
	if s.settings.Scaling != nil {
		at.lag, at.scale = begun.Add(s.settings.Scaling.StartDelay), begun.Add(s.settings.Scaling.Begins())
	}
	timer := time.NewTimer(s.settings.StartDelay)
	defer timer.Stop()
	for {
		var changed <-chan struct{}
		if !time.Now().Before(first) {
			changed = news.Changed()
		}
		timer.Reset(time.Until(at.next()))
		select {
		case <-s.Lasts.Done():
			return
		case <-timer.C:
		case <-changed:
			if _, err := news.Next(s.Lasts); err != nil {
				return
			}
			at.run = time.Now()
		case <-s.mail.came:
			for _, do := range s.mail.open() {
				do()
			}
			at.run = time.Now()
			if at.run.Before(first) {
				at.run = first
			}
		}
		s.turn(&at)
	}
}

// timetable is when it does something by itself; zero: never.
type timetable struct{ run, offsets, lag, scale time.Time }

func (a *timetable) next() time.Time {
	next := a.run
	for _, at := range []time.Time{a.offsets, a.lag, a.scale} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}

// turn does what it is time for.
func (s *Supervisor) turn(at *timetable) {
	due := func(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) && s.Lasts.Err() == nil }
	if due(at.run) {
		wait := s.run(s.Lasts)
		if wait == 0 {
			wait = s.spread(time.Now(), s.settings.Period)
		}
		at.run = time.Now().Add(wait)
	}
	if due(at.offsets) {
		s.lookAtOffsets(s.Lasts)
		at.offsets = time.Now().Add(s.spread(time.Now(), s.settings.OffsetPeriod))
	}
	if due(at.lag) {
		s.noteLag()
		at.lag = time.Now().Add(s.settings.Scaling.Interval)
	}
	if due(at.scale) {
		s.scale()
		at.scale = time.Now().Add(s.settings.Scaling.Period)
	}
}

// moments is how many there are in a period at which supervisors look.
const moments = 16

// spread is how long after now a supervisor does again by itself what it does once in a period: at one of a few moments of the clock, which follows from its
// id. A thousand that have begun together do not look together for ever. And a processor wakes up, and a broker's connection is written to, a few times in
// a period for all of them, which costs a quarter of what it costs to do so for each.
func (s *Supervisor) spread(now time.Time, period time.Duration) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(s.spec.ID)) // which never fails
	period = max(period, time.Second)
	phase := period * time.Duration(h.Sum32()%moments) / moments
	wait := (phase-time.Duration(now.UnixNano()))%period + period
	if wait > period {
		wait -= period
	}
	return max(wait, period/2)
}

// later has the goroutine of its runs do something, and then look.
func (s *Supervisor) later(do func()) error {
	if s.Lasts.Err() != nil {
		return errStopped
	}
	s.mail.send(do)
	return nil
}
