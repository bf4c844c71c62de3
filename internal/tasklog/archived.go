package tasklog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"ovate/internal/bucket"
)

// This file reads and removes what an Archive keeps.

// Log reads the task's log, from the folder or else from the bucket, as Store does.
func (a *Archive) Log(ctx context.Context, id string, offset int64) (io.ReadCloser, error) {
	local, err := a.Store.Log(ctx, id, offset)
	if !errors.Is(err, fs.ErrNotExist) {
		return local, err
	}
	return a.read(ctx, id, logObject, offset)
}

// Report reads the report of a task that has ended, from the folder or else from the bucket. A prepared one counts unless the bucket has one:
// that is then of a run that another server had, after this one had lost the lead.
func (a *Archive) Report(ctx context.Context, id string, succeeded bool) (io.ReadCloser, error) {
	local, err := a.Store.Report(ctx, id, false)
	if !errors.Is(err, fs.ErrNotExist) {
		return local, err
	}
	sent, err := a.read(ctx, id, reportObject, 0)
	if succeeded && errors.Is(err, fs.ErrNotExist) {
		return a.Store.Report(ctx, id, true)
	}
	return sent, err
}

// read reads an object from an offset on, as Store.Log has it.
func (a *Archive) read(ctx context.Context, id, object string, offset int64) (io.ReadCloser, error) {
	o, err := a.bucket.Stat(ctx, a.key(id, object))
	if err != nil {
		return nil, fmt.Errorf("task logs: %w", err)
	}
	if offset < 0 {
		offset = max(0, o.Size+offset)
	}
	if offset >= o.Size {
		return io.NopCloser(strings.NewReader("")), nil
	}
	body, err := a.bucket.Open(ctx, o, offset)
	if err != nil {
		return nil, fmt.Errorf("task logs: %w", err)
	}
	return body, nil
}

// isObject tells whether a task leaves something of that name. Other things below the prefix, segments say, are not the archive's.
func isObject(name string) bool {
	return slices.Contains([]string{logObject, reportObject, statusObject, taskObject}, name)
}

// DeleteBefore removes what tasks have left and was last written before t, in the folder and in the bucket.
func (a *Archive) DeleteBefore(ctx context.Context, t time.Time, keep []string) (int, error) {
	files, err := a.Store.DeleteBefore(ctx, t, keep)
	kept := make(map[string]bool, len(keep))
	for _, id := range keep {
		kept[id] = true
	}
	var removing errgroup.Group
	removing.SetLimit(sentAtOnce)
	var removed atomic.Int64
	listed := a.bucket.List(ctx, a.prefix, func(o bucket.Object) error {
		id, object, _ := strings.Cut(strings.TrimPrefix(o.Key, a.prefix), "/")
		if kept[id] || !isObject(object) || !o.Modified.Before(t) {
			return nil
		}
		removing.Go(func() error {
			err := a.bucket.Delete(ctx, o.Key)
			if err == nil {
				removed.Add(1)
			}
			return err
		})
		return ctx.Err()
	})
	err = errors.Join(err, listed, removing.Wait())
	return files + int(removed.Load()), err
}

// Settle settles what is in the folder, and has the files of tasks sent that have ended and are still there, however young they are:
// a crash has kept them from it.
func (a *Archive) Settle(ctx context.Context, t time.Time, outcome func(id string) (succeeded, active bool, err error)) (int, error) {
	deleted, err := a.Store.Settle(ctx, t, func(id string) (succeeded, active bool, err error) {
		succeeded, active, err = outcome(id)
		if err == nil && succeeded { // of this run, unless another one's report is there
			switch _, sought := a.bucket.Stat(ctx, a.key(id, reportObject)); {
			case sought == nil:
				succeeded = false
			case !errors.Is(sought, fs.ErrNotExist):
				err = sought
			}
		}
		return succeeded, active, err
	})
	_, left := a.sweep(ctx, time.Now(), func(path, suffix string) (bool, error) {
		if suffix == "" || suffix == preparedSuffix || filepath.Dir(path) != a.dir {
			return false, nil
		}
		id := strings.TrimSuffix(filepath.Base(path), suffix)
		_, active, err := outcome(id)
		if err == nil && !active {
			a.Ended(id)
		}
		return false, err
	})
	return deleted, errors.Join(err, left)
}
