package api

import (
	"maps"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/runner"
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
			s.put(appendWorker(s.next(), w))
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

// workerConfig is GET worker: nothing, as nobody has set a way to choose workers.
func workerConfig(c *call) error { return c.nothing() }

// workerConfigHistory is GET worker/history: by whom it was set, which nobody ever did.
func workerConfigHistory(c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	if _, err := q.interval("interval"); err != nil {
		return err
	}
	count, err := q.count("count")
	if err != nil {
		return err
	}
	if count == 0 {
		return badRequest("Limit must be greater than zero!")
	}
	return c.json([]byte("[]"))
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
		if t.Type == "index_parallel" {
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
	return append(dst, `"}`...)
}

// comma appends what stands before the i-th element of a list.
func comma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}
