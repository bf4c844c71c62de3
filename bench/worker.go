package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"ovate/druid"
	nodes "ovate/internal/cluster"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/runner/remote/workertest"
)

// worker is one in this process, whose tasks are timers: an Overlord is what is measured, and a real worker would have the machine to itself.
type worker struct {
	host   string
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
	host, port := "127.0.0.1", l.Addr().(*net.TCPAddr).Port
	w := &worker{host: l.Addr().String(), began: make(chan time.Time, 1)}
	w.tasks = workertest.New(w.host, slots, druid.TaskLocation{Host: host, Port: port, TLSPort: -1})
	w.tasks.Started = func(string) { w.once.Do(func() { w.began <- time.Now() }) }
	w.serves = &http.Server{Handler: workertest.Smile(w.tasks), ErrorLog: log.New(io.Discard, "", 0)}
	w.ended.Go(func() { _ = w.serves.Serve(l) }) // until it is closed
	return w, nil
}

// announce tells all Overlords of the worker, as a MiddleManager does.
func (w *worker) announce(c *zookeeper.Client, slots int) error {
	host, text, err := net.SplitHostPort(w.host)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	_, err = c.Announce(nodes.Node{ // it goes with the client's session
		Role: nodes.MiddleManager, Service: "druid/middleManager", Host: host, PlaintextPort: port, TLSPort: -1, StartTime: druid.Now(),
		Services: map[string]json.RawMessage{"workerNodeService": fmt.Appendf(nil,
			`{"type":"workerNodeService","ip":"127.0.0.1","capacity":%d,"version":"0","category":"_default_worker_category"}`, slots)},
	})
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
