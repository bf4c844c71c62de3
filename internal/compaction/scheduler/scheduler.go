// Package scheduler has data sources compacted: while supervisors are used it looks every few seconds at what has changed, and submits the compact tasks that
// package choice decides on.
package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/compaction/goal"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/internal/task"
)

// period is the time between two rounds, as in Druid.
const period = 5 * time.Second

// Tasks is the queue.
type Tasks interface {
	Add(ctx context.Context, t task.Task) error
	Shutdown(ctx context.Context, id, reason string) error
	Status(ctx context.Context, id string) (druid.TaskStatusPlus, error)
	// Stored is a task's JSON.
	Stored(ctx context.Context, id string) ([]byte, error)
	Follow(dataSource string, types ...string) *queue.Follower
	Capacity() runner.Capacity
}

// Locks is the lockbox.
type Locks interface {
	Find(f lockbox.Filter) []druid.TaskLock
}

// Options are what a Scheduler works with. All of it is of one term of leadership.
type Options struct {
	Config *compaction.Config
	Store  metadata.Reader
	Now    func() druid.Instant
	Log    *slog.Logger
	// Submitted is told of each task, by the data source that it compacts; nil: nobody is.
	Submitted func(dataSource string)
	// Workers tells that there are workers of Druid's own, which alone run compact tasks.
	Workers bool
	// Thresholds are after how many tasks in a row a data source counts as unhealthy, and then as healthy again; Druid's if there are none.
	Thresholds supervisor.Thresholds
}

// Scheduler has those data sources compacted that it was given goals of. Make it with New, let it run with Start, end it with Stop: once each, in any order,
// from any goroutines. It leaves its tasks to whoever leads next.
type Scheduler struct {
	Options
	lasts context.Context
	end   context.CancelFunc
	work  sync.WaitGroup // begun under mu
	wake  chan struct{}  // holds something if a round is to begin now

	mu      sync.Mutex // guards what follows; never held over I/O
	stopped bool
	goals   map[string]*goal.Goal
	news    news
	changed map[string][]druid.Interval // by data source, where segments may have changed since they were read
	told    map[string]*Snapshot        // of the last round
	enabled bool                        // at the last round
	trouble error                       // of the last round

	round sync.Mutex // held for a round; guards what follows
	tasks Tasks      // nil before the Start
	locks Locks
	rounds
}

// New makes a scheduler of which nothing runs yet.
func New(o Options) *Scheduler {
	s := &Scheduler{Options: o, wake: make(chan struct{}, 1), goals: map[string]*goal.Goal{}, changed: map[string][]druid.Interval{}, news: newNews(), rounds: newRounds()}
	if s.Thresholds == (supervisor.Thresholds{}) {
		s.Thresholds = supervisor.DefaultThresholds()
	}
	s.lasts, s.end = context.WithCancel(context.Background())
	return s
}

// Start lets it run, with the queue and its locks.
func (s *Scheduler) Start(tasks Tasks, locks Locks) {
	s.round.Lock()
	s.tasks, s.locks = tasks, locks
	s.round.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || !s.Workers {
		return
	}
	follower := tasks.Follow("", goal.TaskType)
	s.work.Go(func() { s.follow(follower) })
	s.work.Go(s.loop)
}

// Stop ends it. When it returns, whoever called it, nothing of it is at work.
func (s *Scheduler) Stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.end()
	s.work.Wait()
}

// Wake has a round begin at once, as something has changed that somebody may wait for.
func (s *Scheduler) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Set has a data source compacted from now on as the goal says.
func (s *Scheduler) Set(g *goal.Goal) {
	s.mu.Lock()
	s.goals[g.DataSource] = g
	s.changed[g.DataSource] = []druid.Interval{druid.Eternity} // nobody has told meanwhile
	delete(s.told, g.DataSource)
	s.mu.Unlock()
	s.Wake()
}

// Remove has a data source compacted no more, if the goal is still its own. The tasks that are active go on.
func (s *Scheduler) Remove(g *goal.Goal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.goals[g.DataSource] == g {
		delete(s.goals, g.DataSource)
		delete(s.told, g.DataSource)
	}
}

// Changed tells that segments of a data source may have changed in these intervals.
func (s *Scheduler) Changed(dataSource string, intervals []druid.Interval) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.goals[dataSource] != nil {
		s.changed[dataSource] = druid.CondenseIntervals(append(s.changed[dataSource], intervals...))
	}
}

// Enabled tells whether data sources are compacted here, and not by the Coordinator.
func (s *Scheduler) Enabled(ctx context.Context) (bool, error) {
	if !s.Workers {
		return false, nil
	}
	cluster, err := s.Config.Read(ctx)
	return err == nil && cluster.UseSupervisors, err
}

func (s *Scheduler) loop() {
	timer := time.NewTimer(period)
	defer timer.Stop()
	for {
		err := s.run(s.lasts)
		if s.lasts.Err() != nil {
			return
		}
		s.mu.Lock()
		again := err != nil && s.trouble != nil && err.Error() == s.trouble.Error()
		s.trouble = err
		s.mu.Unlock()
		if err != nil && !again {
			s.Log.Warn("data sources are not compacted; it is tried again", "error", err)
		}
		timer.Reset(period)
		select {
		case <-timer.C:
		case <-s.wake:
		case <-s.lasts.Done():
			return
		}
	}
}

// follow hears of compact tasks.
func (s *Scheduler) follow(f *queue.Follower) {
	defer f.Stop()
	for {
		news, err := f.Next(s.lasts)
		if err != nil {
			if s.lasts.Err() == nil && !errors.Is(err, queue.ErrStopped) {
				s.Log.Error("compact tasks are not followed any more", "error", err)
			}
			return
		}
		s.mu.Lock()
		s.news.hear(news)
		s.mu.Unlock()
	}
}
