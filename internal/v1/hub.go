package v1

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/queue"
)

const (
	// remembered is how many events a reader may be behind, or have missed, and still hear of each.
	remembered = 4096
	// linger is how long the hub follows the tasks after the last reader has gone, who may come back.
	linger = time.Minute
	// leadPause is how often it looks whether this server leads.
	leadPause = time.Second
)

// event is something that happened to a task.
type event struct {
	id, dataSource string
	name           string // came, runs or ended
	data           []byte // JSON
}

// hub remembers the last events of all tasks for whoever reads them, however slowly: the memory of it does not grow with the readers. It follows the tasks while
// there are any, and a while longer; Serving ends it.
type hub struct {
	serving context.Context

	mu      sync.Mutex // guards everything below
	readers int
	end     context.CancelFunc // of the loop that follows the tasks; nil while there is none
	idle    *time.Timer        // nil while there are readers
	term    string             // of the events; empty while nothing is followed
	ring    []event            // the last ones, in turn
	count   int64              // of the term's events so far
	changed chan struct{}      // closed once there is more
}

func newHub(serving context.Context) *hub {
	return &hub{serving: serving, changed: make(chan struct{})}
}

// place is where a reader is: what it has read of a term.
type place struct {
	term  string
	count int64
}

// String is the id of the last event that was read.
func (p place) String() string { return p.term + "-" + strconv.FormatInt(p.count, 10) }

// join counts a reader in, unless there are most of them already, and follows the tasks if nobody did.
func (h *hub) join(engine func() *Engine, most int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers >= most {
		return false
	}
	h.readers++
	if h.idle != nil {
		h.idle.Stop()
		h.idle = nil
	}
	if h.end != nil {
		return true
	}
	ctx, end := context.WithCancel(h.serving)
	h.end = end
	go h.follow(ctx, engine)
	return true
}

// leave counts a reader out.
func (h *hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers--; h.readers == 0 && h.serving.Err() == nil {
		h.idle = time.AfterFunc(linger, h.rest)
	}
}

// rest ends the loop, unless a reader has come meanwhile.
func (h *hub) rest() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers == 0 && h.end != nil {
		h.end()
		h.end, h.idle = nil, nil
		h.restart("")
	}
}

// follow notes what happens to tasks while this server leads, until ctx ends.
func (h *hub) follow(ctx context.Context, engine func() *Engine) {
	for ctx.Err() == nil {
		if e := engine(); e != nil {
			h.followOne(ctx, e.Tasks)
		}
		h.begin(ctx, "") // what happens until the next term is not known
		select {
		case <-time.After(leadPause):
		case <-ctx.Done():
		}
	}
}

// followOne follows the tasks of one queue, until that stops or something gets lost.
func (h *hub) followOne(ctx context.Context, tasks Tasks) {
	f := tasks.Follow("")
	defer f.Stop()
	// What is active now readers find in the list, which they read once they hear that a term has begun.
	none, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := f.Next(none); err != nil && !errors.Is(err, context.Canceled) {
		return
	}
	h.begin(ctx, uuid.NewString())
	for {
		news, err := f.Next(ctx)
		if err != nil {
			return
		}
		events, err := eventsOf(ctx, tasks, news)
		if err != nil {
			return
		}
		h.add(ctx, events)
	}
}

// begin begins a term, whose readers have to read the list of tasks anew.
func (h *hub) begin(ctx context.Context, term string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() == nil { // else another loop may be at work by now
		h.restart(term)
	}
}

// restart forgets what has happened. The caller holds mu.
func (h *hub) restart(term string) {
	h.term, h.ring, h.count = term, nil, 0
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *hub) add(ctx context.Context, events []event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	for _, e := range events {
		if len(h.ring) < remembered {
			h.ring = append(h.ring, e)
		} else {
			h.ring[h.count%remembered] = e
		}
		h.count++
	}
	close(h.changed)
	h.changed = make(chan struct{})
}

// after are the events behind a place, and where that leads. known is false if some of them are gone, or the place is of another term: then there are none. changed
// is closed once there are more.
func (h *hub) after(p place) (events []event, now place, known bool, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now = place{h.term, h.count}
	behind := h.count - p.count
	if known = p.term == h.term && behind >= 0 && behind <= int64(len(h.ring)); known {
		for at := p.count; at < h.count; at++ {
			events = append(events, h.ring[at%remembered])
		}
	}
	return events, now, known, h.changed
}

// taskEvent is what an event tells.
type taskEvent struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	DataSource string `json:"dataSource"`
	State      string `json:"state"`
	Location   string `json:"location,omitempty"`
	Duration   *int64 `json:"duration,omitempty"`
	Error      string `json:"error,omitempty"`
}

// eventsOf makes events of news. How tasks have ended the store tells.
func eventsOf(ctx context.Context, tasks Tasks, news []queue.News) ([]event, error) {
	var ended []string
	for _, n := range news {
		if n.Ended {
			ended = append(ended, n.ID)
		}
	}
	statuses := map[string]druid.TaskStatus{}
	err := tasks.Statuses(ctx, ended, func(s druid.TaskStatus) error {
		statuses[s.ID] = s
		return nil
	})
	if err != nil {
		return nil, err
	}
	events := make([]event, 0, len(news))
	for _, n := range news {
		told := taskEvent{ID: n.ID, Type: n.Type, DataSource: n.DataSource, State: string(n.Runner), Location: hostOf(n.Location)}
		e := event{id: n.ID, dataSource: n.DataSource, name: "came"}
		switch {
		case n.Ended:
			e.name, told.State = "ended", "UNKNOWN"
			if s, known := statuses[n.ID]; known {
				told.State, told.Duration, told.Error, told.Location = string(s.State), &s.Duration, s.ErrorMsg, hostOf(s.Location)
			}
		case n.Runner == druid.RunnerRunning:
			e.name = "runs"
		}
		if e.data, err = json.Marshal(told); err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return slices.Clip(events), nil
}
