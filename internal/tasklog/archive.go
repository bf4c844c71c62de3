package tasklog

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"ovate/internal/bucket"
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

// Ask asks for the bucket: see there.
func (a *Archive) Ask(ctx context.Context) error { return a.bucket.Ask(ctx, a.prefix) }

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
