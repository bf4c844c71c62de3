package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/detect"
	"ovate/internal/disk"
)

// copies is where a copy of the rows goes, should one be needed.
func (i *ingest) copies(ctx context.Context) (*detect.CopyDir, error) {
	if i.Rows != "" {
		return &detect.CopyDir{Dir: i.Rows}, nil
	}
	parent := filepath.Join(i.Data, "copies")
	if i.URL != "" || i.DryRun {
		parent = filepath.Join(os.TempDir(), fmt.Sprintf("ovate-%d", os.Geteuid()))
		if err := disk.MkdirPrivate(parent); err != nil {
			return nil, err
		}
	}
	ended, done := readers(ctx)
	defer done()
	return detect.NewCopyDir(parent, ended)
}

// asksForReaders is how long an ingestion asks at most whether the tasks of earlier ones still read what was copied for them.
const asksForReaders = 3 * time.Second

// readers tells of tasks that read copies of rows whether they have ended.
func readers(ctx context.Context) (ended func(detect.Reader) (bool, error), done func()) {
	ctx, done = context.WithTimeout(ctx, asksForReaders)
	return func(r detect.Reader) (bool, error) {
		overlord, err := newClient(r.Server)
		if err != nil {
			return false, err
		}
		status, err := overlord.Status(ctx, r.Task)
		if client.IsNotFound(err) {
			return true, nil
		}
		return err == nil && status.State != druid.Running, err
	}, done
}

// withNewID gives a task, which must have none, an id, so that it is known before the task is handed in.
func withNewID(spec []byte, dataSource string) (with []byte, id string) {
	id = druid.NewTaskID("index_parallel", dataSource, nil, druid.Now())
	return withField(spec, "id", druid.AppendString(nil, id)), id
}

// lend gives a task an id and the copy of the rows, if there is one. left is the error for a task that may go on without this program.
func (i *ingestRun) lend(task []byte) (with []byte, id string, left func(has string, err error) error, err error) {
	with, id = withNewID(task, i.flags.Datasource)
	dir := ""
	if len(i.found.Copies) > 0 && i.flags.Rows == "" {
		dir, err = i.copies.Dir, i.copies.Lend(detect.Reader{Server: i.flags.URL, Task: id})
	}
	return with, id, func(has string, err error) error { return &leftError{id, has, dir, err} }, err
}

// mayHaveTaken tells whether a server may have a task, although handing it in gave an error.
func mayHaveTaken(err error) bool {
	refused := new(client.Error)
	if errors.As(err, &refused) {
		return refused.Status >= http.StatusInternalServerError
	}
	return !errors.Is(err, syscall.ECONNREFUSED)
}

// settleCopies removes the copy of rows, or leaves it to the task that goes on without this program.
func settleCopies(copies *detect.CopyDir, err error) error {
	left := new(leftError)
	if !errors.As(err, &left) || left.copies == "" {
		return errors.Join(err, copies.Remove())
	}
	if cannot := copies.Leave(); cannot != nil {
		return errors.Join(err, fmt.Errorf("leave %s to task %s: %w", copies.Dir, left.id, cannot))
	}
	return err
}
