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
)

// Leadership is how servers agree on which of them leads. Package leadership has the ways, leadershiptest what each must do.
type Leadership interface {
	// Gain takes part in the election until this server has the lead, or ctx ends. The context of the term ends when the lead is lost,
	// which is before another server has it. resign gives the lead back; it may be called after that, too, and twice. If another has
	// the lead, waits is called before that is waited for.
	Gain(ctx context.Context, waits func()) (term context.Context, resign func(), err error)
	// Leader is the address of the server that has the lead, as far as is known here; empty if none has.
	Leader() string
}

// Errors of a holder's life.
var (
	// ErrStarted: Start was called before.
	ErrStarted = errors.New("the election was entered already")
	// ErrStopped: the holder was stopped, or is about to be.
	ErrStopped = errors.New("the server takes part in no election any more")
)

// Holder makes an engine each time this server gains the lead, and stops it when the lead is lost. The next one is not made before all
// of the last one has ended. Start and Stop are called once each, in any order, from any goroutines.
type Holder struct {
	leadership Leadership
	make       func() *Engine
	log        *slog.Logger

	current atomic.Pointer[Engine] // the one that is ready; nil if there is none

	wanted context.Context // ends when no lead is wanted any more
	end    context.CancelFunc
	work   sync.WaitGroup // begun under mu

	mu       sync.Mutex // guards what follows
	started  bool
	stopping bool    // no engine is made any more
	made     *Engine // the one that has not ended; nil if there is none
}

// NewHolder makes a holder that takes part in no election yet.
func NewHolder(leadership Leadership, make func() *Engine, log *slog.Logger) *Holder {
	h := &Holder{leadership: leadership, make: make, log: log}
	h.wanted, h.end = context.WithCancel(context.Background())
	return h
}

// Engine is what this server leads with; nil while it does not lead, or has not recovered the tasks yet.
func (h *Holder) Engine() *Engine { return h.current.Load() }

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
		default:
			pause := time.Second + rand.N(4*time.Second) // so that servers that fail for the same reason do not come together
			h.log.Error("this server cannot lead; it tries again", "in", pause, "error", err)
			h.pause(pause)
		}
	}
}

func (h *Holder) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.wanted.Done():
	}
}

// campaign waits for the lead, and leads until it is lost, or not wanted any more. It calls settled once it is known what becomes of it.
func (h *Holder) campaign(settled func()) error {
	term, resign, err := h.leadership.Gain(h.wanted, settled)
	if err != nil {
		return fmt.Errorf("the election failed: %w", err)
	}
	defer resign()
	e := h.next()
	if e == nil {
		<-h.wanted.Done() // which it will be soon
		return nil
	}
	defer h.over(e)
	begun := time.Now()
	starting, cancel := context.WithCancel(h.wanted)
	defer cancel()
	defer context.AfterFunc(term, cancel)()
	err = e.Start(starting)
	if err == nil {
		h.log.Info("active tasks recovered", "took", time.Since(begun))
		h.current.Store(e)
		settled()
		select {
		case <-term.Done():
		case <-h.wanted.Done():
		}
	}
	if term.Err() != nil {
		e.Resign()
		h.log.Warn("the lead is lost; what runs is cut off, and runs again under the next leader")
		return nil
	}
	return err
}

// next makes an engine, unless none is wanted.
func (h *Holder) next() *Engine {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopping {
		return nil
	}
	h.made = h.make()
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
