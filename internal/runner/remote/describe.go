package remote

import (
	"maps"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/runner"
)

// Workers describes every worker. One that takes no tasks, as it was told so or has not been heard, has no version.
func (r *Runner) Workers() []runner.Worker {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]runner.Worker, 0, len(r.workers))
	for _, host := range slices.Sorted(maps.Keys(r.workers)) {
		w := r.workers[host]
		d := runner.Worker{
			Scheme: w.Scheme, Host: w.Host, IP: w.IP, Capacity: w.Capacity, Version: w.Version, Category: w.Category,
			Running: make([]druid.Task, 0, len(w.running)), LastCompleted: w.lastCompleted,
		}
		if w.disabled || !w.heard {
			d.Version = ""
		}
		if !w.blacklisted.IsZero() {
			d.BlacklistedUntil = druid.Instant(w.blacklisted.UnixMilli())
		}
		for _, a := range w.running {
			d.Running = append(d.Running, r.header(a))
		}
		slices.SortFunc(d.Running, func(a, b druid.Task) int { return strings.Compare(a.ID, b.ID) })
		all = append(all, d)
	}
	return all
}

// Capacity is the slots of all workers together. Used are those of the tasks that workers have announced.
func (r *Runner) Capacity() runner.Capacity {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := runner.Capacity{Maximum: -1}
	for _, w := range r.workers {
		if w.there {
			c.Current += w.Capacity
		}
		for _, a := range w.running {
			c.Used += r.header(a).Resource.RequiredCapacity
		}
	}
	return c
}
