package ui

import (
	"errors"
	"fmt"
	"net/http"

	"ovate/internal/runner"
)

// workersPage is who runs tasks.
type workersPage struct {
	Workers  []worker
	Capacity runner.Capacity
	Orders   bool // workers are processes of their own, and can be told to take no tasks
}

// worker is one of them, with how many slots it has in use.
type worker struct {
	runner.Worker
	Used int
}

// listWorkers is GET /workers.
func listWorkers(c *call) (*page, error) {
	p := &workersPage{Capacity: c.Tasks.Capacity(), Orders: c.WorkerRule != nil}
	for _, w := range c.Tasks.Workers() {
		one := worker{Worker: w}
		for _, t := range w.Running {
			one.Used += t.Resource.RequiredCapacity
		}
		p.Workers = append(p.Workers, one)
	}
	return &page{Title: "Workers", template: "workers", Data: p}, nil
}

// orderWorker is POST /workers: has a worker take tasks again, or no more.
func orderWorker(c *call) (string, error) {
	if err := c.readForm(); err != nil {
		return "", err
	}
	if c.WorkerRule == nil {
		return "", &problem{http.StatusConflict, "Tasks run in this process, which always takes them.", "Workers are told so where druid.indexer.runner.type is httpRemote."}
	}
	host := c.r.PostForm.Get("host")
	var err error
	switch action := c.r.PostForm.Get("action"); action {
	case "enable":
		err = c.WorkerRule.Enable(c.ctx(), host)
	case "disable":
		err = c.WorkerRule.Disable(c.ctx(), host)
	default:
		err = unknownAction(action)
	}
	if errors.Is(err, runner.ErrNoWorker) {
		err = &problem{http.StatusNotFound, fmt.Sprintf("There is no worker %s.", host), "It may have left. The list shows those that are there."}
	}
	return "/workers", err
}
