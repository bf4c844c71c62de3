package ovate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"ovate/internal/front"
)

// Errors of a server's life, for errors.Is.
var (
	// ErrStarted: Start was called before.
	ErrStarted = errors.New("the server was started already")
	// ErrStopped: the server has ended, or its Start has failed. It has given everything back; make another one with New.
	ErrStopped = errors.New("the server has ended: make a new one")
)

// taskGrace is how long Stop waits for tasks to end that it has cancelled, however short its context is.
const taskGrace = 10 * time.Second

// Start recovers the tasks that were active when the last server on these folders ended, and begins to answer requests. It can be
// called once: later calls return ErrStarted, or ErrStopped after Stop. If it fails everything is given back, as by Stop.
func (s *Server) Start(ctx context.Context) error {
	if err := s.life.lock(ctx); err != nil {
		return err
	}
	defer s.life.unlock()
	switch s.life.now() {
	case made:
	case started:
		return ErrStarted
	default:
		return ErrStopped
	}
	s.asked = s.askBuckets()
	s.tracing.Start()
	s.emitter.Start()
	s.monitors.Start()
	s.trends.lags.Start()
	filled := s.kit.Heap.Fill()
	err := s.cluster.start()
	if err == nil {
		s.access.start(ctx)
		err = s.leads.Start(ctx)
	}
	if err == nil {
		s.uploads.Start(s.readUploads)
	}
	if filled(); err != nil {
		s.leads.Stop()
		s.life.ended = s.release()
		s.life.become(stopped)
		return errors.Join(err, s.life.ended)
	}
	s.connections = newConnections(s.log)
	s.http = &http.Server{
		Handler:           s,
		ConnState:         s.connections.note,
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.life.become(started)
	s.ports.start()
	var serving sync.WaitGroup
	for _, l := range s.ports.doors(s.connections) {
		serving.Go(func() {
			if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				s.fail(fmt.Errorf("the server does not listen on %s any more: %w", l.Addr(), err))
			}
		})
	}
	go func() {
		defer close(s.life.served)
		serving.Wait()
	}()
	return nil
}

// fail tells that the server cannot go on.
func (s *Server) fail(err error) {
	select {
	case s.life.failed <- err:
	default: // one reason is enough
	}
}

// Failed tells why the server cannot go on, if that happens: it does not listen any more, its disk loses writes, its database was taken
// away, or, soon after the start, that a bucket is not there or the keys to it are wrong. At most one reason comes. Whoever runs the server
// calls Stop then; nothing is lost that was acknowledged.
func (s *Server) Failed() <-chan error { return s.life.failed }

// Stop lets requests under way finish for as long as ctx lasts, and cuts off those that still run then, or whose client sends or takes
// nothing for some seconds. Those that wait for a lock end at once, with a 503. A server in a cluster gives the lead to another
// meanwhile. It cancels running tasks, which run again after the next start, waits for them at least for taskGrace, and releases the folders.
//
// It may be called at any time: before Start it releases what New opened; a second call waits for the first, for as long as its own
// ctx lasts, and returns the same. An error tells what could not be given back.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.life.lock(ctx); err != nil {
		return err
	}
	defer s.life.unlock()
	before := s.life.now()
	if before == stopped {
		return s.life.ended
	}
	begun := time.Now()
	ended := func(step string) {
		s.log.Info(step, "took", time.Since(begun))
		begun = time.Now()
	}
	s.life.become(stopping)
	s.life.endServing()
	s.leads.AboutToStop()
	s.cluster.leave()
	requests := make(chan struct{})
	go func() {
		defer close(requests)
		if before == started {
			s.endRequests(ctx)
		}
	}()
	s.handOver(requests)
	ended("requests ended, or left to their clients")
	tasks := make(chan struct{})
	go func() {
		defer close(tasks)
		s.leads.Stop()
	}()
	inTime := s.waitForTasks(ctx, tasks)
	<-requests
	if !inTime {
		s.life.ended = fmt.Errorf("some tasks did not end within %v of being cancelled; the folders stay in use until they do", taskGrace)
		go func() {
			<-tasks
			if err := s.release(); err != nil {
				s.log.Error("the folders could not be released", "error", err)
			}
		}()
	} else {
		ended("tasks stopped")
		s.life.ended = s.release()
		ended("folders released")
	}
	s.life.become(stopped)
	return s.life.ended
}

// handOverAfter is how long requests under way keep a server in a cluster from giving the lead to another.
const handOverAfter = time.Second

// handOver waits until the lead may be given back: until no request is under way, or where others may lead not for long. What a request still
// asks for then is for the next leader, and its client is told so.
func (s *Server) handOver(requests <-chan struct{}) {
	if s.cluster == nil {
		<-requests
		return
	}
	timer := time.NewTimer(handOverAfter)
	defer timer.Stop()
	select {
	case <-requests:
	case <-timer.C:
	}
}

// endRequests waits for the requests under way, and cuts off those that last too long. Answers are no promises before they have arrived,
// so that cutting them off is no fault.
func (s *Server) endRequests(ctx context.Context) {
	s.connections.hurry()
	if err := s.http.Shutdown(ctx); err != nil {
		s.log.Warn("requests under way are cut off", "reason", err)
		if err := s.http.Close(); err != nil {
			s.log.Warn("the listener did not close well", "error", err)
		}
	}
	<-s.life.served
	s.ports.closed()
	select {
	case <-s.life.idle(): // requests through Handler, too
	case <-ctx.Done():
	}
}

func (s *Server) waitForTasks(ctx context.Context, ended <-chan struct{}) bool {
	timer := time.NewTimer(taskGrace)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-timer.C:
	}
	select {
	case <-ended:
		return true
	case <-ctx.Done():
		return false
	}
}

// Handler answers the requests. It can be mounted elsewhere, too: before Start and once Stop was called it answers 503.
func (s *Server) Handler() http.Handler { return s }

// ServeHTTP answers a request while the server is started.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	takeTurn()
	if !s.life.enter() {
		front.Protect(w.Header())
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"error":"The server is not started yet, or stops"}`)) // the client may have gone
		return
	}
	defer s.life.leave()
	if len(r.TransferEncoding) > 0 {
		// Beside it a Content-Length may have stood, which net/http does not tell: where another program on the way goes by that, what follows
		// on the connection is no request of the client's (RFC 9112, 6.3).
		w.Header().Set("Connection", "close")
	}
	s.handler.ServeHTTP(w, r)
}

// takeTurn serves those first whose requests have come before. A client that sends requests without waiting for answers would else be served for as long
// as the scheduler lets a goroutine run, and many of these would let all others wait for seconds.
func takeTurn() { runtime.Gosched() }

// enter counts a request in, unless the server does not answer any.
func (l *life) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != started {
		return false
	}
	l.requests++
	return true
}

func (l *life) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.requests--; l.requests == 0 && l.none != nil {
		close(l.none)
		l.none = nil
	}
}

// idle is closed once no request is under way. No other may begin.
func (l *life) idle() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	none := make(chan struct{})
	if l.requests == 0 {
		close(none)
	} else {
		l.none = none
	}
	return none
}
