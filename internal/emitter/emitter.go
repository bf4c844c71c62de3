package emitter

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"ovate/druid"
)

// Sink takes events away. One goroutine calls it.
type Sink interface {
	// Take takes one event, as JSON that it does not keep.
	Take(ctx context.Context, event []byte)
	// Flush sends what waits longer than it should at that time, or all of it if everything is set.
	Flush(ctx context.Context, now time.Time, everything bool)
}

// capacity is how many events wait for the sinks. Whoever emits never waits: what finds no room is left out, and counted.
const capacity = 10_000

// tick is how often sinks are asked whether something waits for too long.
const tick = time.Second

// Emitter hands events to sinks. One without sinks does nothing. Make it with New, let it run with Start, end it with Stop: once each, in any order,
// from any goroutines. Events that come before Start wait for it.
type Emitter struct {
	service func() Service
	sinks   []Sink
	log     *slog.Logger
	events  chan Event
	lost    atomic.Int64
	told    int64 // of those; the loop's alone

	life context.Context // ends when Stop loses patience
	cut  context.CancelFunc
	stop chan struct{} // closed by Stop
	once sync.Once

	mu      sync.Mutex
	started bool
	work    sync.WaitGroup
}

// New makes an emitter. The service is asked once it is started, as a server that listens on any free port learns its address late.
func New(service func() Service, log *slog.Logger, sinks ...Sink) *Emitter {
	e := &Emitter{service: service, sinks: sinks, log: log, events: make(chan Event, capacity), stop: make(chan struct{})}
	e.life, e.cut = context.WithCancel(context.Background())
	return e
}

// Wanted tells whether anybody takes events: who makes many need not otherwise.
func (e *Emitter) Wanted() bool { return e != nil && len(e.sinks) > 0 }

// Lost is how many events found no room.
func (e *Emitter) Lost() int64 { return e.lost.Load() }

// Emit hands on an event. It never waits.
func (e *Emitter) Emit(event Event) {
	if !e.Wanted() {
		return
	}
	if event.At == 0 {
		event.At = druid.Now()
	}
	select {
	case e.events <- event:
	default:
		e.lost.Add(1)
	}
}

// Start begins to hand events to the sinks.
func (e *Emitter) Start() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.started || !e.Wanted() {
		return
	}
	e.started = true
	select {
	case <-e.stop:
		return
	default:
	}
	service := e.service()
	e.work.Go(func() { e.run(service) })
}

// stopPatience is how long Stop waits until what is left is sent.
const stopPatience = 3 * time.Second

// Stop sends what is left, as far as that takes no longer than some seconds, and ends it. Events that come later are not sent.
func (e *Emitter) Stop() {
	e.once.Do(func() { close(e.stop) })
	late := time.AfterFunc(stopPatience, e.cut)
	defer late.Stop()
	e.mu.Lock() // so that no Start is at work
	defer e.mu.Unlock()
	e.work.Wait()
	e.cut()
}

func (e *Emitter) run(service Service) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var text []byte
	for {
		select {
		case event := <-e.events:
			text = e.take(&service, &event, text)
		case now := <-ticker.C:
			e.tellLost()
			e.flush(now, false)
		case <-e.stop:
			for n := len(e.events); n > 0; n-- {
				event := <-e.events
				text = e.take(&service, &event, text)
			}
			e.flush(time.Now(), true)
			e.tellLost()
			return
		}
	}
}

func (e *Emitter) take(service *Service, event *Event, text []byte) []byte {
	text = service.append(text[:0], event)
	for _, sink := range e.sinks {
		sink.Take(e.life, text)
	}
	return text
}

func (e *Emitter) flush(now time.Time, everything bool) {
	for _, sink := range e.sinks {
		sink.Flush(e.life, now, everything)
	}
}

// tellLost tells the log of events that were lost since it was told last.
func (e *Emitter) tellLost() {
	if lost := e.lost.Load(); lost > e.told {
		e.log.Warn("events were left out, as they came faster than they could be sent", "events", lost-e.told)
		e.told = lost
	}
}
