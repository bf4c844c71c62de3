package tasklog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"ovate/internal/bucket"
	"ovate/internal/disk"
)

// Names of a task's objects, as Druid has them. The status and the JSON of a task are put there by workers.
const (
	logObject    = "log"
	reportObject = "report.json"
	statusObject = "status.json"
	taskObject   = "task.json"
)

// Times and numbers of sending.
const (
	sendAgain  = 30 * time.Second // after the bucket has failed
	sentAtOnce = 8
	closeGrace = 5 * time.Second // for what is left when the server stops
	// sendPatience bounds how long one task's files may take, which are tried again later.
	sendPatience = 10 * time.Minute
)

// Archive keeps logs and reports of tasks in a bucket: {prefix}/{id}/log and {prefix}/{id}/report.json, as Druid's own store names them, so that
// both can use the same, and what workers put there is found.
//
// Until a task has ended its files are those of a Store. Then they are sent, and removed from the folder once the bucket has them: a crash at any
// point, and a bucket that fails, leave them in the folder, from which they are read, and are sent later. Files with very long ids that a
// crash has left stay there for good.
type Archive struct {
	*Store
	bucket *bucket.Bucket
	prefix string // with a slash at its end
	log    *slog.Logger

	stop    context.CancelFunc
	wake    chan struct{}
	stopped chan struct{}

	mu    sync.Mutex // guards what follows
	open  map[string]int
	ended map[string]bool // tasks whose files are to be sent
}

// NewArchive begins to send; Close ends that. The log is told of a bucket that fails.
func NewArchive(files *Store, to *bucket.Bucket, prefix string, log *slog.Logger) *Archive {
	ctx, stop := context.WithCancel(context.Background())
	a := &Archive{
		Store: files, bucket: to, prefix: prefix + "/", log: log, stop: stop, wake: make(chan struct{}, 1), stopped: make(chan struct{}),
		open: map[string]int{}, ended: map[string]bool{},
	}
	go a.run(ctx)
	return a
}

// Close sends what is left, for as long as that takes little time. The rest is sent after the next start.
func (a *Archive) Close() error {
	a.stop()
	<-a.stopped
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	_ = a.sendAll(ctx) // what could not be sent is told, and stays
	return nil
}

// Append opens a log that counts as being written to until it is closed.
func (a *Archive) Append(id string) (io.WriteCloser, error) {
	a.mu.Lock()
	a.open[id]++
	a.mu.Unlock()
	w, err := a.Store.Append(id)
	if err != nil {
		a.closed(id)
		return nil, err
	}
	return &appended{WriteCloser: w, closed: sync.OnceFunc(func() { a.closed(id) })}, nil
}

// appended is a log that is being written.
type appended struct {
	io.WriteCloser
	closed func()
}

// Close closes the log.
func (w *appended) Close() error {
	defer w.closed()
	return w.WriteCloser.Close()
}

func (a *Archive) closed(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[id]--; a.open[id] == 0 {
		delete(a.open, id)
		if a.ended[id] {
			a.wakeUp()
		}
	}
}

// Ended has the files of a task sent, as soon as nobody writes to its log.
func (a *Archive) Ended(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended[id] = true
	if a.open[id] == 0 {
		a.wakeUp()
	}
}

func (a *Archive) wakeUp() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// run sends files until ctx ends.
func (a *Archive) run(ctx context.Context) {
	defer close(a.stopped)
	for failing := false; ; {
		var again <-chan time.Time
		if failing {
			again = time.After(sendAgain)
		}
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-again:
		}
		err := a.sendAll(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			a.log.Warn("logs and reports of tasks cannot be put into the bucket; they stay in the folder, from which they are read, until they can be", "folder", a.dir, "error", err)
		}
		failing = err != nil
	}
}

// sendAll sends the files of all tasks that have ended and whose logs are closed, and returns the first error.
func (a *Archive) sendAll(ctx context.Context) error {
	var sending errgroup.Group
	sending.SetLimit(sentAtOnce)
	for _, id := range a.ready() {
		sending.Go(func() error {
			err := a.send(ctx, id)
			if err != nil {
				a.mu.Lock()
				a.ended[id] = true
				a.mu.Unlock()
			}
			return err
		})
	}
	return sending.Wait()
}

