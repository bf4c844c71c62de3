// Package workertest is a worker as Druid's MiddleManager is one, for tests: it speaks the worker's protocol, keeps a history of
// changes with counters and hashes, has a disk that survives its restarts, and runs noop tasks, which are timers, or what it is told to do.
package workertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/cluster"
)

// Worker is an http.Handler. Make one with New.
type Worker struct {
	host     string
	capacity int
	location druid.TaskLocation

	// Started and Ended, unless nil, are told of every process of a task. They are set before the first request.
	Started, Ended func(id string)
	// Work, unless nil, is what a task does, of whatever type, in place of a timer: its process lives until that returns, and ctx until the
	// process is ended. It is set before the first request. Close waits for it.
	Work func(ctx context.Context, id string, payload []byte) error

	work     sync.WaitGroup
	mu       sync.Mutex // guards everything below
	gap      time.Duration
	history  *history
	disabled bool
	// properties are what the process was started with.
	properties map[string]string
	assigned   map[string]noop // on disk
	running    map[string]*process
	ended      map[string]announcement // on disk
	payloads   map[string][]byte       // as they came, of all tasks that were taken
	most       int                     // slots that were ever taken
	restarts   int
	closed     bool
}

// noop is a task.
type noop struct {
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	DataSource string         `json:"dataSource"`
	RunTime    int64          `json:"runTime"` // milliseconds
	Resource   druid.Resource `json:"resource"`
	Fails      bool           `json:"fails"`
}

// announcement is Druid's TaskAnnouncement.
type announcement struct {
	ID         string             `json:"id"`
	Type       string             `json:"type"`
	Status     druid.TaskState    `json:"status"`
	TaskStatus druid.TaskStatus   `json:"taskStatus"`
	Resource   druid.Resource     `json:"taskResource"`
	Location   druid.TaskLocation `json:"taskLocation"`
	DataSource string             `json:"taskDataSource"`
}

// New makes a worker. Its tasks say that they are where it is.
func New(host string, capacity int, location druid.TaskLocation) *Worker {
	return &Worker{
		host: host, capacity: capacity, location: location, history: newHistory(),
		properties: map[string]string{"druid.worker.capacity": strconv.Itoa(capacity)},
		assigned:   map[string]noop{}, running: map[string]*process{}, ended: map[string]announcement{}, payloads: map[string][]byte{},
	}
}

// Node is what a cluster is told of the worker when it is announced.
func (w *Worker) Node() cluster.Node {
	return cluster.Node{
		Role: cluster.MiddleManager, Service: "druid/middleManager", StartTime: druid.Now(),
		Host: w.location.Host, PlaintextPort: w.location.Port, TLSPort: w.location.TLSPort,
		Services: map[string]json.RawMessage{"workerNodeService": fmt.Appendf(nil,
			`{"type":"workerNodeService","ip":"127.0.0.1","capacity":%d,"version":"0","category":"_default_worker_category"}`, w.capacity)},
	}
}

func (t noop) announce(state druid.TaskState, msg string, duration int64, location druid.TaskLocation) announcement {
	return announcement{
		ID: t.ID, Type: t.Type, Status: state, Resource: t.Resource, Location: location, DataSource: t.DataSource,
		TaskStatus: druid.TaskStatus{ID: t.ID, State: state, Duration: duration, ErrorMsg: msg, Location: druid.UnknownLocation},
	}
}

// assign takes a task, unless it is known.
func (w *Worker) assign(payload []byte) error {
	var t noop
	if err := json.Unmarshal(payload, &t); err != nil {
		return err
	}
	if t.Type != "noop" && w.Work == nil || t.ID == "" {
		return fmt.Errorf("Could not resolve type id '%s' as a subtype of Task", t.Type)
	}
	if t.Resource.AvailabilityGroup == "" {
		t.Resource.AvailabilityGroup = t.ID
	}
	t.Resource.RequiredCapacity = max(t.Resource.RequiredCapacity, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errors.New("the worker has ended")
	}
	_, waits := w.assigned[t.ID]
	_, done := w.ended[t.ID]
	if waits || done || w.running[t.ID] != nil {
		return nil
	}
	w.assigned[t.ID], w.payloads[t.ID] = t, payload
	w.most = max(w.most, w.used())
	w.history.add(update(t.announce(druid.Running, "", -1, druid.UnknownLocation)))
	w.beginSoon(t)
	return nil
}

func (w *Worker) used() (slots int) {
	for _, t := range w.assigned {
		slots += t.Resource.RequiredCapacity
	}
	for _, p := range w.running {
		slots += p.Resource.RequiredCapacity
	}
	return slots
}

// shutdown ends a task that runs.
func (w *Worker) shutdown(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch p := w.running[id]; {
	case p == nil:
	case w.Work != nil:
		p.stop() // and it ends once it has noticed
	default:
		w.end(p, druid.Failed, "the process exited with code[143]")
	}
}

// Restart ends the worker's process and begins another, which finds the disk. Tasks that ran begin anew if they can be restored, and are
// not known any more if not.
func (w *Worker) Restart(restore bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.restarts++
	w.history.close()
	w.history = newHistory()
	var again []noop
	for _, p := range w.running {
		w.stop(p)
		again = append(again, p.noop)
	}
	for _, t := range w.assigned {
		w.beginSoon(t)
	}
	if restore {
		for _, t := range again {
			w.begin(t)
		}
	}
}

// Configure sets what the worker's properties say from now on.
func (w *Worker) Configure(properties map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.properties = properties
}

// SetGap sets how long a task that the worker has taken is not begun yet: told to end it then, the worker does nothing.
func (w *Worker) SetGap(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gap = d
}

// Close ends the worker. It takes no task any more, also none that a request brings that was on its way.
func (w *Worker) Close() {
	w.mu.Lock()
	w.closed = true
	w.restarts++
	w.history.close()
	for _, p := range w.running {
		w.stop(p)
	}
	w.mu.Unlock()
	w.work.Wait()
}

// Forget forgets a task that has ended, as after the Overlord said that it knows.
func (w *Worker) Forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.ended[id]; ok {
		delete(w.ended, id)
		w.history.add(item{Type: "taskRemoval", TaskID: id})
	}
}

// Repeat announces again what runs and what has ended.
func (w *Worker) Repeat() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range w.all()[1:] {
		w.history.add(i)
	}
}

// errNotRunning means that the task has no process here.
var errNotRunning = errors.New("the task does not run here")

// Lose ends the process of a task and forgets the task: somebody has removed it from the disk.
func (w *Worker) Lose(id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.running[id]
	if p == nil {
		return errNotRunning
	}
	w.stop(p)
	w.history.add(item{Type: "taskRemoval", TaskID: id})
	return nil
}

// Ran tells how a task ended here; false if it has not.
func (w *Worker) Ran(id string) (druid.TaskState, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, ok := w.ended[id]
	return a.Status, ok
}

// Payload is a task as it came.
func (w *Worker) Payload(id string) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.payloads[id]
}

// Most is how many slots were ever taken together.
func (w *Worker) Most() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most
}
