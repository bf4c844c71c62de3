// Package retention keeps what a server leaves behind from growing for ever: it removes old logs, reports and rows of
// tasks, audit entries, terminated supervisors and segment ids that nobody uses, and marks as unused, and has kill tasks
// remove, segments that nobody sees. What goes, and after how long, is Druid's: some of it is off unless it is asked for.
//
// Every duty can be cut off at any point and does the rest the next time. What it removes it removes in small batches,
// so that nobody who writes waits for long.
package retention

import (
	"context"
	"log/slog"
	"slices"
	"sort"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/orphans"
	"ovate/internal/task"
)

// Options are what there is to keep small, and by which rules.
type Options struct {
	Store    metadata.Store
	Logs     Logs
	Tasks    Tasks
	Segments Segments
	Storage  Storage
	Orphans  Orphans
	Log      *slog.Logger
	// Now tells the time; nil means druid.Now.
	Now   func() druid.Instant
	Rules Rules
}

// Logs is where tasks leave logs and reports.
type Logs interface {
	// DeleteBefore removes what was last written before t and is of none of the tasks to keep, and tells how many files it removed.
	DeleteBefore(ctx context.Context, t time.Time, keep []string) (int, error)
	// Settle removes what was prepared or begun before t and never came to an end, and tells how many files it removed. Whether a
	// task has succeeded is asked for each prepared report, which then counts.
	Settle(ctx context.Context, t time.Time, outcome func(id string) (succeeded, active bool, err error)) (int, error)
}

// Tasks is the queue.
type Tasks interface {
	// ActiveIDs are the ids of the tasks that are active, or may still be at work.
	ActiveIDs() []string
	// Oldest is when the oldest of them was submitted; false if there is none.
	Oldest() (druid.Instant, bool)
	// HasActive tells whether a task of the data source is active whose id begins with the prefix.
	HasActive(dataSource, prefix string) bool
	Add(ctx context.Context, t task.Task) error
}

// Segments marks segments.
type Segments interface {
	MarkOvershadowed(ctx context.Context, dataSource string, intervals []druid.Interval) (changed int, left []druid.Interval, err error)
}

// Storage is deep storage.
type Storage interface {
	// ClearStaging removes what processes that are gone left in staging.
	ClearStaging(ctx context.Context) error
}

// Orphans finds files in deep storage that belong to no segment.
type Orphans interface {
	Find(ctx context.Context, q orphans.Query) (*orphans.Findings, error)
}

// Rules say what goes when. A duty without a period does not run.
type Rules struct {
	Tasks        TaskRule
	Audit        AgeRule
	Supervisors  AgeRule       // versions of those that were terminated
	Pending      time.Duration // period
	Unused       UnusedRule
	Overshadowed time.Duration // period
	Orphans      time.Duration // period; they are told, and never removed
}

// TaskRule is for the logs, reports and rows of tasks.
type TaskRule struct {
	InitialDelay, Period time.Duration
	Retain               time.Duration // since the log was last written, and since the task was submitted; see keptAfterEnd, too
}

// AgeRule is for what goes once it is old.
type AgeRule struct{ Period, Retain time.Duration }

// UnusedRule is for unused segments.
type UnusedRule struct {
	Period time.Duration
	// Retain spares what ends later than so long ago, unless Everything is set. It may be negative.
	Retain      time.Duration
	Everything  bool
	Buffer      time.Duration // since the segment became unused
	MaxSegments int           // of one kill task
	MaxInterval time.Duration // of one kill task; 0 means no limit
}

// Retention runs the duties, one after the other.
type Retention struct {
	Options
	duties []*duty

	mu      sync.Mutex
	cancel  context.CancelFunc // nil before Start
	stopped bool
	work    sync.WaitGroup

	changed map[string][]druid.Interval // by data source, where something may be overshadowed since the last look, in order and apart; guarded by mu
	all     bool                        // there was a first look at everything; the duty's own
	killed  map[string]druid.Instant    // by data source, where the last kill task's interval ended; the duty's own
	orphans int                         // that were told; the duty's own
	sights  []sight                     // of active tasks, the oldest first; the duty's own
}

// duty is one thing to do again and again.
type duty struct {
	name   string
	period time.Duration // from the end of one run to the begin of the next
	due    time.Time
	run    func(ctx context.Context) error
}

// daily is the period of duties that nobody sets.
const daily = 24 * time.Hour