// ready takes the tasks whose files can be sent.
func (a *Archive) ready() (ids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id := range a.ended {
		if a.open[id] == 0 {
			ids = append(ids, id)
			delete(a.ended, id)
		}
	}
	return ids
}

// send sends the files of a task, if there are some.
func (a *Archive) send(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, sendPatience)
	defer cancel()
	report, err := a.path(id, reportSuffix)
	if err != nil {
		return nil // no such task has left anything
	}
	if err := a.move(ctx, id, report, reportObject); err != nil {
		return err
	}
	return a.sendLog(ctx, id)
}

func (a *Archive) key(id, object string) string { return a.prefix + id + "/" + object }

// move puts a file, if it is there, and removes it.
func (a *Archive) move(ctx context.Context, id, path, object string) error {
	info, err := os.Stat(path)
	if err != nil {
		return absent(err)
	}
	if err := a.bucket.Put(ctx, a.key(id, object), path); err != nil {
		return fmt.Errorf("task logs: %w", err)
	}
	return a.remove(id, path, info.Size())
}

// remove removes a file of which the bucket has so many bytes. If a run has come meanwhile that writes to it, or has written, it stays, and
// is sent once more.
func (a *Archive) remove(id, path string, sent int64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	info, err := os.Stat(path)
	if err != nil {
		return absent(err)
	}
	if a.open[id] == 0 && info.Size() == sent {
		return absent(os.Remove(path))
	}
	if a.ended[id] = true; a.open[id] == 0 {
		a.wakeUp()
	}
	return nil
}

func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sendLog puts the log behind what there is of it, which an earlier process has put, or a worker; or in the place of that, if it begins with it.
func (a *Archive) sendLog(ctx context.Context, id string) error {
	path, err := a.path(id, logSuffix)
	if err != nil {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		return absent(err)
	}
	key := a.key(id, logObject)
	_, err = a.bucket.Stat(ctx, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a.move(ctx, id, path, logObject)
	case err != nil:
		return fmt.Errorf("task logs: %w", err)
	}
	whole := filepath.Join(a.dir, disk.TempPrefix+uuid.NewString())
	err = a.bucket.Fetch(ctx, key, whole)
	if err == nil {
		err = a.join(ctx, id, whole, path)
	}
	return errors.Join(err, absent(os.Remove(whole)))
}

// join puts a log behind what was put of it, unless it is what that ends with, or begins with it.
func (a *Archive) join(ctx context.Context, id, whole, path string) (err error) {
	there, err := os.OpenFile(whole, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, there.Close()) }()
	more, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, more.Close()) }()
	begun, err := there.Stat()
	if err != nil {
		return err
	}
	now, err := more.Stat()
	if err != nil {
		return err
	}
	if goesOn, err := equal(more, 0, there, 0, begun.Size()); err != nil {
		return err
	} else if goesOn {
		return a.move(ctx, id, path, logObject)
	}
	sent, err := equal(there, begun.Size()-now.Size(), more, 0, now.Size())
	if err != nil {
		return err
	}
	if !sent {
		if _, err := there.Seek(0, io.SeekEnd); err != nil {
			return err
		}
		if _, err := io.Copy(there, io.NewSectionReader(more, 0, now.Size())); err != nil {
			return err
		}
		if err := a.bucket.Put(ctx, a.key(id, logObject), whole); err != nil {
			return fmt.Errorf("task logs: %w", err)
		}
	}
	return a.remove(id, path, now.Size())
}

// equal tells whether so many bytes of two files are there and the same, from an offset of each on.
func equal(a io.ReaderAt, fromA int64, b io.ReaderAt, fromB, n int64) (bool, error) {
	if fromA < 0 || fromB < 0 {
		return false, nil
	}
	var ofA, ofB [32 << 10]byte
	for done := int64(0); done < n; {
		piece := min(n-done, int64(len(ofA)))
		for _, side := range []struct {
			file io.ReaderAt
			at   int64
			into []byte
		}{{a, fromA + done, ofA[:piece]}, {b, fromB + done, ofB[:piece]}} {
			if read, err := side.file.ReadAt(side.into, side.at); int64(read) < piece {
				if errors.Is(err, io.EOF) {
					return false, nil
				}
				return false, err
			}
		}
		if !bytes.Equal(ofA[:piece], ofB[:piece]) {
			return false, nil
		}
		done += piece
	}
	return true, nil
}
