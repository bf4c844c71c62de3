package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/deepstorage"
	"ovate/internal/disk"
	"ovate/internal/ingest"
	"ovate/internal/ingest/source"
	"ovate/internal/inventory"
)

// ErrStopped is the cause with which a run is cancelled because the server stops. The task stays active and runs
// again at the next start.
var ErrStopped = errors.New("the server stops")

// Logs keeps what a task says.
type Logs interface {
	// Append opens the log of a task to write at its end.
	Append(id string) (io.WriteCloser, error)
	// PutReport stores the report of a task in place of an earlier one. When it returns nil the report survives a crash.
	PutReport(id string, report []byte) error
	// PrepareReport stores the report of a task that is about to succeed: it counts once the task has. AcceptReport then
	// puts it in its place.
	PrepareReport(id string, report []byte) error
	AcceptReport(id string) error
	// DropReport removes what there is of reports of the task, of earlier runs, too.
	DropReport(id string) error
}

// Kit is what the toolboxes of all tasks are made of.
type Kit struct {
	Storage deepstorage.Storage // its staging folder holds unfinished work
	Logs    Logs
	Policy  source.Policy
	// ProxiedPolicy is the Policy of tasks that were submitted through a proxy, or by who is no administrator.
	ProxiedPolicy source.Policy
	Workers       int   // goroutines that one task may keep busy
	Memory        int64 // bytes that one task may take unless its spec says otherwise
	MaxMemory     int64 // bytes that it may take at most, whatever its spec says; 0: any number
	Heap          *Heap // nil: the memory limit of the process is left alone
	Location      druid.TaskLocation
	Level         slog.Level // of task logs
	// OmitEmptyColumns leaves out string columns without any value, unless the context of a task says otherwise.
	OmitEmptyColumns bool
	// Inventory tells what is stored already.
	Inventory *inventory.Inventory
	// Meter hears what is read; it may be nil.
	Meter Meter
	// Ingest turns input into segment folders: ingest.Run.
	Ingest func(context.Context, ingest.Job) (*ingest.Result, error)
}

// MayRead refuses a task that asks for input which it may not read: with source.Refused, or another error for what it cannot have.
func (k *Kit) MayRead(t Task) error {
	if r, ok := t.(interface{ mayRead(*Kit) error }); ok {
		return r.mayRead(k)
	}
	return nil
}

// policy is what a task may read.
func (k *Kit) policy(proxied bool) source.Policy {
	if proxied {
		return k.ProxiedPolicy
	}
	return k.Policy
}

// stagingPrefix begins the names of the folders that toolboxes make in staging.
const stagingPrefix = "task-"

// Clean removes what earlier runs left in staging. No toolbox may be open.
func (k *Kit) Clean() error {
	entries, err := os.ReadDir(k.Storage.Staging())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("clean staging: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), stagingPrefix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(k.Storage.Staging(), e.Name())); err != nil {
			return fmt.Errorf("clean staging: %w", err)
		}
	}
	return nil
}

// Toolbox is what a running task works with.
type Toolbox struct {
	*Kit
	Actions action.Client
	Log     *slog.Logger
	Report  *Reporter

	// Yield gives the worker slots of the run to others, for good. A task calls it before it waits for something that
	// a task without a slot may hold.
	Yield func()

	id      string
	started time.Time
	log     *logFile
	staging string
	ended   *druid.TaskStatus
	lost    error // why the report was not stored of a task that has succeeded
}

// Open makes the toolbox of one run of the task with that id. Yield frees the run's worker slots, unless they are free already.
func (k *Kit) Open(id string, client action.Client, yield func()) (*Toolbox, error) {
	log, err := openLog(func() (io.WriteCloser, error) { return k.Logs.Append(id) })
	if err != nil {
		return nil, fmt.Errorf("open the log of task[%s]: %w", id, err)
	}
	return &Toolbox{
		Kit: k, Actions: client, Yield: yield, id: id, started: time.Now(), log: log,
		Log:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: k.Level})),
		Report: &Reporter{write: func(report []byte) error { return k.Logs.PutReport(id, report) }},
	}, nil
}

