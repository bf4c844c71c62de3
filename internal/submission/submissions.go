package submission

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"ovate/druid"
	"ovate/internal/intake"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/task"
)

// Tasks is what is asked of the queue.
type Tasks interface {
	intake.Tasks
	// AddWith makes a task durable and queues it, together with what else with writes.
	AddWith(ctx context.Context, t task.Task, with func(metadata.Tx) error) error
	// Shutdown ends a task as FAILED with the reason.
	Shutdown(ctx context.Context, id, reason string) error
	// Follow begins to follow the tasks of a data source, or of all if it is empty.
	Follow(dataSource string, types ...string) *queue.Follower
}

// Options are what submissions work with and by.
type Options struct {
	// Store is that of the term.
	Store metadata.Store
	// Wall is the machine's clock, by which submissions are due; druid.Now if nil.
	Wall func() druid.Instant
	Log  *slog.Logger
	// Places are of intake.Intake, and MayRead refuses tasks that may not read what they ask for.
	Places  task.Places
	MayRead func(task.Task) error
}

// Submissions are those of a term of leadership. Make one with New, let it run with Start, end it with Stop: once each, in any order.
type Submissions struct {
	Options
	tasks  Tasks
	agenda *agenda
	memory *semaphore.Weighted // what tasks take that are being made

	lasts context.Context
	end   context.CancelFunc
	mu    sync.Mutex // guards began, and so that nothing begins while Stop waits
	began bool
	work  sync.WaitGroup
}

// New makes submissions of which none is looked at yet.
func New(o Options) *Submissions {
	if o.Wall == nil {
		o.Wall = druid.Now
	}
	s := &Submissions{Options: o, agenda: newAgenda(), memory: semaphore.NewWeighted(mostMemory)}
	s.lasts, s.end = context.WithCancel(context.Background())
	return s
}

// Start lets those that are stored go on.
func (s *Submissions) Start(ctx context.Context, tasks Tasks) error {
	s.tasks = tasks
	for _, kind := range [...]string{kindActive, kindEnded} {
		some, err := s.Store.Records(ctx, metadata.RecordQuery{Kind: kind, Max: 1})
		if err != nil {
			return err
		}
		if len(some) > 0 {
			s.begin()
		}
	}
	return nil
}

// begin begins to look at submissions, unless that has begun. Where there are none nothing runs.
func (s *Submissions) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.began || s.lasts.Err() != nil {
		return
	}
	s.began = true
	s.work.Go(s.run)
}

// Stop ends looking at submissions. What is stored goes on under who leads next.
func (s *Submissions) Stop() {
	s.mu.Lock()
	s.end()
	s.mu.Unlock()
	s.work.Wait()
}

const (
	atOnce     = 16 // submissions are looked at together
	inTurn     = 64 // are looked at before news are heard, and others have their turn
	together   = 200
	soon       = 5 * time.Second // is when one is looked at once more that could not be now
	clearEvery = time.Hour

	// mostMemory is how many bytes the tasks take that are made at a time, of which each takes makeCost times what it has.
	mostMemory = 256 << 20
	makeCost   = 8
)

// run looks at submissions whenever that may change something.
func (s *Submissions) run() {
	news := s.tasks.Follow("") // before the first look, so that no end is missed
	defer news.Stop()
	s.load()
	clearing := time.NewTicker(clearEvery)
	defer clearing.Stop()
	s.clear()
	for {
		ids, next := s.agenda.take(s.Wall(), inTurn)
		s.lookAtAll(ids)
		// The clock may be set, or stand still: it is looked at now and then.
		timer := time.NewTimer(min(time.Duration(next-s.Wall()), time.Minute/time.Millisecond) * time.Millisecond)
		select {
		case <-timer.C:
		case <-s.agenda.wake:
		case <-news.Changed():
			s.hear(news)
		case <-clearing.C:
			s.clear()
		case <-s.lasts.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// hear notes which tasks have ended.
func (s *Submissions) hear(news *queue.Follower) {
	now, cancel := context.WithCancel(s.lasts)
	cancel() // what there is, and no more
	all, err := news.Next(now)
	if err != nil {
		return
	}
	for _, n := range all {
		if n.Ended {
			s.agenda.ended(n.ID)
		}
	}
}

// load has all that are stored looked at.
func (s *Submissions) load() {
	q := metadata.RecordQuery{Kind: kindActive, Max: together}
	for pauses := (metadata.Pauses{}); s.lasts.Err() == nil; {
		some, err := s.Store.Records(s.lasts, q)
		if err != nil {
			s.Log.Warn("submissions cannot be read yet; trying again", "error", err)
			if pauses.Wait(s.lasts) != nil {
				return
			}
			continue
		}
		for _, r := range some {
			s.agenda.add(r.ID, partOf(r.Payload))
		}
		if len(some) < q.Max {
			return
		}
		q.After = some[len(some)-1].ID
	}
}

// clear removes what has ended long ago.
func (s *Submissions) clear() {
	for {
		removed := 0
		err := s.Store.Update(s.lasts, func(tx metadata.Tx) (err error) {
			removed, err = tx.DeleteRecordsBefore(kindEnded, s.Wall()-druid.Instant(keep.Milliseconds()), together)
			return err
		})
		if err != nil && s.lasts.Err() == nil && !errors.Is(err, metadata.ErrTermOver) {
			s.Log.Warn("submissions that have ended long ago cannot be removed now", "error", err)
		}
		if err != nil || removed < together {
			return
		}
	}
}

func (s *Submissions) lookAtAll(ids []string) {
	var looks errgroup.Group
	looks.SetLimit(atOnce)
	for _, id := range ids {
		looks.Go(func() error {
			s.lookAt(id)
			return nil
		})
	}
	_ = looks.Wait() // none returns one
}

// lookAt looks at a submission, and again later if that cannot be done now.
func (s *Submissions) lookAt(id string) {
	err := task.Protect(func() error { return s.look(s.lasts, id) })
	switch {
	case err == nil, s.lasts.Err() != nil, queue.LeadLost(err):
		return
	case errors.Is(err, metadata.ErrChanged):
		s.agenda.again(id)
		return
	}
	if full, is := errors.AsType[*druid.Error](err); !is || full.Category != druid.CategoryCapacityExceeded {
		s.Log.Warn("a submission has to wait, as it cannot be looked at now", "submission", id, "error", err)
	}
	s.agenda.at(s.Wall()+druid.Instant(soon.Milliseconds()), id)
}
