package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/runner/remote/workertest"
)

// worker is one in this process, whose tasks are timers: an Overlord is what is measured, and a real worker would have the machine to itself.
type worker struct {
	serves *http.Server
	tasks  *workertest.Worker
	ended  sync.WaitGroup

	began chan time.Time // when the first task did
	once  sync.Once
}

// startWorker starts a worker with so many slots, which is not announced yet.
func startWorker(slots int) (*worker, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &worker{began: make(chan time.Time, 1)}
	w.tasks = workertest.New(l.Addr().String(), slots, druid.TaskLocation{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLSPort: -1})
	w.tasks.Started = func(string) { w.once.Do(func() { w.began <- time.Now() }) }
	w.serves = &http.Server{Handler: workertest.Smile(w.tasks), ErrorLog: log.New(io.Discard, "", 0)}
	w.ended.Go(func() { _ = w.serves.Serve(l) }) // until it is closed
	return w, nil
}

// announce tells all Overlords of the worker, as a MiddleManager does.
func (w *worker) announce(c *zookeeper.Client) error {
	_, err := c.Announce(w.tasks.Node()) // it goes with the client's session
	return err
}

// first is when the first task began.
func (w *worker) first(ctx context.Context) (time.Time, error) {
	select {
	case at := <-w.began:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("waiting for the first task of a worker: %w", context.Cause(ctx))
	}
}

// close ends the worker and its tasks.
func (w *worker) close() error {
	w.tasks.Close()
	err := w.serves.Close()
	w.ended.Wait()
	return err
}