// Close removes the run's staging folder and closes its log.
func (t *Toolbox) Close() error {
	var err error
	if t.staging != "" {
		err = os.RemoveAll(t.staging)
	}
	return errors.Join(err, t.log.Close())
}

// Lost is what could not be stored of the log, and of the report of a task that has succeeded without it; nil if nothing is missing.
func (t *Toolbox) Lost() error { return errors.Join(t.log.missing(), t.lost) }

// Folder is an empty folder of the run's own in staging, made at the first call.
func (t *Toolbox) Folder() (string, error) {
	if t.staging != "" {
		return t.staging, nil
	}
	if err := os.MkdirAll(t.Storage.Staging(), 0o755); err != nil {
		return "", fmt.Errorf("make the staging folder: %w", err)
	}
	dir, err := os.MkdirTemp(t.Storage.Staging(), stagingPrefix+"*")
	if err != nil {
		return "", fmt.Errorf("make the staging folder: %w", err)
	}
	t.staging = dir
	return dir, nil
}

// Status is that of the run if it ends now, with err or successfully.
func (t *Toolbox) Status(err error) druid.TaskStatus {
	s := druid.TaskStatus{ID: t.id, State: druid.Success, Duration: time.Since(t.started).Milliseconds(), Location: t.Location}
	if err != nil {
		s.State, s.ErrorMsg = druid.Failed, druid.TruncateErrorMsg(err.Error())
	}
	return s
}

// Publish publishes the segments, which may be none, and ends the task as a success, both in one transaction. The report counts
// exactly if that succeeds. One that cannot be stored, as the disk is full, is no reason to lose the work: the task has none then. The task
// must do nothing more that could fail.
func (t *Toolbox) Publish(ctx context.Context, segments []druid.DataSegment, report []byte) error {
	unstored := t.Logs.PrepareReport(t.id, report)
	if disk.OutOfFiles(unstored) {
		return unstored
	}
	if unstored != nil {
		if err := t.Logs.DropReport(t.id); err != nil { // one of an earlier run would count
			return errors.Join(unstored, err)
		}
	}
	status := t.Status(nil)
	result, err := action.Do(ctx, t.Actions, action.SegmentTransactionalInsertAndEnd{Segments: segments, Status: status})
	switch {
	case err != nil:
		return err
	case !result.Success:
		return errors.New(result.ErrorMsg)
	}
	t.ended = &status
	if unstored == nil {
		if err := t.Logs.AcceptReport(t.id); err != nil {
			t.Log.Warn("the report stays where it was prepared", "error", err) // and is read from there
		}
		return nil
	}
	if t.lost = t.Logs.PutReport(t.id, report); t.lost != nil { // the store has waited for room, so that there may be some now
		t.Log.Error("the task has succeeded, and has no report", "error", t.lost)
	}
	return nil
}

// Ended is the final status that the task has got in the store already, by Publish; nil if it has none yet.
func (t *Toolbox) Ended() *druid.TaskStatus { return t.ended }

// Reporter carries the report of a run: made on demand while it lasts, stored when it is final.
type Reporter struct {
	write func(report []byte) error

	mu   sync.Mutex
	live func() []byte
}

// Live sets what makes the report while the task runs.
func (r *Reporter) Live(report func() []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = report
}

// Current is the report at this moment, or nil if the task has none while it runs.
func (r *Reporter) Current() []byte {
	r.mu.Lock()
	live := r.live
	r.mu.Unlock()
	if live == nil {
		return nil
	}
	return live()
}

// Failed stores the report of a run that has failed, in place of any before it.
func (r *Reporter) Failed(report []byte) error { return r.write(report) }
