package v1

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/feed"
	"ovate/internal/label"
	"ovate/internal/queue"
	"ovate/internal/runner"
)

const (
	// eventPause is how long a reader waits at least after each piece.
	eventPause = 100 * time.Millisecond
	// eventBytes is how much of what has happened is made ready for a reader before it is sent, so that many readers of much do not take memory for all of it at once.
	eventBytes = 16 << 10
	// usualEvent is about how long an event is as it is sent.
	usualEvent = 256
	// mostReport is the most bytes of a report that progress is read from.
	mostReport = 8 << 20
)

// followEvents is GET events: what happens to tasks, as server-sent events, until the client goes or the server stops. With Last-Event-ID it goes on behind that event.
//
//	dataSource, task   only those of this data source, or of the task of this id
//	label              KEY=VALUE, or several with commas between them, all of which the task has to have
//
// Events are
//
//	reset      what happened before may be missing: read the list of tasks, which what follows then keeps up to date
//	came       a task waits, or is pending
//	runs       it runs
//	progress   how far the one task is that was asked for, as its report tells (rowStats)
//	ended      it has ended
func followEvents(c *call) error {
	q := c.query
	if err := c.mayList(q["dataSource"], false); err != nil {
		return err
	}
	labels, err := (&Filter{Label: q["label"]}).labels("Query parameter")
	if err != nil {
		return err
	}
	reader := &eventReader{c: c, dataSource: q["dataSource"], task: q["task"], labels: labels}
	last := c.r.Header.Get("Last-Event-ID")
	at, err := feed.ParsePlace(last)
	if err != nil {
		return badRequest("Last-Event-ID is [%.100s], but must be the id of an event.", last)
	}
	leave, err := c.follows()
	if err != nil {
		return err
	}
	defer leave()
	c.beginEvents()
	c.events.Join()
	defer c.events.Leave()
	told := feed.Reader[event]{At: at, Pause: eventPause, Send: reader.send, Tell: reader.tell}
	if reader.task != "" {
		told.Look = reader.tellProgress
	}
	c.events.Serve(c.r.Context(), told)
	return nil
}

// follows counts the client in as one that follows something, until leave.
func (c *call) follows() (leave func(), err error) {
	leave, err = c.Audience.Join(c.r)
	if err != nil {
		text := err.Error()
		return nil, refuse(http.StatusServiceUnavailable, "%s.", strings.ToUpper(text[:1])+text[1:])
	}
	return leave, nil
}

// beginEvents begins an answer of events.
func (c *call) beginEvents() {
	c.w.Header().Set("X-Accel-Buffering", "no") // nginx keeps events back until there are some kilobytes of them
	c.begin(http.StatusOK, "text/event-stream")
	c.push([]byte("retry: 2000\n\n"))
}

// push sends a text at once.
func (c *call) push(text []byte) {
	c.send(text)
	_ = http.NewResponseController(c.w).Flush() // a ResponseWriter that cannot has nothing to hold back
}

// eventReader is a client that reads events.
type eventReader struct {
	c                *call
	dataSource, task string
	labels           []string

	progress []byte // that was told last
}

// tell tells those of the events that the client asks for and may hear of.
func (r *eventReader) tell(events []event, now feed.Place, known bool) (told int, stays bool) {
	var text []byte
	if !known && now.Known() { // else nothing is known until the next term begins
		text = fmt.Appendf(text, "event: reset\nid: %s\ndata: {}\n\n", now)
	}
	var source string // of the event before, and whether that may be read
	may := false
	for i := range events {
		e := &events[i]
		if r.dataSource != "" && r.dataSource != e.dataSource || r.task != "" && r.task != e.id {
			continue
		}
		if i == 0 || e.dataSource != source {
			source, may = e.dataSource, r.c.may(auth.Read, e.dataSource)
		}
		if !may || !r.labelled(e.id) {
			continue
		}
		if text == nil {
			text = make([]byte, 0, min(eventBytes, len(events)*usualEvent))
		}
		text = e.append(text, now.Before(len(events)-1-i))
		if len(text) >= eventBytes {
			r.send(text)
			told += len(text)
			text = text[:0]
		}
	}
	return told + len(text), r.send(text)
}

// labelled tells whether a task has the labels that were asked for. Where the store does not tell now it counts as one: who reads may hear of too much.
func (r *eventReader) labelled(id string) bool {
	if len(r.labels) == 0 {
		return true
	}
	labels, err := r.c.Labels.Labels(r.c.r.Context(), id)
	return err != nil || label.Has(labels, r.labels)
}

// send sends at once; call.send ends the request of a client that has gone.
func (r *eventReader) send(text []byte) bool {
	if len(text) > 0 {
		r.c.push(text)
	}
	return true
}

// tellProgress tells how far the task is, unless that has not changed.
func (r *eventReader) tellProgress() {
	stats, err := r.c.rowStats(r.c.r.Context(), r.task)
	if err != nil {
		r.c.Log.Debug("the progress of a task is not known", "task", r.task, "error", err)
		return
	}
	if stats == nil || bytes.Equal(stats, r.progress) {
		return
	}
	r.progress = stats
	id := druid.AppendString(nil, r.task)
	r.send(fmt.Appendf(nil, "event: progress\ndata: {\"id\":%s,\"rowStats\":%s}\n\n", id, stats))
}

// rowStats is what the report of a task that runs has of rows; nil if it does not run, is not for the one who asks, or has none.
func (c *call) rowStats(ctx context.Context, id string) (json.RawMessage, error) {
	status, err := c.Tasks.Status(ctx, id)
	if errors.Is(err, queue.ErrNotFound) || err == nil && (status.Runner != druid.RunnerRunning || !c.may(auth.Read, status.DataSource)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	report, err := c.Tasks.Report(ctx, id)
	if _, fault := errors.AsType[*runner.Fault](err); fault || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer report.Close()
	var told struct {
		Ingestion struct {
			Payload struct {
				RowStats json.RawMessage `json:"rowStats"`
			} `json:"payload"`
		} `json:"ingestionStatsAndErrors"`
	}
	if err := json.NewDecoder(io.LimitReader(report, mostReport)).Decode(&told); err != nil {
		return nil, fmt.Errorf("report of task[%s]: %w", id, err)
	}
	var line bytes.Buffer
	if told.Ingestion.Payload.RowStats == nil || json.Compact(&line, told.Ingestion.Payload.RowStats) != nil {
		return nil, nil
	}
	return line.Bytes(), nil
}
