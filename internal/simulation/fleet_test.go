package simulation

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/runner"
)

// fleet is all workers together. Their tasks live on while servers come and go, and what became of them stays known.
type fleet struct {
	world *world

	mu    sync.Mutex
	peons map[string]*peon
}

// assign has a task run, unless it runs or has run.
func (f *fleet) assign(id string, payload []byte) *peon {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.peons[id]
	if p == nil {
		p = newPeon(f.world, id, payload)
		f.peons[id] = p
		f.world.work.Go(p.run)
	}
	return p
}

// find is the task that runs or has run; nil if none does.
func (f *fleet) find(id string) *peon {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.peons[id]
}

// running are the tasks that run.
func (f *fleet) running() (all []*peon) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.peons {
		select {
		case <-p.done:
		default:
			all = append(all, p)
		}
	}
	return all
}

// dispatcher is a queue's runner over the fleet.
type dispatcher struct {
	fleet  *fleet
	by     *process
	ctx    context.Context
	stop   context.CancelFunc
	work   sync.WaitGroup
	events runner.Events

	mu    sync.Mutex
	given map[string]*run
}

// run is a task that was given to a dispatcher.
type run struct {
	assignment runner.Assignment
	running    bool // the queue was told so
	cancelled  bool
}

func newDispatcher(f *fleet, by *process) *dispatcher {
	d := &dispatcher{fleet: f, by: by, given: map[string]*run{}}
	d.ctx, d.stop = context.WithCancel(context.Background())
	return d
}

func (d *dispatcher) Start(e runner.Events) error {
	d.events = e
	return nil
}

func (d *dispatcher) Stop() {
	d.mu.Lock()
	d.stop()
	d.mu.Unlock()
	d.work.Wait()
}

func (d *dispatcher) Run(a runner.Assignment) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() == nil {
		r := &run{assignment: a}
		d.given[a.ID()] = r
		d.work.Go(func() { d.follow(r) })
	}
	return false, nil
}

// follow gives a task to a worker, and tells of its end.
func (d *dispatcher) follow(r *run) {
	id, w := r.assignment.ID(), d.fleet.world
	random := w.random("follow", id)
	rest(d.ctx, time.Duration(random.IntN(3000))*time.Millisecond)
	payload, err := r.assignment.Payload(d.ctx)
	for err != nil && d.ctx.Err() == nil {
		rest(d.ctx, time.Second)
		payload, err = r.assignment.Payload(d.ctx)
	}
	d.mu.Lock()
	if d.ctx.Err() != nil || d.by.dead() || r.cancelled {
		d.mu.Unlock()
		return
	}
	p := d.fleet.assign(id, payload)
	r.running = true
	d.mu.Unlock()
	d.events.Running(id, p.location)
	select {
	case <-p.done:
	case <-d.ctx.Done():
		return
	}
	rest(d.ctx, time.Duration(random.IntN(3000))*time.Millisecond)
	if d.ctx.Err() == nil && !d.by.dead() {
		d.events.Done(r.assignment, runner.Result{Status: p.status})
	}
}

// Cancel ends a task, which may still do something until it has heard of it.
func (d *dispatcher) Cancel(id string, _ error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.given[id]
	if r == nil || d.by.dead() {
		return false
	}
	r.cancelled = true
	if p := d.fleet.find(id); p != nil {
		late := time.Duration(d.fleet.world.random("cancel", id).IntN(8000)) * time.Millisecond
		d.work.Go(func() {
			rest(d.ctx, late)
			p.kill(errors.New("shut down"))
		})
	}
	return r.running
}

func (d *dispatcher) Report(context.Context, string) (io.ReadCloser, error) {
	return nil, fs.ErrNotExist
}
func (d *dispatcher) Workers() []runner.Worker  { return nil }
func (d *dispatcher) Capacity() runner.Capacity { return runner.Capacity{} }

var nowhere = druid.TaskLocation{Host: "worker", Port: 8091, TLSPort: -1}
