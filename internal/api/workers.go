package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ovate/druid"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// Workers is what the API asks of the runner.
type Workers interface {
	// Workers describes every worker as it is now.
	Workers() []runner.Worker
	Capacity() runner.Capacity
}

// workers is GET workers.
func workers(c *call) error {
	return c.stream("[", "]", func(s *stream) error {
		for _, w := range c.Workers.Workers() {
			s.Put(appendWorker(s.Next(), w))
		}
		return nil
	})
}

// totalWorkerCapacity is GET totalWorkerCapacity, in slots; the maximum is -1 where nothing adds workers by itself.
func totalWorkerCapacity(c *call) error {
	capacity := c.Workers.Capacity()
	body := strconv.AppendInt([]byte(`{"currentClusterCapacity":`), int64(capacity.Current), 10)
	body = strconv.AppendInt(append(body, `,"maximumCapacityWithAutoScale":`...), int64(capacity.Maximum), 10)
	body = strconv.AppendInt(append(body, `,"usedClusterCapacity":`...), int64(capacity.Used), 10)
	return c.json(append(body, '}'))
}

// WorkerRule is the workers of a cluster, and how they are chosen.
type WorkerRule interface {
	Enable(ctx context.Context, host string) error
	Disable(ctx context.Context, host string) error
	// Config is how workers are chosen; nil if that was never set.
	Config(ctx context.Context) ([]byte, error)
	// SetConfig sets it. The error is runner.ErrConfig if nobody can choose so.
	SetConfig(ctx context.Context, config []byte) error
	// History is the audit entries of that within a span of time, or else the last ones.
	History(ctx context.Context, within *druid.Interval, last int) ([][]byte, error)
}

// setWorkerConfig is POST worker: 200 without a body means that it is on disk, and holds.
func setWorkerConfig(c *call) error {
	document, err := c.body()
	if err != nil {
		return err
	}
	if document == nil || jsonKind(document) != "an object" {
		return badRequest(`Request body must be a worker config: an object with a "selectStrategy".`)
	}
	err = c.WorkerRule.SetConfig(c.audited(), document)
	if errors.Is(err, runner.ErrConfig) {
		return badRequest("%v", err)
	}
	if err != nil {
		return err
	}
	return c.nothing()
}

// enableWorker is POST worker/{host}/enable.
func enableWorker(c *call) error { return c.orderWorker(c.WorkerRule.Enable, "enabled") }

// disableWorker is POST worker/{host}/disable.
func disableWorker(c *call) error { return c.orderWorker(c.WorkerRule.Disable, "disabled") }

func (c *call) orderWorker(order func(context.Context, string) error, done string) error {
	host := c.params[0]
	err := order(c.r.Context(), host)
	switch {
	case errors.Is(err, runner.ErrNoWorker):
		return simple(http.StatusInternalServerError, "Worker on host %s does not exists", host) // as in Druid
	case err != nil:
		return err
	}
	return c.pair(host, done)
}

// workerConfig is GET worker: nothing if nobody has set a way to choose workers, or there are none to choose from.
func workerConfig(c *call) error {
	if c.WorkerRule == nil {
		return c.nothing()
	}
	config, err := c.WorkerRule.Config(c.r.Context())
	if err != nil {
		return err
	}
	if config == nil {
		return c.nothing()
	}
	return c.json(config)
}

// auditShown is how far back the history goes unless the request says so, in milliseconds.
const auditShown = druid.Instant(7 * 24 * time.Hour / time.Millisecond)

// workerConfigHistory is GET worker/history: by whom it was set.
func workerConfigHistory(c *call) error {
	within, count, err := c.auditSpan()
	if err != nil {
		return err
	}
	if c.WorkerRule == nil {
		return c.json([]byte("[]"))
	}
	entries, err := c.WorkerRule.History(c.r.Context(), within, count)
	if err != nil {
		return err
	}
	return streamElements(c, "[", "]", entries)
}

// auditSpan is which entries of the audit history a request asks for: those of a span of time, or else the last ones.
func (c *call) auditSpan() (within *druid.Interval, count int, err error) {
	q, err := c.query()
	if err != nil {
		return nil, 0, err
	}
	if within, err = q.interval("interval"); err != nil {
		return nil, 0, err
	}
	if count, err = q.count("count"); err != nil {
		return nil, 0, err
	}
	if count == 0 {
		return nil, 0, badRequest("Limit must be greater than zero!")
	}
	if within == nil && count < 0 {
		now := c.Tasks.Now()
		within = &druid.Interval{Start: now - auditShown, End: now + 1}
	}
	return within, count, nil
}

// scaling is GET scaling: nothing, as nothing adds workers by itself.
func scaling(c *call) error { return c.nothing() }

// appendWorker appends a worker as Druid's ImmutableWorkerInfo. currCapacityUsedByTaskType counts tasks, unlike the other
// figures, which count slots, and is left out when nothing runs.
func appendWorker(dst []byte, w runner.Worker) []byte {
	dst = druid.AppendString(append(dst, `{"worker":{"scheme":`...), w.Scheme)
	dst = druid.AppendString(append(dst, `,"host":`...), w.Host)
	dst = druid.AppendString(append(dst, `,"ip":`...), w.IP)
	dst = strconv.AppendInt(append(dst, `,"capacity":`...), int64(w.Capacity), 10)
	dst = druid.AppendString(append(dst, `,"version":`...), w.Version)
	dst = druid.AppendString(append(dst, `,"category":`...), w.Category)

	used, parallel, byType := 0, 0, map[string]int{}
	for _, t := range w.Running {
		byType[t.Type]++
		used += t.Resource.RequiredCapacity
		if task.KindOf(t.Type).Parallel {
			parallel += t.Resource.RequiredCapacity
		}
	}
	dst = strconv.AppendInt(append(dst, `},"currCapacityUsed":`...), int64(used), 10)
	dst = strconv.AppendInt(append(dst, `,"currParallelIndexCapacityUsed":`...), int64(parallel), 10)
	if len(byType) > 0 {
		dst = append(dst, `,"currCapacityUsedByTaskType":{`...)
		for i, name := range slices.Sorted(maps.Keys(byType)) {
			dst = append(druid.AppendString(comma(dst, i), name), ':')
			dst = strconv.AppendInt(dst, int64(byType[name]), 10)
		}
		dst = append(dst, '}')
	}
	dst = append(dst, `,"availabilityGroups":[`...)
	for i, t := range w.Running {
		dst = druid.AppendString(comma(dst, i), t.Resource.AvailabilityGroup)
	}
	dst = append(dst, `],"runningTasks":[`...)
	for i, t := range w.Running {
		dst = druid.AppendString(comma(dst, i), t.ID)
	}
	dst = w.LastCompleted.AppendTo(append(dst, `],"lastCompletedTaskTime":"`...))
	if w.BlacklistedUntil != 0 {
		dst = w.BlacklistedUntil.AppendTo(append(dst, `","blacklistedUntil":"`...))
	}
	return append(dst, `"}`...)
}

// comma appends what stands before the i-th element of a list.
func comma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}
