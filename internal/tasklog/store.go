// Package tasklog keeps what tasks leave to read: their logs and their reports, as files in one folder.
//
// The files of a task are {id}.log and {id}.report.json, as Druid's own file store names them, so that both can use
// the same folder. The report of a task that is about to succeed waits as {id}.prepared. An id so long that a file name (255 bytes) cannot hold it is the one exception: its files lie in
// the folder long-ids and are named by the SHA-256 of the id in hex. No two ids meet there, since ids hold no '/'.
package tasklog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ovate/internal/disk"
)

const (
	logSuffix      = ".log"
	reportSuffix   = ".report.json" // the longest
	preparedSuffix = ".prepared"
	longIDs        = "long-ids"
	maxFileName    = 255
)

// Store is a folder of logs and reports. Its methods may be called from many goroutines.
type Store struct {
	dir string
	log *slog.Logger
}

// Open makes the folder if it is missing. The log is told if somebody removes it later; nil discards.
func Open(dir string, log *slog.Logger) (*Store, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := disk.MkdirAll(filepath.Join(dir, longIDs)); err != nil {
		return nil, fmt.Errorf("task logs: %w", err)
	}
	if err := disk.Writable(dir); err != nil {
		return nil, fmt.Errorf("task logs: %w", err)
	}
	return &Store{dir, log}, nil
}

// Close implements io.Closer; there is nothing to close.
func (s *Store) Close() error { return nil }

// Ended is told that a task has ended; its files stay where they are.
func (s *Store) Ended(string) {}

// write calls fn, which makes a file. If the folder was removed under the running server it is made again, and fn is called once more.
func (s *Store) write(fn func() error) error {
	err := fn()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := disk.MkdirAll(filepath.Join(s.dir, longIDs)); err != nil {
		return err
	}
	s.log.Warn("the folder of the task logs was removed while the server was using it, or a part of it; it was made again, and the logs and reports that lay in it are lost", "folder", s.dir)
	return fn()
}

// path is where a file of the task lies.
func (s *Store) path(id, suffix string) (string, error) {
	switch {
	case id == "" || id[0] == '.' || strings.ContainsAny(id, "/\x00"):
		return "", fmt.Errorf("%q cannot be a task id", id)
	case len(id)+len(reportSuffix) > maxFileName:
		sum := sha256.Sum256([]byte(id))
		return filepath.Join(s.dir, longIDs, hex.EncodeToString(sum[:])+suffix), nil
	default:
		return filepath.Join(s.dir, id+suffix), nil
	}
}

// Append opens the task's log for writing at its end, and makes it if there is none. What was written can be read at
// once; it survives a crash of the process, and one of the machine only after it has reached the disk by itself.
func (s *Store) Append(id string) (io.WriteCloser, error) {
	path, err := s.path(id, logSuffix)
	if err != nil {
		return nil, fmt.Errorf("open task log: %w", err)
	}
	var f *os.File
	err = s.write(func() (err error) {
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open task log: %w", err)
	}
	return f, nil
}

// Log reads the task's log as far as it goes now: from byte offset on, or, if that is negative, its last -offset
// bytes. An offset beyond either end is taken to be that end. A task without a log gives an error that is
// fs.ErrNotExist.
func (s *Store) Log(_ context.Context, id string, offset int64) (io.ReadCloser, error) {
	path, err := s.path(id, logSuffix)
	if err != nil {
		return nil, fmt.Errorf("read task log: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read task log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read task log: %w", err), f.Close())
	}
	size := info.Size()
	if offset < 0 {
		offset = max(0, size+offset)
	}
	offset = min(offset, size)
	return section{io.NewSectionReader(f, offset, size-offset), f}, nil
}

// section is part of a file that is closed with it.
type section struct {
	*io.SectionReader
	io.Closer
}

// PutReport stores the task's report in place of an older one. A reader finds the one or the other, never a part.
// Once it returns nil the report survives a crash.
func (s *Store) PutReport(id string, report []byte) error { return s.put(id, reportSuffix, report) }

// PrepareReport stores the report of a task that is about to succeed. It survives a crash, but does not count before
// the task has succeeded.
func (s *Store) PrepareReport(id string, report []byte) error {
	return s.put(id, preparedSuffix, report)
}

func (s *Store) put(id, suffix string, report []byte) error {
	path, err := s.path(id, suffix)
	if err == nil {
		err = s.write(func() error { return disk.WriteFile(path, report) })
	}
	if err != nil {
		return fmt.Errorf("store task report: %w", err)
	}
	return nil
}

