package simulation

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/deepstorage"
	"ovate/internal/deepstorage/local"
	"ovate/internal/engine"
	"ovate/internal/leadership"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/runner/remote"
	"ovate/internal/task"
)

// server is a machine on which a process runs, is killed, and runs again.
type server struct {
	world *world
	name  string

	mu  sync.Mutex
	now *process // nil while none runs
}

// process is an Overlord between its start and its end.
type process struct {
	server *server
	holder *engine.Holder
	epoch  atomic.Int64    // of its latest lead
	life   context.Context // ends when it is killed: nothing that it does reaches anybody any more
	end    context.CancelFunc
}

func (p *process) dead() bool { return p.life.Err() != nil }

// call is ctx, but ends when the process is killed: who talks with it notices.
func (p *process) call(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// storage is deep storage in which every file is.
type storage struct{ *local.Storage }

func (storage) CheckPushed(*druid.DataSegment) error                 { return nil }
func (storage) CheckThere(context.Context, *druid.DataSegment) error { return nil }

// run has a process run until the world ends, again and again.
func (s *server) run(ctx context.Context) {
	for ctx.Err() == nil {
		p := &process{server: s}
		p.life, p.end = context.WithCancel(context.Background())
		store := &faulty{Store: s.world.store, by: p, random: s.world.random(s.name, "store", time.Now().String())}
		log := slog.New(slog.DiscardHandler)
		p.holder = engine.NewHolder(candidate{s.world.election, p}, func(lead *leadership.Lead) *engine.Engine {
			s.world.count("terms")
			return engine.New(engine.Options{
				Store: store, Lead: lead, Storage: storage{s.world.deep}, Logs: s.world.logs, Log: log,
				Queue:  queue.Options{Places: task.Places{Workers: true}, ForceTimeChunkLock: true, SyncRate: time.Second},
				Runner: func(_ deepstorage.Storage, leads func() bool) queue.Runner { return p.runner(store, leads) },
			})
		}, nil, log)
		s.set(p)
		if err := p.holder.Start(ctx); err == nil {
			p.await(ctx)
		}
		p.holder.Stop()
		s.set(nil)
		clock.Pause(ctx, 5*time.Second)
	}
}

// runner is that of the process over the workers.
func (p *process) runner(store metadata.Store, leads func() bool) queue.Runner {
	fleet := p.server.world.fleet
	return remote.New(remote.Options{
		Discovery: fleet, Settings: remote.Defaults(), Leads: leads, HTTP: &http.Client{Transport: wire{fleet.network.Client().Transport.(*http.Transport), p}},
		Active: func(ctx context.Context, id string) (bool, error) {
			row, err := store.Task(ctx, id)
			if errors.Is(err, metadata.ErrNotFound) {
				return false, nil
			}
			return err == nil && row.Status.State == druid.Running, err
		},
		Log: slog.New(slog.DiscardHandler),
	})
}

// await returns when the process has been killed, or is not wanted any more.
func (p *process) await(ctx context.Context) {
	for ctx.Err() == nil && !p.dead() {
		clock.Pause(ctx, 500*time.Millisecond)
	}
}

func (s *server) set(p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = p
}

// queue is that of the leader, as long as it believes to be that; nil if it does not answer for any.
func (s *server) queue() (*queue.Queue, *process) {
	s.mu.Lock()
	p := s.now
	s.mu.Unlock()
	if p == nil || p.dead() {
		return nil, nil
	}
	e := p.holder.Engine()
	if e == nil {
		return nil, nil
	}
	return e.Queue(), p
}

// kill ends the process at once.
func (s *server) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil {
		s.now.end()
	}
}
