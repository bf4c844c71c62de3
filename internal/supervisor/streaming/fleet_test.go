package streaming_test

import (
	"context"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/runner"
	"ovate/internal/runner/remote/workertest"
)

// fleet is the workers of a cluster, and the tasks on them, which outlive whoever leads.
type fleet struct {
	network *workertest.Network
	topic   *topic

	mu     sync.Mutex // guards what follows, and all of the peons
	peons  map[string]*peon
	next   int
	full   bool          // no worker has room
	single bool          // there is one worker, which runs one task of a sequence
	slow   bool          // tasks take a moment to pause
	stuck  bool          // tasks that begin read nothing for as long as they are stuck
	ahead  druid.Instant // of what time it is, as clocks of workers are
	doomed map[int]bool  // groups whose tasks die
	wrong  []string      // what no task should have been asked
	// fault, unless nil, is asked about each question to a task: 0 is no fault, below 0 no answer, and else the status of the answer.
	fault func(p *peon, question string) int
	asked []string
	lead  *leader
	work  sync.WaitGroup
}

func newFleet(t *topic) *fleet {
	return &fleet{network: workertest.NewNetwork(), topic: t, peons: map[string]*peon{}}
}

// close ends all tasks.
func (f *fleet) close() {
	f.mu.Lock()
	for _, p := range f.peons {
		p.end()
	}
	f.mu.Unlock()
	f.work.Wait()
	f.network.Close()
}

// at calls do while nothing of the fleet changes.
func (f *fleet) at(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// running are the tasks that are at work, in the order in which they came.
func (f *fleet) running() (all []*peon) {
	for _, p := range f.peons {
		if p.life.Err() == nil {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *peon) int { return a.number - b.number })
	return all
}

// taken tells whether the one worker runs a replica of a task.
func (f *fleet) taken(payload []byte) bool {
	t, err := readTask(payload)
	return err == nil && slices.ContainsFunc(f.running(), func(p *peon) bool { return p.sequence == t.Sequence })
}

// leader is the runner of one term.
type leader struct {
	*fleet
	events runner.Events
	given  map[string]runner.Assignment
	stop   bool
	calls  sync.WaitGroup
}

func (f *fleet) runner() *leader { return &leader{fleet: f, given: map[string]runner.Assignment{}} }

func (l *leader) Start(e runner.Events) error {
	l.at(func() { l.events, l.lead = e, l })
	return nil
}

func (l *leader) Stop() {
	l.at(func() {
		l.stop = true
		if l.lead == l {
			l.lead = nil
		}
	})
	l.calls.Wait()
}

func (l *leader) Run(a runner.Assignment) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.given[a.ID()] = a
	if l.stop {
		return false, nil
	}
	l.calls.Go(func() { l.place(a) })
	return false, nil
}

// place has a task run once there is room, or finds where it runs.
func (l *leader) place(a runner.Assignment) {
	payload, err := a.Payload(context.Background())
	if err != nil {
		return
	}
	l.mu.Lock()
	for (l.full || l.single && l.taken(payload)) && l.peons[a.ID()] == nil && !l.stop && l.given[a.ID()] != nil {
		l.mu.Unlock()
		clock.Pause(context.Background(), 50*time.Millisecond)
		l.mu.Lock()
	}
	if l.stop || l.given[a.ID()] == nil {
		l.mu.Unlock()
		return
	}
	p := l.peons[a.ID()]
	if p == nil {
		p = l.begin(a.ID(), payload)
	}
	at, done := p.location, p.life.Err() != nil
	l.mu.Unlock()
	l.events.Running(a.ID(), at)
	if done {
		l.events.Done(a, runner.Result{Status: p.status()})
	}
}

func (l *leader) Cancel(id string, _ error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, a := l.peons[id], l.given[id]
	delete(l.given, id)
	if p == nil || p.life.Err() != nil {
		return false
	}
	p.end()
	if !l.stop {
		l.calls.Go(func() { l.events.Done(a, runner.Result{Status: p.status()}) })
	}
	return true
}

func (l *leader) Report(context.Context, string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }
func (l *leader) Workers() []runner.Worker                              { return nil }
func (l *leader) Capacity() runner.Capacity                             { return runner.Capacity{} }
