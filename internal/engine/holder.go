package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"ovate/internal/clock"
	"ovate/internal/leadership"
	"ovate/internal/metadata"
)

// Errors of a holder's life.
var (
	// ErrStarted: Start was called before.
	ErrStarted = errors.New("the election was entered already")
	// ErrStopped: the holder was stopped, or is about to be.
	ErrStopped = errors.New("the server takes part in no election any more")
)

// errFenced is the end of a term of which the election knows nothing.
var errFenced = fmt.Errorf("another server has begun a term in the metadata store: %w", metadata.ErrTermOver)

// Holder makes an engine each time this server gains the lead, and stops it when the lead is lost. The next one is not made before all
// of the last one has ended. Start and Stop are called once each, in any order, from any goroutines.
type Holder struct {
	leadership leadership.Leadership
	make       func(*leadership.Lead) *Engine
	ready      func() (over func())
	log        *slog.Logger

	current atomic.Pointer[Engine] // the one that is ready; nil if there is none

	alone func(error) // see Alone; nil where there is an election

	wanted context.Context // ends when no lead is wanted any more
	end    context.CancelFunc
	work   sync.WaitGroup // begun under mu

	mu       sync.Mutex // guards what follows
	started  bool
	stopping bool    // no engine is made any more
	made     *Engine // the one that has not ended; nil if there is none
}

// NewHolder makes a holder that takes part in no election yet. ready, unless nil, is called when an engine is ready, and what that returns
// when the engine is to end, which does not wait for it.
func NewHolder(by leadership.Leadership, make func(*leadership.Lead) *Engine, ready func() (over func()), log *slog.Logger) *Holder {
	h := &Holder{leadership: by, make: make, ready: ready, log: log}
	h.wanted, h.end = context.WithCancel(context.Background())
	return h
}

// Alone is called before Start for a server that takes part in no election. Where another server has begun a term, nothing tells the two which of
// them leads: then this one does not take the lead back, but fails with the reason, and has to end.
func (h *Holder) Alone(fail func(error)) { h.alone = fail }

// Engine is what this server leads with; nil while it does not lead, or has not recovered the tasks yet.
// From the moment that the lead is lost it is nil.
func (h *Holder) Engine() *Engine {
	if e := h.current.Load(); e != nil && e.Leads() {
		return e
	}
	return nil
}

// Leader is the address of the server that has the lead, as far as is known; empty if none has.
func (h *Holder) Leader() string { return h.leadership.Leader() }

// Start takes part in the election until Stop. It returns once the first engine is ready, or another server leads, and with an error,
// after which there is nothing but Stop, if the first engine cannot begin or ctx ends before. A later engine that cannot begin gives
// the lead back and tries again.
func (h *Holder) Start(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	begun := make(chan error, 1)
	if err := h.enter(begun); err != nil {
		return err
	}
	select {
	case err := <-begun:
		return err
	case <-ctx.Done():
		h.Stop()
		return context.Cause(ctx)
	}
}

func (h *Holder) enter(begun chan<- error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.stopping:
		return ErrStopped
	case h.started:
		return ErrStarted
	}
	h.started = true
	h.work.Go(func() { h.loop(begun) })
	return nil
}

// loop leads one term after the other. What begins first, or the error that it does not, goes into begun, which has room for it.
func (h *Holder) loop(begun chan<- error) {
	told := false
	tell := func(err error) {
		if !told {
			told = true
			begun <- err
		}
	}
	defer tell(ErrStopped)
	for h.wanted.Err() == nil {
		err := h.campaign(func() { tell(nil) })
		switch {
		case err == nil || h.wanted.Err() != nil:
		case !told:
			tell(err)
			return
		case errors.Is(err, errFenced) && h.alone != nil:
			h.alone(err)
			return
		default:
			pause := time.Second + rand.N(4*time.Second) // so that servers that fail for the same reason do not come together
			h.log.Error("this server cannot lead; it tries again", "in", pause, "error", err)
			clock.Pause(h.wanted, pause)
		}
	}
}

// campaign waits for the lead, and leads until it is lost, or not wanted any more. It calls settled once it is known what becomes of it.
func (h *Holder) campaign(settled func()) error {
	lead, err := h.leadership.Gain(h.wanted, settled)
	if err != nil {
		return fmt.Errorf("the election failed: %w", err)
	}
	// The announcement may take its time to be withdrawn. Neither the engine nor the next leader waits for that; this server's next one does.
	withdraw, withdrawn := func() {}, make(chan struct{})
	defer func() { <-withdrawn }()
	defer lead.Resign()
	e := h.next(lead)
	if e != nil {
		defer h.over(e)
	}
	defer func() {
		go func() {
			defer close(withdrawn)
			withdraw()
		}()
	}()
	if e == nil {
		<-h.wanted.Done() // which it will be soon
		return nil
	}
	begun := time.Now()
	starting, cancel := context.WithCancel(h.wanted)
	defer cancel()
	defer context.AfterFunc(lead.Lasts, cancel)()
	err = e.Start(starting)
	if err == nil {
		h.log.Info("active tasks recovered", "took", time.Since(begun))
		h.current.Store(e)
		if h.ready != nil {
			withdraw = h.ready()
		}
		settled()
		select {
		case <-e.Over():
			err = errFenced
		case <-h.wanted.Done():
		}
	}
	if lead.Lasts.Err() != nil {
		h.log.Warn("the lead is lost; what runs is cut off, and runs again under the next leader")
		return nil
	}
	return err
}

// next makes an engine, unless none is wanted.
func (h *Holder) next(lead *leadership.Lead) *Engine {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopping {
		return nil
	}
	h.made = h.make(lead)
	return h.made
}

// over ends an engine. Whoever has asked for it before may still call it, and is told that it leads no more.
func (h *Holder) over(e *Engine) {
	h.current.Store(nil)
	e.Stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.made = nil
}

// AboutToStop tells that Stop is called soon: see Engine.AboutToStop. The engine that there is goes on, and no other is made.
func (h *Holder) AboutToStop() {
	h.mu.Lock()
	h.stopping = true
	e := h.made
	h.mu.Unlock()
	if e != nil {
		e.AboutToStop()
	}
}

// Stop stops the engine, gives the lead back, and takes part in the election no more. When it returns, whoever called it, all of that
// has ended.
func (h *Holder) Stop() {
	h.mu.Lock()
	h.stopping = true
	h.mu.Unlock()
	h.end()
	h.work.Wait()
}
