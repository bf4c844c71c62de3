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

	"golang.org/x/sys/unix"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/copies"
)

// copies is where a copy of the rows goes, should one be needed.
func (i *ingest) copies(ctx context.Context) (*copies.Folder, error) {
	if i.Rows != "" {
		return &copies.Folder{Dir: i.Rows}, nil
	}
	parent, public := filepath.Join(i.Data, "copies"), i.URL != "" || i.DryRun
	if public {
		parent = filepath.Join(os.TempDir(), fmt.Sprintf("ovate-%d", os.Geteuid()))
	} else { // The data folder may be made for the copy, and is as private then as one that a server makes.
		cfg, err := embeddedConfig(i.Data, anyPort)
		if err != nil {
			return nil, err
		}
		unix.Umask(cfg.Umask)
	}
	ended, done := i.readers(ctx)
	defer done()
	return copies.Claim(parent, public, ended)
}

// asksForReaders is how long an ingestion asks at most whether the tasks of earlier ones still read what was copied for them.
const asksForReaders = 3 * time.Second

// readers tells of tasks that read copies of rows whether they have ended.
func (i *ingest) readers(ctx context.Context) (ended func(copies.Reader) (bool, error), done func()) {
	ctx, done = context.WithTimeout(ctx, asksForReaders)
	return func(r copies.Reader) (bool, error) {
		overlord, err := i.trust.client(r.Server)
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
	return withID(spec, id), id
}

func withID(spec []byte, id string) []byte { return withField(spec, "id", druid.AppendString(nil, id)) }

// mayHaveTaken tells whether a server may have a task, although handing it in gave an error.
func mayHaveTaken(err error) bool {
	refused := new(client.Error)
	if errors.As(err, &refused) {
		return refused.Status >= http.StatusInternalServerError
	}
	return !errors.Is(err, syscall.ECONNREFUSED)
}

// settleCopies removes the copy of rows, or leaves it to the task that goes on without this program.
func settleCopies(folder *copies.Folder, err error) error {
	left := new(leftError)
	if !errors.As(err, &left) || left.copies == "" {
		return errors.Join(err, folder.Remove())
	}
	if cannot := folder.Leave(); cannot != nil {
		return errors.Join(err, fmt.Errorf("leave %s to task %s: %w", folder.Dir, left.id, cannot))
	}
	return err
}
