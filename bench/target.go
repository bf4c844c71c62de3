package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ovate/bench/wire"
)

// side is who is measured.
type side string

const (
	java   side = "Java"
	ours   side = "ovate"
	duckDB side = "DuckDB"
)

// target is an Overlord that runs and is measured.
type target struct {
	side     side
	address  string        // host:port
	took     time.Duration // from its process's start to its first answer
	folder   string        // what it keeps is somewhere below
	segments string        // its deep storage
	// pids are the processes of the Overlord itself.
	pids func() ([]int, error)
	// restart ends the Overlord the hard way, starts it again and returns how long its first answer took.
	restart func(ctx context.Context) (took time.Duration, err error)
	// ready returns when tasks are taken and run.
	ready func(ctx context.Context) error
	// ended is an error if the Overlord has ended by itself; it is set for those on a site.
	ended func() error
	stop  func() error
}

const (
	api      = "/druid/indexer/v1"
	hour     = 3_600_000 // milliseconds
	pollFast = 500 * time.Microsecond
	pollSlow = 20 * time.Millisecond
)

// outcome is how a task ended.
type outcome struct {
	wall time.Duration // from before it was submitted until an answer said that it was complete
	task time.Duration // the duration that its status tells
	id   string
}

// runTask submits a task and asks for its status until it is complete: every half millisecond at first, and every 20 ms
// from a tenth of a second on. It fails unless the task succeeds.
func (t *target) runTask(ctx context.Context, c *wire.Conn, spec []byte) (outcome, error) {
	began := time.Now()
	id, err := t.submit(c, spec)
	if err != nil {
		return outcome{}, err
	}
	path := api + "/task/" + id + "/status"
	for pause := pollFast; ; {
		answer, err := ask(c, path)
		if err != nil {
			return outcome{}, err
		}
		if !bytes.Contains(answer, []byte(`"statusCode":"RUNNING"`)) {
			o := outcome{wall: time.Since(began), id: id}
			o.task, err = succeeded(answer)
			return o, err
		}
		if time.Since(began) > 100*time.Millisecond {
			pause = pollSlow
		}
		if err := wait(ctx, pause); err != nil {
			return outcome{}, err
		}
	}
}

func (t *target) submit(c *wire.Conn, spec []byte) (id string, err error) {
	status, answer, err := c.Post(api+"/task", spec)
	if err != nil {
		return "", err
	}
	var accepted struct{ Task string }
	if err := json.Unmarshal(answer, &accepted); err != nil || status != 200 || accepted.Task == "" {
		return "", fmt.Errorf("%s refused the task with %d: %s", t.side, status, answer)
	}
	return accepted.Task, nil
}

// succeeded returns the duration of a task that ended well.
func succeeded(status []byte) (time.Duration, error) {
	var answer struct {
		Status struct {
			StatusCode string
			Duration   int64
		}
	}
	if err := json.Unmarshal(status, &answer); err != nil {
		return 0, fmt.Errorf("status %s: %w", status, err)
	}
	if answer.Status.StatusCode != "SUCCESS" {
		return 0, fmt.Errorf("the task did not succeed: %s", status)
	}
	return time.Duration(answer.Status.Duration) * time.Millisecond, nil
}

// ask gets a path whose answer must be 200.
func ask(c *wire.Conn, path string) ([]byte, error) {
	status, answer, err := c.Get(path)
	if err == nil && status != 200 {
		err = fmt.Errorf("GET %s: %d: %.500s", path, status, answer)
	}
	return answer, err
}

// wait returns after a while, or when ctx ends.
func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// segmentBytes is the size of all segment files below a data source's folder in deep storage.
func (t *target) segmentBytes(dataSource string) (sum int64, err error) {
	err = filepath.WalkDir(filepath.Join(t.segments, dataSource), func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	return sum, err
}

// size asks for a list once, and returns how many tasks and bytes it has.
func (t *target) size(ctx context.Context, path string) (tasks, size int, err error) {
	c, err := wire.Dial(ctx, t.address)
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	answer, err := ask(c, path)
	return bytes.Count(answer, []byte(`"runnerStatusCode"`)), len(answer), err
}