// soon is how long after the start a duty runs for the first time at the latest: a server that is started anew each day has to come
// to those of a day, too.
const soon = 3 * time.Minute

// New makes what Start lets run.
func New(o Options) *Retention {
	if o.Now == nil {
		o.Now = druid.Now
	}
	r := &Retention{Options: o, changed: map[string][]druid.Interval{}, killed: map[string]druid.Instant{}}
	rules := o.Rules
	begun := time.Now()
	first := func(period time.Duration) time.Time { return begun.Add(min(period, soon)) }
	for _, d := range []duty{
		{"unfinished reports", daily, begun, r.settleReports},
		{"staging", daily, begun, r.clearStaging},
		{"task logs", rules.Tasks.Period, begun.Add(max(rules.Tasks.InitialDelay, r.keptAfterEnd())), r.removeTasks},
		{"audit entries", rules.Audit.Period, first(rules.Audit.Period), r.removeAudit},
		{"terminated supervisors", rules.Supervisors.Period, first(rules.Supervisors.Period), r.removeSupervisors},
		{"notes of appended segments", daily, first(daily), r.removeNotes},
		{"pending segments", rules.Pending, first(rules.Pending), r.removePending},
		{"overshadowed segments", rules.Overshadowed, first(rules.Overshadowed), r.markOvershadowed},
		{"unused segments", rules.Unused.Period, first(rules.Unused.Period), r.killUnused},
		{"orphans", rules.Orphans, first(rules.Orphans), r.tellOrphans},
	} {
		if d.period > 0 {
			r.duties = append(r.duties, &d)
		}
	}
	return r
}

// Published tells that segments of a data source were published in these intervals, which may overshadow others.
func (r *Retention) Published(dataSource string, intervals []druid.Interval) {
	if r.Rules.Overshadowed <= 0 {
		return // nobody looks
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range intervals {
		r.changed[dataSource] = include(r.changed[dataSource], i)
	}
}

// include adds an interval to a list of intervals in order and apart, which stays so.
func include(list []druid.Interval, i druid.Interval) []druid.Interval {
	from := sort.Search(len(list), func(n int) bool { return list[n].End >= i.Start })
	to := from
	for ; to < len(list) && list[to].Start <= i.End; to++ {
		i.Start, i.End = min(i.Start, list[to].Start), max(i.End, list[to].End)
	}
	return slices.Replace(list, from, to, i)
}

// Start lets the duties run until Stop. A second Start does nothing, nor does one after Stop.
func (r *Retention) Start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel != nil || r.stopped {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.work.Go(func() { r.loop(ctx) })
}

// AboutToStop ends the duty at work at its next batch, file or row, and lets no other begin.
func (r *Retention) AboutToStop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	if r.cancel != nil {
		r.cancel()
	}
}

// Stop is AboutToStop, and waits for the duty. It may be called at any time, and more than once.
func (r *Retention) Stop() {
	r.AboutToStop()
	r.work.Wait()
}

// loop runs whichever duty is due first.
func (r *Retention) loop(ctx context.Context) {
	if r.Rules.Tasks.Period > 0 {
		r.look()
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next := r.duties[0] // there is always one
		for _, d := range r.duties[1:] {
			if d.due.Before(next.due) {
				next = d
			}
		}
		timer.Reset(time.Until(next.due))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		if err := r.perform(ctx, next); err != nil && ctx.Err() == nil {
			r.Log.Error("retention could not do all; it tries again", "duty", next.name, "in", next.period, "error", err)
		}
		next.due = time.Now().Add(next.period)
	}
}

// ago is the instant so long before now.
func (r *Retention) ago(d time.Duration) druid.Instant {
	return r.Now() - druid.Instant(d.Milliseconds())
}

// batches calls remove until it has nothing left to do, and tells how much it did. Between two batches others get their turn.
func (r *Retention) batches(ctx context.Context, remove func(tx metadata.Tx) (int, error)) (int, error) {
	total := 0
	for {
		n := 0
		err := r.Store.Update(ctx, func(tx metadata.Tx) (err error) {
			n, err = remove(tx)
			return err
		})
		if err != nil {
			return total, err
		}
		total += n
		if n < batch {
			return total, nil
		}
	}
}

// batch is the most rows that one transaction removes.
const batch = 500

// told logs what a duty has done, if it has done anything.
func (r *Retention) told(n int, what string, more ...any) {
	if n > 0 {
		r.Log.Info("retention: "+what, append([]any{"count", n}, more...)...)
	}
}
