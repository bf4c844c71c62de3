package v1

import (
	"context"
	"encoding/json"
	"slices"

	"ovate/druid"
	"ovate/internal/feed"
	"ovate/internal/queue"
)

// remembered is how many events a reader may be behind, or have missed, and still hear of each.
const remembered = 4096

// newFeed remembers what happens to tasks, as long as this server leads.
func (h *handler) newFeed() *feed.Feed[event] {
	return feed.New(h.Serving, func() feed.Source[event] {
		if e := h.Options.Engine(); e != nil {
			return happenings{e.Tasks}
		}
		return nil
	}, remembered)
}

// event is something that happened to a task.
type event struct {
	id, dataSource string
	name           string // came, runs or ended
	data           []byte // JSON
}

// append adds the event as it is sent, whose id is the place behind it.
func (e *event) append(text []byte, at feed.Place) []byte {
	text = append(append(text, "event: "...), e.name...)
	text = at.Append(append(text, "\nid: "...))
	text = append(append(text, "\ndata: "...), e.data...)
	return append(text, "\n\n"...)
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

// happenings are the tasks, with what is told of them.
type happenings struct{ Tasks }

// Events makes events of news. How tasks have ended the store tells.
func (h happenings) Events(ctx context.Context, news []queue.News) ([]event, error) {
	var ended []string
	for _, n := range news {
		if n.Ended {
			ended = append(ended, n.ID)
		}
	}
	statuses := map[string]druid.TaskStatus{}
	err := h.Statuses(ctx, ended, func(s druid.TaskStatus) error {
		statuses[s.ID] = s
		return nil
	})
	if err != nil {
		return nil, err
	}
	events := make([]event, 0, len(news))
	for _, n := range news {
		told := taskEvent{ID: n.ID, Type: n.Type, DataSource: n.DataSource, State: string(n.Runner), Location: n.Location.Address()}
		e := event{id: n.ID, dataSource: n.DataSource, name: "came"}
		switch {
		case n.Ended:
			e.name, told.State = "ended", "UNKNOWN"
			if s, known := statuses[n.ID]; known {
				told.State, told.Duration, told.Error, told.Location = string(s.State), &s.Duration, s.ErrorMsg, s.Location.Address()
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
