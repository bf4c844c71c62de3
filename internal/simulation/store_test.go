package simulation

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
)

var (
	errDead = errors.New("the process is dead")
	errLost = errors.New("the connection to the database is lost")
)

// faulty is the database as one process reaches it.
type faulty struct {
	metadata.Store
	by *process

	mu     sync.Mutex
	random *rand.Rand
}

// fault is what happens to a call.
type fault struct {
	before, after time.Duration // it takes longer
	lost          bool          // it does not reach the database
	unanswered    bool          // it is done, and nobody hears of it
}

func (f *faulty) draw() (d fault) {
	w := f.by.server.world
	switch {
	case w.gone.Load():
		return fault{lost: true}
	case w.calm.Load():
		return fault{}
	}
	often := 2
	if w.storm.Load() {
		often = 15
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	chance := func() bool { return f.random.IntN(100) < often }
	d.lost, d.unanswered = chance(), chance()
	if chance() {
		d.before = time.Duration(f.random.IntN(15000)) * time.Millisecond
	}
	if chance() {
		d.after = time.Duration(f.random.IntN(15000)) * time.Millisecond
	}
	return d
}

// begin lets a call go to the database, or tells why it cannot.
func (f *faulty) begin(d fault) error {
	time.Sleep(d.before)
	if f.by.dead() {
		return &metadata.TransientError{Err: errDead}
	}
	if d.lost {
		f.by.server.world.count("statements lost")
		return &metadata.TransientError{Err: errLost}
	}
	return nil
}

// Update implements metadata.Store. A process that dies before its commit commits nothing.
func (f *faulty) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	d := f.draw()
	if err := f.begin(d); err != nil {
		return err
	}
	err := f.Store.Update(ctx, func(tx metadata.Tx) error {
		if err := fn(watched{tx, f.by.server.world}); err != nil {
			return err
		}
		if f.by.dead() {
			return errDead
		}
		return nil
	})
	time.Sleep(d.after)
	if err == nil && (d.unanswered || f.by.dead() || f.by.server.world.gone.Load()) {
		f.by.server.world.count("commits without an answer")
		return &metadata.TransientError{Err: metadata.Unknown(errLost)}
	}
	return err
}

// BeginTerm implements metadata.Store.
func (f *faulty) BeginTerm(ctx context.Context, epoch int64) (int64, error) {
	d := f.draw()
	if err := f.begin(d); err != nil {
		return 0, err
	}
	epoch, err := f.Store.BeginTerm(ctx, epoch)
	if err == nil && d.unanswered {
		return 0, &metadata.TransientError{Err: metadata.Unknown(errLost)}
	}
	return epoch, err
}

// read lets a call that changes nothing go to the database.
func read[T any](f *faulty, do func() (T, error)) (T, error) {
	if err := f.begin(f.draw()); err != nil {
		var none T
		return none, err
	}
	return do()
}

func (f *faulty) Task(ctx context.Context, id string) (*metadata.TaskRow, error) {
	return read(f, func() (*metadata.TaskRow, error) { return f.Store.Task(ctx, id) })
}

func (f *faulty) TaskStatuses(ctx context.Context, ids []string) ([]metadata.TaskRow, error) {
	return read(f, func() ([]metadata.TaskRow, error) { return f.Store.TaskStatuses(ctx, ids) })
}

func (f *faulty) ActiveTasks(ctx context.Context, fn func(*metadata.TaskRow) error) error {
	_, err := read(f, func() (any, error) { return nil, f.Store.ActiveTasks(ctx, fn) })
	return err
}

func (f *faulty) ActiveTaskIDs(ctx context.Context) ([]string, error) {
	return read(f, func() ([]string, error) { return f.Store.ActiveTaskIDs(ctx) })
}

func (f *faulty) Locks(ctx context.Context) ([]metadata.LockRow, error) {
	return read(f, func() ([]metadata.LockRow, error) { return f.Store.Locks(ctx) })
}

func (f *faulty) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]metadata.SegmentRow, error) {
	return read(f, func() ([]metadata.SegmentRow, error) { return f.Store.UsedSegments(ctx, dataSource, intervals) })
}

func (f *faulty) PendingSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]metadata.PendingRow, error) {
	return read(f, func() ([]metadata.PendingRow, error) { return f.Store.PendingSegments(ctx, dataSource, intervals) })
}

// watched is a transaction in which is noted whose locks are to be revoked.
type watched struct {
	metadata.Tx
	world *world
}

// InsertLocks implements metadata.Tx.
func (w watched) InsertLocks(inserted ...metadata.LockRow) ([]int64, error) {
	rows, err := w.Locks(context.Background())
	if err != nil {
		return nil, err
	}
	w.world.history.change(func() {
		for _, row := range rows {
			for _, other := range inserted {
				if row.Lock.Priority < other.Lock.Priority && row.Lock.Interval.Overlaps(other.Lock.Interval) {
					w.world.history.outranked[row.ID] = true
				}
			}
		}
	})
	return w.Tx.InsertLocks(inserted...)
}
