package workertest

import "time"

// item is one change, as it is written.
type item struct {
	Type         string        `json:"type"`
	Disabled     *bool         `json:"disabled,omitempty"`
	Announcement *announcement `json:"taskAnnouncement,omitempty"`
	TaskID       string        `json:"taskId,omitempty"`
}

func update(a announcement) item { return item{Type: "taskUpdate", Announcement: &a} }

func metadata(disabled bool) item { return item{Type: "metadata", Disabled: &disabled} }

// counter is a place in the history.
type counter struct {
	Counter int64 `json:"counter"`
	Hash    int64 `json:"hash"` // when it was made, in milliseconds
}

// snapshot is what a question is answered with.
type snapshot struct {
	Reset    bool     `json:"resetCounter"`
	Cause    *string  `json:"resetCause"`
	Counter  *counter `json:"counter"`
	Requests []item   `json:"requests"`
}

func reset(cause string) *snapshot { return &snapshot{Reset: true, Cause: &cause} }

// kept is how many changes are kept.
const kept = 1000

// history is the latest changes of a worker's process.
type history struct {
	first   counter // before the first change
	changes []item
	places  []counter // of the changes
	last    counter
	news    chan struct{} // closed with the next change, or the end
	closed  bool
}

func newHistory() *history {
	zero := counter{Hash: time.Now().UnixMilli()}
	return &history{first: zero, last: zero, news: make(chan struct{})}
}

func (h *history) add(i item) {
	h.last = counter{Counter: h.last.Counter + 1, Hash: time.Now().UnixMilli()}
	h.changes, h.places = append(h.changes, i), append(h.places, h.last)
	if n := len(h.changes) - kept; n > 0 {
		h.changes, h.places = h.changes[n:], h.places[n:]
	}
	close(h.news)
	h.news = make(chan struct{})
}

func (h *history) close() {
	h.closed = true
	close(h.news)
	h.news = make(chan struct{})
}

// since is what changed since a counter, nil if nothing has.
func (h *history) since(c counter) *snapshot {
	behind := h.last.Counter - c.Counter
	switch {
	case behind == 0 && c == h.last:
		return nil
	case behind == 0:
		return reset("counter failed to match")
	case behind < 0:
		return reset("counter is greater than the last")
	case behind >= kept:
		return reset("not enough history is kept")
	}
	from := int64(len(h.changes)) - behind
	before := h.first
	if c.Counter > 0 {
		before = h.places[from-1]
	}
	if before != c {
		return reset("counter failed to match")
	}
	last := h.last
	return &snapshot{Counter: &last, Requests: append([]item(nil), h.changes[from:]...)}
}