// AcceptReport makes the prepared report the task's, now that the task has succeeded. Nothing is lost if a crash
// prevents or undoes it: Report finds the prepared one.
func (s *Store) AcceptReport(id string) error {
	from, err := s.path(id, preparedSuffix)
	if err != nil {
		return fmt.Errorf("accept task report: %w", err)
	}
	if err := os.Rename(from, strings.TrimSuffix(from, preparedSuffix)+reportSuffix); err != nil {
		return fmt.Errorf("accept task report: %w", err)
	}
	return nil
}

// DropReport removes the task's reports. It is no error if there are none.
func (s *Store) DropReport(id string) error { return s.remove(id, reportSuffix, preparedSuffix) }

// Report reads the report of a task that has ended. A prepared one counts if the task has succeeded, and then before
// any other. A task without one gives an error that is fs.ErrNotExist.
func (s *Store) Report(_ context.Context, id string, succeeded bool) (io.ReadCloser, error) {
	if succeeded {
		if f, err := s.open(id, preparedSuffix); !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return s.open(id, reportSuffix)
}

func (s *Store) open(id, suffix string) (io.ReadCloser, error) {
	path, err := s.path(id, suffix)
	if err != nil {
		return nil, fmt.Errorf("read task report: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read task report: %w", err)
	}
	return f, nil
}

// Delete removes the task's files. It is no error if there are none.
func (s *Store) Delete(id string) error { return s.remove(id, logSuffix, reportSuffix, preparedSuffix) }

func (s *Store) remove(id string, suffixes ...string) error {
	for _, suffix := range suffixes {
		path, err := s.path(id, suffix)
		if err == nil {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete what task %s has left: %w", id, err)
		}
	}
	return nil
}

// DeleteBefore removes the logs and reports last written before t, but for those of the tasks to keep, and tells how many
// files it removed. It goes on after a file that cannot be removed and returns every such error; it ends with ctx.
func (s *Store) DeleteBefore(ctx context.Context, t time.Time, keep []string) (int, error) {
	kept := make(map[string]bool, len(keep))
	for _, id := range keep {
		if path, err := s.path(id, ""); err == nil {
			kept[path] = true
		}
	}
	deleted, err := s.sweep(ctx, t, func(path, suffix string) (bool, error) {
		return suffix != "" && !kept[strings.TrimSuffix(path, suffix)], nil
	})
	if err != nil {
		return deleted, fmt.Errorf("delete task logs last written before %s: %w", t.UTC().Format(time.RFC3339), err)
	}
	return deleted, nil
}

// Settle removes what was begun or prepared before t and never came to an end, and tells how many files it removed: what a crash left
// half written, and prepared reports of tasks that have ended but not succeeded. Those of tasks that have are accepted. Outcome tells
// which is which; reports of tasks with very long ids, whose files do not name them, stay as they are.
func (s *Store) Settle(ctx context.Context, t time.Time, outcome func(id string) (succeeded, active bool, err error)) (int, error) {
	deleted, err := s.sweep(ctx, t, func(path, suffix string) (bool, error) {
		id := strings.TrimSuffix(filepath.Base(path), suffix)
		switch {
		case suffix == "":
			return true, nil
		case suffix != preparedSuffix || filepath.Dir(path) != s.dir:
			return false, nil
		}
		succeeded, active, err := outcome(id)
		if err == nil && succeeded {
			return false, s.AcceptReport(id)
		}
		return !active, err
	})
	if err != nil {
		return deleted, fmt.Errorf("settle task reports: %w", err)
	}
	return deleted, nil
}

// sweep removes the files last written before t that remove chooses, until ctx ends. The suffix of one that is not finished is empty.
func (s *Store) sweep(ctx context.Context, t time.Time, remove func(path, suffix string) (bool, error)) (deleted int, _ error) {
	var errs []error
	for _, dir := range []string{s.dir, filepath.Join(s.dir, longIDs)} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			errs = append(errs, err)
		}
		for _, entry := range entries {
			if ctx.Err() != nil {
				return deleted, errors.Join(append(errs, context.Cause(ctx))...)
			}
			suffix, ours := kindOf(entry)
			if !ours {
				continue
			}
			info, err := entry.Info()
			if err == nil && info.ModTime().Before(t) {
				path := filepath.Join(dir, entry.Name())
				var chosen bool
				if chosen, err = remove(path, suffix); err == nil && chosen {
					if err = os.Remove(path); err == nil {
						deleted++
					}
				}
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return deleted, errors.Join(errs...)
}

// kindOf tells whether a file of the folder is one that this package writes, and its suffix: none if it is unfinished.
func kindOf(entry fs.DirEntry) (suffix string, ours bool) {
	name := entry.Name()
	if strings.HasPrefix(name, disk.TempPrefix) {
		return "", entry.Type().IsRegular()
	}
	for _, suffix := range []string{logSuffix, reportSuffix, preparedSuffix} {
		if strings.HasSuffix(name, suffix) {
			return suffix, entry.Type().IsRegular()
		}
	}
	return "", false
}
